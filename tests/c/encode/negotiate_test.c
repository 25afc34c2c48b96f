// SPDX-License-Identifier: Apache-2.0
#include "kit.h"

#include <jansson.h>

static const char *answer(const char *accept, const prom_encoder *const *offer)
{
    static prom_format f;
    const prom_negotiate_opts o = { sizeof o, offer };
    prom_negotiate(accept, offer ? &o : NULL, &f);
    return f.content_type;
}

static void test_negotiate_golden(void)
{
    json_error_t why;
    json_t *all = json_load_file(TESTS_GOLDEN "/negotiation.json", 0, &why), *v;
    size_t i, n = 0;
    if (!CHECK(all != NULL))
        return;
    json_array_foreach(json_object_get(all, "vectors"), i, v)
    {
        const char *accept = json_string_value(json_object_get(v, "accept"));
        const char *want = json_string_value(json_object_get(v, "expect"));
        if (!CHECK_STR(answer(accept, NULL), want))
            fprintf(stderr, "    for \"%s\"\n", accept ? accept : "(no field)");
        n++;
    }
    CHECK_INT(n, 53);
    json_decref(all);
}

typedef struct row {
    const char *accept;
    const prom_encoder *want;
} row;

static void check_rows(const row *rows, size_t n, const prom_encoder *const *offer)
{
    const prom_negotiate_opts o = { sizeof o, offer };
    prom_format f;
    for (size_t i = 0; i < n; i++) {
        prom_negotiate(rows[i].accept, &o, &f);
        if (!CHECK_STR(f.encoder->content_type, rows[i].want->content_type))
            fprintf(stderr, "    for \"%s\"\n", rows[i].accept);
        CHECK(strncmp(f.content_type, f.encoder->content_type,
                      strlen(f.encoder->content_type)) == 0);
    }
}
#define CHECK_ROWS(rows, offer) check_rows((rows), sizeof(rows) / sizeof *(rows), (offer))

#define OM    "application/openmetrics-text"
#define PROTO "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily"

static void test_negotiate_weights(void)
{
    static const row rows[] = {
        { OM ";q=0.001", &prom_openmetrics },
        { OM ";q=0.5,text/plain;q=0.501", &prom_text },
        { OM ";q=1.000", &prom_openmetrics },
        { "text/plain;q=0.9," OM, &prom_openmetrics },
        /* a tie: the more exact, then the first */
        { "*/*," OM, &prom_openmetrics },
        { "application/*,text/plain", &prom_text },
        { "*/*,application/*", &prom_openmetrics },
        { OM ";version=0.0.1," OM ";version=1.0.0", &prom_openmetrics_0 },
        { OM "," OM ";version=0.0.1", &prom_openmetrics },
        /* what breaks the grammar is passed over, clause by clause */
        { OM ";q=1.001", &prom_text },
        { OM ";q=2", &prom_text },
        { OM ";q=", &prom_text },
        { OM ";q", &prom_text },
        { OM ";q=-0", &prom_text },
        { OM ";q=0.1234", &prom_text },
        { OM ";q=\"1\"", &prom_text },
        { OM ";q=1;q=x", &prom_text },
        { OM ";q=x;q=1", &prom_text },
        { OM ";q=1;Q=0", &prom_text },
        { OM ";q=x," OM ";version=0.0.1;q=0.1", &prom_openmetrics_0 },
    };
    CHECK_ROWS(rows, NULL);
}

static void test_negotiate_a_no_is_heard(void)
{
    static const row rows[] = {
        { "text/*;q=0,*/*", &prom_openmetrics },
        { "*/*,text/*;q=0", &prom_openmetrics },
        { "text/plain;version=0.0.4;q=0,*/*", &prom_text_1 },
        { "text/plain;q=0,text/plain;version=1.0.0;q=0.1", &prom_text_1 },
        { "*/*;q=0," OM ";q=0.1", &prom_openmetrics },
        { OM ";q=0,application/*", &prom_protobuf },
        { OM ";q=0,application/*,*/*;q=0.1", &prom_protobuf },
        { OM ";version=1.0.0;q=0,application/*", &prom_openmetrics_0 },
        { OM ";q=0," OM, &prom_text },
        { OM "," OM ";q=0", &prom_text },
        { "text/plain;q=0," OM ";q=0", &prom_text }, /* nothing fits: better than nothing */
        { "text/*;q=0,application/*;q=0,*/*", &prom_text },
    };
    CHECK_ROWS(rows, NULL);
}

static void test_negotiate_grammar(void)
{
    static const row rows[] = {
        { "text/plain;version=\"1.0.0\"", &prom_text_1 },
        { "text/plain;version=\"1\\.0.0\"", &prom_text_1 },
        { "text/plain;version=\"1.0.0", &prom_text }, /* nobody ends the quotes */
        { "text/plain;x=\",\";version=1.0.0", &prom_text_1 },
        { "text/plain;x=\";\\\"," OM ",\";version=1.0.0", &prom_text_1 },
        { "x=\",\"," OM, &prom_openmetrics },
        { "TEXT/PLAIN;VERSION=1.0.0", &prom_text_1 },
        { "\t text/plain\t;\tversion = 1.0.0 ", &prom_text_1 },
        { "text /plain;version=1.0.0", &prom_text_1 },
        { "text/plain/;version=1.0.0", &prom_text },
        { "text/plain/x;version=1.0.0", &prom_text },
        { "textplain;version=1.0.0", &prom_text },
        { "*;q=0.1", &prom_text },
        { "*/openmetrics-text", &prom_text },
        { "/," OM, &prom_openmetrics },
        { ";;;,=;q," OM ";;", &prom_openmetrics },
        { PROTO ";encoding=DELIMITED", &prom_text },
        { PROTO ";encoding=\"delimited\"", &prom_protobuf },
        { PROTO ";encoding=delimited;version=7", &prom_protobuf },
        { "\xff\xfe/\x01;q=1", &prom_text },
    };
    CHECK_ROWS(rows, NULL);
}

