// SPDX-License-Identifier: Apache-2.0
/* encode_test.c - encoders by name, their Content-Types, options. */
#include "base/alloc.h"
#include "kit.h"

static void test_content_type(void)
{
    char out[160];
    const char *want = "text/plain; version=0.0.4; charset=utf-8; escaping=allow-utf-8";
    CHECK_INT(prom_content_type(&prom_text, PROM_ALLOW_UTF8, out, sizeof out), strlen(want));
    CHECK_STR(out, want);
    CHECK_INT(prom_content_type(&prom_text, PROM_ALLOW_UTF8, NULL, 0), strlen(want));
    CHECK_INT(prom_content_type(&prom_text, PROM_ALLOW_UTF8, out, 5), strlen(want));
    CHECK_STR(out, "text");
    prom_encoder own = { .name = "own", .content_type = "text/x-own" };
    CHECK_INT(prom_content_type(&own, PROM_DOTS, out, sizeof out), 10);
    CHECK_STR(out, "text/x-own");
}

static void test_encoders_by_name(void)
{
    static const struct {
        const char *name;
        const prom_encoder *encoder;
    } rows[] = {
        { "text", &prom_text },
        { "text1", &prom_text_1 },
        { "openmetrics", &prom_openmetrics },
        { "openmetrics0", &prom_openmetrics_0 },
        { "openmetrics2", &prom_openmetrics_2 },
        { "protobuf", &prom_protobuf },
        { "protobuf-text", &prom_protobuf_text },
        { "json", &prom_json },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        CHECK(prom_encoder_find(rows[i].name) == rows[i].encoder);
    CHECK(!prom_encoder_find("Text"));
    CHECK(!prom_encoder_find(""));
    CHECK(!prom_encoder_find(NULL));
}

static void test_options_that_are_none(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_snapshot *s;
    char *text = NULL;
    CHECK_OK(prom_gather(r, &s));
    CHECK_SAYS(
        prom_encode_string_with(&prom_text, PROM_ENCODE_OPTS(.escaping = 4), s, &text, NULL),
        PROM_E_INVAL, "4 is not an escaping");
    CHECK(!text);
    CHECK_SAYS(prom_encode_string(NULL, s, &text, NULL), PROM_E_INVAL,
               "an encoder and a snapshot are needed to encode");
    CHECK_SAYS(prom_encode_string(&prom_text, NULL, &text, NULL), PROM_E_INVAL,
               "an encoder and a snapshot are needed to encode");
    CHECK_SAYS(prom_encode(&prom_text, NULL, s, NULL), PROM_E_INVAL,
               "there is nothing to encode to");
    CHECK_SAYS(prom_encode(&prom_text, NULL, s, &(prom_writer){ NULL, NULL }), PROM_E_INVAL,
               "there is nothing to encode to");
    CHECK_INT(prom_content_type(NULL, PROM_UNDERSCORES, NULL, 0), 0);
    CHECK_STR(prom_escaping_name((prom_escaping)4), NULL);
    prom_unref(s);
    prom_unref(r);
}

static prom_err note_longest(void *data, const char *p, size_t n)
{
    (void)p;
    size_t *longest = data;
    *longest = n > *longest ? n : *longest;
    return PROM_OK;
}

/* Whatever is written: a label longer than a block too. */
static void test_blocks_are_bounded(void)
{
    enum { N = 1000000 };
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_gauge *g = NULL;
    prom_snapshot *s;
    char *value = prom__alloc(N + 1);
    memset(value, 'v', N);
    value[N] = '\0';
    CHECK_OK(prom_gauge_new(
        r,
        PROM_OPTS(.name = "x", .help = "", .const_labels = PROM_CONST_LABELS({ "l", value })),
        &g));
    CHECK_OK(prom_gather(r, &s));
    for (size_t i = 0; i < 4; i++) {
        static const char *const names[] = { "text", "openmetrics", "protobuf", "json" };
        size_t longest = 0;
        CHECK_OK(prom_encode(prom_encoder_find(names[i]), NULL, s,
                             &(prom_writer){ note_longest, &longest }));
        CHECK(longest > 0 && longest <= 65536);
    }
    prom__free(value);
    prom_unref(s);
    prom_unref(g);
    prom_unref(r);
}

TESTS(ROW(test_blocks_are_bounded), ROW(test_content_type), ROW(test_encoders_by_name),
      ROW(test_options_that_are_none))
