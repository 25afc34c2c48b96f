// SPDX-License-Identifier: Apache-2.0
/* cases_test.c - runs the shared cases of tests/cases from C. What a step may say stands in
 * tests/cases/README.md; the same files run from Lua and Python. */
#include "collect.h"
#include "expect.h"

#include <dirent.h>

/* --- steps: making ------------------------------------------------------------- */

static prom_err do_new(world *w, json_t *s)
{
    prom_opts o = opts_of(json_object_get(s, "opts"));
    prom_type t = type_of(text(s, "type"));
    prom_vec *v = NULL;
    prom_err e = prom_vec_new(registry_of(w, s), t, &o, &v);
    if (!e)
        keep(w, s, v, t);
    return e;
}

static prom_err do_curry(world *w, json_t *s)
{
    thing *t = find(w, text(s, "on"));
    prom_label_str l[MOST];
    prom_vec *v = NULL;
    prom_err e = prom_vec_curry(t->object, l, pairs_str(json_object_get(s, "labels"), l), &v);
    if (!e)
        keep(w, s, v, t->type);
    return e;
}

static prom_err do_wrap(world *w, json_t *s)
{
    prom_registry *r = NULL;
    prom_err e =
        prom_registry_wrap(registry_of(w, s),
                           PROM_WRAP_OPTS(.prefix = text(s, "prefix"),
                                          .labels = pairs(json_object_get(s, "labels"))),
                           &r);
    if (!e)
        keep(w, s, r, PROM_UNKNOWN);
    return e;
}

static prom_err do_registry(world *w, json_t *s)
{
    prom_registry_opts o = { .size = sizeof o,
                             .order = PROM_ORDER_SORTED,
                             .pedantic = json_is_true(json_object_get(s, "pedantic")),
                             .max_series = (unsigned)number_at(s, "max_series", 0) };
    prom_registry *r = NULL;
    prom_err e = prom_registry_new(&o, &r);
    if (!e)
        keep(w, s, r, PROM_UNKNOWN);
    return e;
}

static prom_err do_register(world *w, json_t *s)
{
    return prom_registry_add(registry_of(w, s), find(w, text(s, "on"))->object);
}

static prom_err do_unregister(world *w, json_t *s)
{
    return prom_registry_remove(registry_of(w, s), find(w, text(s, "on"))->object);
}

static prom_err do_clear_registry(world *w, json_t *s)
{
    prom_registry_clear(registry_of(w, s));
    return PROM_OK;
}

/* --- steps: updates ------------------------------------------------------------ */

static prom_err inc(void *child, prom_type t, json_t *s)
{
    double v = number_at(s, "v", 1);
    json_t *exemplar = json_object_get(s, "exemplar");
    if (t != PROM_COUNTER)
        prom_gauge_add(child, v);
    else if (exemplar)
        return prom_counter_add_exemplar(child, v, pairs(exemplar));
    else
        return prom_counter_add(child, v);
    return PROM_OK;
}

static prom_err dec(void *child, prom_type t, json_t *s)
{
    (void)t;
    prom_gauge_add(child, -number_at(s, "v", 1));
    return PROM_OK;
}

static prom_err set(void *child, prom_type t, json_t *s)
{
    (void)t;
    prom_gauge_set(child, number_at(s, "v", 0));
    return PROM_OK;
}

static prom_err observe(void *child, prom_type t, json_t *s)
{
    double v = number_at(s, "v", 0);
    json_t *n = json_object_get(s, "n"), *exemplar = json_object_get(s, "exemplar");
    if (exemplar)
        return prom_histogram_observe_exemplar(child, v, pairs(exemplar));
    if (n && t == PROM_HISTOGRAM)
        prom_histogram_observe_n(child, v, (uint64_t)number(n));
    else if (n)
        prom_summary_observe_n(child, v, (uint64_t)number(n));
    else if (t == PROM_HISTOGRAM)
        prom_histogram_observe(child, v);
    else
        prom_summary_observe(child, v);
    return PROM_OK;
}

static prom_err observe_many(void *child, prom_type t, json_t *s)
{
    json_t *values = json_object_get(s, "values");
    double *d = doubles(values, 1);
    if (t == PROM_HISTOGRAM)
        prom_histogram_observe_many(child, d, json_array_size(values));
    else
        prom_summary_observe_many(child, d, json_array_size(values));
    return PROM_OK;
}

static prom_err info(void *child, prom_type t, json_t *s)
{
    (void)t;
    return prom_info_set(child, pairs(json_object_get(s, "set")));
}

