// SPDX-License-Identifier: Apache-2.0
/* json.c - all that a snapshot says, in the form that prom/encode.h describes. A line feed
 * stands between families only. */
#include "base/number.h"
#include "form.h"
#include "model/metrics.h"

typedef struct json {
    prom__out out; /* first */
    prom__metric_reader reader;
    bool others; /* families are there already */
} json;

static void put(json *j, const char *s)
{
    prom__out_put(&j->out, s, strlen(s));
}

/* --- values ------------------------------------------------------------- */

/* Bytes of the character at s that JSON, or JavaScript, does not let stand in a string: control
 * characters, quotes, backslashes, U+2028 and U+2029. Else 0. */
static size_t special(const char *s, size_t n)
{
    unsigned char c = (unsigned char)*s;
    if (c < 0x20 || c == '"' || c == '\\')
        return 1;
    bool separator =
        c == 0xE2 && n >= 3 && (unsigned char)s[1] == 0x80 && ((unsigned char)s[2] | 1) == 0xA9;
    return separator ? 3 : 0;
}

static void put_special(json *j, const char *s, size_t n)
{
    char text[8] = "\\u00";
    unsigned char c = (unsigned char)*s;
    if (n == 3) {
        put(j, (unsigned char)s[2] == 0xA8 ? "\\u2028" : "\\u2029");
        return;
    }
    text[4] = "01"[c >> 4 & 1];
    text[5] = "0123456789abcdef"[c & 15];
    put(j, c == '"' ? "\\\"" : c == '\\' ? "\\\\" : c == '\n' ? "\\n" : text);
}

static void put_string(json *j, prom_str s)
{
    size_t from = 0;
    put(j, "\"");
    for (size_t i = 0; i < s.n;) {
        size_t n = special(s.p + i, s.n - i);
        if (n) {
            prom__out_put(&j->out, s.p + from, i - from);
            put_special(j, s.p + i, n);
            from = i + n;
        }
        i += n ? n : 1;
    }
    if (s.n > from)
        prom__out_put(&j->out, s.p + from, s.n - from);
    put(j, "\"");
}

static void put_text(json *j, const char *s)
{
    put_string(j, (prom_str){ s, strlen(s) });
}

static void put_double(json *j, double v)
{
    char buf[PROM__NUMBER_MAX];
    size_t n = prom__number_double(buf, v);
    bool finite = buf[n - 1] >= '0' && buf[n - 1] <= '9';
    put(j, finite ? "" : "\"");
    prom__out_put(&j->out, buf, n);
    put(j, finite ? "" : "\"");
}

static void put_count(json *j, uint64_t v)
{
    char buf[PROM__NUMBER_MAX];
    prom__out_put(&j->out, buf, prom__number_u64(buf, v));
}

static void put_integer(json *j, int64_t v)
{
    char buf[PROM__NUMBER_MAX];
    prom__out_put(&j->out, buf, prom__number_i64(buf, v));
}

static void put_seconds(json *j, const char *before, size_t (*number)(char *, int64_t),
                        int64_t v)
{
    char buf[PROM__NUMBER_MAX];
    put(j, before);
    prom__out_put(&j->out, buf, number(buf, v));
}

static void put_labels(json *j, const prom_label_str *labels, size_t n)
{
    put(j, "\"labels\":{");
    for (size_t i = 0; i < n; i++) {
        put(j, i ? "," : "");
        put_string(j, labels[i].name);
        put(j, ":");
        put_string(j, labels[i].value);
    }
    put(j, "}");
}

/* --- types -------------------------------------------------------------- */

static void put_states(json *j, const prom_metric *m)
{
    put(j, ",\"states\":{");
    for (size_t i = 0; i < m->n_states; i++) {
        put(j, i ? "," : "");
        put_string(j, m->states[i].name);
        put(j, m->states[i].on ? ":true" : ":false");
    }
    put(j, "}");
}

/* The count, or the weight of a histogram of those. */
static void put_whole(json *j, const prom_metric *m)
{
    if (m->native && m->native->is_float)
        put_double(j, m->native->weight);
    else
        put_count(j, m->count);
}

static void put_count_and_sum(json *j, const prom_metric *m)
{
    put(j, ",\"count\":");
    put_whole(j, m);
    put(j, ",\"sum\":");
    put_double(j, m->sum);
}

static void put_buckets(json *j, const prom_metric *m)
{
    put(j, ",\"buckets\":[");
    for (size_t i = 0; i < m->n_buckets; i++) {
        put(j, "[");
        put_double(j, m->buckets[i].upper);
        put(j, ",");
        put_count(j, m->buckets[i].count);
        put(j, "],");
    }
    put(j, "[\"+Inf\",");
    put_whole(j, m);
    put(j, "]]");
}

static void put_side(json *j, const prom_native *x, const prom_native_bucket *side, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        put(j, i ? ",[" : "[");
        put_integer(j, side[i].index);
        put(j, ",");
        if (x->is_float)
            put_double(j, side[i].n.weight);
        else
            put_count(j, side[i].n.count);
        put(j, "]");
    }
}

static void put_bounds(json *j, const prom_native *x)
{
    put(j, "],\"bounds\":[");
    for (size_t i = 0; i < x->n_custom; i++) {
        put(j, i ? "," : "");
        put_double(j, x->custom[i]);
    }
}

