// SPDX-License-Identifier: Apache-2.0
#include "kit.h"
#include "metric/exemplar.h"

#include <prom/vec.h>

#include <jansson.h>

static const int64_t second = 1000000000;

/* --- as client_golang ------------------------------------------------------ */

static void observe(prom_histogram *h, double v, int64_t at)
{
    prom__exemplar_write w;
    prom__child *c = (prom__child *)(void *)h;
    if (CHECK_OK(prom__exemplar_begin(c, v, 0, PROM_EXEMPLAR({ "a", "b" }), at * second, &w)))
        prom__exemplar_end(&w);
}

typedef struct wanted {
    const char *id;
    size_t step;
    json_t *list; /* [value, seconds] each */
} wanted;

static prom_err check_list(void *data, const prom_metric *m)
{
    const wanted *w = data;
    size_t i;
    json_t *pair;
    bool ok = CHECK_INT(m->n_native_exemplars, json_array_size(w->list));
    json_array_foreach(w->list, i, pair)
    {
        if (i >= m->n_native_exemplars)
            break;
        const prom_exemplar *x = &m->native_exemplars[i];
        ok &= CHECK_DBL(x->value, json_number_value(json_array_get(pair, 0)));
        ok &= CHECK_INT(x->timestamp_ns / second, json_integer_value(json_array_get(pair, 1)));
    }
    if (!ok)
        fprintf(stderr, "    in %s, observation %zu\n", w->id, w->step);
    return PROM_OK;
}

static void run_vector(json_t *vector)
{
    json_t *observations = json_object_get(vector, "observations"), *o;
    wanted w = { .id = json_string_value(json_object_get(vector, "id")) };
    prom_histogram *h;
    CHECK_OK(prom_histogram_new(NULL,
                                PROM_OPTS(.name = "n", .help = "", .native_factor = 1.1,
                                          .native_max_exemplars = (int)json_integer_value(
                                              json_object_get(vector, "max")),
                                          .native_exemplar_ttl = json_number_value(
                                              json_object_get(vector, "ttl_seconds"))),
                                &h));
    json_array_foreach(observations, w.step, o)
    {
        observe(h, strtod(json_string_value(json_object_get(o, "value")), NULL),
                json_integer_value(json_object_get(o, "at_s")));
        w.list = json_array_get(json_object_get(vector, "after_each"), w.step);
        CHECK_OK(prom_child_read(h, check_list, &w));
    }
    CHECK(w.step > 0);
    prom_unref(h);
}

static void test_list_as_golden(void)
{
    json_error_t e;
    json_t *j = json_load_file(TESTS_GOLDEN "/native_exemplars.json", 0, &e), *vector;
    size_t i, n = 0;
    json_array_foreach(json_object_get(j, "vectors"), i, vector)
    {
        run_vector(vector);
        n++;
    }
    CHECK_INT(n, 6);
    json_decref(j);
}

/* --- where there is no logarithm -------------------------------------------- */

/* Times ascend from 0 to n - 1 seconds unless given. */
static size_t victim(const double *values, const int *times, size_t n, double v)
{
    prom__exemplar_entry list[8];
    for (size_t i = 0; i < n; i++)
        list[i] = (prom__exemplar_entry){ values[i], (times ? times[i] : (int)i) * second, i };
    return prom__exemplar_victim(list, n, v, 10 * second, 300 * second);
}
#define VICTIM(v, ...)                            \
    victim((const double[]){ __VA_ARGS__ }, NULL, \
           sizeof((const double[]){ __VA_ARGS__ }) / sizeof(double), (v))

static void test_negative_values_as_their_mirror(void)
{
    CHECK_INT(VICTIM(9, -8, -7, 1, 4), 0);    /* -8 and -7 are closest */
    CHECK_INT(VICTIM(-8.1, -8, -4, 1, 4), 0); /* closer still to -8 */
    CHECK_INT(VICTIM(-3.9, -8, -4, 1, 4), 1);
    CHECK_INT(VICTIM(4, -4, -2, -1), 0);
    CHECK_INT(victim((const double[]){ -4, -2, -1 }, (const int[]){ 2, 1, 0 }, 3, 4), 1);
}

static void test_signs_and_zero_are_far_apart(void)
{
    CHECK_INT(VICTIM(0, -0x1p-1000, 0x1p-1000, 1, 1.5), 2); /* not those about zero */
    CHECK_INT(VICTIM(1e-300, -1, 0, 1, 1.5), 2);
    CHECK_INT(VICTIM(0.0, -1, 0, 1, 1.5), 1); /* zero again */
    CHECK_INT(VICTIM(-0.0, -1, 0, 1, 1.5), 1);
    CHECK_INT(VICTIM(5, -1, 0, 1), 2);
    CHECK_INT(VICTIM(0, -1, 1, 2), 1);
    CHECK_INT(VICTIM(0, -1, 1), 0); /* all infinitely far: the older one of the first pair */
}

static void test_infinities(void)
{
    CHECK_INT(VICTIM(INFINITY, 1, 2, INFINITY), 2);
    CHECK_INT(VICTIM(5, 1, 1e300, INFINITY), 0);
    CHECK_INT(VICTIM(-INFINITY, -INFINITY, 1, 3), 0);
}

static void test_age_goes_before_distance(void)
{
    const prom__exemplar_entry list[] = { { 1, 0, 0 }, { 1.1, 50, 0 }, { 9, -200, 0 } };
    CHECK_INT(prom__exemplar_victim(list, 3, 5, 100, 299), 2);
    CHECK_INT(prom__exemplar_victim(list, 3, 5, 100, 300), 0); /* just not too old */
    CHECK_INT(prom__exemplar_victim(list, 3, 5, 100, -1), 2);
    CHECK_INT(prom__exemplar_victim(list, 1, 5, 100, 300), 0);
}

TESTS(ROW(test_list_as_golden), ROW(test_negative_values_as_their_mirror),
      ROW(test_signs_and_zero_are_far_apart), ROW(test_infinities),
      ROW(test_age_goes_before_distance))