static prom_err state(void *child, prom_type t, json_t *s)
{
    (void)t;
    json_t *on = json_object_get(s, "is");
    return on ? prom_stateset_set(child, text(s, "state"), json_is_true(on))
              : prom_stateset_enter(child, text(s, "state"));
}

static prom_err reset(void *child, prom_type t, json_t *s)
{
    (void)t, (void)s;
    return prom_child_reset(child);
}

static prom_err make(void *child, prom_type t, json_t *s)
{
    (void)child, (void)t, (void)s;
    return PROM_OK;
}

UPDATE(inc)
UPDATE(dec)
UPDATE(set)
UPDATE(observe)
UPDATE(observe_many)
UPDATE(info)
UPDATE(state)
UPDATE(reset)
UPDATE(make)

/* --- steps: functions -------------------------------------------------------------- */

static prom_err call(void *data, double *out)
{
    json_t *s = data;
    if (text(s, "raises"))
        return prom_fail(PROM_E_CALLBACK, "%s", text(s, "raises"));
    *out = number_at(s, "returns", 0);
    return PROM_OK;
}

static prom_err function(void *child, prom_type t, json_t *s)
{
    (void)t;
    bool none = !json_object_get(s, "returns") && !text(s, "raises");
    return prom_function_set(child, none ? NULL : PROM_FUNCTION(.value = call, .data = s));
}
UPDATE(function)

/* --- steps: families ------------------------------------------------------------------ */

static prom_err do_get(world *w, json_t *s)
{
    prom_str values[MOST];
    void *child = NULL;
    prom_err e = prom_vec_get(find(w, text(s, "on"))->object, values,
                              values_str(json_object_get(s, "labels"), values), &child);
    prom_unref(child);
    return e;
}

static prom_err do_remove(world *w, json_t *s)
{
    prom_vec *v = find(w, text(s, "on"))->object;
    json_t *labels = json_object_get(s, "labels");
    prom_str values[MOST];
    prom_label_str named[MOST];
    if (json_is_object(labels))
        return prom_vec_remove_labels(v, named, pairs_str(labels, named));
    return prom_vec_remove_str(v, values, values_str(labels, values));
}

static prom_err do_remove_matching(world *w, json_t *s)
{
    prom_label_str l[MOST];
    size_t n = pairs_str(json_object_get(s, "labels"), l), removed = 0;
    prom_err e = prom_vec_remove_matching(find(w, text(s, "on"))->object, l, n, &removed);
    if (!e)
        CHECK_DBL((double)removed, number_at(s, "expect", -1));
    return e;
}

static prom_err do_clear(world *w, json_t *s)
{
    return prom_vec_clear(find(w, text(s, "on"))->object);
}

static prom_err do_size(world *w, json_t *s)
{
    CHECK_DBL((double)prom_vec_size(find(w, text(s, "on"))->object),
              number_at(s, "expect", -1));
    return PROM_OK;
}

static prom_err do_preset(world *w, json_t *s)
{
    prom_label_values l[MOST];
    json_t *values = json_object_get(s, "labels"), *list;
    const char *name;
    size_t n = 0;
    json_object_foreach(values, name, list) l[n++] = (prom_label_values){ name, strings(list) };
    return prom_vec_preset(find(w, text(s, "on"))->object, l, n);
}

/* "series": [[["a"], 1], ...] */
static prom_err do_replace(world *w, json_t *s)
{
    prom_vec *v = find(w, text(s, "on"))->object, *fresh = NULL;
    json_t *series = json_object_get(s, "series"), *one;
    size_t i;
    prom_err e = prom_vec_fresh(v, &fresh);
    json_array_foreach(series, i, one)
    {
        prom_str values[MOST];
        void *child = NULL;
        if (!e)
            e = prom_vec_with(fresh, values, values_str(json_array_get(one, 0), values),
                              &child);
        prom_gauge_set(child, number(json_array_get(one, 1)));
        prom_unref(child);
    }
    if (!e)
        e = prom_vec_replace(v, fresh);
    prom_unref(fresh);
    return e;
}

static prom_err walk_child(void *data, void *child, const prom_label_str *labels, size_t n)
{
    walk *w = data;
    (void)child;
    json_t *want = json_array_get(w->expect, w->n++);
    CHECK_DBL((double)json_array_size(want), (double)n);
    for (size_t i = 0; i < n && i < json_array_size(want); i++)
        check_text(labels[i].value, json_array_get(want, i));
    return PROM_OK;
}

