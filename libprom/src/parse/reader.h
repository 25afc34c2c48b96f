// SPDX-License-Identifier: Apache-2.0
/* reader.h - a place in a text that is read, and what all text formats spell alike: names,
 * quoted strings, label sets.
 *
 * What needs no unescaping stays where it is in the text; the rest is copied into the arena.
 * Errors say line and column, which are counted only then. */
#ifndef PROM_PARSE_READER_H
#define PROM_PARSE_READER_H

#include "base/arena.h"

#include <prom/model.h>

typedef struct prom__reader {
    const char *text, *end;
    const char *at;
    prom__arena *arena;
    /* As OpenMetrics has it: no blanks but where one must be, no comma behind the last label,
     * and a backslash before any other character stands for itself. */
    bool strict;
} prom__reader;

/* PROM_E_SYNTAX and "line 3, column 7: " and the sentence; `at` is where it is wrong. Columns
 * are characters. */
prom_err prom__reader_fail(const prom__reader *r, const char *at, const char *fmt, ...)
    PROM_PRINTF(3, 4);

/* PROM_E_SYNTAX unless all of the text is UTF-8. */
prom_err prom__reader_check_utf8(const prom__reader *r);

static inline bool prom__reader_is(const prom__reader *r, char c)
{
    return r->at < r->end && *r->at == c;
}

static inline void prom__reader_skip_blanks(prom__reader *r)
{
    while (!r->strict && r->at < r->end && (*r->at == ' ' || *r->at == '\t'))
        r->at++;
}

/* Up to the next blank, tab, line feed or the end. */
prom_str prom__reader_word(prom__reader *r);

/* A name of the ASCII grammar, empty if there is none; with colons or without. */
prom_str prom__reader_name(prom__reader *r, bool colons);

/* At a quote: what stands up to the next one, with \\, \" and \n unescaped. `what` is for
 * sentences: "label value". */
prom_err prom__reader_quoted(prom__reader *r, const char *what, prom_str *out);

/* The rest of a line up to its line feed, unescaped likewise. */
prom_err prom__reader_line(prom__reader *r, const char *what, prom_str *out);

/* A set of labels under way. */
typedef struct prom__reader_labels {
    prom_label_str *item;
    size_t n, cap;
    prom_str name; /* of the metric, where it stands in the braces; p is NULL: it did not */
    bool as_given; /* not sorted, and not looked through for one that is there twice */
} prom__reader_labels;

/* At an opening brace: all up to the closing one. The items are sorted by name and none is
 * there twice, but for as_given; their array is used again by the next call with the same `l`.
 */
prom_err prom__reader_labels_read(prom__reader *r, prom__reader_labels *l);

#endif
