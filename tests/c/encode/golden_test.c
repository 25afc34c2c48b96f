// SPDX-License-Identifier: Apache-2.0
/* golden_test.c - every vector of tests/golden/exposition in every flat format that it has an
 * output of, byte for byte and with its Content-Type. */
#include "vectors.h"

/* How many outputs there are of each: none may be passed over. */
static const struct {
    const char *key;
    const prom_encoder *encoder;
    prom_escaping escaping;
    bool no_created;
    int outputs;
} formats[] = {
    { "text", &prom_text, PROM_UNDERSCORES, false, 48 },
    { "text-utf8", &prom_text_1, PROM_ALLOW_UTF8, false, 5 },
    { "text-dots", &prom_text_1, PROM_DOTS, false, 4 },
    { "text-values", &prom_text_1, PROM_VALUES, false, 4 },
    { "om1", &prom_openmetrics, PROM_UNDERSCORES, false, 48 },
    { "om1-nocreated", &prom_openmetrics, PROM_UNDERSCORES, true, 3 },
    { "om1-utf8", &prom_openmetrics, PROM_ALLOW_UTF8, false, 5 },
    { "om1-dots", &prom_openmetrics, PROM_DOTS, false, 4 },
    { "om1-values", &prom_openmetrics, PROM_VALUES, false, 4 },
    { "om2", &prom_openmetrics_2, PROM_ALLOW_UTF8, false, 48 },
};
enum { FORMATS = sizeof formats / sizeof *formats };

static void compare(const prom_snapshot *s, size_t format, json_t *output)
{
    prom_encode_opts o = { .size = sizeof o };
    char *text = NULL, type[160];
    size_t n = 0;
    o.escaping = formats[format].escaping;
    o.no_created = formats[format].no_created;
    CHECK_OK(prom_encode_string_with(formats[format].encoder, &o, s, &text, &n));
    CHECK_STR(text, member_text(output, "text"));
    CHECK_INT(n, json_string_length(json_object_get(output, "text")));
    prom_content_type(formats[format].encoder, o.escaping, type, sizeof type);
    CHECK_STR(type, member_text(output, "content_type"));
    prom_free(text);
}

static void run_vector(const char *name, int *compared)
{
    json_t *v = vector_load(name), *outputs = json_object_get(v, "outputs");
    prom_snapshot *s = vector_snapshot(v);
    for (size_t k = 0; k < FORMATS; k++) {
        json_t *output = json_object_get(outputs, formats[k].key);
        int before = check_failures;
        if (!output)
            continue;
        compare(s, k, output);
        compared[k]++;
        if (check_failures != before)
            fprintf(stderr, "    %s of vector %s\n", formats[k].key, name);
    }
    prom_unref(s);
    json_decref(v);
}

static void test_all_vectors(void)
{
    int compared[FORMATS] = { 0 };
    for (int i = 0; i < VECTORS; i++)
        run_vector(vectors[i], compared);
    CHECK_INT(VECTORS, 49);
    for (size_t k = 0; k < FORMATS; k++)
        if (!CHECK_INT(compared[k], formats[k].outputs))
            fprintf(stderr, "    outputs of %s\n", formats[k].key);
}

TESTS(ROW(test_all_vectors))
