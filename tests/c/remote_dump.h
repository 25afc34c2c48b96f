// SPDX-License-Identifier: Apache-2.0
/* remote_dump.h - requests of remote write as text, to be compared: a line for each TimeSeries,
 * labels in the order in which they stand there.
 *
 *     up{job="demo"} 0@1700000000000 1@1700000015000
 *     x_total{} 5@9 start=3 exemplar{trace_id="abc"} 0.5@8 type=1 help="Help." unit="s"
 *     h{} {count=3 sum=4 schema=0 positive=[0:2] [1 1]}@9
 *
 * What no receiver would take is a failed check: symbols that are not there, labels out of
 * order, twice or empty, samples and histograms in one series. */
#ifndef REMOTE_DUMP_H
#define REMOTE_DUMP_H

#include "kit.h"
#include "parse/proto_reader.h"

#include <inttypes.h>
#include <stdarg.h>

typedef struct remote_dump {
    unsigned version;
    prom_str symbols[65536];
    size_t n_symbols;
    char *text;
    size_t n, cap;
} remote_dump;

__attribute__((format(printf, 2, 3))) static inline void remote_say(remote_dump *d,
                                                                    const char *fmt, ...)
{
    va_list args;
    for (;;) {
        va_start(args, fmt);
        int n = vsnprintf(d->text + d->n, d->cap - d->n, fmt, args);
        va_end(args);
        if ((size_t)n < d->cap - d->n) {
            d->n += (size_t)n;
            return;
        }
        d->text = realloc(d->text, d->cap *= 2);
    }
}

static inline bool remote_next(prom__proto_reader *r, prom__proto_field *f)
{
    bool more = false;
    return CHECK_OK(prom__proto_next(r, f, &more)) && more;
}

static inline prom__proto_reader remote_inside(const prom__proto_reader *r,
                                               const prom__proto_field *f)
{
    prom__proto_reader in = { NULL, NULL, NULL };
    CHECK_OK(prom__proto_message(r, f, &in));
    return in;
}

static inline prom_str remote_symbol(const remote_dump *d, uint64_t ref)
{
    const prom_str none = { "(no symbol)", 11 };
    return CHECK(ref < d->n_symbols) ? d->symbols[ref] : none;
}

/* All numbers of a packed field. */
static inline size_t remote_numbers(const prom__proto_reader *r, const prom__proto_field *f,
                                    unsigned type, uint64_t *out, size_t most)
{
    prom__arena a = { 0 };
    prom__proto_numbers l = { NULL, 0, 0 };
    CHECK_OK(prom__proto_add_numbers(r, f, type, &a, &l));
    size_t n = CHECK(l.n <= most) ? l.n : 0;
    if (n)
        memcpy(out, l.item, n * sizeof *out);
    prom__arena_free(&a);
    return n;
}

/* --- parts of a series ---------------------------------------------------- */

typedef struct remote_labels {
    prom_label_str at[64];
    size_t n;
} remote_labels;

static inline void remote_add_label(remote_labels *l, prom_str name, prom_str value)
{
    if (!CHECK(l->n < 64))
        return;
    CHECK(name.n && value.n);
    if (l->n) {
        prom_str last = l->at[l->n - 1].name;
        int c = memcmp(last.p, name.p, last.n < name.n ? last.n : name.n);
        CHECK(c < 0 || (c == 0 && last.n < name.n));
    }
    l->at[l->n++] = (prom_label_str){ name, value };
}

static inline void remote_pair(const prom__proto_reader *r, const prom__proto_field *f,
                               remote_labels *l)
{
    prom__proto_reader in = remote_inside(r, f);
    prom__proto_field x;
    prom_str name = { "", 0 }, value = { "", 0 };
    while (remote_next(&in, &x))
        CHECK_OK(prom__proto_str(&in, &x, x.number == 1 ? &name : &value));
    remote_add_label(l, name, value);
}

