// SPDX-License-Identifier: Apache-2.0
/* labels.c - names, help and label values of any bytes: either they are refused, and rightly,
 * or what is exposed reads back to the same strings.
 *
 * Input: fields separated by '|': a digit (how to make the metric), its name, its help, then
 * names and values of labels in turn. */
#include "grammar.h"

#include <prom/encode.h>

enum { MOST = 20 };

typedef struct input {
    char *memory;
    unsigned how;
    prom_str field[2 + 2 * MOST]; /* name, help, label, value, ... */
    size_t n_labels;
} input;

static input split(const uint8_t *data, size_t n)
{
    input x = { .memory = malloc(n + 1) };
    size_t fields = 0;
    memcpy(x.memory, data, n);
    x.memory[n] = '\0';
    if (n && data[0] >= '0' && data[0] <= '9')
        x.how = data[0] - '0';
    for (size_t i = 0; i < 2 + 2 * MOST; i++)
        x.field[i] = (prom_str){ "", 0 };
    for (size_t at = 1; at < n && fields < 2 + 2 * MOST; fields++) {
        char *end = memchr(x.memory + at, '|', n - at);
        size_t length = end ? (size_t)(end - x.memory) - at : n - at;
        x.memory[at + length] = '\0';
        x.field[fields] = (prom_str){ x.memory + at, length };
        at += length + 1;
    }
    x.n_labels = fields > 2 ? (fields - 1) / 2 : 0;
    return x;
}

/* --- what should happen ------------------------------------------------- */

/* Well-formed UTF-8 by decoding and encoding again. */
static bool is_utf8(const char *p, size_t n)
{
    static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 };
    for (size_t i = 0; i < n;) {
        unsigned char c = (unsigned char)p[i++];
        unsigned more = c < 0x80 ? 0 : c < 0xE0 ? 1 : c < 0xF0 ? 2 : 3;
        uint32_t point = more ? c & (0x3Fu >> more) : c;
        if ((c >= 0x80 && c < 0xC0) || c >= 0xF8)
            return false;
        for (unsigned k = 0; k < more; k++, i++) {
            if (i == n || ((unsigned char)p[i] & 0xC0) != 0x80)
                return false;
            point = point << 6 | ((unsigned char)p[i] & 0x3F);
        }
        if (point < least[more] || point > 0x10FFFF || (point >= 0xD800 && point < 0xE000))
            return false;
    }
    return true;
}

static bool label_is_good(const input *x, size_t i, bool c_strings)
{
    prom_str name = x->field[2 + 2 * i], value = x->field[3 + 2 * i];
    if (c_strings)
        name.n = strlen(name.p);
    if (!name.n || !is_utf8(name.p, name.n) || !is_utf8(value.p, value.n) ||
        (name.n > 1 && memcmp(name.p, "__", 2) == 0))
        return false;
    for (size_t k = 0; k < i; k++) {
        prom_str other = x->field[2 + 2 * k];
        if (c_strings)
            other.n = strlen(other.p);
        if (other.n == name.n && memcmp(other.p, name.p, name.n) == 0)
            return false;
    }
    return true;
}

static bool is_good(const input *x, bool c_strings)
{
    const char *name = x->field[0].p, *help = x->field[1].p;
    bool good = *name && is_utf8(name, strlen(name)) && is_utf8(help, strlen(help));
    for (size_t i = 0; good && i < x->n_labels; i++)
        good = label_is_good(x, i, c_strings);
    return good;
}

static bool is_shown(grammar_str shown, const char *p, size_t n, bool metric)
{
    size_t k = 0;
    for (size_t i = 0; i < n; k++) {
        char c = grammar_letter(p[i], i == 0, metric) ? p[i] : '_';
        if (k == shown.n || shown.p[k] != c)
            return false;
        do /* one character, one underscore */
            i++;
        while (i < n && ((unsigned char)p[i] & 0xC0) == 0x80);
    }
    return k == shown.n;
}

/* --- two ways of making it ---------------------------------------------- */

static prom_err make_vec(const input *x, prom_registry *r)
{
    const char *names[MOST + 1];
    prom_str values[MOST];
    prom_vec *v;
    void *child = NULL;
    for (size_t i = 0; i < x->n_labels; i++) {
        names[i] = x->field[2 + 2 * i].p;
        values[i] = x->field[3 + 2 * i];
    }
    names[x->n_labels] = NULL;
    prom_err e = prom_vec_new(
        r, PROM_GAUGE, PROM_OPTS(.name = x->field[0].p, .help = x->field[1].p, .labels = names),
        &v);
    if (e)
        return e;
    e = prom_vec_with(v, values, x->n_labels, &child);
    if (!e)
        prom_gauge_set(child, 7);
    void *again = NULL;
    if (!e && !prom_vec_with(v, values, x->n_labels, &again))
        REQUIRE(again == child, "the series is not found again");
    prom_unref(again);
    prom_unref(child);
    prom_unref(v);
    return e;
}

