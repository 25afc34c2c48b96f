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
 * than PROM_OK, which is returned. What a rule says of each metric or label is said once for
 * each. Families without metrics are passed over; info and state sets are checked as the gauges
 * that they are in text. rules: n of them beside the built-in ones, called for every family;
 * what one returns, unless PROM_OK, is returned too. */
prom_err prom_lint(const prom_snapshot *s, const prom_lint_rule *rules, size_t n,
                   prom_err (*each)(void *data, const prom_lint_problem *p), void *data);

/* The same for text as prom_parse_text() takes it, and as promtool does: there a metric that is
 * there twice is a problem, not an error. */
prom_err prom_lint_text(const char *text, size_t length, const prom_lint_rule *rules, size_t n,
                        prom_err (*each)(void *data, const prom_lint_problem *p), void *data);

PROM_END
#endif
