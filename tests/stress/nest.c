// SPDX-License-Identifier: Apache-2.0
/* nest.c - registries go into one another and out again, some through wraps, some the other way
 * round, while things are added, removed, described, listed, found and gathered everywhere. */
#define _GNU_SOURCE /* nanosleep */
#include "harness.h"

enum { REGISTRIES = 4 };

typedef struct shared {
    prom_registry *r[REGISTRIES], *wrap[REGISTRIES];
    _Atomic int made, freed;
} shared;

static shared all;

static prom_registry *any(stress_thread *t)
{
    size_t i = stress_random(t, REGISTRIES);
    return stress_random(t, 2) ? all.r[i] : all.wrap[i];
}

/* --- roles ---------------------------------------------------------------- */

static void nest(stress_thread *t)
{
    for (; !stress_over; t->rounds++) {
        prom_registry *outer = any(t), *inner = any(t);
        prom_err e = prom_registry_add(outer, inner);
        EXPECT(!e || e == PROM_E_INVAL || e == PROM_E_EXISTS || e == PROM_E_LABELS, "%s",
               prom_error(e));
        if (stress_random(t, 3) == 0)
            continue; /* so that there are some for the others */
        prom_registry *of = any(t);
        e = prom_registry_remove(of, stress_random(t, 2) ? inner : any(t));
        EXPECT(!e || e == PROM_E_NOENT, "%s", prom_error(e));
    }
}

static prom_err build(prom_builder *b, void *data)
{
    char name[32];
    snprintf(name, sizeof name, "built_%d", (int)(uintptr_t)data % 5);
    prom_err e = prom_build_family(b, PROM_GAUGE, PROM_OPTS(.name = name));
    return e ? e : prom_build_value(b, NULL, 1);
}

static void count_freed(void *data)
{
    (void)data;
    all.freed++;
}

static void add_collector(stress_thread *t, prom_registry *r)
{
    uint64_t kind = stress_random(t, 4);
    prom_collector *c;
    prom_collector_opts o = { .size = sizeof o,
                              .name = "c",
                              .collect = build,
                              .data = (void *)(uintptr_t)(t->rounds * 8 + t->number),
                              .free_data = count_freed,
                              .describe_by_collect = kind & 1,
                              .timeout_ms = kind & 2 ? 100000 : 0 };
    prom_err e = prom_collector_new(r, &o, &c);
    EXPECT(!e || e == PROM_E_EXISTS, "%s", prom_error(e));
    if (e)
        return;
    all.made++;
    if (stress_random(t, 2)) {
        prom_snapshot *s = NULL;
        EXPECT_OK(prom_gather(r, &s));
        prom_unref(s);
    }
    e = prom_registry_remove(r, c);
    EXPECT(!e || e == PROM_E_NOENT, "%s", prom_error(e)); /* somebody may have cleared it */
    prom_unref(c);
}

static void add_and_remove(stress_thread *t)
{
    for (; !stress_over; t->rounds++) {
        prom_registry *r = any(t);
        char name[32];
        prom_gauge *g;
        if (stress_random(t, 3) == 0) {
            add_collector(t, r);
            continue;
        }
        snprintf(name, sizeof name, "g%d", (int)stress_random(t, 6));
        prom_err e = prom_gauge_new(r, PROM_OPTS(.name = name, .help = ""), &g);
        EXPECT(!e || e == PROM_E_EXISTS, "%s", prom_error(e));
        if (e)
            continue;
        prom_gauge_set(g, 1);
        e = prom_registry_remove(r, g);
        EXPECT(!e || e == PROM_E_NOENT, "%s", prom_error(e));
        e = stress_random(t, 2) ? prom_registry_add(any(t), g) : PROM_OK;
        EXPECT(!e || e == PROM_E_EXISTS || e == PROM_E_LABELS, "%s", prom_error(e));
        prom_unref(g);
        if (stress_random(t, 50) == 0)
            prom_registry_clear(any(t));
    }
}

/* Families in order, none twice: whatever goes on, a snapshot is whole. */
static void gather(stress_thread *t)
{
    for (; !stress_over; t->rounds++) {
        prom_snapshot *s = NULL;
        prom_registry *several[2] = { any(t), any(t) };
        uint64_t kind = stress_random(t, 8);
        if (kind == 0)
            EXPECT_OK(prom_gather_merged(several, 2, NULL, &s));
        else if (kind == 1)
            EXPECT_OK(prom_gather_with(
                several[0], PROM_GATHER_OPTS(.names = PROM_VALUES("g1", "built_1", "w0_g2")),
                &s));
        else
            EXPECT_OK(prom_gather(several[0], &s));
        for (size_t i = 1; i < prom_snapshot_size(s); i++)
            EXPECT(strcmp(prom_snapshot_at(s, i - 1)->name, prom_snapshot_at(s, i)->name) < 0,
                   "'%s' before '%s'", prom_snapshot_at(s, i - 1)->name,
                   prom_snapshot_at(s, i)->name);
        prom_unref(s);
    }
}

static prom_err look(void *data, const prom_registered *x)
{
    (void)data;
    EXPECT(x->object && x->name, "an object has no name");
    return PROM_OK;
}

/* Wraps come and go as well. */
static void list_and_wrap(stress_thread *t)
{
    for (; !stress_over; t->rounds++) {
        prom_registry *r = any(t), *w;
        prom_vec *v;
        prom_gauge *g;
        EXPECT_OK(prom_registry_each(r, look, NULL));
        if (prom_registry_find(r, "g1", &v) == PROM_OK)
            prom_unref(v);
        EXPECT_OK(prom_registry_wrap(r, PROM_WRAP_OPTS(.prefix = "brief_"), &w));
        if (prom_gauge_new(w, PROM_OPTS(.name = "g", .help = ""), &g) == PROM_OK)
            prom_unref(g);
        prom_snapshot *s = NULL;
        EXPECT_OK(prom_gather(w, &s));
        prom_unref(s);
        prom_registry_clear(w);
        prom_unref(w);
    }
}

static void test_nesting(void)
{
    static const stress_role roles[] = { { "nest", nest, 2 },
                                         { "add and remove", add_and_remove, 2 },
                                         { "gather", gather, 2 },
                                         { "list and wrap", list_and_wrap, 1 } };
    for (int i = 0; i < REGISTRIES; i++) {
        char prefix[8];
        prom_label label[] = { { "wrap", prefix }, { NULL, NULL } };
        snprintf(prefix, sizeof prefix, "w%d_", i);
        CHECK_OK(prom_registry_new(NULL, &all.r[i]));
        CHECK_OK(prom_registry_wrap(
            all.r[i], PROM_WRAP_OPTS(.prefix = prefix, .labels = i % 2 ? label : NULL),
            &all.wrap[i]));
    }
    stress_run(roles, sizeof roles / sizeof *roles, &all, NULL);
    for (int i = 0; i < REGISTRIES; i++)
        prom_registry_clear(all.r[i]);
    for (int i = 0; i < REGISTRIES; i++)
        prom_unref(all.r[i]), prom_unref(all.wrap[i]);
    for (int i = 0; i < 1000 && all.freed != all.made; i++)
        stress_sleep(0.01); /* a collector's thread may let go last */
    CHECK_INT(all.freed, all.made);
}

TESTS(ROW(test_nesting))