/* "expect": label values of each child in order. */
static prom_err do_each(world *w, json_t *s)
{
    walk x = { json_object_get(s, "expect"), 0 };
    prom_err e = prom_vec_each(find(w, text(s, "on"))->object, walk_child, &x);
    CHECK_DBL((double)x.n, (double)json_array_size(x.expect));
    return e;
}

/* --- running ---------------------------------------------------------------------------------
 */

static const struct {
    const char *word;
    prom_err (*run)(world *w, json_t *step);
} verbs[] = {
    { "new", do_new },
    { "curry", do_curry },
    { "wrap", do_wrap },
    { "registry", do_registry },
    { "register", do_register },
    { "unregister", do_unregister },
    { "clear_registry", do_clear_registry },
    { "inc", do_inc },
    { "dec", do_dec },
    { "set", do_set },
    { "observe", do_observe },
    { "observe_many", do_observe_many },
    { "info", do_info },
    { "state", do_state },
    { "reset", do_reset },
    { "make", do_make },
    { "function", do_function },
    { "get", do_get },
    { "remove", do_remove },
    { "remove_matching", do_remove_matching },
    { "clear", do_clear },
    { "size", do_size },
    { "preset", do_preset },
    { "replace", do_replace },
    { "each", do_each },
    { "collector", do_collector },
    { "value", do_value },
    { "exemplars", do_exemplars },
    { "native", do_native },
    { "text", do_text },
    { "has", do_has },
    { "errors", do_errors },
    { "compare", do_compare },
    { "count", do_count },
    { "lint", do_lint },
};

static prom_err run_verb(world *w, json_t *step)
{
    const char *word = text(step, "do");
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (strcmp(verbs[i].word, word) == 0)
            return verbs[i].run(w, step);
    CHECK_STR(word, "a verb of tests/cases/README.md");
    return PROM_OK;
}

/* "fails": "INVAL", and maybe "says": a part of the sentence. */
static void run_step(world *w, json_t *step)
{
    const char *fails = text(step, "fails"), *says = text(step, "says");
    char want[40] = "PROM_OK";
    if (fails)
        snprintf(want, sizeof want, "PROM_E_%s", fails);
    prom_err e = run_verb(w, step);
    if (!CHECK_STR(prom_err_name(e), want) && e)
        fprintf(stderr, "    %s\n", prom_error(e));
    if (says && e && !CHECK(strstr(prom_error(e), says) != NULL))
        fprintf(stderr, "    \"%s\" is not in \"%s\"\n", says, prom_error(e));
}

static bool for_c(json_t *c)
{
    json_t *languages = json_object_get(c, "languages"), *l;
    size_t i;
    json_array_foreach(languages, i, l)
    {
        if (strcmp(json_string_value(l), "c") == 0)
            return true;
    }
    return !languages;
}

static void run_case(const char *file, json_t *c)
{
    world w = { .n = 0 };
    json_t *step;
    size_t i;
    if (!for_c(c) || !CHECK_OK(prom_registry_new(NULL, &w.registry)))
        return;
    json_array_foreach(json_object_get(c, "steps"), i, step)
    {
        int at = check_failures;
        run_step(&w, step);
        if (check_failures > at)
            fprintf(stderr, "    in step %zu of \"%s\", %s\n", i + 1, text(c, "name"), file);
    }
    while (w.n)
        prom_unref(w.things[--w.n].object);
    prom_unref(w.registry);
    forget();
}

static void run_file(const char *name)
{
    char path[1000];
    json_error_t error;
    snprintf(path, sizeof path, "%s/%s", TESTS_CASES, name);
    json_t *file = json_load_file(path, 0, &error), *c;
    if (!CHECK(file != NULL)) {
        fprintf(stderr, "    %s: line %d: %s\n", name, error.line, error.text);
        return;
    }
    size_t i;
    json_array_foreach(file, i, c) run_case(name, c);
    json_decref(file);
}

static void test_shared_cases(void)
{
    DIR *dir = opendir(TESTS_CASES);
    size_t n = 0;
    for (struct dirent *d; dir && (d = readdir(dir));) {
        const char *dot = strrchr(d->d_name, '.');
        if (dot && strcmp(dot, ".json") == 0) {
            run_file(d->d_name);
            n++;
        }
    }
    closedir(dir);
    CHECK(n > 0);
}

TESTS(ROW(test_shared_cases))
