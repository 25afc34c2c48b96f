// SPDX-License-Identifier: Apache-2.0
/* otlp_dump.h - ExportMetricsServiceRequests as text, to be compared:
 *
 *     resource_metrics{ resource{ service.name="demo" } scope_metrics{ scope{ name=libprom ...
 *
 * What is no such message is a failed check: fields that it has not, of another type or out of
 * order. */
#ifndef OTLP_DUMP_H
#define OTLP_DUMP_H

#include "kit.h"
#include "parse/proto_reader.h"

#include <inttypes.h>
#include <stdarg.h>

typedef enum otlp_type {
    OTLP_MESSAGE,
    OTLP_ATTRIBUTE, /* a KeyValue with a string */
    OTLP_TEXT,
    OTLP_HEX,
    OTLP_BOOL,
    OTLP_ZIGZAG,
    OTLP_FIXED,
    OTLP_DOUBLE,
    OTLP_VARINTS, /* packed, as the next two */
    OTLP_FIXEDS,
    OTLP_DOUBLES
} otlp_type;

typedef struct otlp_field {
    unsigned number;
    const char *name;
    otlp_type type;
    const struct otlp_field *message;
} otlp_field;

static const otlp_field otlp_exemplar[] = {
    { 2, "time", OTLP_FIXED, NULL },  { 3, "double", OTLP_DOUBLE, NULL },
    { 4, "span_id", OTLP_HEX, NULL }, { 5, "trace_id", OTLP_HEX, NULL },
    { 7, "", OTLP_ATTRIBUTE, NULL },  { 0 },
};
static const otlp_field otlp_number_point[] = {
    { 2, "start", OTLP_FIXED, NULL },   { 3, "time", OTLP_FIXED, NULL },
    { 4, "double", OTLP_DOUBLE, NULL }, { 5, "exemplar", OTLP_MESSAGE, otlp_exemplar },
    { 7, "", OTLP_ATTRIBUTE, NULL },    { 0 },
};
static const otlp_field otlp_histogram_point[] = {
    { 2, "start", OTLP_FIXED, NULL },
    { 3, "time", OTLP_FIXED, NULL },
    { 4, "count", OTLP_FIXED, NULL },
    { 5, "sum", OTLP_DOUBLE, NULL },
    { 6, "counts", OTLP_FIXEDS, NULL },
    { 7, "bounds", OTLP_DOUBLES, NULL },
    { 8, "exemplar", OTLP_MESSAGE, otlp_exemplar },
    { 9, "", OTLP_ATTRIBUTE, NULL },
    { 0 },
};
static const otlp_field otlp_side[] = {
    { 1, "offset", OTLP_ZIGZAG, NULL },
    { 2, "counts", OTLP_VARINTS, NULL },
    { 0 },
};
static const otlp_field otlp_exponential_point[] = {
    { 1, "", OTLP_ATTRIBUTE, NULL },
    { 2, "start", OTLP_FIXED, NULL },
    { 3, "time", OTLP_FIXED, NULL },
    { 4, "count", OTLP_FIXED, NULL },
    { 5, "sum", OTLP_DOUBLE, NULL },
    { 6, "scale", OTLP_ZIGZAG, NULL },
    { 7, "zero_count", OTLP_FIXED, NULL },
    { 8, "positive", OTLP_MESSAGE, otlp_side },
    { 9, "negative", OTLP_MESSAGE, otlp_side },
    { 11, "exemplar", OTLP_MESSAGE, otlp_exemplar },
    { 14, "zero_threshold", OTLP_DOUBLE, NULL },
    { 0 },
};
static const otlp_field otlp_quantile[] = {
    { 1, "q", OTLP_DOUBLE, NULL },
    { 2, "value", OTLP_DOUBLE, NULL },
    { 0 },
};
static const otlp_field otlp_summary_point[] = {
    { 2, "start", OTLP_FIXED, NULL },
    { 3, "time", OTLP_FIXED, NULL },
    { 4, "count", OTLP_FIXED, NULL },
    { 5, "sum", OTLP_DOUBLE, NULL },
    { 6, "quantile", OTLP_MESSAGE, otlp_quantile },
    { 7, "", OTLP_ATTRIBUTE, NULL },
    { 0 },
};
static const otlp_field otlp_gauge[] = {
    { 1, "point", OTLP_MESSAGE, otlp_number_point },
    { 0 },
};
static const otlp_field otlp_sum[] = {
    { 1, "point", OTLP_MESSAGE, otlp_number_point },
    { 2, "temporality", OTLP_BOOL, NULL },
    { 3, "monotonic", OTLP_BOOL, NULL },
    { 0 },
};
static const otlp_field otlp_histogram[] = {
    { 1, "point", OTLP_MESSAGE, otlp_histogram_point },
    { 2, "temporality", OTLP_BOOL, NULL },
    { 0 },
};
static const otlp_field otlp_exponential[] = {
    { 1, "point", OTLP_MESSAGE, otlp_exponential_point },
    { 2, "temporality", OTLP_BOOL, NULL },
    { 0 },
};
static const otlp_field otlp_summary[] = {
    { 1, "point", OTLP_MESSAGE, otlp_summary_point },
    { 0 },
};
static const otlp_field otlp_metric[] = {
    { 1, "name", OTLP_TEXT, NULL },
    { 2, "description", OTLP_TEXT, NULL },
    { 3, "unit", OTLP_TEXT, NULL },
    { 5, "gauge", OTLP_MESSAGE, otlp_gauge },
    { 7, "sum", OTLP_MESSAGE, otlp_sum },
    { 9, "histogram", OTLP_MESSAGE, otlp_histogram },
    { 10, "exponential", OTLP_MESSAGE, otlp_exponential },
    { 11, "summary", OTLP_MESSAGE, otlp_summary },
    { 12, "", OTLP_ATTRIBUTE, NULL },
    { 0 },
};
static const otlp_field otlp_scope[] = {
    { 1, "name", OTLP_TEXT, NULL },
    { 2, "version", OTLP_TEXT, NULL },
    { 0 },
};
static const otlp_field otlp_scope_metrics[] = {
    { 1, "scope", OTLP_MESSAGE, otlp_scope },
    { 2, "metric", OTLP_MESSAGE, otlp_metric },
    { 0 },
};
static const otlp_field otlp_resource[] = {
    { 1, "", OTLP_ATTRIBUTE, NULL },
    { 0 },
};
static const otlp_field otlp_resource_metrics[] = {
    { 1, "resource", OTLP_MESSAGE, otlp_resource },
    { 2, "scope_metrics", OTLP_MESSAGE, otlp_scope_metrics },
    { 0 },
};
static const otlp_field otlp_request[] = {
    { 1, "resource_metrics", OTLP_MESSAGE, otlp_resource_metrics },
    { 0 },
};

