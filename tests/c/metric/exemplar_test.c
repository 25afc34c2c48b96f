// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"
#include "kit.h"
#include "metric/exemplar.h"

#include <prom/vec.h>

#include <errno.h>

/* --- reading ------------------------------------------------------------- */

/* Appends ` # {a="b",...} value` for each. */
static void say_all(char *to, size_t cap, const prom_exemplar *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t at = strlen(to);
        at += (size_t)snprintf(to + at, cap - at, " # {");
        for (size_t k = 0; k < x[i].n_labels && at < cap; k++) {
            prom_label_str l = x[i].labels[k];
            at += (size_t)snprintf(to + at, cap - at, "%s%.*s=%.*s", k ? "," : "",
                                   (int)l.name.n, l.name.p, (int)l.value.n, l.value.p);
        }
        if (at < cap)
            snprintf(to + at, cap - at, "} %g", x[i].value);
    }
}

typedef struct seen {
    double value;
    int64_t first_time;
    char classic[2048], native[2048];
} seen;

static prom_err look(void *data, const prom_metric *m)
{
    seen *x = data;
    x->value = m->family->type == PROM_COUNTER ? m->value : (double)m->count;
    x->first_time = m->n_exemplars ? m->exemplars[0].timestamp_ns : 0;
    say_all(x->classic, sizeof x->classic, m->exemplars, m->n_exemplars);
    say_all(x->native, sizeof x->native, m->native_exemplars, m->n_native_exemplars);
    return PROM_OK;
}

static const seen *read(void *child)
{
    static seen x;
    memset(&x, 0, sizeof x);
    CHECK_OK(prom_child_read(child, look, &x));
    return &x;
}

static prom_counter *make(prom_registry *r)
{
    prom_counter *c;
    CHECK_OK(prom_counter_new(r, PROM_OPTS(.name = "hits", .help = ""), &c));
    return c;
}

/* --- counters -------------------------------------------------------------- */

static void test_exemplar_of_a_counter_is_the_last_one(void)
{
    prom_counter *c = make(NULL);
    CHECK_STR(read(c)->classic, "");
    int64_t begin = prom__clock_unix();
    CHECK_OK(prom_counter_add_exemplar(c, 2, PROM_EXEMPLAR({ "trace", "x" }, { "a", "" })));
    CHECK(read(c)->first_time >= begin && read(c)->first_time <= prom__clock_unix());
    CHECK_STR(read(c)->classic, " # {trace=x,a=} 2");
    CHECK_OK(prom_counter_add_exemplar(c, 0.5, PROM_EXEMPLAR({ "trace", "y" })));
    CHECK_STR(read(c)->classic, " # {trace=y} 0.5");
    CHECK_OK(prom_counter_add(c, 1));
    CHECK_OK(prom_counter_add_exemplar(c, 1, NULL)); /* none: that one stays */
    CHECK_STR(read(c)->classic, " # {trace=y} 0.5");
    CHECK_OK(prom_counter_add_exemplar(c, 3, PROM_EXEMPLAR({ NULL, NULL }))); /* one, bare */
    CHECK_STR(read(c)->classic, " # {} 3");
    CHECK_DBL(prom_counter_value(c), 7.5);
    prom_unref(c);
}

/* Trap: client_golang adds first and looks at the labels then. */
static void test_bad_exemplar_changes_nothing(void)
{
    prom_counter *c = make(NULL);
    char longer[130];
    memset(longer, 'x', 129);
    longer[129] = '\0';
    CHECK_OK(prom_counter_add_exemplar(c, 1, PROM_EXEMPLAR({ "trace", "x" })));
    CHECK_SAYS(prom_counter_add_exemplar(c, 1, PROM_EXEMPLAR({ "", "x" })), PROM_E_LABELS,
               "'hits': an exemplar has a label with an empty name");
    CHECK_SAYS(prom_counter_add_exemplar(c, 1, PROM_EXEMPLAR({ "\xff", "x" })), PROM_E_LABELS,
               "'hits': an exemplar has a label whose name is not valid UTF-8");
    CHECK_SAYS(prom_counter_add_exemplar(c, 1, PROM_EXEMPLAR({ "a", "\xff" })), PROM_E_LABELS,
               "'hits': the value of label 'a' of an exemplar is not valid UTF-8");
    CHECK_SAYS(prom_counter_add_exemplar(c, 1, PROM_EXEMPLAR({ "__a", "" })), PROM_E_LABELS,
               "'hits': label '__a' of an exemplar begins with __, which is reserved");
    CHECK_SAYS(prom_counter_add_exemplar(c, 1, PROM_EXEMPLAR({ "a", "1" }, { "a", "2" })),
               PROM_E_LABELS, "'hits': an exemplar has label 'a' twice");
    CHECK_SAYS(prom_counter_add_exemplar(c, 1, PROM_EXEMPLAR({ "a", NULL })), PROM_E_LABELS,
               "'hits': label 'a' of an exemplar has no value");
    CHECK_SAYS(prom_counter_add_exemplar(c, 1, PROM_EXEMPLAR({ "a", longer })), PROM_E_LABELS,
               "'hits': the labels of an exemplar have more than 128 characters");
    CHECK_SAYS(prom_counter_add_exemplar(c, -1, PROM_EXEMPLAR({ "a", "b" })), PROM_E_INVAL,
               "counter 'hits' cannot be increased by -1");
    CHECK_SAYS(prom_counter_add_exemplar(c, (double)NAN, PROM_EXEMPLAR({ "a", "b" })),
               PROM_E_INVAL, "counter 'hits' cannot be increased by NaN");
    CHECK_SAYS(prom_counter_add_exemplar(NULL, 1, PROM_EXEMPLAR({ "a", "b" })), PROM_E_INVAL,
               "there is no counter to increase");
    CHECK_DBL(prom_counter_value(c), 1);
    CHECK_STR(read(c)->classic, " # {trace=x} 1");
    prom_unref(c);
}

