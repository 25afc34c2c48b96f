// SPDX-License-Identifier: Apache-2.0
/* openmetrics_golden_test.c - every OpenMetrics text of tests/golden/exposition: read, compared
 * with what the vector says, and written again to the same bytes. */
#define _POSIX_C_SOURCE 200809L /* open_memstream */
#include "dump.h"
#include "kit.h"
#include "model/builder.h"
#include "vectors.h"

#include <prom/parse.h>

/* Labels come out sorted, and an empty help text reads as none: these are written otherwise. */
static bool comes_out_otherwise(const char *id)
{
    static const char *const ids[] = { "stateset_metric", "name_utf8_mixed", "document_mixed",
                                       "label_value_escaping", "help_absent_and_empty" };
    bool has = false;
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        has = has || strcmp(id, ids[i]) == 0;
    return has;
}

static void print_snapshot(FILE *out, const prom_snapshot *s)
{
    for (size_t i = 0; i < prom_snapshot_size(s); i++) {
        const prom_family *f = prom_snapshot_at(s, i);
        fprintf(out, "%s help %s unit %s\n", f->name, f->help ? f->help : "-",
                f->unit ? f->unit : "-");
    }
    CHECK_OK(dump_snapshot(out, s));
}

static char *dumped(const prom_snapshot *s)
{
    char *text = NULL;
    size_t n;
    FILE *out = open_memstream(&text, &n);
    print_snapshot(out, s);
    fclose(out);
    return text;
}

static bool ends_in(const char *name, const char *end)
{
    size_t n = strlen(name), k = strlen(end);
    return n >= k && strcmp(name + n - k, end) == 0;
}

/* Takes out what OpenMetrics 1.0 does not show. */
static void reduce(json_t *family)
{
    const char *name = member_text(family, "name"), *help = member_text(family, "help"),
               *unit = member_text(family, "unit");
    bool counter = strcmp(member_text(family, "type"), "counter") == 0;
    size_t i;
    json_t *metric;
    if (counter && !ends_in(name, "_total"))
        json_object_set_new(family, "type", json_string("unknown"));
    if (help && !*help)
        json_object_del(family, "help");
    if (unit && !counter && !ends_in(name, unit))
        json_object_del(family, "unit");
    json_array_foreach(json_object_get(family, "metrics"), i, metric)
    {
        const char *value = member_text(metric, "value");
        json_object_del(metric, "native");
        json_object_del(metric, "exemplars");
        if (value && strcmp(value, "-0") == 0)
            json_object_set_new(metric, "value", json_string("0"));
    }
}

/* What the vector says, with labels in the order of a parser. */
static prom_snapshot *wanted(json_t *v)
{
    size_t i;
    json_t *family;
    json_array_foreach(json_object_get(v, "families"), i, family) reduce(family);
    prom_builder b;
    prom_snapshot *s;
    CHECK_OK(prom__snapshot_new(NULL, &s));
    prom__builder_open(&b, s, PROM_ORDER_SORTED);
    CHECK_OK(collect(&b, json_object_get(v, "families")));
    prom__builder_close(&b, true);
    return s;
}

static void check_meaning(json_t *v, const char *id, const prom_snapshot *s)
{
    prom_snapshot *other = wanted(v);
    char *got = dumped(s), *want = dumped(other);
    check_str(got, want, __FILE__, __LINE__, id);
    free(got);
    free(want);
    prom_unref(other);
}

static void check_again(const char *id, const prom_snapshot *s, const char *text, bool created)
{
    char *again = NULL;
    prom_encode_opts o = { .size = sizeof o,
                           .escaping = PROM_ALLOW_UTF8,
                           .no_created = !created };
    CHECK_OK(prom_encode_string_with(&prom_openmetrics, &o, s, &again, NULL));
    check_str(again, text, __FILE__, __LINE__, id);
    prom_free(again);
}

/* 1 if there is such an output. */
static int check_output(json_t *v, const char *key, bool means)
{
    const char *id = member_text(v, "id");
    json_t *o = json_object_get(json_object_get(json_object_get(v, "outputs"), key), "text");
    prom_snapshot *s = NULL;
    if (!o)
        return 0;
    prom_err e = prom_parse_openmetrics(json_string_value(o), json_string_length(o), &s);
    if (!check_str(prom_err_name(e), "PROM_OK", __FILE__, __LINE__, id)) {
        fprintf(stderr, "    %s: %s\n", key, prom_error(e));
        return 1;
    }
    if (!comes_out_otherwise(id))
        check_again(id, s, json_string_value(o), strcmp(key, "om1-nocreated") != 0);
    if (means)
        check_meaning(v, id, s);
    prom_unref(s);
    return 1;
}

static void test_every_text(void)
{
    int seen = 0;
    for (int i = 0; i < VECTORS; i++) {
        json_t *v = vector_load(vectors[i]);
        int quoted = check_output(v, "om1-utf8", true);
        seen += quoted + check_output(v, "om1", !quoted);
        seen += check_output(v, "om1-nocreated", false) + check_output(v, "om1-dots", false) +
                check_output(v, "om1-values", false);
        json_decref(v);
    }
    CHECK_INT(seen, 64);
}

TESTS(ROW(test_every_text))