static prom_err build(prom_builder *b, void *data)
{
    const input *x = data;
    prom_label_str labels[MOST];
    for (size_t i = 0; i < x->n_labels; i++)
        labels[i] = (prom_label_str){ x->field[2 + 2 * i], x->field[3 + 2 * i] };
    prom_err e = prom_build_family(b, PROM_GAUGE,
                                   PROM_OPTS(.name = x->field[0].p, .help = x->field[1].p));
    if (!e)
        e = prom_build_labels(b, labels, x->n_labels);
    return e ? e : prom_build_value(b, NULL, 7);
}

static prom_err make_collector(input *x, prom_registry *r)
{
    prom_collector *c;
    prom_snapshot *s;
    prom_collector_opts o = { .size = sizeof o, .name = "c", .collect = build, .data = x };
    prom_err e = prom_collector_new(r, &o, &c);
    if (e)
        return e;
    e = prom_gather(r, &s);
    const char *said = e ? NULL : prom_snapshot_error(s, 0);
    if (said)
        e = prom_fail(PROM_E_CALLBACK, "%s", said);
    prom_unref(e && !said ? NULL : s);
    prom_unref(c);
    return e;
}

/* --- reading it back ---------------------------------------------------- */

static void check_line(const input *x, const grammar_line *l)
{
    const char *name = x->field[0].p, *help = x->field[1].p;
    REQUIRE(is_shown(l->name, name, strlen(name), true), "name '%.*s'", (int)l->name.n,
            l->name.p);
    if (l->kind == GRAMMAR_HELP)
        REQUIRE(grammar_is(l->text, help), "help '%.*s'", (int)l->text.n, l->text.p);
    if (l->kind == GRAMMAR_TYPE)
        REQUIRE(grammar_is(l->text, "gauge"), "type '%.*s'", (int)l->text.n, l->text.p);
    if (l->kind != GRAMMAR_SAMPLE)
        return;
    REQUIRE(l->n_labels == x->n_labels && l->number > 6.9 && l->number < 7.1, "%zu labels, %g",
            l->n_labels, l->number);
}

/* Every label of the input stands in the line once, whatever the order. */
static void check_labels(const input *x, const grammar_line *l, bool c_strings)
{
    bool taken[MOST] = { false };
    for (size_t i = 0; i < x->n_labels; i++) {
        prom_str name = x->field[2 + 2 * i], value = x->field[3 + 2 * i];
        bool found = false;
        if (c_strings)
            name.n = strlen(name.p);
        for (size_t k = 0; k < l->n_labels && !found; k++) {
            found = !taken[k] && is_shown(l->label[k], name.p, name.n, false) &&
                    grammar_equal(l->value[k], value.p, value.n);
            taken[k] |= found;
        }
        REQUIRE(found, "label %zu ('%.*s') is not there", i, (int)name.n, name.p);
    }
}

static void read_back(const input *x, prom_registry *r, bool c_strings)
{
    char *text, *at;
    size_t n, lines = 0;
    grammar_line l;
    REQUIRE(!prom_expose(r, &prom_text, &text, &n), "no exposition");
    for (at = text; grammar_next(&at, text + n, &l); lines++) {
        REQUIRE((int)l.kind == (int)lines, "line %zu is of kind %d", lines, (int)l.kind);
        check_line(x, &l);
        if (l.kind == GRAMMAR_SAMPLE)
            check_labels(x, &l, c_strings);
    }
    REQUIRE(lines == 3, "%zu lines", lines);
    prom_free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    input x = split(data, n);
    bool vec = x.how % 2 == 0;
    prom_registry *r;
    REQUIRE(!prom_registry_new(NULL, &r), "no registry");
    prom_err e = vec ? make_vec(&x, r) : make_collector(&x, r);
    REQUIRE(!e == is_good(&x, vec), "%s: %s", prom_err_name(e), prom_error(e));
    REQUIRE(is_utf8(prom_error(e), strlen(prom_error(e))), "the sentence is not UTF-8");
    if (!e)
        read_back(&x, r, vec);
    prom_unref(r);
    free(x.memory);
    return 0;
}