static void put_native(json *j, const prom_native *x)
{
    put(j, ",\"native\":{\"schema\":");
    put_integer(j, x->schema);
    put(j, ",\"zero_threshold\":");
    put_double(j, x->zero_threshold);
    put(j, ",\"zero_count\":");
    if (x->is_float)
        put_double(j, x->zero_weight);
    else
        put_count(j, x->zero_count);
    put(j, ",\"positive\":[");
    put_side(j, x, x->positive, x->n_positive);
    put(j, "],\"negative\":[");
    put_side(j, x, x->negative, x->n_negative);
    if (x->schema == PROM_CUSTOM_BUCKETS)
        put_bounds(j, x);
    put(j, "]}");
}

static void put_quantiles(json *j, const prom_metric *m)
{
    put(j, ",\"quantiles\":[");
    for (size_t i = 0; i < m->n_quantiles; i++) {
        put(j, i ? ",[" : "[");
        put_double(j, m->quantiles[i].quantile);
        put(j, ",");
        put_double(j, m->quantiles[i].value);
        put(j, "]");
    }
    put(j, "]");
}

static void put_value(json *j, const prom_metric *m)
{
    switch (m->family->type) {
    case PROM_HISTOGRAM:
    case PROM_GAUGE_HISTOGRAM:
        put_count_and_sum(j, m);
        if (m->n_buckets || !m->native)
            put_buckets(j, m);
        if (m->native)
            put_native(j, m->native);
        return;
    case PROM_SUMMARY:
        put_count_and_sum(j, m);
        put_quantiles(j, m);
        return;
    case PROM_STATESET:
        if (m->n_states) {
            put_states(j, m);
            return;
        }
        break;
    case PROM_UNKNOWN:
    case PROM_COUNTER:
    case PROM_GAUGE:
    case PROM_INFO:
        break;
    }
    put(j, ",\"value\":");
    put_double(j, m->value);
}

/* --- metrics ------------------------------------------------------------ */

static void put_exemplars(json *j, const char *member, const prom_exemplar *x, size_t n)
{
    if (!n)
        return;
    put(j, member);
    for (size_t i = 0; i < n; i++) {
        put(j, i ? ",{" : "{");
        put_labels(j, x[i].labels, x[i].n_labels);
        put(j, ",\"value\":");
        put_double(j, x[i].value);
        if (x[i].timestamp_ns != PROM_NO_TIME)
            put_seconds(j, ",\"timestamp\":", prom__number_ns, x[i].timestamp_ns);
        put(j, "}");
    }
    put(j, "]");
}

static void put_metric(json *j, const prom_metric *m)
{
    put(j, "{");
    put_labels(j, m->labels, m->n_labels);
    put_value(j, m);
    put_exemplars(j, ",\"exemplars\":[", m->exemplars, m->n_exemplars);
    put_exemplars(j, ",\"native_exemplars\":[", m->native_exemplars, m->n_native_exemplars);
    if (m->timestamp_ms != PROM_NO_TIME)
        put_seconds(j, ",\"timestamp\":", prom__number_ms, m->timestamp_ms);
    if (m->created_ns)
        put_seconds(j, ",\"created\":", prom__number_ns, m->created_ns);
    put(j, "}");
}

static prom_err put_family(void *data, const prom__family *f)
{
    json *j = data;
    put(j, j->others ? ",\n" : "\n");
    j->others = true;
    put(j, "{\"name\":");
    put_text(j, f->pub.name);
    put(j, ",\"type\":");
    put_text(j, prom_type_name(f->pub.type));
    if (f->pub.help) {
        put(j, ",\"help\":");
        put_text(j, f->pub.help);
    }
    if (f->pub.unit) {
        put(j, ",\"unit\":");
        put_text(j, f->pub.unit);
    }
    put(j, ",\"metrics\":[");
    return PROM_OK;
}

static prom_err put_metrics(void *data, const prom__family *f, size_t from, size_t to)
{
    json *j = data;
    prom_err e = PROM_OK;
    for (size_t i = from; i < to && !e; i++) {
        put(j, i ? "," : "");
        e = prom__metric_read(&j->reader, &f->pub, &f->points[i]);
        if (!e)
            put_metric(j, &j->reader.metric);
    }
    return e;
}

static void end_family(void *j, const prom__family *f)
{
    (void)f;
    put(j, "]}");
}

static void begin_all(void *j, const prom_encode_opts *o)
{
    (void)o;
    put(j, "{\"families\":[");
}

static void end_all(void *j)
{
    put(j, "\n]}\n");
}

static void free_all(void *data)
{
    json *j = data;
    prom__metric_reader_free(&j->reader);
}

const prom__form prom__json_form = { .size = sizeof(json),
                                     .open = begin_all,
                                     .family = put_family,
                                     .metrics = put_metrics,
                                     .family_end = end_family,
                                     .close = end_all,
                                     .free = free_all };

static prom_err encode(const prom_snapshot *s, const prom_encode_opts *o, const prom_writer *w)
{
    return prom__form_encode(&prom__json_form, s, o, w);
}

const prom_encoder prom_json = { "json", "application/json", false, encode };