typedef struct otlp_dump {
    char *text;
    size_t n, cap;
} otlp_dump;

__attribute__((format(printf, 2, 3))) static inline void otlp_say(otlp_dump *d, const char *fmt,
                                                                  ...)
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

static inline void otlp_say_double(otlp_dump *d, uint64_t bits)
{
    if (bits == UINT64_C(0x7FF8000000000001))
        otlp_say(d, "NaN");
    else
        otlp_say(d, "%.17g", prom__proto_as_double(bits));
}

static inline void otlp_say_numbers(otlp_dump *d, const prom__proto_reader *r,
                                    const prom__proto_field *f, otlp_type type)
{
    prom__arena a = { 0 };
    prom__proto_numbers l = { NULL, 0, 0 };
    CHECK_INT(f->type, 2); /* packed, as proto3 has it */
    CHECK_OK(prom__proto_add_numbers(r, f, type == OTLP_VARINTS ? 0 : 1, &a, &l));
    for (size_t i = 0; i < l.n; i++) {
        otlp_say(d, i ? "," : "");
        if (type == OTLP_DOUBLES)
            otlp_say_double(d, l.item[i]);
        else
            otlp_say(d, "%" PRIu64, l.item[i]);
    }
    prom__arena_free(&a);
}

static inline prom_str otlp_string(prom__proto_reader *r, unsigned number)
{
    prom__proto_field f;
    prom_str s = { NULL, 0 };
    bool more = false;
    if (CHECK_OK(prom__proto_next(r, &f, &more)) && CHECK(more) && CHECK_INT(f.number, number))
        CHECK_OK(prom__proto_str(r, &f, &s));
    return s;
}