static inline void remote_refs(const remote_dump *d, const prom__proto_reader *r,
                               const prom__proto_field *f, remote_labels *l)
{
    uint64_t ref[128];
    size_t n = remote_numbers(r, f, 0, ref, 128);
    CHECK(n % 2 == 0);
    for (size_t i = 0; i + 1 < n; i += 2)
        remote_add_label(l, remote_symbol(d, ref[i]), remote_symbol(d, ref[i + 1]));
}

static inline void remote_say_labels(remote_dump *d, const remote_labels *l)
{
    const char *comma = "";
    remote_say(d, "{");
    for (size_t i = 0; i < l->n; i++) {
        prom_str n = l->at[i].name, v = l->at[i].value;
        if (n.n == 8 && memcmp(n.p, "__name__", 8) == 0)
            continue;
        remote_say(d, "%s%.*s=\"%.*s\"", comma, (int)n.n, n.p, (int)v.n, v.p);
        comma = ",";
    }
    remote_say(d, "}");
}

static inline void remote_say_value(remote_dump *d, uint64_t bits)
{
    double v = prom__proto_as_double(bits);
    if (bits == UINT64_C(0x7FF0000000000002))
        remote_say(d, "STALE");
    else if (v != v)
        remote_say(d, bits == UINT64_C(0x7FF8000000000001) ? "NaN" : "odd NaN");
    else
        remote_say(d, "%.17g", v);
}

/* A sample, or an exemplar behind its labels: value 1 or 2, time 2 or 3, start 3. */
static inline void remote_say_sample(remote_dump *d, prom__proto_reader in, bool exemplar)
{
    prom__proto_field x;
    uint64_t value = 0;
    int64_t time = 0, start = 0;
    remote_labels l = { .n = 0 };
    while (remote_next(&in, &x)) {
        unsigned number = exemplar ? x.number - 1 : x.number;
        if (number == 0)
            remote_refs(d, &in, &x, &l);
        else if (number == 1)
            value = x.value;
        else if (number == 2)
            time = (int64_t)x.value;
        else if (CHECK(number == 3 && d->version == 2))
            start = (int64_t)x.value;
    }
    remote_say(d, exemplar ? " exemplar" : " ");
    if (exemplar) {
        remote_say_labels(d, &l);
        remote_say(d, " ");
    }
    remote_say_value(d, value);
    remote_say(d, "@%" PRId64, time);
    if (start)
        remote_say(d, " start=%" PRId64, start);
}

static inline void remote_say_span(remote_dump *d, prom__proto_reader in, const char *name)
{
    prom__proto_field x;
    int64_t offset = 0;
    uint64_t length = 0;
    while (remote_next(&in, &x))
        if (x.number == 1)
            offset = prom__proto_unzigzag(x.value);
        else
            length = x.value;
    remote_say(d, " %s=%" PRId64 ":%" PRIu64, name, offset, length);
}

static inline void remote_say_numbers(remote_dump *d, const prom__proto_reader *r,
                                      const prom__proto_field *f, bool doubles)
{
    uint64_t v[1024];
    size_t n = remote_numbers(r, f, doubles ? 1 : 0, v, 1024);
    remote_say(d, " [");
    for (size_t i = 0; i < n; i++) {
        remote_say(d, i ? " " : "");
        if (doubles)
            remote_say_value(d, v[i]);
        else
            remote_say(d, "%" PRId64, prom__proto_unzigzag(v[i]));
    }
    remote_say(d, "]");
}

