// SPDX-License-Identifier: Apache-2.0
/* world.h - a registry with something of everything in it, always the same. */
#ifndef WORLD_H
#define WORLD_H

#include "failing.h"

#include <prom/api.h>

enum { FEW_LABELS = 17, MANY = 300 }; /* more labels than look-up keeps on its stack */

typedef struct world {
    int param;
    prom_registry *r;
    prom_counter *hits;
    prom_vec *requests, *wide; /* counters; wide: FEW_LABELS labels, no series */
    prom_vec *level, *took, *size;
    prom_collector *disk;
    char pad[MANY * 16 + 1]; /* a label value of the collector: shifts its memory */
    void *prepared;          /* made by a row's prepare(), given back with the world */
    void *out;               /* what the call made; the same */
    void *stop;              /* a server in out is to be stopped first */
} world;

static prom_err build_disk(prom_builder *b, void *data)
{
    world *w = data;
    prom_bucket buckets[] = { { 1, 2 }, { 2, 3 } };
    prom_quantile quantiles[] = { { 0.5, 1 }, { 0.9, 2 } };
    prom_label_str label = { { "disk", 4 }, { w->pad, strlen(w->pad) } };
    prom_err e = prom_build_family(
        b, PROM_GAUGE,
        PROM_OPTS(.name = "zz_free_bytes", .help = "Free.", .labels = PROM_LABELS("disk"),
                  .const_labels = PROM_CONST_LABELS({ "host", "a\"b" })));
    for (int i = 0; !e && i < 10; i++) {
        char name[16];
        snprintf(name, sizeof name, "sd%c", 'a' + i);
        e = prom_build_value(b, PROM_VALUES(name), i);
    }
    if (!e)
        e = prom_build_family(b, PROM_HISTOGRAM, PROM_OPTS(.name = "zz_seek_seconds"));
    if (!e)
        e = prom_build_labels(b, &label, 1);
    if (!e)
        e = prom_build_histogram(b, NULL, 4, 3, buckets, 2);
    if (!e)
        e = prom_build_timestamp(b, 1000);
    if (!e)
        e = prom_build_family(b, PROM_SUMMARY, PROM_OPTS(.name = "zz_block_bytes"));
    return e ? e : prom_build_summary(b, NULL, 4, 3, quantiles, 2);
}

static void add_series(prom_vec *v, int i)
{
    char value[16];
    void *child = NULL;
    snprintf(value, sizeof value, "%d", i);
    CHECK_OK(prom_vec_with(v, &(prom_str){ value, strlen(value) }, 1, &child));
    if (prom_vec_type(v) == PROM_COUNTER)
        CHECK_OK(prom_counter_add(child, i));
    prom_unref(child);
}

static inline void remove_series(prom_vec *v, int i)
{
    char value[16];
    snprintf(value, sizeof value, "%d", i);
    CHECK_OK(prom_vec_remove(v, PROM_VALUES(value)));
}

static const char *const wide_labels[] = { "a", "b", "c", "d", "e", "f", "g", "h", "i",
                                           "j", "k", "l", "m", "n", "o", "p", "q", NULL };

static void fill_summary(world *w)
{
    prom_summary *s = NULL;
    CHECK_OK(prom_summary_with(w->size, PROM_VALUES("x"), &s));
    for (int i = -3; i < 4; i++)
        prom_summary_observe(s, i);
    prom_unref(s);
}

/* For param the pad is so many times 16 bytes long. */
static world *world_new(int param)
{
    world *w = calloc(1, sizeof *w);
    w->param = param;
    memset(w->pad, 'p', (size_t)(param % MANY) * 16);
    CHECK_OK(prom_registry_new(NULL, &w->r));
    CHECK_OK(prom_counter_new(w->r, PROM_OPTS(.name = "hits", .help = "Hits."), &w->hits));
    prom_counter_inc(w->hits);
    CHECK_OK(prom_vec_new(
        w->r, PROM_COUNTER,
        PROM_OPTS(.name = "requests", .help = "Requests.", .labels = PROM_LABELS("i")),
        &w->requests));
    CHECK_OK(prom_vec_new(w->r, PROM_GAUGE,
                          PROM_OPTS(.name = "level", .help = "", .labels = PROM_LABELS("i")),
                          &w->level));
    CHECK_OK(prom_vec_new(w->r, PROM_HISTOGRAM,
                          PROM_OPTS(.name = "took_seconds", .help = "",
                                    .labels = PROM_LABELS("i"), .unit = "seconds"),
                          &w->took));
    CHECK_OK(prom_vec_new(w->r, PROM_SUMMARY,
                          PROM_OPTS(.name = "size", .help = "", .labels = PROM_LABELS("i"),
                                    .objectives = PROM_OBJECTIVES({ 0.5, 0.1 }, { 0.9, 0.1 })),
                          &w->size));
    CHECK_OK(prom_vec_new(w->r, PROM_COUNTER,
                          PROM_OPTS(.name = "wide", .help = "", .labels = wide_labels),
                          &w->wide));
    add_series(w->requests, 1);
    add_series(w->requests, 0);
    fill_summary(w);
    prom_collector_opts o = { .size = sizeof o, .name = "disk", .collect = build_disk, w };
    CHECK_OK(prom_collector_new(w->r, &o, &w->disk));
    return w;
}

static void world_free(world *w)
{
    prom_http_stop(w->stop);
    prom_unref(w->out);
    prom_unref(w->prepared);
    prom_unref(w->disk);
    prom_unref(w->size);
    prom_unref(w->took);
    prom_unref(w->level);
    prom_unref(w->wide);
    prom_unref(w->requests);
    prom_unref(w->hits);
    prom_unref(w->r);
    free(w);
}

/* What a scrape shows; values of process_* metrics, which move by themselves, left out. */
static char *world_text(const world *w)
{
    char *text = NULL, *to;
    CHECK_OK(prom_expose(w->r, &prom_text, &text, NULL));
    char *copy = malloc(strlen(text) + 1);
    to = copy;
    for (const char *line = text; *line;) {
        const char *end = strchr(line, '\n') + 1, *keep = end;
        if (strncmp(line, "process_", 8) == 0)
            keep = strchr(line, ' ');
        memcpy(to, line, (size_t)(keep - line));
        to += keep - line;
        line = end;
    }
    *to = '\0';
    prom_free(text);
    return copy;
}

#endif
