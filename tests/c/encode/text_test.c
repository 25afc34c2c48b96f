// SPDX-License-Identifier: Apache-2.0
/* text_test.c - what the golden vectors do not reach: every number as a value, a bound and a
 * quantile, names that must be escaped, lines around and beyond the block, writers that fail.
 */
#define _POSIX_C_SOURCE 200809L /* mkstemp, fdopen */
#include "encode/out.h"
#include "kit.h"

#include <jansson.h>
#include <sys/wait.h>
#include <unistd.h>

typedef prom_err (*builder)(prom_builder *b, void *data);

static char *text_of(builder build, void *data, size_t *n)
{
    prom_snapshot *s = kit_built(build, data);
    char *text = NULL;
    CHECK_OK(prom_encode_string(&prom_text, s, &text, n));
    prom_unref(s);
    return text;
}

static prom_err open_family(prom_builder *b, prom_type t, const char *name)
{
    return prom_build_family(b, t, PROM_OPTS(.name = name));
}

/* The next line of *at without its end; "" behind the last. */
static const char *next_line(char **at)
{
    char *line = *at, *end = strchr(line, '\n');
    if (end)
        *end = '\0';
    *at = end ? end + 1 : line + strlen(line);
    return line;
}

/* --- numbers ------------------------------------------------------------ */

static json_t *load(const char *file)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", TESTS_GOLDEN, file);
    json_t *j = json_load_file(path, JSON_ALLOW_NUL, NULL);
    CHECK(j != NULL);
    return j;
}