static inline void remote_say_histogram(remote_dump *d, prom__proto_reader in)
{
    static const char *const names[] = { "",       "count", "weight", "sum",
                                         "schema", "zero",  "zeros",  "zero_weight" };
    prom__proto_field x;
    uint64_t time = 0, start = 0, hint = 0;
    remote_say(d, " {");
    while (remote_next(&in, &x)) {
        switch (x.number) {
        case 1:
        case 6:
            remote_say(d, " %s=%" PRIu64, names[x.number], x.value);
            break;
        case 2:
        case 3:
        case 5:
        case 7:
            remote_say(d, " %s=", names[x.number]);
            remote_say_value(d, x.value);
            break;
        case 4:
            remote_say(d, " schema=%" PRId64, prom__proto_unzigzag(x.value));
            break;
        case 8:
        case 11:
            remote_say_span(d, remote_inside(&in, &x), x.number == 8 ? "negative" : "positive");
            break;
        case 9:
        case 12:
            remote_say_numbers(d, &in, &x, false);
            break;
        case 10:
        case 13:
            remote_say_numbers(d, &in, &x, true);
            break;
        case 14:
            hint = x.value;
            break;
        case 15:
            time = x.value;
            break;
        case 16:
            CHECK_INT(d->version, 2);
            remote_say(d, " bounds=");
            remote_say_numbers(d, &in, &x, true);
            break;
        default:
            CHECK(x.number == 17 && d->version == 2);
            start = x.value;
        }
    }
    remote_say(d, hint ? " gauge }@%" PRId64 : " }@%" PRId64, (int64_t)time);
    if (start)
        remote_say(d, " start=%" PRId64, (int64_t)start);
}

static inline void remote_say_metadata(remote_dump *d, prom__proto_reader in)
{
    prom__proto_field x;
    while (remote_next(&in, &x)) {
        if (x.number == 1) {
            remote_say(d, " type=%" PRIu64, x.value);
            continue;
        }
        prom_str s = remote_symbol(d, x.value);
        CHECK(x.number == 3 || x.number == 4);
        remote_say(d, " %s=\"%.*s\"", x.number == 3 ? "help" : "unit", (int)s.n, s.p);
    }
}

/* --- the request ---------------------------------------------------------- */

static inline void remote_say_series(remote_dump *d, prom__proto_reader in)
{
    prom__proto_reader again = in;
    prom__proto_field x;
    remote_labels l = { .n = 0 };
    size_t samples = 0, histograms = 0;
    while (remote_next(&in, &x))
        if (x.number == 1 && d->version == 1)
            remote_pair(&in, &x, &l);
        else if (x.number == 1)
            remote_refs(d, &in, &x, &l);
    for (size_t i = 0; i < l.n; i++)
        if (l.at[i].name.n == 8 && memcmp(l.at[i].name.p, "__name__", 8) == 0)
            remote_say(d, "%.*s", (int)l.at[i].value.n, l.at[i].value.p);
    remote_say_labels(d, &l);
    while (remote_next(&again, &x)) {
        unsigned histogram = d->version == 1 ? 4 : 3;
        if (x.number == 1)
            continue;
        prom__proto_reader part = remote_inside(&again, &x);
        if (x.number == 2 && ++samples)
            remote_say_sample(d, part, false);
        else if (x.number == histogram && ++histograms)
            remote_say_histogram(d, part);
        else if (d->version == 2 && x.number == 4)
            remote_say_sample(d, part, true);
        else if (CHECK(d->version == 2 && x.number == 5))
            remote_say_metadata(d, part);
    }
    CHECK(!samples != !histograms);
    remote_say(d, "\n");
}

/* For free(). */
static inline char *remote_text(const char *p, size_t n, unsigned version)
{
    static remote_dump d;
    prom__proto_reader r = { p, p, p + n };
    prom__proto_field x;
    d = (remote_dump){ .version = version, .text = malloc(256), .cap = 256 };
    d.text[0] = '\0';
    while (remote_next(&r, &x))
        if (version == 2 && x.number == 4 && CHECK(d.n_symbols < 65536))
            CHECK_OK(prom__proto_str(&r, &x, &d.symbols[d.n_symbols++]));
        else if (CHECK(x.number == (version == 1 ? 1u : 5u)))
            remote_say_series(&d, remote_inside(&r, &x));
    if (version == 2 && d.n_symbols)
        CHECK_INT(d.symbols[0].n, 0);
    return d.text;
}

#endif
