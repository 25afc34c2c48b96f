// SPDX-License-Identifier: Apache-2.0
/* protobuf_golden_test.c - every vector of tests/golden/exposition as protobuf, byte for byte.
 */
#include "hex.h"
#include "vectors.h"

/* Its native buckets are cut into spans as client_golang would not: it bridges gaps of one or
 * two with empty buckets, and so do we. tests/c/parse/protobuf_golden_test.c reads it. */
static const char *const cut_otherwise = "40_native_int";

static int check_output(const prom_snapshot *s, json_t *output, prom_escaping escaping)
{
    char *bytes = NULL, type[200];
    size_t n = 0;
    if (!output)
        return 0;
    prom_encode_opts o = { .size = sizeof o, .escaping = escaping };
    CHECK_OK(prom_encode_string_with(&prom_protobuf, &o, s, &bytes, &n));
    CHECK_HEX(bytes, n, member_text(output, "hex_proto3"));
    prom_content_type(&prom_protobuf, escaping, type, sizeof type);
    CHECK_STR(type, member_text(output, "content_type"));
    prom_free(bytes);
    return 1;
}

static void test_all_vectors(void)
{
    int plain = 0, utf8 = 0;
    for (int i = 0; i < VECTORS; i++) {
        int before = check_failures;
        json_t *v = vector_load(vectors[i]), *outputs = json_object_get(v, "outputs");
        prom_snapshot *s = vector_snapshot(v);
        if (strcmp(vectors[i], cut_otherwise) != 0)
            plain += check_output(s, json_object_get(outputs, "proto"), PROM_UNDERSCORES);
        utf8 += check_output(s, json_object_get(outputs, "proto-utf8"), PROM_ALLOW_UTF8);
        if (check_failures != before)
            fprintf(stderr, "    in vector %s\n", vectors[i]);
        prom_unref(s);
        json_decref(v);
    }
    CHECK_INT(plain, VECTORS - 1);
    CHECK_INT(utf8, 5);
}

TESTS(ROW(test_all_vectors))
