// SPDX-License-Identifier: Apache-2.0
/* handler.h - which request is answered how: paths, methods, what is negotiated. Knows neither
 * sockets nor libmicrohttpd. Any thread. */
#ifndef PROM_SERVE_HANDLER_H
#define PROM_SERVE_HANDLER_H

#include "serving.h"

#include <prom/handle.h>

typedef struct prom__route {
    char *path;              /* owned */
    prom_registry *registry; /* one reference */
} prom__route;

struct prom_handler {
    prom__object object;
    prom__route *route; /* of opts.path, then those of opts.routes */
    size_t n_routes;
    const prom_encoder **offer; /* owned, ended by NULL */
    prom__ask_rules rules;
    bool has_page;
    char *title; /* owned */
    prom__meter meter;
    prom__servings servings;
};

/* Copies as many opts as are given, and fills in what all handlers need; `who` is for errors:
 * "HTTP server". */
prom_err prom__handler_opts(const char *who, const prom_http_opts *given, prom_http_opts *out);

/* With opts that were filled in. */
prom_err prom__handler_new(prom_registry *r, const prom_http_opts *o, prom_handler **out);

/* Either there is an answer already, or a scrape is to be answered, or there is no memory. */
typedef struct prom__verdict {
    prom__answer *answer; /* one reference */
    prom__ask *ask;       /* to be freed by prom__free */
    bool refused;         /* the method; a body that comes with it need not be read */
} prom__verdict;

prom__verdict prom__handler_judge(prom_handler *h, const char *method, const char *target,
                                  const prom_label *headers);

/* Before a scrape; false: there are too many in flight, and *refusal (503, NULL: no memory) is
 * the answer. The ticket is given back by prom__meter_leave. */
bool prom__handler_admit(prom_handler *h, prom__ticket *t, prom__answer **refusal);

/* For where there was no memory for anything else; may be NULL all the same. */
prom__answer *prom__handler_no_memory(void);

#endif
