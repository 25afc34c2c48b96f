// SPDX-License-Identifier: Apache-2.0
/* protobuf_golden_test.c - every vector of tests/golden/exposition as protobuf, in both its
 * spellings, is read; and written again it is what we write of the vector itself. */
#include "hex.h"
#include "vectors.h"

#include <prom/parse.h>

/* Labels that do not stand in the order of their names, which a parser gives them. */
static const char *const unsorted[] = { "07_label_value_escaping", "31_stateset_metric",
                                        "36_name_utf8_mixed", "49_document_mixed" };

static bool is_unsorted(const char *name)
{
    for (size_t i = 0; i < sizeof unsorted / sizeof *unsorted; i++)
        if (strcmp(unsorted[i], name) == 0)
            return true;
    return false;
}

typedef struct bytes {
    char *p;
    size_t n;
} bytes;

static bytes encode(const prom_snapshot *s)
{
    bytes b = { NULL, 0 };
    prom_encode_opts o = { .size = sizeof o, .escaping = PROM_ALLOW_UTF8 };
    CHECK_OK(prom_encode_string_with(&prom_protobuf, &o, s, &b.p, &b.n));
    return b;
}

static bytes read_and_encode(const char *p, size_t n)
{
    prom_snapshot *s = NULL;
    bytes b = { NULL, 0 };
    if (CHECK_OK(prom_parse_protobuf(p, n, &s)))
        b = encode(s);
    else
        fprintf(stderr, "    %s\n", prom_error(PROM_E_SYNTAX));
    prom_unref(s);
    return b;
}

static void check_read(const char *hex, bytes want)
{
    size_t n;
    char *p = hex_bytes(hex, &n);
    bytes got = read_and_encode(p, n);
    CHECK(got.p && got.n == want.n && memcmp(got.p, want.p, want.n) == 0);
    prom_free(got.p);
    free(p);
}

static void check_output(json_t *output, bytes want)
{
    check_read(member_text(output, "hex"), want);
    check_read(member_text(output, "hex_proto3"), want);
}

static void check_vector(const char *name, json_t *outputs, const prom_snapshot *s)
{
    json_t *output = json_object_get(outputs, "proto-utf8");
    bytes want = encode(s);
    if (is_unsorted(name)) {
        bytes sorted = read_and_encode(want.p, want.n);
        CHECK_INT(sorted.n, want.n);
        prom_free(want.p);
        want = sorted;
    }
    check_output(output ? output : json_object_get(outputs, "proto"), want);
    prom_free(want.p);
}

static void test_all_vectors(void)
{
    for (int i = 0; i < VECTORS; i++) {
        int before = check_failures;
        json_t *v = vector_load(vectors[i]);
        prom_snapshot *s = vector_snapshot(v);
        check_vector(vectors[i], json_object_get(v, "outputs"), s);
        if (check_failures != before)
            fprintf(stderr, "    in vector %s\n", vectors[i]);
        prom_unref(s);
        json_decref(v);
    }
}

TESTS(ROW(test_all_vectors))
