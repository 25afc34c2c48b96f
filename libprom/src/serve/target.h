// SPDX-License-Identifier: Apache-2.0
/* target.h - request targets (RFC 9112, 3.2), percent-decoding, the arguments of a query. Any
 * bytes will do. */
#ifndef PROM_SERVE_TARGET_H
#define PROM_SERVE_TARGET_H

#include <prom/model.h>

#include <stdbool.h>

/* Both as they came. The path of "http://host/metrics?x" is "/metrics"; of "*" it is "*". */
typedef struct prom__target {
    prom_str path, query; /* the query without its '?' */
} prom__target;

prom__target prom__target_read(const char *target);

/* Does the path, decoded, say this? */
bool prom__target_is(const prom__target *t, const char *path);

/* The next argument of a query; false: there is none. `value.p` is NULL where there is no '='.
 */
typedef struct prom__argument {
    prom_str name, value;
} prom__argument;

bool prom__argument_next(prom_str *query, prom__argument *out);

/* Decodes one character of s, which is not empty. %00, and what is no valid escape, stands for
 * itself. form: '+' is a blank, as in a query. */
char prom__percent_next(prom_str *s, bool form);

#endif