/* 128 characters, whatever they take: as one value of four bytes each, and as 128 names. */
static void test_exemplar_as_large_as_they_come(void)
{
    prom_counter *c = make(NULL);
    char wide[127 * 4 + 1], want[2048], names[129][4];
    prom_label many[130] = { { NULL, NULL } };
    wide[0] = '\0';
    for (int i = 0; i < 127; i++)
        strcat(wide, "\xF0\x9F\x98\x80");
    CHECK_OK(prom_counter_add_exemplar(c, 1, PROM_EXEMPLAR({ "a", wide })));
    snprintf(want, sizeof want, " # {a=%s} 1", wide);
    CHECK_STR(read(c)->classic, want);
    strcpy(want, " # {");
    for (int i = 0; i < 129; i++) { /* two bytes each, from U+0100 on */
        snprintf(names[i], sizeof names[i], "%c%c", 0xC4 + i / 64, 0x80 + i % 64);
        many[i] = (prom_label){ names[i], "" };
        if (i < 128)
            snprintf(want + strlen(want), 8, "%s%s=", i ? "," : "", names[i]);
    }
    strcat(want, "} 2");
    CHECK_SAYS(prom_counter_add_exemplar(c, 2, many), PROM_E_LABELS,
               "'hits': the labels of an exemplar have more than 128 characters");
    many[128].name = NULL;
    CHECK_OK(prom_counter_add_exemplar(c, 2, many));
    CHECK_STR(read(c)->classic, want);
    CHECK_OK(prom_counter_add_exemplar(c, 3, PROM_EXEMPLAR({ "b", "c" })));
    CHECK_STR(read(c)->classic, " # {b=c} 3");
    prom_unref(c);
}

static void test_exemplar_leaves_errno_alone(void)
{
    prom_counter *c = make(NULL);
    errno = 42;
    CHECK_OK(prom_counter_add_exemplar(c, 1, PROM_EXEMPLAR({ "a", "b" })));
    CHECK_OK(prom_counter_add_exemplar(c, 1, PROM_EXEMPLAR({ "a", "b" })));
    CHECK_INT(errno, 42);
    prom_unref(c);
}

static void test_exemplars_go_with_a_reset(void)
{
    prom_counter *c = make(NULL);
    CHECK_OK(prom_counter_add_exemplar(c, 1, PROM_EXEMPLAR({ "a", "b" })));
    CHECK_OK(prom_child_reset(c));
    CHECK_STR(read(c)->classic, "");
    CHECK_DBL(read(c)->value, 0);
    CHECK_OK(prom_counter_add_exemplar(c, 2, PROM_EXEMPLAR({ "c", "d" })));
    CHECK_STR(read(c)->classic, " # {c=d} 2");
    prom_unref(c);
}

/* Tables and cells of all sizes serve again when their series has gone. */
static void test_exemplars_give_their_memory_back(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_vec *v;
    uint64_t end = 0;
    CHECK_OK(prom_vec_new(r, PROM_HISTOGRAM,
                          PROM_OPTS(.name = "h", .help = "", .labels = PROM_LABELS("l"),
                                    .native_factor = 1.1, .buckets = PROM_BUCKETS(1, 2, 3),
                                    .native_max_exemplars = 3),
                          &v));
    for (int round = 0; round < 50; round++) {
        prom_histogram *h;
        char value[121] = "";
        CHECK_OK(prom_histogram_with(v, PROM_VALUES("x"), &h));
        for (int i = 0; i < 120; i++) {
            CHECK_OK(prom_histogram_observe_exemplar(h, i % 7, PROM_EXEMPLAR({ "a", value })));
            strcat(value, "x");
        }
        prom_unref(h);
        CHECK_OK(prom_vec_clear(v));
        CHECK_HAS_NOT(r, "h_count"); /* it is swept by that */
        if (round == 1)
            end = v->store->end;
    }
    CHECK_INT(v->store->end, end);
    prom_unref(v), prom_unref(r);
}

