// SPDX-License-Identifier: Apache-2.0
/* statsd.c - a transport of one's own: samples as lines of StatsD, in datagrams.
 *
 *     statsd HOST PORT
 *
 * StatsD wants to be told by how much a counter has grown, so the transport keeps what it has
 * said last; gauges are told as they are. Labels are DogStatsD's tags. */
#define _POSIX_C_SOURCE 200809L /* getaddrinfo */
#include <prom/prom.h>
#include <prom/send.h>

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PACKET = 1432, LINE = 1024 }; /* bytes; a longer line is left out */

/* What a counter of this name and these tags was when it was sent last. */
typedef struct known {
    char *series;
    double value;
} known;

typedef struct statsd {
    int fd;
    char packet[PACKET];
    size_t n; /* bytes in it */
    known *known;
    size_t n_known, next; /* samples come in the same order each time: where to look first */
} statsd;

/* --- lines -------------------------------------------------------------------- */

static prom_err flush(statsd *d)
{
    bool bad = d->n && send(d->fd, d->packet, d->n, MSG_NOSIGNAL) < 0;
    d->n = 0;
    return bad ? prom_fail(PROM_E_IO, "StatsD does not take datagrams") : PROM_OK;
}

/* `name:value|type` with tags, if any. */
static prom_err put_line(statsd *d, const char *name, double value, char type, const char *tags)
{
    char line[LINE];
    int n = snprintf(line, sizeof line, "%s:%.17g|%c%s\n", name, value, type, tags);
    if (n < 0 || (size_t)n >= sizeof line)
        return PROM_OK;
    prom_err e = d->n + (size_t)n > sizeof d->packet ? flush(d) : PROM_OK;
    memcpy(d->packet + d->n, line, (size_t)n);
    d->n += (size_t)n;
    return e;
}

/* Appends, with what would end a tag as an underscore. */
static char *put_word(char *at, const char *end, prom_str s)
{
    for (size_t i = 0; i < s.n && at < end; i++)
        *at++ = (unsigned char)s.p[i] < ' ' || strchr(":|#,", s.p[i]) ? '_' : s.p[i];
    return at;
}

/* "|#a:1,b:2" */
static void tags_of(const prom_sample *s, char out[LINE])
{
    char *at = out, *end = out + LINE - 2;
    for (size_t i = 0; i < s->n_labels && at < end; i++) {
        at += sprintf(at, "%s", i ? "," : "|#");
        at = put_word(at, end - 1, s->labels[i].name);
        *at++ = ':';
        at = put_word(at, end, s->labels[i].value);
    }
    *at = '\0';
}

/* --- counters ------------------------------------------------------------------- */

static known *find(statsd *d, const char *series)
{
    for (size_t i = 0; i < d->n_known; i++) {
        known *k = &d->known[(d->next + i) % d->n_known];
        if (strcmp(k->series, series) == 0) {
            d->next = (size_t)(k - d->known) + 1;
            return k;
        }
    }
    known *more = realloc(d->known, (d->n_known + 1) * sizeof *more);
    if (!more)
        return NULL;
    d->known = more;
    more += d->n_known;
    *more = (known){ strdup(series), 0 };
    d->n_known += more->series != NULL;
    return more->series ? more : NULL;
}

/* By how much it has grown; one that fell began anew. */
static prom_err put_growth(statsd *d, const char *name, double value, const char *tags)
{
    char series[2 * LINE];
    snprintf(series, sizeof series, "%s%s", name, tags);
    known *k = find(d, series);
    if (!k)
        return prom_fail(PROM_E_NOMEM, "out of memory for a counter");
    double growth = value >= k->value ? value - k->value : value;
    k->value = value;
    return growth != 0 ? put_line(d, name, growth, 'c', tags) : PROM_OK;
}

/* --- the transport ---------------------------------------------------------------- */

static bool is_counter(const prom_sample *s)
{
    prom_type t = s->family->type;
    return t == PROM_COUNTER || t == PROM_HISTOGRAM || (t == PROM_SUMMARY && *s->suffix);
}

