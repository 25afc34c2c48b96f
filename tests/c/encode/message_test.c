// SPDX-License-Identifier: Apache-2.0
/* message_test.c - families and metrics as structs of protobuf-c; and our bytes against that
 * library: what it packs of every vector is what we write. */
#include "kit.h"
#include "vectors.h"

#include <prom/metrics.pb-c.h>
#include <prom/protobuf.h>

/* The whole snapshot, by protobuf-c. */
static char *pack_all(const prom_snapshot *s, size_t *n)
{
    char *out = malloc(1 << 20);
    *n = 0;
    for (size_t i = 0; i < prom_snapshot_size(s); i++) {
        const Prom__Pb__MetricFamily *m = NULL;
        if (!CHECK_OK(prom_family_message(prom_snapshot_at(s, i), &m)))
            break;
        size_t length = protobuf_c_message_get_packed_size(&m->base);
        for (size_t v = length; v || !length; v >>= 7) {
            out[(*n)++] = (char)(v >= 0x80 ? v | 0x80 : v);
            if (v < 0x80)
                break;
        }
        *n += protobuf_c_message_pack(&m->base, (uint8_t *)out + *n);
    }
    return out;
}

static void test_vectors_are_packed_alike(void)
{
    for (int i = 0; i < VECTORS; i++) {
        json_t *v = vector_load(vectors[i]);
        prom_snapshot *s = vector_snapshot(v);
        prom_encode_opts o = { .size = sizeof o, .escaping = PROM_ALLOW_UTF8 };
        char *ours = NULL;
        size_t n = 0, n_theirs;
        CHECK_OK(prom_encode_string_with(&prom_protobuf, &o, s, &ours, &n));
        char *theirs = pack_all(s, &n_theirs);
        if (!CHECK(n == n_theirs && memcmp(ours, theirs, n) == 0))
            fprintf(stderr, "    in vector %s\n", vectors[i]);
        free(theirs);
        prom_free(ours);
        prom_unref(s);
        json_decref(v);
    }
}

static prom_snapshot *gather(prom_registry *r)
{
    prom_snapshot *s = NULL;
    CHECK_OK(prom_gather(r, &s));
    return s;
}

static void test_a_counter_as_a_struct(void)
{
    static const char *const names[] = { "code", NULL };
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_vec *v;
    prom_counter *c;
    CHECK_OK(prom_vec_new(r, PROM_COUNTER,
                          PROM_OPTS(.name = "hits_total", .help = "Hits.", .labels = names),
                          &v));
    CHECK_OK(prom_counter_with(v, PROM_VALUES("2\"00"), &c));
    CHECK_OK(prom_counter_add(c, 2.5));
    prom_snapshot *s = gather(r);
    const Prom__Pb__MetricFamily *m, *again;
    const Prom__Pb__Metric *one;
    CHECK_OK(prom_family_message(prom_snapshot_at(s, 0), &m));
    CHECK_STR(m->name, "hits_total");
    CHECK_STR(m->help, "Hits.");
    CHECK_INT(m->type, PROM__PB__METRIC_TYPE__COUNTER);
    CHECK_INT(m->n_metric, 1);
    CHECK_STR(m->metric[0]->label[0]->name, "code");
    CHECK_STR(m->metric[0]->label[0]->value, "2\"00");
    CHECK_DBL(m->metric[0]->counter->value, 2.5);
    CHECK(m->metric[0]->counter->created_timestamp->seconds > 1600000000);
    CHECK_OK(prom_family_message(prom_snapshot_at(s, 0), &again));
    CHECK(again == m);
    CHECK_OK(prom_metric_message(prom_snapshot_at(s, 0), 0, &one));
    CHECK_DBL(one->counter->value, 2.5);
    CHECK_SAYS(prom_metric_message(prom_snapshot_at(s, 0), 1, &one), PROM_E_NOENT,
               "'hits_total' has 1 metrics, and none is number 1");
    prom_unref(s);
    prom_unref(c);
    prom_unref(v);
    prom_unref(r);
}

static void test_a_state_set_is_several_messages(void)
{
    static const char *const states[] = { "off", "on", NULL };
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_stateset *set;
    CHECK_OK(prom_stateset_new(r, PROM_OPTS(.name = "lamp", .help = "Lit?", .states = states),
                               &set));
    prom_snapshot *s = gather(r);
    const Prom__Pb__MetricFamily *m;
    const Prom__Pb__Metric *one;
    CHECK_OK(prom_family_message(prom_snapshot_at(s, 0), &m));
    CHECK_INT(m->n_metric, 2);
    CHECK_SAYS(prom_metric_message(prom_snapshot_at(s, 0), 0, &one), PROM_E_TYPE,
               "'lamp' is a stateset, of which each state is a message");
    CHECK(one == NULL);
    CHECK_ERR(prom_metric_message(NULL, 0, &one), PROM_E_INVAL);
    const Prom__Pb__MetricFamily *family = NULL;
    CHECK_ERR(prom_family_message(NULL, &family), PROM_E_INVAL);
    prom_unref(s);
    prom_unref(set);
    prom_unref(r);
}

