// SPDX-License-Identifier: Apache-2.0
/* replace.c - all children of a family replaced again and again, beside updates, look-ups,
 * creations, removals and gathers.
 *
 * Each generation has all keys, and its values are its number. A gather must show exactly one
 * generation, and all of it; a look-up must find each key in some generation; single series
 * that come and go beside them must not disturb that. */
#define _GNU_SOURCE /* nanosleep */
#include "harness.h"

#include <math.h>

enum { KEYS = 700, EXTRAS = 40, SCALE = 1 << 20 }; /* updates of one generation are fewer */

typedef struct family {
    prom_registry *r;
    prom_vec *v;
    atomic_uint generation;
} family;

static const char *number(char *buf, size_t i)
{
    snprintf(buf, 16, "%zu", i);
    return buf;
}

static void *child_of(prom_vec *v, const char *kind, size_t key)
{
    char buf[16];
    prom_gauge *g = NULL;
    EXPECT_OK(prom_gauge_with(v, PROM_VALUES(kind, number(buf, key)), &g));
    return g;
}

/* --- generations -------------------------------------------------------- */

static void fill(family *x, prom_vec *fresh)
{
    double value = (double)++x->generation * SCALE;
    for (size_t i = 0; i < KEYS; i++) {
        prom_gauge *g = child_of(fresh, "key", i);
        prom_gauge_set(g, value);
        prom_unref(g);
    }
}

static void replace(stress_thread *t)
{
    family *x = t->shared;
    prom_vec *fresh = NULL;
    for (; !stress_over; t->rounds++) {
        if (!fresh)
            EXPECT_OK(prom_vec_fresh(x->v, &fresh));
        fill(x, fresh);
        if (stress_random(t, 8) == 0) { /* it is dropped, and nobody sees it */
            prom_unref(fresh);
            fresh = NULL;
            continue;
        }
        EXPECT_OK(prom_vec_replace(x->v, fresh));
        EXPECT(prom_vec_size(fresh) == 0, "%zu are left", prom_vec_size(fresh));
    }
    prom_unref(fresh);
}

/* --- beside them -------------------------------------------------------- */

static void find_and_update(stress_thread *t)
{
    family *x = t->shared;
    char buf[16];
    for (; !stress_over; t->rounds++) {
        const char *key = number(buf, stress_random(t, KEYS));
        void *child = NULL;
        EXPECT_OK(
            prom_vec_get(x->v, (prom_str[]){ { "key", 3 }, { key, strlen(key) } }, 2, &child));
        EXPECT(prom_gauge_value(child) >= SCALE, "key %s is %g", key, prom_gauge_value(child));
        prom_gauge_add(child, 1);
        prom_unref(child);
    }
}

static void come_and_go(stress_thread *t)
{
    family *x = t->shared;
    prom_vec *extras = NULL;
    const prom_label_str kind = { { "kind", 4 }, { "extra", 5 } };
    EXPECT_OK(prom_vec_curry(x->v, &kind, 1, &extras));
    for (; !stress_over; t->rounds++) {
        char buf[16];
        const char *key = number(buf, stress_random(t, EXTRAS));
        prom_gauge *g = NULL;
        EXPECT_OK(prom_gauge_with(extras, PROM_VALUES(key), &g));
        prom_gauge_set(g, -1);
        prom_unref(g);
        switch (stress_random(t, 200)) {
        case 0:
            EXPECT_OK(prom_vec_clear(extras));
            break;
        case 1:
            EXPECT_OK(prom_vec_remove_matching(x->v, &kind, 1, NULL));
            break;
        case 2:
            EXPECT(prom_vec_size(extras) <= EXTRAS, "%zu extras", prom_vec_size(extras));
            break;
        default: {
            prom_err e = prom_vec_remove(extras, PROM_VALUES(key));
            EXPECT(!e || e == PROM_E_NOENT, "%s", prom_err_name(e));
        }
        }
    }
    prom_unref(extras);
}

/* --- gathers ------------------------------------------------------------ */

typedef struct view {
    double generation; /* 0: none seen yet */
    size_t keys;
} view;

static void see(view *v, prom_str kind, double value)
{
    if (kind.n != 3) {
        EXPECT(value == 0 || value == -1, "an extra series is %g", value);
        return;
    }
    double generation = floor(value / SCALE);
    if (v->generation == 0)
        v->generation = generation;
    v->keys++;
    EXPECT(generation == v->generation, "generation %g beside %g", generation, v->generation);
}

static prom_err see_sample(void *data, const prom_sample *s)
{
    see(data, s->labels[1].value, s->value); /* key, kind */
    return PROM_OK;
}

static void gather(stress_thread *t)
{
    family *x = t->shared;
    for (; !stress_over; t->rounds++) {
        prom_snapshot *s = NULL;
        view v = { 0, 0 };
        EXPECT_OK(prom_gather(x->r, &s));
        EXPECT_OK(prom_family_samples(prom_snapshot_at(s, 0), see_sample, &v));
        EXPECT(v.keys == KEYS, "%zu keys of generation %g", v.keys, v.generation);
        EXPECT(!prom_snapshot_error(s, 0), "%s", prom_snapshot_error(s, 0));
        prom_unref(s);
    }
}

/* Those that are replaced while it goes on are left out, so it may see fewer. */
static prom_err see_child(void *data, void *child, const prom_label_str *labels, size_t n)
{
    EXPECT(n == 2, "%zu labels", n);
    see(data, labels[0].value, prom_gauge_value(child));
    return PROM_OK;
}

static void iterate(stress_thread *t)
{
    family *x = t->shared;
    for (; !stress_over; t->rounds++) {
        view v = { 0, 0 };
        EXPECT_OK(prom_vec_each(x->v, see_child, &v));
        EXPECT(v.keys <= KEYS, "%zu keys", v.keys);
    }
}

static void test_replacements(void)
{
    static const stress_role roles[] = {
        { "replacements", replace, 2 },      { "look-ups", find_and_update, 2 },
        { "single series", come_and_go, 2 }, { "gathers", gather, 2 },
        { "iterations", iterate, 1 },
    };
    static family x;
    prom_vec *fresh = NULL;
    CHECK_OK(prom_registry_new(NULL, &x.r));
    CHECK_OK(prom_vec_new(
        x.r, PROM_GAUGE,
        PROM_OPTS(.name = "m", .help = "", .labels = PROM_LABELS("kind", "key")), &x.v));
    CHECK_OK(prom_vec_fresh(x.v, &fresh));
    fill(&x, fresh);
    CHECK_OK(prom_vec_replace(x.v, fresh));
    prom_unref(fresh);
    stress_run(roles, sizeof roles / sizeof *roles, &x, NULL);
    prom_unref(x.v);
    prom_unref(x.r);
}

TESTS(ROW(test_replacements))
