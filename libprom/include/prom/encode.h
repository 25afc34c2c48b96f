// SPDX-License-Identifier: Apache-2.0
/* encode.h - from snapshots to bytes. An encoder is a constant; a user can write one. */
#ifndef PROM_ENCODE_H
#define PROM_ENCODE_H

#include <prom/model.h>

PROM_BEGIN

/* Where bytes go. An error of write ends the encoding and is returned from it. */
typedef struct prom_writer {
    prom_err (*write)(void *data, const char *p, size_t n);
    void *data;
} prom_writer;

typedef struct prom_encoder {
    const char *name;         /* "text" */
    const char *content_type; /* for HTTP */
    prom_err (*encode)(const prom_snapshot *s, const prom_writer *w);
} prom_encoder;

/* Prometheus text format 0.0.4, names escaped with underscores where they need it. */
extern const prom_encoder prom_text;

/* The whole as one string, ended by NUL that *n (may be NULL) does not count; give it back
 * with prom_free(). */
prom_err prom_encode_string(const prom_encoder *e, const prom_snapshot *s, char **out,
                            size_t *n);

/* Gather and encode in one. Errors of collectors are passed over. */
prom_err prom_expose(prom_registry *r, const prom_encoder *e, char **out, size_t *n);

PROM_END
#endif
