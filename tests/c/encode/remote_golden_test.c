// SPDX-License-Identifier: Apache-2.0
/* remote_golden_test.c - every vector of tests/golden/remote_write.json, byte for byte; and
 * what Snappy makes of it. */
#include "encode/remote.h"
#include "encode/snappy.h"
#include "hex.h"
#include "kit.h"
#include "unsnappy.h"

#include <prom/remote_write.h>

#include <jansson.h>

enum { T = 15000 };
#define AT INT64_C(1700000000000)

static const prom_label demo[] = { { "job", "demo" }, { NULL, NULL } };

static prom_err build_v1_two_series(prom_builder *b, void *data)
{
    (void)data;
    const prom_label_str instance = { { "instance", 8 }, { "a:1", 3 } };
    prom_build_family(b, PROM_COUNTER, PROM_OPTS(.name = "http_requests_total"));
    prom_build_labels(b, &instance, 1);
    prom_build_value(b, NULL, 1027);
    prom_build_family(b, PROM_GAUGE, PROM_OPTS(.name = "up"));
    prom_build_value(b, NULL, 0);
    prom_build_timestamp(b, AT);
    prom_build_value(b, NULL, 1);
    return prom_build_timestamp(b, AT + T);
}

static prom_err build_v1_stale_marker(prom_builder *b, void *data)
{
    (void)data;
    prom_build_family(b, PROM_GAUGE, PROM_OPTS(.name = "gone"));
    return prom_build_value(b, NULL, 7);
}

static prom_err build_v2_counter_exemplar_metadata(prom_builder *b, void *data)
{
    (void)data;
    const prom_label_str trace = { { "trace_id", 8 }, { "abc", 3 } };
    prom_build_family(b, PROM_COUNTER,
                      PROM_OPTS(.name = "http_requests_total", .help = "Total requests."));
    prom_build_value(b, NULL, 1027);
    prom_build_created(b, INT64_C(1699990000123456789));
    return prom_build_exemplar(
        b, &(prom_exemplar){ &trace, 1, 0.67, INT64_C(1699999999000000000) });
}

static prom_err build_v2_native_histogram(prom_builder *b, void *data)
{
    (void)data;
    const prom_native_bucket positive[] = {
        { 0, { 10 } }, { 1, { 15 } }, { 2, { 12 } }, { 5, { 8 } }, { 6, { 12 } }
    };
    prom_build_family(b, PROM_HISTOGRAM, PROM_OPTS(.name = "lat_seconds", .unit = "seconds"));
    prom_build_native(b, NULL, 120, 59,
                      PROM_NATIVE(.schema = 3, .zero_threshold = 0x1p-128, .zero_count = 2,
                                  .positive = positive, .n_positive = 5),
                      NULL, 0);
    return prom_build_created(b, INT64_C(1699990000000000000));
}

static prom_err build_v2_custom_buckets(prom_builder *b, void *data)
{
    (void)data;
    const prom_native_bucket positive[] = { { 0, { 3 } }, { 1, { 4 } }, { 3, { 3 } } };
    const double bounds[] = { 0, 100, 1000 };
    prom_build_family(b, PROM_HISTOGRAM, PROM_OPTS(.name = "req_bytes"));
    return prom_build_native(b, NULL, 5000, 10,
                             PROM_NATIVE(.schema = PROM_CUSTOM_BUCKETS, .positive = positive,
                                         .n_positive = 3, .custom = bounds, .n_custom = 3),
                             NULL, 0);
}

static const struct {
    const char *id;
    prom_err (*build)(prom_builder *b, void *data);
    const prom_label *labels;
    unsigned version;
} rows[] = {
    { "v1_two_series", build_v1_two_series, demo, 1 },
    { "v1_stale_marker", build_v1_stale_marker, NULL, 1 },
    { "v2_counter_exemplar_metadata", build_v2_counter_exemplar_metadata, demo, 2 },
    { "v2_native_histogram", build_v2_native_histogram, NULL, 2 },
    { "v2_custom_buckets", build_v2_custom_buckets, NULL, 2 },
};

static prom_err keep(void *data, const char *p, size_t n)
{
    return prom__bytes_add(data, p, n) ? PROM_OK : PROM_E_NOMEM;
}

static prom_err keep_request(void *data, const prom__remote_request *q)
{
    return keep(data, q->p, q->n);
}

static void check_snappy(const prom__bytes *request)
{
    prom__bytes block = { NULL, 0, 0 };
    if (!prom__snappy_is_built()) {
        CHECK_ERR(prom__snappy(request->p, request->n, &block), PROM_E_UNSUPPORTED);
        return;
    }
    CHECK_OK(prom__snappy(request->p, request->n, &block));
    size_t n;
    char *plain = unsnappy(block.p, block.n, &n);
    CHECK(plain && n == request->n && memcmp(plain, request->p, n) == 0);
    free(plain);
    prom__bytes_free(&block);
}

static void check_vector(size_t i, json_t *vector)
{
    prom__bytes request = { NULL, 0, 0 };
    prom_snapshot *s = kit_built(rows[i].build, NULL);
    if (strstr(rows[i].id, "stale")) {
        prom__remote_opts o = { .version = rows[i].version,
                                .put = keep_request,
                                .data = &request };
        CHECK_OK(prom__remote_encode(&o, (prom__remote_moment){ NULL, AT + 1 },
                                     (prom__remote_moment){ s, AT }));
    } else {
        prom_remote_write_opts o = { .size = sizeof o,
                                     .version = rows[i].version,
                                     .labels = rows[i].labels };
        const prom_writer w = { keep, &request };
        CHECK_OK(prom_remote_write_encode(s, &o, AT, &w));
    }
    CHECK_HEX(request.p, request.n, json_string_value(json_object_get(vector, "protobuf_hex")));
    check_snappy(&request);
    prom__bytes_free(&request);
    prom_unref(s);
}

static void test_all_vectors(void)
{
    json_t *all = json_load_file(TESTS_GOLDEN "/remote_write.json", 0, NULL), *v;
    size_t i, n = 0;
    json_array_foreach(json_object_get(all, "vectors"), i, v)
    {
        for (size_t k = 0; k < sizeof rows / sizeof *rows; k++)
            if (strcmp(rows[k].id, json_string_value(json_object_get(v, "id"))) == 0) {
                int before = check_failures;
                check_vector(k, v);
                n++;
                if (check_failures != before)
                    fprintf(stderr, "    in vector %s\n", rows[k].id);
            }
    }
    CHECK_INT(i, n);
    CHECK_INT(n, 5);
    json_decref(all);
}

TESTS(ROW(test_all_vectors))
