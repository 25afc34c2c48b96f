// SPDX-License-Identifier: Apache-2.0
/* names.h - which exposed names are taken, and by which family.
 *
 * A family claims every name that it may show in some format (type.h), in the underscores
 * escaping, in which formats that know only ASCII would show it: a counter http_requests_total
 * and a gauge http_requests would clash in OpenMetrics, a.b and a_b in text 0.0.4. */
#ifndef PROM_REGISTRY_NAMES_H
#define PROM_REGISTRY_NAMES_H

#include <prom/prom.h>

#include <stddef.h>
#include <stdint.h>

enum { PROM__CLAIM_NAMES = 7 };

typedef struct prom__claim_name {
    const char *p; /* base and suffix, escaped; not ended by NUL */
    size_t n;
    uint64_t hash;
} prom__claim_name;

/* What a family of this name and type would claim. The first is its base name. */
typedef struct prom__claim_set {
    size_t n;
    prom__claim_name name[PROM__CLAIM_NAMES];
    char *text; /* owned by whoever gave it, see below */
} prom__claim_set;

/* Bytes that the names take, and writing them there. */
size_t prom__claim_set_size(prom_type t, const char *name);
void prom__claim_set_write(prom__claim_set *s, prom_type t, const char *name, char *text);

/* An open table from names to owners of the user's choice; the names are not copied. */
typedef struct prom__names_entry {
    prom__claim_name name; /* p is NULL in an empty one */
    void *owner;
} prom__names_entry;

typedef struct prom__names {
    prom__names_entry *entry;
    size_t n, size; /* size: 0 or a power of two */
} prom__names;

void *prom__names_find(const prom__names *t, const prom__claim_name *name);
/* There must be room: n < size / 2 before. */
void prom__names_put(prom__names *t, const prom__claim_name *name, void *owner);
void prom__names_remove(prom__names *t, const prom__claim_name *name);
/* Moves all into `to`, which is zeroed and larger; the memory is the caller's. */
void prom__names_move(const prom__names *from, prom__names *to);

#endif