/* --- the way back --------------------------------------------------------- */

static prom_err bring(prom_builder *b, void *message)
{
    return prom_build_message(b, message);
}

static void check_brought(const Prom__Pb__MetricFamily *m, const char *text, const char *error)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_collector *c;
    prom_collector_opts o = {
        .size = sizeof o, .name = "messages", .collect = bring, .data = (void *)(uintptr_t)m
    };
    CHECK_OK(prom_collector_new(r, &o, &c));
    prom_snapshot *s = gather(r);
    CHECK_STR(prom_snapshot_error(s, 0), error);
    char *got = NULL;
    CHECK_OK(prom_encode_string(&prom_text, s, &got, NULL));
    CHECK_STR(got, text);
    prom_free(got);
    prom_unref(s);
    prom_unref(c);
    prom_unref(r);
}

static void test_structs_in_a_collector(void)
{
    Prom__Pb__LabelPair label = PROM__PB__LABEL_PAIR__INIT, *pairs[] = { &label };
    Prom__Pb__Gauge gauge = PROM__PB__GAUGE__INIT;
    Prom__Pb__Metric metric = PROM__PB__METRIC__INIT, *metrics[] = { &metric, &metric };
    Prom__Pb__MetricFamily family = PROM__PB__METRIC_FAMILY__INIT;
    char name[] = "room", value[] = "kitchen", family_name[] = "warmth", empty[] = "";
    label.name = name;
    label.value = value;
    gauge.value = 21.5;
    metric.n_label = 1;
    metric.label = pairs;
    metric.gauge = &gauge;
    family.name = family_name;
    family.type = PROM__PB__METRIC_TYPE__GAUGE;
    family.n_metric = 1;
    family.metric = metrics;
    check_brought(&family, "# TYPE warmth gauge\nwarmth{room=\"kitchen\"} 21.5\n", NULL);
    family.n_metric = 2;
    check_brought(&family, "",
                  "collector 'messages': family 'warmth' has {room=\"kitchen\"} twice");
    family.n_metric = 1;
    metric.gauge = NULL;
    check_brought(&family, "", "collector 'messages': a metric of 'warmth' has no gauge");
    label.name = empty;
    metric.gauge = &gauge;
    check_brought(&family, "", "collector 'messages': 'warmth' has a label with an empty name");
    check_brought(NULL, "", "collector 'messages': there is no message to build");
    check_brought(&(Prom__Pb__MetricFamily){ .name = family_name }, "",
                  "collector 'messages': the message to build was not initialized");
}

/* What goes out as structs comes in as the same. */
static void test_there_and_back(void)
{
    json_t *v = vector_load("44_native_and_classic");
    prom_snapshot *s = vector_snapshot(v);
    const Prom__Pb__MetricFamily *m;
    char *text = NULL;
    CHECK_OK(prom_family_message(prom_snapshot_at(s, 0), &m));
    CHECK_OK(prom_encode_string(&prom_text, s, &text, NULL));
    check_brought(m, text, NULL);
    prom_free(text);
    prom_unref(s);
    json_decref(v);
}

static prom_err try_bad(prom_builder *b, void *message)
{
    CHECK_OK(prom_build_family(b, PROM_GAUGE, PROM_OPTS(.name = "before")));
    CHECK_ERR(prom_build_message(b, message), PROM_E_INVAL);
    return prom_build_value(b, NULL, 1);
}

static void test_a_bad_message_leaves_no_trace(void)
{
    Prom__Pb__Metric metric = PROM__PB__METRIC__INIT, *metrics[] = { &metric };
    Prom__Pb__MetricFamily family = PROM__PB__METRIC_FAMILY__INIT;
    char name[] = "bad";
    family.name = name;
    family.n_metric = 1;
    family.metric = metrics;
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_collector *c;
    prom_collector_opts o = {
        .size = sizeof o, .name = "messages", .collect = try_bad, .data = &family
    };
    CHECK_OK(prom_collector_new(r, &o, &c));
    CHECK_TEXT(r, "# TYPE before gauge\nbefore 1\n");
    prom_unref(c);
    prom_unref(r);
}

TESTS(ROW(test_vectors_are_packed_alike), ROW(test_a_counter_as_a_struct),
      ROW(test_a_state_set_is_several_messages), ROW(test_structs_in_a_collector),
      ROW(test_there_and_back), ROW(test_a_bad_message_leaves_no_trace))
