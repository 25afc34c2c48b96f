// SPDX-License-Identifier: Apache-2.0
/* lint.h - are the metrics named and described as they should be?
 *
 * The rules are those of client_golang's promlint, so of `promtool check metrics`. Also as the
 * program libprom-lint. */
#ifndef PROM_LINT_H
#define PROM_LINT_H

#include <prom/model.h>

PROM_BEGIN

typedef struct prom_lint_problem {
    const char *metric; /* the family's name */
    const char *text;   /* "no help text" */
} prom_lint_problem;

/* A rule of one's own: says problems of one family through report(). */
typedef struct prom_lint_rule {
    prom_err (*check)(void *data, const prom_family *f,
                      prom_err (*report)(void *to, const char *text), void *to);
    void *data;
} prom_lint_rule;

/* Calls each() for every problem, sorted by metric and text, until it returns something else
 * than PROM_OK, which is returned. rules: n of them beside the built-in ones. */
prom_err prom_lint(const prom_snapshot *s, const prom_lint_rule *rules, size_t n,
                   prom_err (*each)(void *data, const prom_lint_problem *p), void *data);

PROM_END
#endif
