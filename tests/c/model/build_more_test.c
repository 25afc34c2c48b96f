// SPDX-License-Identifier: Apache-2.0
#include "building.h"
#include "model/type.h"

static prom_err exemplar(const char *label, double v)
{
    prom_label_str l = { str(label), str("v") };
    return prom_build_exemplar(b, &(prom_exemplar){ &l, 1, v, PROM_NO_TIME });
}

static void test_more_is_said_of_the_metric_before(void)
{
    begin(PROM_ORDER_SORTED);
    CHECK_OK(family(PROM_COUNTER, "c", NULL));
    CHECK_SAYS(prom_build_created(b, 1), PROM_E_INVAL,
               "a created time is given before a metric");
    CHECK_SAYS(exemplar("x", 1), PROM_E_INVAL, "an exemplar is given before a metric");
    CHECK_OK(prom_build_value(b, NULL, 1));
    CHECK_OK(prom_build_created(b, 7));
    CHECK_OK(family(PROM_COUNTER, "d", NULL));
    CHECK_SAYS(prom_build_created(b, 1), PROM_E_INVAL,
               "a created time is given before a metric");
    prom__builder_close(b, true);
    CHECK_INT(atomic_load(&snapshot->families[0]->points[0].series->created), 7);
    prom_unref(snapshot);
}

static void test_more_fits_types(void)
{
    static const struct {
        prom_type type;
        bool created, exemplar;
    } rows[] = {
        { PROM_UNKNOWN, false, false },  { PROM_COUNTER, true, true },
        { PROM_GAUGE, false, false },    { PROM_HISTOGRAM, true, true },
        { PROM_SUMMARY, true, false },   { PROM_INFO, false, false },
        { PROM_STATESET, false, false }, { PROM_GAUGE_HISTOGRAM, false, true },
    };
    begin(PROM_ORDER_SORTED);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *name = prom_type_name(rows[i].type);
        char sentence[200];
        CHECK_OK(family(rows[i].type, name, NULL));
        if (rows[i].type == PROM_SUMMARY)
            CHECK_OK(prom_build_summary(b, NULL, 0, 0, NULL, 0));
        else if (rows[i].type == PROM_HISTOGRAM || rows[i].type == PROM_GAUGE_HISTOGRAM)
            CHECK_OK(prom_build_histogram(b, NULL, 0, 0, NULL, 0));
        else
            CHECK_OK(prom_build_value(b, NULL, 1));
        snprintf(sentence, sizeof sentence, "'%s' is %s %s and takes no created time", name,
                 prom__type_article(rows[i].type), name);
        if (rows[i].created)
            CHECK_OK(prom_build_created(b, 5));
        else
            CHECK_SAYS(prom_build_created(b, 5), PROM_E_TYPE, sentence);
        snprintf(sentence, sizeof sentence, "'%s' is %s %s and takes no exemplar", name,
                 prom__type_article(rows[i].type), name);
        if (rows[i].exemplar)
            CHECK_OK(exemplar("x", 1));
        else
            CHECK_SAYS(exemplar("x", 1), PROM_E_TYPE, sentence);
        CHECK_OK(prom_build_timestamp(b, 5));
    }
    prom__builder_close(b, true);
    prom_unref(snapshot);
}

/* A bad exemplar leaves those that are there, and one does not undo a timestamp. */
static void test_more_keeps_what_was_said(void)
{
    begin(PROM_ORDER_SORTED);
    CHECK_OK(family(PROM_COUNTER, "c", NULL));
    CHECK_OK(prom_build_value(b, NULL, 1));
    CHECK_OK(exemplar("x", 1));
    CHECK_OK(prom_build_timestamp(b, 12));
    CHECK_SAYS(exemplar("__x", 2), PROM_E_LABELS,
               "'c': label '__x' of an exemplar begins with __, which is reserved");
    prom_label_str twice[] = { { str("x"), str("1") }, { str("x"), str("2") } };
    CHECK_SAYS(prom_build_exemplar(b, &(prom_exemplar){ twice, 2, 3, 4 }), PROM_E_LABELS,
               "'c': an exemplar has label 'x' twice");
    CHECK_SAYS(prom_build_exemplar(b, NULL), PROM_E_INVAL, "there is no exemplar");
    const prom__point_more *more = snapshot->families[0]->points[0].more;
    CHECK_INT(more->timestamp_ms, 12);
    CHECK_INT(more->exemplars.n, 1);
    CHECK_DBL(more->exemplars.item[0].value, 1);
    end("# HELP c h\n# TYPE c counter\nc 1 12\n");
}

/* An exemplar does not give a metric a timestamp. */
static void test_more_without_a_timestamp(void)
{
    begin(PROM_ORDER_SORTED);
    CHECK_OK(family(PROM_COUNTER, "c", NULL));
    CHECK_OK(prom_build_value(b, NULL, 1));
    CHECK_OK(exemplar("x", 1));
    end("# HELP c h\n# TYPE c counter\nc 1\n");
}

static void test_more_of_one_part_of_a_histogram(void)
{
    begin(PROM_ORDER_SORTED);
    const prom_native *native = PROM_NATIVE(.schema = 0, .zero_count = 3);
    prom_bucket bucket = { 1, 3 };
    prom_exemplar e = { .value = 0.5, .timestamp_ns = 1 };
    CHECK_OK(family(PROM_HISTOGRAM, "h", NULL));
    CHECK_SAYS(prom_build_bucket_exemplar(b, &e), PROM_E_INVAL,
               "an exemplar is given before a metric");
    CHECK_OK(prom_build_native(b, NULL, 0, 3, native, &bucket, 1));
    CHECK_OK(prom_build_bucket_exemplar(b, &e));
    e.value = 0.25;
    CHECK_OK(prom_build_native_exemplar(b, &e));
    const prom__point_more *more = snapshot->families[0]->points[0].more;
    CHECK_INT(more->exemplars.n, 1);
    CHECK_DBL(more->exemplars.item[0].value, 0.5);
    CHECK_INT(more->native_exemplars.n, 1);
    CHECK_DBL(more->native_exemplars.item[0].value, 0.25);

    CHECK_OK(family(PROM_HISTOGRAM, "native", NULL));
    CHECK_OK(prom_build_native(b, NULL, 0, 3, native, NULL, 0));
    CHECK_SAYS(prom_build_bucket_exemplar(b, &e), PROM_E_INVAL,
               "'native': this histogram has no classic buckets");
    CHECK_OK(family(PROM_HISTOGRAM, "classic", NULL));
    CHECK_OK(prom_build_histogram(b, NULL, 0, 3, &bucket, 1));
    CHECK_SAYS(prom_build_native_exemplar(b, &e), PROM_E_INVAL,
               "'classic': this histogram has no native part");
    CHECK(!snapshot->families[2]->points[0].more);
    CHECK_OK(family(PROM_COUNTER, "c", NULL));
    CHECK_OK(prom_build_value(b, NULL, 1));
    CHECK_SAYS(prom_build_bucket_exemplar(b, &e), PROM_E_TYPE,
               "'c' is a counter and takes no exemplar of a bucket");
    CHECK_SAYS(prom_build_native_exemplar(b, &e), PROM_E_TYPE,
               "'c' is a counter and takes no exemplar of a native part");
    prom__builder_close(b, true);
    prom_unref(snapshot);
}

TESTS(ROW(test_more_of_one_part_of_a_histogram), ROW(test_more_is_said_of_the_metric_before),
      ROW(test_more_fits_types), ROW(test_more_keeps_what_was_said),
      ROW(test_more_without_a_timestamp))