static inline void otlp_say_attribute(otlp_dump *d, prom__proto_reader in)
{
    prom_str key = otlp_string(&in, 1), value = otlp_string(&in, 2);
    prom__proto_reader any = { in.text, value.p, value.p + value.n };
    value = otlp_string(&any, 1);
    CHECK(in.at == in.end && any.at == any.end);
    otlp_say(d, "%.*s=\"%.*s\"", (int)key.n, key.p, (int)value.n, value.p);
}

static inline void otlp_say_message(otlp_dump *d, prom__proto_reader r, const otlp_field *m);

static inline void otlp_say_bytes(otlp_dump *d, prom_str s, otlp_type type)
{
    if (type == OTLP_TEXT)
        otlp_say(d, "%.*s", (int)s.n, s.p);
    for (size_t i = 0; type == OTLP_HEX && i < s.n; i++)
        otlp_say(d, "%02x", (unsigned char)s.p[i]);
}

static inline void otlp_say_field(otlp_dump *d, const prom__proto_reader *r,
                                  const prom__proto_field *f, const otlp_field *m)
{
    prom__proto_reader in = { NULL, NULL, NULL };
    bool bytes = m->type <= OTLP_HEX || m->type >= OTLP_VARINTS;
    bool fixed = m->type == OTLP_FIXED || m->type == OTLP_DOUBLE;
    CHECK_INT(f->type, bytes ? 2 : fixed ? 1 : 0);
    otlp_say(d, " %s%s", m->name, m->type > OTLP_ATTRIBUTE ? "=" : "");
    if (m->type <= OTLP_ATTRIBUTE && !CHECK_OK(prom__proto_message(r, f, &in)))
        return;
    if (m->type == OTLP_MESSAGE)
        otlp_say_message(d, in, m->message);
    else if (m->type == OTLP_ATTRIBUTE)
        otlp_say_attribute(d, in);
    else if (m->type <= OTLP_HEX)
        otlp_say_bytes(d, f->bytes, m->type);
    else if (m->type == OTLP_ZIGZAG)
        otlp_say(d, "%" PRId64, prom__proto_unzigzag(f->value));
    else if (m->type == OTLP_DOUBLE)
        otlp_say_double(d, f->value);
    else if (m->type >= OTLP_VARINTS)
        otlp_say_numbers(d, r, f, m->type);
    else
        otlp_say(d, "%" PRIu64, f->value);
}

static inline void otlp_say_message(otlp_dump *d, prom__proto_reader r, const otlp_field *m)
{
    prom__proto_field f;
    bool more = false;
    unsigned last = 0;
    otlp_say(d, "{");
    while (CHECK_OK(prom__proto_next(&r, &f, &more)) && more) {
        const otlp_field *known = m;
        while (known->number && known->number != f.number)
            known++;
        if (!CHECK(known->number) || !CHECK(f.number >= last))
            break;
        last = f.number;
        otlp_say_field(d, &r, &f, known);
    }
    otlp_say(d, " }");
}

/* For free(). m: which message it is. */
static inline char *otlp_text(const char *p, size_t n, const otlp_field *m)
{
    otlp_dump d = { .text = malloc(64), .cap = 64 };
    otlp_say_message(&d, (prom__proto_reader){ p, p, p + n }, m);
    return d.text;
}

/* The metrics of a request, one behind the other, each as a field of its scope. */
static inline prom_str otlp_metrics(const char *p, size_t n)
{
    prom__proto_reader r = { p, p, p + n };
    for (int depth = 0; depth < 2; depth++) {
        prom__proto_field f = { 0 };
        bool more = true;
        while (more && f.number != (depth ? 2 : 1))
            if (!CHECK_OK(prom__proto_next(&r, &f, &more)))
                return (prom_str){ p, 0 };
        CHECK_OK(prom__proto_message(&r, &f, &r));
    }
    prom__proto_field f;
    bool more = true;
    const char *from = r.at;
    if (CHECK_OK(prom__proto_next(&r, &f, &more)) && more && f.number == 1)
        from = r.at; /* behind the scope */
    return (prom_str){ from, (size_t)(r.end - from) };
}

#endif
