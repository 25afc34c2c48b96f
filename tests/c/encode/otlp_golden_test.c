// SPDX-License-Identifier: Apache-2.0
/* otlp_golden_test.c - the vectors of tests/golden/otlp.json, byte for byte; of the one without
 * resource and scope, which we always say, its metrics. */
#include "hex.h"
#include "otlp_dump.h"

#include <prom/otlp.h>

#include <jansson.h>

static const int64_t start = 1700000000000000000, now = 1700000060000000000;

typedef struct bytes {
    char *p;
    size_t n;
} bytes;

/* For free(). */
static bytes golden(const char *id)
{
    bytes b = { NULL, 0 };
    size_t i;
    json_t *v, *file = json_load_file(TESTS_GOLDEN "/otlp.json", 0, NULL);
    json_array_foreach(json_object_get(file, "vectors"), i, v)
    {
        if (strcmp(json_string_value(json_object_get(v, "id")), id) == 0)
            b.p = hex_bytes(json_string_value(json_object_get(v, "protobuf_hex")), &b.n);
    }
    CHECK(b.n > 100);
    json_decref(file);
    return b;
}

static prom_err add(void *data, const char *p, size_t n)
{
    bytes *b = data;
    b->p = realloc(b->p, b->n + n);
    memcpy(b->p + b->n, p, n);
    b->n += n;
    return PROM_OK;
}

static bytes encoded(prom_err (*build)(prom_builder *b, void *data), const prom_otlp_opts *o)
{
    bytes b = { NULL, 0 };
    prom_snapshot *s = kit_built(build, NULL);
    CHECK_OK(prom_otlp_encode(s, o, now, &(prom_writer){ add, &b }));
    prom_unref(s);
    return b;
}

static prom_err build_sum_gauge(prom_builder *b, void *data)
{
    prom_label_str ids[] = {
        { { "trace_id", 8 }, { "4bf92f3577b34da6a3ce929d0e0e4736", 32 } },
        { { "span_id", 7 }, { "00f067aa0ba902b7", 16 } },
    };
    (void)data;
    CHECK_OK(prom_build_family(b, PROM_COUNTER,
                               PROM_OPTS(.name = "http_requests", .help = "Requests.",
                                         .labels = PROM_LABELS("code"))));
    CHECK_OK(prom_build_value(b, PROM_VALUES("200"), 1027));
    CHECK_OK(prom_build_created(b, start));
    CHECK_OK(prom_build_exemplar(b, &(prom_exemplar){ ids, 2, 0.67, 1700000059000000000 }));
    CHECK_OK(prom_build_family(b, PROM_GAUGE, PROM_OPTS(.name = "queue_depth")));
    return prom_build_value(b, NULL, -1.5);
}

static prom_err build_histograms(prom_builder *b, void *data)
{
    const prom_native_bucket positive[] = {
        { 0, { 10 } }, { 1, { 15 } }, { 2, { 12 } }, { 5, { 8 } }, { 6, { 12 } }
    };
    (void)data;
    CHECK_OK(prom_build_family(b, PROM_HISTOGRAM, PROM_OPTS(.name = "lat", .unit = "seconds")));
    CHECK_OK(
        prom_build_native(b, NULL, 120, 59,
                          PROM_NATIVE(.schema = 3, .zero_threshold = 0x1p-128, .zero_count = 2,
                                      .positive = positive, .n_positive = 5),
                          NULL, 0));
    CHECK_OK(prom_build_created(b, start));
    CHECK_OK(prom_build_family(b, PROM_HISTOGRAM, PROM_OPTS(.name = "size", .unit = "bytes")));
    CHECK_OK(
        prom_build_histogram(b, NULL, 5000, 10, (prom_bucket[]){ { 100, 3 }, { 1000, 7 } }, 2));
    return prom_build_created(b, start);
}

static void test_sum_and_gauge(void)
{
    const prom_label resource[] = { { "service.name", "demo" },
                                    { "service.instance.id", "i-1" },
                                    { NULL, NULL } };
    bytes want = golden("otlp_sum_gauge");
    bytes got =
        encoded(build_sum_gauge, PROM_OTLP_OPTS(.resource = resource, .scope_name = "libprom",
                                                .scope_version = "0.1.0"));
    CHECK(got.n == want.n && memcmp(got.p, want.p, got.n) == 0);
    free(got.p);
    free(want.p);
}

static void test_histograms(void)
{
    bytes want = golden("otlp_exponential_and_explicit_histogram");
    bytes got = encoded(build_histograms, NULL);
    prom_str a = otlp_metrics(got.p, got.n), b = otlp_metrics(want.p, want.n);
    CHECK(b.n > 100);
    CHECK(a.n == b.n && memcmp(a.p, b.p, a.n) == 0);
    free(got.p);
    free(want.p);
}

TESTS(ROW(test_sum_and_gauge), ROW(test_histograms))
