// SPDX-License-Identifier: Apache-2.0
/* golden_test.c - every vector of tests/golden/exposition through a collector and prom_text,
 * byte for byte. */
#include "vectors.h"

/* Vectors that this format or this library cannot show. Whatever else has no "text" output, or
 * comes out otherwise, is a failure. */
static const struct {
    const char *id, *reason;
} exceptions[] = {
    { "native_float",
      "counts that are not whole have no form in text 0.0.4: it has no output" },
};

static void encode_vector(json_t *vector, const char *want)
{
    prom_snapshot *s = vector_snapshot(vector);
    char *text = NULL;
    size_t n = 0;
    CHECK_OK(prom_encode_string(&prom_text, s, &text, &n));
    CHECK_STR(text, want);
    CHECK_INT(n, strlen(want));
    prom_free(text);
    prom_unref(s);
}

static const char *exception_of(const char *id)
{
    for (size_t i = 0; i < sizeof exceptions / sizeof *exceptions; i++)
        if (strcmp(exceptions[i].id, id) == 0)
            return exceptions[i].reason;
    return NULL;
}

/* 1 if it was compared. */
static int run_vector(const char *name)
{
    json_t *v = vector_load(name);
    const char *id = member_text(v, "id");
    json_t *text = json_object_get(json_object_get(v, "outputs"), "text");
    const char *exception = exception_of(id);
    int before = check_failures, compared = 0;
    if (exception) {
        printf("%s left out: %s\n", id, exception);
        CHECK(text == NULL);
    } else if (CHECK(text != NULL)) {
        encode_vector(v, member_text(text, "text"));
        char type[200];
        prom_content_type(&prom_text, PROM_UNDERSCORES, type, sizeof type);
        CHECK_STR(type, member_text(text, "content_type"));
        compared = 1;
    }
    if (check_failures != before)
        fprintf(stderr, "    in vector %s\n", id);
    json_decref(v);
    return compared;
}

static void test_all_vectors(void)
{
    int compared = 0;
    for (int i = 0; i < VECTORS; i++)
        compared += run_vector(vectors[i]);
    CHECK_INT(VECTORS, 49);
    CHECK_INT(compared, VECTORS - (int)(sizeof exceptions / sizeof *exceptions));
}

TESTS(ROW(test_all_vectors))
