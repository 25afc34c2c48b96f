// SPDX-License-Identifier: Apache-2.0
/* ask.h - what a request for metrics asks for. */
#ifndef PROM_SERVE_ASK_H
#define PROM_SERVE_ASK_H

#include "target.h"

#include <prom/encode.h>

#include <stdint.h>

typedef struct prom__ask {
    prom_registry *registry; /* borrowed from the handler */
    prom_format format;
    prom_coding coding;
    unsigned timeout_ms;      /* of its gather; 0: none */
    const char *const *names; /* ended by NULL; NULL: all families */
    uint64_t arrived;         /* of the steady clock */
} prom__ask;

typedef struct prom__ask_rules {
    const prom_encoder *const *offer; /* as of prom_negotiate_opts */
    bool no_compression;
    unsigned timeout_ms; /* 0: none but the request's own */
} prom__ask_rules;

/* Headers are {NULL, NULL}-ended, names in any case; NULL: none. Fields that come several times
 * are joined. Everything that is not understood is passed over. NULL: no memory. To be freed by
 * prom__free. */
prom__ask *prom__ask_new(const prom__ask_rules *r, prom_registry *registry, prom_str query,
                         const prom_label *headers);

/* Would the same gather do, but for its timeout? */
bool prom__ask_same_names(const char *const *a, const char *const *b);
/* And the same bytes of it? */
bool prom__ask_same_form(const prom__ask *a, const prom__ask *b);

#endif