static double of_bits(json_t *vector)
{
    uint64_t bits = strtoull(json_string_value(json_object_get(vector, "bits")), NULL, 16);
    double v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

static const char *text_column(json_t *vector)
{
    return json_string_value(json_object_get(vector, "text"));
}

static prom_err build_all_values(prom_builder *b, void *vectors)
{
    size_t i;
    json_t *v;
    prom_err e =
        prom_build_family(b, PROM_GAUGE, PROM_OPTS(.name = "x", .labels = PROM_LABELS("i")));
    json_array_foreach((json_t *)vectors, i, v)
    {
        char number[32];
        snprintf(number, sizeof number, "%zu", i);
        if (!e)
            e = prom_build_value(b, PROM_VALUES(number), of_bits(v));
    }
    return e;
}

static void test_every_golden_number_as_a_value(void)
{
    json_t *table = load("float_format.json"), *vectors = json_object_get(table, "vectors"), *v;
    size_t i;
    char *text = text_of(build_all_values, vectors, NULL), *at = text;
    CHECK_STR(next_line(&at), "# TYPE x gauge");
    CHECK(json_array_size(vectors) >= 168);
    json_array_foreach(vectors, i, v)
    {
        char want[128];
        snprintf(want, sizeof want, "x{i=\"%zu\"} %s", i, text_column(v));
        CHECK_STR(next_line(&at), want);
    }
    CHECK_STR(at, "");
    prom_free(text);
    json_decref(table);
}

/* The finite numbers of the table in order, each once, with their texts. */
typedef struct bounds {
    prom_bucket at[256];
    const char *text[256];
    size_t n;
} bounds;

static void add_bound(bounds *x, double v, const char *text)
{
    size_t i = x->n;
    for (; i && !(x->at[i - 1].upper < v); i--)
        if (x->at[i - 1].upper <= v)
            return; /* 0 and -0 are one bound */
    memmove(x->at + i + 1, x->at + i, (x->n - i) * sizeof *x->at);
    memmove(x->text + i + 1, x->text + i, (x->n - i) * sizeof *x->text);
    x->at[i] = (prom_bucket){ v, 0 };
    x->text[i] = text;
    x->n++;
}

static bounds bounds_of(json_t *vectors, double least, double most)
{
    bounds x = { .n = 0 };
    size_t i;
    json_t *v;
    json_array_foreach(vectors, i,
                       v) if (of_bits(v) >= least && of_bits(v) <= most && CHECK(x.n < 256))
        add_bound(&x, of_bits(v), text_column(v));
    return x;
}

static prom_err build_buckets(prom_builder *b, void *data)
{
    const bounds *x = data;
    prom_err e = open_family(b, PROM_HISTOGRAM, "h");
    return e ? e : prom_build_histogram(b, NULL, 0, 0, x->at, x->n);
}

static prom_err build_quantiles(prom_builder *b, void *data)
{
    const bounds *x = data;
    prom_quantile q[256];
    for (size_t i = 0; i < x->n; i++)
        q[i] = (prom_quantile){ x->at[i].upper, (double)i };
    prom_err e = open_family(b, PROM_SUMMARY, "s");
    return e ? e : prom_build_summary(b, NULL, 0, 0, q, x->n);
}

static void check_marks(json_t *vectors, bool histogram)
{
    bounds x = histogram ? bounds_of(vectors, -1.7976931348623157e308, 1.7976931348623157e308)
                         : bounds_of(vectors, 0, 1);
    char *text = text_of(histogram ? build_buckets : build_quantiles, &x, NULL), *at = text;
    CHECK(x.n > (histogram ? 100u : 20u));
    next_line(&at);
    for (size_t i = 0; i < x.n; i++) {
        char want[128];
        if (histogram)
            snprintf(want, sizeof want, "h_bucket{le=\"%s\"} 0", x.text[i]);
        else
            snprintf(want, sizeof want, "s{quantile=\"%s\"} %zu", x.text[i], i);
        CHECK_STR(next_line(&at), want);
    }
    if (histogram)
        CHECK_STR(next_line(&at), "h_bucket{le=\"+Inf\"} 0");
    CHECK_STR(next_line(&at), histogram ? "h_sum 0" : "s_sum 0");
    CHECK_STR(next_line(&at), histogram ? "h_count 0" : "s_count 0");
    CHECK_STR(at, "");
    prom_free(text);
}

static void test_golden_numbers_as_bounds_and_quantiles(void)
{
    json_t *table = load("float_format.json"), *vectors = json_object_get(table, "vectors");
    check_marks(vectors, true);
    check_marks(vectors, false);
    json_decref(table);
}

/* --- names -------------------------------------------------------------- */

static bool is_name(json_t *j)
{
    return json_string_length(j) && strlen(json_string_value(j)) == json_string_length(j);
}

static prom_err build_name(prom_builder *b, void *data)
{
    json_t *name = json_object_get(data, "name");
    prom_label_str label = { { json_string_value(name), json_string_length(name) },
                             { "1", 1 } };
    bool reserved = strncmp(json_string_value(name), "__", 2) == 0;
    prom_err e = open_family(b, PROM_UNKNOWN, json_string_value(name));
    if (!e)
        e = prom_build_labels(b, &label, reserved ? 0 : 1);
    return e ? e : prom_build_value(b, NULL, 1);
}

static const char *on_wire(json_t *vector, const char *kind, prom_escaping e)
{
    json_t *column = json_object_get(vector, kind);
    return json_string_value(json_object_get(column, prom_escaping_name(e)));
}

static void check_name(json_t *v, prom_escaping e)
{
    const char *name = json_string_value(json_object_get(v, "name"));
    const char *metric = on_wire(v, "metric_on_wire", e),
               *label = on_wire(v, "label_on_wire", e);
    char *text = kit_encoded(kit_built(build_name, v), &prom_text_1, e), want[4096];
    if (strncmp(name, "__", 2) == 0)
        snprintf(want, sizeof want, "# TYPE %s untyped\n%s 1\n", metric, metric);
    else
        snprintf(want, sizeof want, "# TYPE %s untyped\n%s{%s=\"1\"} 1\n", metric, metric,
                 label);
    if (!CHECK_STR(text, want))
        fprintf(stderr, "    for the name '%s'\n", name);
    prom_free(text);
}

static void test_golden_names_are_escaped(void)
{
    json_t *table = load("name_escaping.json"), *v;
    size_t i, compared = 0;
    json_array_foreach(json_object_get(table, "vectors"), i, v)
    {
        if (!is_name(json_object_get(v, "name")))
            continue; /* no metric can have it */
        for (int e = PROM_UNDERSCORES; e <= PROM_VALUES; e++)
            check_name(v, (prom_escaping)e);
        compared++;
    }
    CHECK(compared >= 60);
    json_decref(table);
}

/* --- long lines --------------------------------------------------------- */

typedef struct line {
    const char *label; /* its name */
    char *value;       /* as the user says it */
    char *escaped;     /* as it stands in the line */
    size_t more;       /* short lines before it */
} line;

static line line_new(const char *label, size_t n, char c, size_t more)
{
    line l = { label, malloc(n + 1), malloc(2 * n + 1), more };
    char *to = l.escaped;
    for (size_t i = 0; i < n; i++) {
        bool escape = c == '"' && i % 3 == 0;
        l.value[i] = escape ? '"' : (char)('a' + i % 26);
        if (escape)
            *to++ = '\\';
        *to++ = l.value[i];
    }
    l.value[n] = *to = '\0';
    return l;
}

static prom_err build_line(prom_builder *b, void *data)
{
    const line *l = data;
    prom_label_str label = { { l->label, strlen(l->label) }, { l->value, strlen(l->value) } };
    prom_bucket bucket = { 1, 2 };
    prom_err e = open_family(b, PROM_HISTOGRAM, "h");
    for (size_t i = 0; !e && i < l->more; i++) {
        char number[32];
        snprintf(number, sizeof number, "%zu", i);
        prom_label_str other = { { "i", 1 }, { number, strlen(number) } };
        e = prom_build_labels(b, &other, 1);
        if (!e)
            e = prom_build_histogram(b, NULL, 1, 1, NULL, 0);
    }
    if (!e)
        e = prom_build_labels(b, &label, 1);
    if (!e)
        e = prom_build_histogram(b, NULL, 0.5, 2, &bucket, 1);
    return e ? e : prom_build_timestamp(b, -1);
}

static char *expected_lines(const line *l, const char *label)
{
    size_t n = strlen(l->escaped) + 100;
    char *want = malloc(4 * n + 200 * (l->more + 1)), *at = want;
    at += sprintf(at, "# TYPE h histogram\n");
    for (size_t i = 0; i < l->more; i++)
        at += sprintf(at,
                      "h_bucket{i=\"%zu\",le=\"+Inf\"} 1\nh_sum{i=\"%zu\"} 1\n"
                      "h_count{i=\"%zu\"} 1\n",
                      i, i, i);
    at += sprintf(at, "h_bucket{%s=\"%s\",le=\"1\"} 2 -1\n", label, l->escaped);
    at += sprintf(at, "h_bucket{%s=\"%s\",le=\"+Inf\"} 2 -1\n", label, l->escaped);
    at += sprintf(at, "h_sum{%s=\"%s\"} 0.5 -1\n", label, l->escaped);
    sprintf(at, "h_count{%s=\"%s\"} 2 -1\n", label, l->escaped);
    return want;
}

/* strcmp that does not print 64 KiB. */
static void check_long(const char *got, const char *want, size_t length)
{
    size_t i = 0;
    while (want[i] && got[i] == want[i])
        i++;
    if (!CHECK(got[i] == want[i]))
        fprintf(stderr, "    value of %zu bytes: differs at %zu: \"%.60s\", want \"%.60s\"\n",
                length, i, got + i, want + i);
}

static void check_line(const char *label, const char *escaped_label, size_t n, char c,
                       size_t more)
{
    line l = line_new(label, n, c, more);
    size_t length;
    char *text = text_of(build_line, &l, &length), *want = expected_lines(&l, escaped_label);
    check_long(text, want, n);
    CHECK_INT(length, strlen(want));
    prom_free(text);
    free(want);
    free(l.value);
    free(l.escaped);
}

static void test_lines_around_a_block_and_beyond(void)
{
    for (size_t n = PROM__OUT_BLOCK - 150; n < PROM__OUT_BLOCK + 20; n++)
        check_line("label", "label", n, 'a', n % 3);
    static const size_t sizes[] = { 100000, 2 * PROM__OUT_BLOCK, 200001, 1000000 };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (size_t more = 0; more < 3000; more += 1400) {
            check_line("label", "label", sizes[i], '"', more);
            check_line("the label", "the_label", sizes[i], '"', more);
        }
}

static void test_escaped_lines_around_a_block(void)
{
    for (size_t n = PROM__OUT_BLOCK - 80; n < PROM__OUT_BLOCK + 10; n++)
        check_line("a.b", "a_b", n, 'a', n % 3);
    /* A block fills up with short lines, so that the pieces of the last begin anywhere. */
    for (size_t more = 1070; more < 1110; more++)
        check_line("a.b", "a_b", more % 50, '"', more);
}

typedef struct names {
    char *name, *help;
} names;

static prom_err build_long_names(prom_builder *b, void *data)
{
    const names *x = data;
    prom_err e = prom_build_family(b, PROM_GAUGE, PROM_OPTS(.name = x->name, .help = x->help));
    return e ? e : prom_build_value(b, NULL, 3);
}

static char *repeat(char c, size_t n)
{
    char *s = malloc(n + 1);
    memset(s, c, n);
    s[n] = '\0';
    return s;
}

static void test_names_and_help_longer_than_a_block(void)
{
    for (int escaped = 0; escaped < 2; escaped++) {
        names x = { repeat(escaped ? '-' : 'n', 70000), repeat('\n', 90000) };
        char *shown = repeat(escaped ? '_' : 'n', 70000), *help = malloc(180001);
        char *want = malloc(600000);
        for (size_t i = 0; i < 90000; i++)
            memcpy(help + 2 * i, "\\n", 3);
        sprintf(want, "# HELP %s %s\n# TYPE %s gauge\n%s 3\n", shown, help, shown, shown);
        char *text = text_of(build_long_names, &x, NULL);
        check_long(text, want, 70000);
        prom_free(text);
        free(x.name);
        free(x.help);
        free(shown);
        free(help);
        free(want);
    }
}

/* --- writers ------------------------------------------------------------ */

typedef struct sink {
    size_t room, got, calls, after; /* after: calls behind the failing one */
    const char *want;
    bool failed, differs;
} sink;

static prom_err take(void *data, const char *p, size_t n)
{
    sink *s = data;
    size_t fits = n < s->room - s->got ? n : s->room - s->got;
    s->calls++;
    s->after += s->failed;
    s->differs |= memcmp(s->want + s->got, p, fits) != 0;
    s->got += fits;
    if (fits == n)
        return PROM_OK;
    s->failed = true;
    return prom_fail(PROM_E_IO, "disk is full after %zu bytes", s->got);
}

static const struct {
    const prom_encoder *encoder;
    prom_escaping escaping;
} formats[] = {
    { &prom_text, PROM_UNDERSCORES },         { &prom_text_1, PROM_VALUES },
    { &prom_openmetrics, PROM_UNDERSCORES },  { &prom_openmetrics, PROM_ALLOW_UTF8 },
    { &prom_openmetrics_2, PROM_ALLOW_UTF8 }, { &prom_json, PROM_UNDERSCORES },
};

static void check_writer(const prom_snapshot *s, size_t format, const char *want, size_t n,
                         size_t room)
{
    prom_encode_opts o = { .size = sizeof o, .escaping = formats[format].escaping };
    sink k = { .room = room, .want = want };
    prom_writer w = { take, &k };
    char sentence[64];
    snprintf(sentence, sizeof sentence, "disk is full after %zu bytes", room);
    prom_err e = prom_encode(formats[format].encoder, &o, s, &w);
    if (room < n) {
        CHECK_ERR(e, PROM_E_IO);
        CHECK_STR(prom_error(e), sentence);
    } else {
        CHECK_OK(e);
    }
    CHECK_INT(k.got, room < n ? room : n);
    CHECK_INT(k.after, 0);
    CHECK(!k.differs);
}

static void check_every_room_of(const prom_snapshot *s, size_t format, size_t step)
{
    prom_encode_opts o = { .size = sizeof o, .escaping = formats[format].escaping };
    char *text = NULL;
    size_t n = 0;
    CHECK_OK(prom_encode_string_with(formats[format].encoder, &o, s, &text, &n));
    CHECK(n > 100);
    for (size_t room = 0; room <= n; room += step)
        check_writer(s, format, text, n, room);
    check_writer(s, format, text, n, n);
    prom_free(text);
}

static void check_every_room(line l, size_t step)
{
    prom_snapshot *s = kit_built(build_line, &l);
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        check_every_room_of(s, i, step);
    prom_unref(s);
    free(l.value);
    free(l.escaped);
}

static void test_a_writer_that_fails_anywhere(void)
{
    check_every_room(line_new("l", 3, '"', 2), 1);
    check_every_room(line_new("the label", 3, '"', 2), 1);
    check_every_room(line_new("l", 100000, '"', 3000), 7919);
    check_every_room(line_new("the label", 100000, '"', 3000), 7919);
}

/* --- somebody else's reader --------------------------------------------- */

static prom_err build_for_promtool(prom_builder *b, void *data)
{
    prom_bucket buckets[] = { { 0.1, 1 }, { 1, 2 } };
    prom_quantile quantiles[] = { { 0.5, (double)NAN }, { 0.99, 1e9 } };
    (void)data;
    prom_err e = prom_build_family(b, PROM_COUNTER,
                                   PROM_OPTS(.name = "jobs_total", .help = "Jobs\\done\n.",
                                             .labels = PROM_LABELS("a", "b")));
    if (!e)
        e = prom_build_value(b, PROM_VALUES("\"\\\n", "\xe2\x98\x83"), 1e300);
    if (!e)
        e = prom_build_family(b, PROM_HISTOGRAM,
                              PROM_OPTS(.name = "took_seconds", .help = "Time."));
    if (!e)
        e = prom_build_histogram(b, NULL, -1.5, 3, buckets, 2);
    if (!e)
        e = prom_build_family(b, PROM_SUMMARY,
                              PROM_OPTS(.name = "size_bytes", .help = "Size."));
    if (!e)
        e = prom_build_summary(b, NULL, INFINITY, 3, quantiles, 2);
    if (!e)
        e = prom_build_timestamp(b, 1700000000000);
    return e;
}

static void test_promtool_reads_it(void)
{
    if (system("command -v promtool >/dev/null") != 0) {
        printf("SKIPPED test_promtool_reads_it: promtool is not in PATH\n");
        return;
    }
    char path[] = "/tmp/text_test.XXXXXX", command[128];
    size_t n;
    char *text = text_of(build_for_promtool, NULL, &n);
    int fd = mkstemp(path);
    CHECK(fd >= 0 && write(fd, text, n) == (ssize_t)n);
    close(fd);
    snprintf(command, sizeof command, "promtool check metrics <%s", path);
    int status = system(command);
    CHECK_INT(WEXITSTATUS(status), 0);
    unlink(path);
    prom_free(text);
}

TESTS(ROW(test_every_golden_number_as_a_value),
      ROW(test_golden_numbers_as_bounds_and_quantiles), ROW(test_golden_names_are_escaped),
      ROW(test_lines_around_a_block_and_beyond), ROW(test_escaped_lines_around_a_block),
      ROW(test_names_and_help_longer_than_a_block), ROW(test_a_writer_that_fails_anywhere),
      ROW(test_promtool_reads_it))
