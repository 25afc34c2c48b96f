// SPDX-License-Identifier: Apache-2.0
/* tour.c - one small function for each thing that is more than a counter with labels. Each
 * makes metrics in a registry, and main() prints what Prometheus would be told. */
#include <prom/collect.h>
#include <prom/encode.h>
#include <prom/gather.h>
#include <prom/prom.h>
#include <prom/vec.h>

#include <stdio.h>

/* A native histogram needs no buckets: their number follows what is observed. In the text
 * format only its sum and count can be seen; an exemplar leads to the trace of one case. */
static prom_err native(prom_registry *r)
{
    prom_histogram *h;
    prom_err e = prom_histogram_new(
        r, PROM_OPTS(.name = "tour_walk_seconds", .help = "Walks.", .native_factor = 1.1), &h);
    if (!e)
        e = prom_histogram_observe_exemplar(h, 2.5, PROM_EXEMPLAR({ "trace_id", "4bf92f35" }));
    prom_histogram_observe_many(h, (const double[]){ 0.5, 1.0 }, 2);
    prom_unref(h);
    return e;
}

/* Facts, and states of which one is on. */
static prom_err facts(prom_registry *r)
{
    prom_info *build;
    prom_stateset *weather;
    prom_err e =
        prom_info_new(r, PROM_OPTS(.name = "tour_build", .help = "What this is."), &build);
    if (!e)
        e = prom_info_set(build, PROM_CONST_LABELS({ "color", "blue" }, { "version", "1.2" }));
    prom_unref(build);
    if (!e)
        e = prom_stateset_new(r,
                              PROM_OPTS(.name = "tour_weather", .help = "Outside.",
                                        .states = PROM_VALUES("rain", "sun")),
                              &weather);
    if (e)
        return e;
    e = prom_stateset_enter(weather, "sun");
    prom_unref(weather);
    return e;
}

static prom_err steps(void *data, double *out)
{
    *out = *(const int *)data;
    return PROM_OK;
}

/* A value that a function gives when it is asked for. */
static prom_err asked(prom_registry *r)
{
    static int taken = 42;
    void *g;
    prom_err e = prom_function_new(r, PROM_GAUGE,
                                   PROM_OPTS(.name = "tour_steps", .help = "Taken so far."),
                                   PROM_FUNCTION(.value = steps, .data = &taken), &g);
    if (!e)
        prom_unref(g);
    return e;
}

static prom_err count(prom_vec *v, const char *const *values)
{
    prom_counter *c;
    prom_err e = prom_counter_with(v, values, &c);
    if (e)
        return e;
    prom_counter_inc(c);
    prom_unref(c);
    return PROM_OK;
}

/* A view of the family in which one label is set already. */
static prom_err by_post(prom_vec *visits)
{
    prom_vec *view;
    prom_err e =
        prom_vec_curry(visits, &(prom_label_str){ { "method", 6 }, { "post", 4 } }, 1, &view);
    if (e)
        return e;
    e = count(view, PROM_VALUES("mill"));
    prom_unref(view);
    return e;
}

/* Labels that strangers fill: what is not on the list is "other", and there are never more than
 * a hundred series. Some show before they are first used. */
static prom_err bounded(prom_registry *r)
{
    prom_vec *visits;
    prom_err e = prom_vec_new(
        r, PROM_COUNTER,
        PROM_OPTS(.name = "tour_visits_total", .help = "Visits.",
                  .labels = PROM_LABELS("method", "place"), .max_series = 100,
                  .constraints = PROM_CONSTRAINTS(
                      { .label = "method", .allowed = PROM_VALUES("foot", "post") })),
        &visits);
    if (e)
        return e;
    e = prom_vec_preset(visits,
                        (const prom_label_values[]){ { "method", PROM_VALUES("foot") },
                                                     { "place", PROM_VALUES("mill", "lake") } },
                        2);
    if (!e)
        e = count(visits, PROM_VALUES("balloon", "lake"));
    if (!e)
        e = by_post(visits);
    prom_unref(visits);
    return e;
}

static prom_err describe(prom_builder *b, void *data)
{
    (void)data;
    return prom_build_family(b, PROM_GAUGE,
                             PROM_OPTS(.name = "tour_depth_meters", .help = "Of the lake.",
                                       .labels = PROM_LABELS("place")));
}

static prom_err collect(prom_builder *b, void *data)
{
    prom_err e = describe(b, data);
    return e ? e : prom_build_value(b, PROM_VALUES("lake"), 31.5);
}

/* Numbers that somebody else keeps, in a registry that adds a label to all of them. */
static prom_err elsewhere(prom_registry *r)
{
    prom_registry *north;
    prom_collector *c;
    prom_err e = prom_registry_wrap(
        r, PROM_WRAP_OPTS(.labels = PROM_CONST_LABELS({ "side", "north" })), &north);
    if (e)
        return e;
    e = prom_collector_new(north,
                           PROM_COLLECTOR_OPTS(.name = "lake", .collect = collect,
                                               .describe = describe, .timeout_ms = 1000),
                           &c);
    if (!e)
        prom_unref(c);
    prom_unref(north);
    return e;
}

int main(void)
{
    prom_registry *r;
    prom_err e = prom_registry_new(NULL, &r);
    prom_err (*const stops[])(prom_registry *) = { native, facts, asked, bounded, elsewhere };
    for (size_t i = 0; i < sizeof stops / sizeof *stops && !e; i++)
        e = stops[i](r);
    char *text = NULL;
    if (!e)
        e = prom_expose(r, &prom_text, &text, NULL);
    if (e)
        fprintf(stderr, "tour: %s\n", prom_error(e));
    else
        fputs(text, stdout);
    prom_free(text);
    prom_unref(r);
    return e != PROM_OK;
}
