// SPDX-License-Identifier: Apache-2.0
/* encode_test.c - encoders by name, their Content-Types, options. */
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
    CHECK_STR(prom_escaping_name((prom_escaping)4), NULL);
    prom_unref(s);
    prom_unref(r);
}

TESTS(ROW(test_content_type), ROW(test_encoders_by_name), ROW(test_options_that_are_none))