static void test_points_without_exemplars_say_no_more(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_counter *c = make(r);
    prom_snapshot *s;
    for (int i = 0; i < 3; i++) { /* without; with one; with one that was cleared */
        if (i == 1)
            CHECK_OK(prom_counter_add_exemplar(c, 1, PROM_EXEMPLAR({ "a", "b" })));
        if (i == 2)
            CHECK_OK(prom_child_reset(c));
        CHECK_OK(prom_gather(r, &s));
        CHECK((s->families[0]->points[0].more != NULL) == (i == 1));
        prom_unref(s);
    }
    CHECK_OK(prom_counter_add_exemplar(c, 1, PROM_EXEMPLAR({ "a", "b" })));
    CHECK_TEXT(r, "# HELP hits_total \n# TYPE hits_total counter\nhits_total 1\n");
    prom_unref(c), prom_unref(r);
}

/* --- classic buckets -------------------------------------------------------- */

static prom_histogram *make_classic(prom_nan nan)
{
    prom_histogram *h;
    CHECK_OK(prom_histogram_new(
        NULL, PROM_OPTS(.name = "h", .help = "", .nan = nan, .buckets = PROM_BUCKETS(1, 2, 3)),
        &h));
    return h;
}

static void test_exemplar_of_each_bucket(void)
{
    prom_histogram *h = make_classic(PROM_NAN_DROP);
    static const double values[] = { 1.5, -5, INFINITY, 2, 3, 0.5 };
    for (size_t i = 0; i < 6; i++) {
        char text[2] = { (char)('0' + i), '\0' };
        CHECK_OK(prom_histogram_observe_exemplar(h, values[i], PROM_EXEMPLAR({ "i", text })));
    }
    CHECK_STR(read(h)->classic, " # {i=5} 0.5 # {i=3} 2 # {i=4} 3 # {i=2} inf");
    CHECK_STR(read(h)->native, "");
    CHECK_OK(prom_histogram_observe_exemplar(h, 1, NULL));
    CHECK_DBL(read(h)->value, 7);
    CHECK_STR(read(h)->classic, " # {i=5} 0.5 # {i=3} 2 # {i=4} 3 # {i=2} inf");
    CHECK_SAYS(prom_histogram_observe_exemplar(h, 1, PROM_EXEMPLAR({ "", "" })), PROM_E_LABELS,
               "'h': an exemplar has a label with an empty name");
    CHECK_SAYS(prom_histogram_observe_exemplar(NULL, 1, PROM_EXEMPLAR({ "a", "" })),
               PROM_E_INVAL, "there is no histogram to observe with");
    CHECK_DBL(read(h)->value, 7);
    prom_unref(h);
}

static void test_exemplar_of_nan(void)
{
    prom_histogram *drop = make_classic(PROM_NAN_DROP), *count = make_classic(PROM_NAN_COUNT);
    const prom_label *x = PROM_EXEMPLAR({ "a", "b" });
    CHECK_OK(prom_histogram_observe_exemplar(drop, (double)NAN, x));
    CHECK_STR(read(drop)->classic, "");
    CHECK_DBL(read(drop)->value, 0);
    CHECK_ERR(prom_histogram_observe_exemplar(drop, (double)NAN, PROM_EXEMPLAR({ "", "b" })),
              PROM_E_LABELS);
    CHECK_OK(prom_histogram_observe_exemplar(count, (double)NAN, x));
    CHECK_STR(read(count)->classic, " # {a=b} nan");
    CHECK_DBL(read(count)->value, 1);
    prom_unref(drop), prom_unref(count);
}

/* --- native histograms ------------------------------------------------------- */

static prom_histogram *make_native(int most, double ttl)
{
    prom_histogram *h;
    CHECK_OK(
        prom_histogram_new(NULL,
                           PROM_OPTS(.name = "n", .help = "", .native_factor = 1.1,
                                     .native_max_exemplars = most, .native_exemplar_ttl = ttl),
                           &h));
    return h;
}

