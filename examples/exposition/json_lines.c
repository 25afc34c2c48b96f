// SPDX-License-Identifier: Apache-2.0
/* json_lines.c - a format of one's own: each sample as a line of JSON, for whatever reads logs.
 *
 * An encoder is a constant, and goes wherever the library's own ones do: to a string, a file,
 * an HTTP server. Here a sender prints it now and then. */
#include <prom/encode.h>
#include <prom/prom.h>
#include <prom/send.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

/* --- the format -------------------------------------------------------------- */

typedef struct lines {
    const prom_writer *to;
    prom_err error; /* the first one of the writer's */
} lines;

static void put(lines *l, const char *p, size_t n)
{
    if (!l->error && n)
        l->error = l->to->write(l->to->data, p, n);
}

static void put_text(lines *l, const char *s)
{
    put(l, s, strlen(s));
}

/* Label values are UTF-8, and may hold anything. */
static void put_string(lines *l, prom_str s)
{
    char escape[8];
    size_t plain = 0; /* where what needs no escape begins */
    put_text(l, "\"");
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c >= ' ' && c != '"' && c != '\\')
            continue;
        put(l, s.p + plain, i - plain);
        plain = i + 1;
        snprintf(escape, sizeof escape, "\\u%04x", c);
        put_text(l, escape);
    }
    put(l, s.p + plain, s.n - plain);
    put_text(l, "\"");
}

/* JSON has neither NaN nor infinities. */
static void put_value(lines *l, double v)
{
    char number[32];
    snprintf(number, sizeof number, isfinite(v) ? "%.17g" : "\"%g\"", v);
    put_text(l, number);
}

static prom_err put_sample(void *data, const prom_sample *s)
{
    lines *l = data;
    put_text(l, "{\"name\":");
    char name[512];
    snprintf(name, sizeof name, "%s%s", s->family->name, s->suffix);
    put_string(l, (prom_str){ name, strlen(name) });
    put_text(l, ",\"labels\":{");
    for (size_t i = 0; i < s->n_labels; i++) {
        put_text(l, i ? "," : "");
        put_string(l, s->labels[i].name);
        put_text(l, ":");
        put_string(l, s->labels[i].value);
    }
    put_text(l, "},\"value\":");
    put_value(l, s->value);
    put_text(l, "}\n");
    return l->error;
}

static prom_err encode(const prom_snapshot *s, const prom_encode_opts *o, const prom_writer *to)
{
    lines l = { to, PROM_OK };
    prom_err e = PROM_OK;
    (void)o;
    for (size_t i = 0; i < prom_snapshot_size(s) && !e; i++)
        e = prom_family_samples(prom_snapshot_at(s, i), put_sample, &l);
    return e;
}

static const prom_encoder json_lines = { .name = "json-lines",
                                         .content_type = "application/x-ndjson",
                                         .encode = encode };

/* --- where it goes ------------------------------------------------------------- */

static prom_err print(void *data, const char *p, size_t n)
{
    return fwrite(p, 1, n, data) == n ? PROM_OK
                                      : prom_fail(PROM_E_IO, "standard output takes no more");
}

static prom_err send(prom_delivery *d, const prom_snapshot *s, void *data)
{
    const prom_writer to = { print, data };
    (void)d;
    prom_err e = prom_encode(&json_lines, NULL, s, &to);
    return e || fflush(data) == 0 ? e : prom_fail(PROM_E_IO, "standard output takes no more");
}

/* --- the program ----------------------------------------------------------------- */

static prom_err work(prom_registry *r)
{
    prom_vec *jobs = NULL;
    prom_histogram *seconds = NULL;
    prom_counter *done = NULL;
    prom_err e = prom_vec_new(
        r, PROM_COUNTER,
        PROM_OPTS(.name = "jobs_total", .help = "Jobs done.", .labels = PROM_LABELS("kind")),
        &jobs);
    if (!e)
        e = prom_histogram_new(r,
                               PROM_OPTS(.name = "job_seconds", .help = "How long jobs took.",
                                         .buckets = PROM_BUCKETS(1)),
                               &seconds);
    if (!e)
        e = prom_counter_with(jobs, PROM_VALUES("say \"hi\"\n"), &done);
    prom_counter_inc(done);
    prom_histogram_observe(seconds, 0.25);
    prom_unref(done);
    prom_unref(seconds);
    prom_unref(jobs);
    return e;
}

int main(void)
{
    prom_registry *r;
    prom_sender *s = NULL;
    prom_err e = prom_registry_new(NULL, &r);
    if (!e)
        e = work(r);
    /* Each minute, and at the end. */
    if (!e)
        e = prom_sender_new(r, PROM_TRANSPORT(.name = "stdout", .send = send, .data = stdout),
                            PROM_SENDER_OPTS(.interval_ms = 60000, .last = true), &s);
    if (!e)
        e = prom_sender_stop(s);
    if (e)
        fprintf(stderr, "json_lines: %s\n", prom_error(e));
    prom_unref(s);
    prom_unref(r);
    return e != PROM_OK;
}