static prom_err put_sample(void *data, const prom_sample *s)
{
    char name[LINE], tags[LINE];
    if (s->value != s->value) /* NaN */
        return PROM_OK;
    snprintf(name, sizeof name, "%s%s", s->family->name, s->suffix);
    tags_of(s, tags);
    if (is_counter(s))
        return put_growth(data, name, s->value, tags);
    /* A sign would mean: by so much more or less. */
    prom_err e = s->value < 0 ? put_line(data, name, 0, 'g', tags) : PROM_OK;
    return e ? e : put_line(data, name, s->value, 'g', tags);
}

static prom_err send_snapshot(prom_delivery *delivery, const prom_snapshot *s, void *data)
{
    prom_err e = PROM_OK;
    (void)delivery; /* datagrams wait for nobody */
    for (size_t i = 0; i < prom_snapshot_size(s) && !e; i++)
        e = prom_family_samples(prom_snapshot_at(s, i), put_sample, data);
    return e ? e : flush(data);
}

static void free_statsd(void *data)
{
    statsd *d = data;
    for (size_t i = 0; i < d->n_known; i++)
        free(d->known[i].series);
    free(d->known);
    if (d->fd >= 0)
        close(d->fd);
    free(d);
}

static int open_socket(const char *host, const char *port)
{
    struct addrinfo hints = { .ai_socktype = SOCK_DGRAM }, *a;
    if (getaddrinfo(host, port, &hints, &a))
        return -1;
    int fd = socket(a->ai_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && connect(fd, a->ai_addr, a->ai_addrlen)) {
        close(fd);
        fd = -1;
    }
    freeaddrinfo(a);
    return fd;
}

static prom_err statsd_new(prom_registry *r, const char *host, const char *port,
                           const prom_sender_opts *o, prom_sender **out)
{
    statsd *d = calloc(1, sizeof *d);
    if (!d)
        return prom_fail(PROM_E_NOMEM, "out of memory for StatsD");
    d->fd = open_socket(host, port);
    prom_err e = d->fd < 0
                     ? prom_fail(PROM_E_IO, "there is no StatsD at '%s:%s'", host, port)
                     : prom_sender_new(r,
                                       PROM_TRANSPORT(.name = "statsd", .send = send_snapshot,
                                                      .data = d, .free_data = free_statsd),
                                       o, out);
    if (e)
        free_statsd(d);
    return e;
}

/* --- the program -------------------------------------------------------------------- */

static prom_err work(prom_registry *r, prom_sender *s)
{
    prom_vec *jobs = NULL;
    prom_counter *done = NULL;
    prom_gauge *level = NULL;
    prom_err e = prom_vec_new(
        r, PROM_COUNTER,
        PROM_OPTS(.name = "jobs_total", .help = "Jobs done.", .labels = PROM_LABELS("kind")),
        &jobs);
    if (!e)
        e = prom_counter_with(jobs, PROM_VALUES("a|b"), &done);
    if (!e)
        e = prom_gauge_new(r, PROM_OPTS(.name = "level", .help = "Of the water."), &level);
    for (int i = 1; i < 4 && !e; i++) {
        e = prom_counter_add(done, i);
        prom_gauge_set(level, i - 1.5);
        if (!e)
            e = prom_send(s); /* not to wait for its turn */
    }
    prom_counter_inc(done); /* for the last send */
    prom_unref(level);
    prom_unref(done);
    prom_unref(jobs);
    return e;
}

int main(int argc, char **argv)
{
    prom_registry *r;
    prom_sender *s = NULL;
    if (argc != 3) {
        fprintf(stderr, "usage: statsd HOST PORT\n");
        return 2;
    }
    prom_err e = prom_registry_new(NULL, &r);
    if (!e)
        e = statsd_new(r, argv[1], argv[2],
                       PROM_SENDER_OPTS(.interval_ms = 10000, .last = true), &s);
    if (!e)
        e = work(r, s);
    if (!e)
        e = prom_sender_stop(s);
    if (e)
        fprintf(stderr, "statsd: %s\n", prom_error(e));
    prom_unref(s);
    prom_unref(r);
    return e != PROM_OK;
}