static void test_native_exemplars_keep_their_distance(void)
{
    prom_histogram *h = make_native(3, 0);
    static const double values[] = { 1, 3, 5, 4, 0 };
    for (int i = 0; i < 5; i++)
        CHECK_OK(prom_histogram_observe_exemplar(h, values[i], PROM_EXEMPLAR({ "a", "b" })));
    CHECK_STR(read(h)->native, " # {a=b} 0 # {a=b} 1 # {a=b} 4");
    CHECK_STR(read(h)->classic, ""); /* it has no classic buckets */
    CHECK_OK(prom_child_reset(h));
    CHECK_STR(read(h)->native, ""); /* in client_golang they stay */
    CHECK_OK(prom_histogram_observe_exemplar(h, 7, PROM_EXEMPLAR({ "a", "b" })));
    CHECK_STR(read(h)->native, " # {a=b} 7");
    prom_unref(h);
}

/* Each by itself: both lists have it. */
static void test_exemplars_of_native_and_classic_buckets(void)
{
    prom_histogram *h;
    CHECK_OK(prom_histogram_new(
        NULL,
        PROM_OPTS(.name = "n", .help = "", .native_factor = 1.1, .buckets = PROM_BUCKETS(1, 2)),
        &h));
    CHECK_OK(prom_histogram_observe_exemplar(h, 1.25, PROM_EXEMPLAR({ "a", "1" })));
    CHECK_OK(prom_histogram_observe_exemplar(h, 1.5, PROM_EXEMPLAR({ "a", "2" })));
    CHECK_OK(prom_histogram_observe_exemplar(h, 9, PROM_EXEMPLAR({ "a", "3" })));
    CHECK_STR(read(h)->classic, " # {a=2} 1.5 # {a=3} 9");
    CHECK_STR(read(h)->native, " # {a=1} 1.25 # {a=2} 1.5 # {a=3} 9");
    prom_unref(h);
}

static void test_native_exemplars_of_nan_and_infinity(void)
{
    prom_histogram *h;
    CHECK_OK(prom_histogram_new(NULL,
                                PROM_OPTS(.name = "n", .help = "", .native_factor = 1.1,
                                          .nan = PROM_NAN_COUNT, .native_max_exemplars = 3),
                                &h));
    static const double values[] = { INFINITY, -INFINITY, (double)NAN, 2, 3 };
    for (int i = 0; i < 5; i++)
        CHECK_OK(prom_histogram_observe_exemplar(h, values[i], PROM_EXEMPLAR({ "a", "" })));
    CHECK_STR(read(h)->native, " # {a=} -inf # {a=} 3 # {a=} inf");
    prom_unref(h);
}

/* The observation that makes it one too many buckets is the first one of what follows. */
static void test_exemplar_of_the_observation_that_resets(void)
{
    prom_histogram *h;
    CHECK_OK(prom_histogram_new(NULL,
                                PROM_OPTS(.name = "n", .help = "", .native_factor = 1.1,
                                          .buckets = PROM_BUCKETS(1), .native_max_buckets = 3,
                                          .native_min_reset = 1e-9, .native_max_exemplars = 4),
                                &h));
    for (int i = 0; i < 4; i++) {
        char text[2] = { (char)('0' + i), '\0' };
        CHECK_OK(prom_histogram_observe_exemplar(h, i - 0.5, PROM_EXEMPLAR({ "i", text })));
    }
    CHECK_DBL(read(h)->value, 1);
    CHECK_STR(read(h)->native, " # {i=3} 2.5");
    CHECK_STR(read(h)->classic, " # {i=3} 2.5");
    for (int i = 4; i < 6; i++) {
        char text[2] = { (char)('0' + i), '\0' };
        CHECK_OK(prom_histogram_observe_exemplar(h, 6 - i, PROM_EXEMPLAR({ "i", text })));
    }
    CHECK_STR(read(h)->native, " # {i=5} 1 # {i=4} 2 # {i=3} 2.5");
    CHECK_DBL(read(h)->value, 3);
    prom_unref(h);
}

TESTS(ROW(test_exemplar_of_a_counter_is_the_last_one), ROW(test_bad_exemplar_changes_nothing),
      ROW(test_exemplar_as_large_as_they_come), ROW(test_exemplar_leaves_errno_alone),
      ROW(test_exemplars_go_with_a_reset), ROW(test_exemplars_give_their_memory_back),
      ROW(test_points_without_exemplars_say_no_more), ROW(test_exemplar_of_each_bucket),
      ROW(test_exemplar_of_nan), ROW(test_native_exemplars_keep_their_distance),
      ROW(test_exemplars_of_native_and_classic_buckets),
      ROW(test_native_exemplars_of_nan_and_infinity),
      ROW(test_exemplar_of_the_observation_that_resets))
