// SPDX-License-Identifier: Apache-2.0
/* grammar.h - a strict reader of text format 0.0.4, for checking what the library writes. It
 * shares nothing with the library: the grammar is that of prometheus/docs, exposition_formats,
 * without the liberties it gives (blanks, comments, empty lines, commas at the end). */
#ifndef GRAMMAR_H
#define GRAMMAR_H

#include "entry.h"

#include <stdbool.h>

enum { GRAMMAR_LABELS = 64 };

typedef struct grammar_str { /* unescaped; in memory of the line */
    char *p;
    size_t n;
} grammar_str;

typedef struct grammar_line {
    enum { GRAMMAR_HELP, GRAMMAR_TYPE, GRAMMAR_SAMPLE } kind;
    grammar_str name;
    grammar_str text; /* help, or the type's word */
    grammar_str label[GRAMMAR_LABELS], value[GRAMMAR_LABELS];
    size_t n_labels;
    double number;
    bool has_time;
    long long time;
} grammar_line;

static bool grammar_letter(char c, bool first, bool metric)
{
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    return letter || (metric && c == ':') || (!first && c >= '0' && c <= '9');
}

static grammar_str grammar_name(char **at, bool metric)
{
    grammar_str s = { *at, 0 };
    while (grammar_letter(s.p[s.n], s.n == 0, metric))
        s.n++;
    REQUIRE(s.n, "no name at '%.40s'", *at);
    *at += s.n;
    return s;
}

/* Unescapes in place up to the end (a quote or a line feed), which must be there. */
static grammar_str grammar_escaped(char **at, char end)
{
    grammar_str s = { *at, 0 };
    char *p = *at;
    for (; *p != end; p++) {
        char c = *p;
        REQUIRE(c != '\n', "a line ends within a value");
        if (c == '\\') {
            c = *++p;
            REQUIRE(c == '\\' || c == 'n' || (c == '"' && end == '"'), "escape \\%c", c);
            c = c == 'n' ? '\n' : c;
        }
        s.p[s.n++] = c;
    }
    *at = p + 1;
    return s;
}

static void grammar_expect(char **at, const char *word)
{
    size_t n = strlen(word);
    REQUIRE(strncmp(*at, word, n) == 0, "'%s' expected at '%.40s'", word, *at);
    *at += n;
}

static void grammar_labels(char **at, grammar_line *l)
{
    if (**at != '{')
        return;
    do {
        (*at)++;
        REQUIRE(l->n_labels < GRAMMAR_LABELS, "too many labels");
        l->label[l->n_labels] = grammar_name(at, false);
        grammar_expect(at, "=\"");
        l->value[l->n_labels++] = grammar_escaped(at, '"');
    } while (**at == ',');
    grammar_expect(at, "}");
}

static void grammar_sample(char **at, grammar_line *l)
{
    l->kind = GRAMMAR_SAMPLE;
    l->name = grammar_name(at, true);
    grammar_labels(at, l);
    grammar_expect(at, " ");
    REQUIRE(strchr("+-0123456789N", **at), "a number at '%.40s'", *at);
    l->number = strtod(*at, at);
    if (**at == ' ') {
        l->has_time = true;
        l->time = strtoll(*at + 1, at, 10);
    }
    grammar_expect(at, "\n");
}

/* Reads the line at *at and moves behind it; false at the end. The text is used up. `end` is
 * where the text, which may hold NUL, has its closing NUL. */
static bool grammar_next(char **at, const char *end, grammar_line *l)
{
    *l = (grammar_line){ .n_labels = 0 };
    if (*at == end)
        return false;
    if (**at != '#') {
        grammar_sample(at, l);
        return true;
    }
    bool help = strncmp(*at, "# HELP ", 7) == 0;
    l->kind = help ? GRAMMAR_HELP : GRAMMAR_TYPE;
    grammar_expect(at, help ? "# HELP " : "# TYPE ");
    l->name = grammar_name(at, true);
    grammar_expect(at, " ");
    l->text = grammar_escaped(at, '\n');
    return true;
}

static bool grammar_equal(grammar_str a, const char *p, size_t n)
{
    return a.n == n && memcmp(a.p, p, n) == 0;
}

static inline bool grammar_is(grammar_str a, const char *word)
{
    return grammar_equal(a, word, strlen(word));
}

#endif