static void test_negotiate_escaping(void)
{
    static const struct {
        const char *accept;
        prom_escaping want;
    } rows[] = {
        { "text/plain;escaping=allow-utf-8", PROM_ALLOW_UTF8 },
        { "text/plain;escaping=\"dots\"", PROM_DOTS },
        { "*/*;escaping=values", PROM_VALUES },
        { "text/plain;escaping=Values", PROM_UNDERSCORES },
        { "text/plain;escaping=", PROM_UNDERSCORES },
        { "text/plain;escaping", PROM_UNDERSCORES },
        /* not from a clause that was not chosen */
        { "text/plain," OM ";q=0.5;escaping=values", PROM_UNDERSCORES },
        { "text/html;escaping=values", PROM_UNDERSCORES },
        { "text/html;escaping=values,text/plain;q=0.5;escaping=dots", PROM_DOTS },
    };
    prom_format f;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        prom_negotiate(rows[i].accept, NULL, &f);
        if (!CHECK_INT(f.escaping, rows[i].want))
            fprintf(stderr, "    for \"%s\"\n", rows[i].accept);
        char end[40];
        snprintf(end, sizeof end, "; escaping=%s", prom_escaping_name(f.escaping));
        CHECK(strcmp(f.content_type + strlen(f.content_type) - strlen(end), end) == 0);
    }
}

static void test_negotiate_only_what_is_offered(void)
{
    static const prom_encoder *const plain[] = { &prom_text, NULL };
    static const row always[] = { { OM, &prom_text },
                                  { "application/*", &prom_text },
                                  { NULL, &prom_text } };
    CHECK_ROWS(always, plain);
    static const prom_encoder *const all[] = { &prom_text,          &prom_text_1,
                                               &prom_openmetrics_2, &prom_openmetrics,
                                               &prom_openmetrics_0, &prom_protobuf,
                                               &prom_json,          NULL };
    static const row rows[] = {
        { OM ";version=2.0.0", &prom_openmetrics_2 },
        { OM ";version=2.0.0;q=0.9," OM ";version=1.0.0", &prom_openmetrics },
        { OM, &prom_openmetrics }, /* the candidate only for who names it */
        { "application/*", &prom_openmetrics },
        { "application/json", &prom_json },
        { "application/json;charset=utf-8", &prom_json },
        { "*/*", &prom_text },
    };
    CHECK_ROWS(rows, all);
    CHECK_STR(answer("application/json;escaping=values", all), "application/json");
}

static prom_err write_nothing(const prom_snapshot *s, const prom_encode_opts *o,
                              const prom_writer *w)
{
    (void)s, (void)o, (void)w;
    return PROM_OK;
}

/* An encoder of the user's; text comes last here, and is still what nobody named. */
static void test_negotiate_encoders_of_users(void)
{
    static const prom_encoder yaml = { "yaml", "application/yaml; version=\"1,2\"", false,
                                       write_nothing };
    static const prom_encoder *const offer[] = { &yaml, &prom_text, NULL };
    static const row rows[] = {
        { "application/yaml", &yaml },
        { "application/yaml;version=\"1,2\"", &yaml },
        { "application/yaml;version=1", &prom_text },
        { "application/*", &yaml },
        { "*/*", &prom_text },
        { "text/plain;q=0,*/*;q=0.1", &yaml },
        { "", &prom_text },
    };
    CHECK_ROWS(rows, offer);
    static const prom_encoder *const alone[] = { &yaml, NULL }, *const none[] = { NULL };
    CHECK_STR(answer("text/plain", alone), yaml.content_type);
    CHECK_STR(answer(NULL, alone), yaml.content_type);
    CHECK_STR(answer("*/*", none), answer(NULL, NULL));
}

/* Longer than any server takes. What reads it twice for each clause would be at it for hours.
 */
static void test_negotiate_long_field(void)
{
    enum { N = 1 << 20 };
    char *field = malloc(N + 1);
    if (!CHECK(field != NULL))
        return;
    for (size_t i = 0; i < N; i++)
        field[i] = "*/*,"[i % 4];
    field[N] = '\0';
    CHECK_STR(answer(field, NULL), answer("*/*", NULL));
    memset(field, ';', N);
    CHECK_STR(answer(field, NULL), answer(NULL, NULL));
    memset(field, '"', N);
    CHECK_STR(answer(field, NULL), answer(NULL, NULL));
    free(field);
}

/* Later callers may know more options, earlier ones fewer. */
static void test_negotiate_opts_of_other_sizes(void)
{
    static const prom_encoder *const plain[] = { &prom_text_1, NULL };
    prom_negotiate_opts o = { offsetof(prom_negotiate_opts, offer), plain };
    prom_format f;
    prom_negotiate(OM, &o, &f);
    CHECK(f.encoder == &prom_openmetrics);
    o.size = sizeof o;
    prom_negotiate(OM, &o, &f);
    CHECK(f.encoder == &prom_text_1);
}

TESTS(ROW(test_negotiate_golden), ROW(test_negotiate_weights),
      ROW(test_negotiate_a_no_is_heard), ROW(test_negotiate_grammar),
      ROW(test_negotiate_escaping), ROW(test_negotiate_only_what_is_offered),
      ROW(test_negotiate_encoders_of_users), ROW(test_negotiate_long_field),
      ROW(test_negotiate_opts_of_other_sizes))
