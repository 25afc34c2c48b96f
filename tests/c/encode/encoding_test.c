// SPDX-License-Identifier: Apache-2.0
/* In steps every format gives the bytes that it gives in one go. */
#include "encode/encoding.h"
#include "encode/out.h"
#include "kit.h"

static const char *const names[] = { "text",     "openmetrics",   "openmetrics2",
                                     "protobuf", "protobuf-text", "json" };
enum { NAMES = sizeof names / sizeof *names };

typedef struct sink {
    char *p;
    size_t n, writes, fail_at; /* fail_at: which write fails, from 1; 0: none */
} sink;

static prom_err put(void *data, const char *p, size_t n)
{
    sink *s = data;
    if (++s->writes == s->fail_at)
        return prom_fail(PROM_E_IO, "the pipe is full");
    s->p = realloc(s->p, s->n + n + 1);
    memcpy(s->p + s->n, p, n);
    s->n += n;
    s->p[s->n] = '\0';
    return PROM_OK;
}

static prom_err build_point(prom_builder *b, prom_type type, const char *n, int i)
{
    static const prom_bucket buckets[] = { { 1, 2 }, { 2, 3 } };
    static const prom_quantile quantiles[] = { { 0.5, 1 }, { 0.9, 2 } };
    switch (type) {
    case PROM_HISTOGRAM:
        return prom_build_histogram(b, PROM_VALUES(n), i, 4, buckets, 2);
    case PROM_SUMMARY:
        return prom_build_summary(b, PROM_VALUES(n), i, 4, quantiles, 2);
    default:
        return prom_build_value(b, PROM_VALUES(n), type == PROM_INFO ? 1 : i);
    }
}

/* Families of all sizes, empty ones too; target_info is neither the first nor the last. */
static prom_err build(prom_builder *b, void *data)
{
    static const struct {
        const char *name;
        prom_type type;
        int n;
    } families[] = {
        { "a_empty_total", PROM_COUNTER, 0 },
        { "b_total", PROM_COUNTER, 1 },
        { "c_info", PROM_INFO, 2 },
        { "d_seconds", PROM_HISTOGRAM, 3000 },
        { "e", PROM_GAUGE, 5000 },
        { "f_seconds", PROM_SUMMARY, 33 },
        { "g_total", PROM_COUNTER, 32 },
        { "target_info", PROM_INFO, 1 },
        { "u", PROM_UNKNOWN, 31 },
        { "v", PROM_GAUGE, 0 },
    };
    int share = *(int *)data;
    prom_err e = PROM_OK;
    for (size_t f = 0; f < sizeof families / sizeof *families && !e; f++) {
        e = prom_build_family(b, families[f].type,
                              PROM_OPTS(.name = families[f].name, .help = "Some\nhelp.",
                                        .labels = PROM_LABELS("n")));
        for (int i = 0; i < families[f].n / share && !e; i++) {
            char n[40];
            snprintf(n, sizeof n, "number %d", i);
            e = build_point(b, families[f].type, n, i);
        }
    }
    return e;
}

static prom_snapshot *built(int share)
{
    return kit_built(build, &share);
}

static const prom_encode_opts opts = { .size = sizeof opts, .escaping = PROM_ALLOW_UTF8 };

/* To the end; the number of steps. */
static size_t run(const prom_encoder *e, prom_snapshot *s, sink *to, prom_err *err)
{
    prom__encoding *x = NULL;
    prom_writer w = { put, to };
    size_t steps = 0;
    bool more = CHECK_OK(prom__encoding_new(e, &opts, s, &w, &x));
    while (more) {
        size_t before = to->writes;
        *err = prom__encoding_step(x, &more);
        CHECK(to->writes - before <= 2); /* a block, and perhaps the last one */
        CHECK(!*err || !more);
        steps++;
    }
    prom__encoding_free(x);
    return steps;
}

static void test_encoding_is_the_same_in_steps(void)
{
    static const int shares[] = { 1, 33, 100000 };
    for (size_t k = 0; k < 3; k++)
        for (size_t i = 0; i < NAMES; i++) {
            const prom_encoder *e = prom_encoder_find(names[i]);
            prom_snapshot *s = built(shares[k]);
            sink got = { 0 }, want = { 0 };
            prom_err err = PROM_OK;
            prom_writer w = { put, &want };
            size_t steps = run(e, s, &got, &err);
            CHECK_OK(err);
            CHECK_OK(prom_encode(e, &opts, s, &w));
            if (!CHECK(got.n == want.n && memcmp(got.p, want.p, got.n) == 0))
                fprintf(stderr, "    %s, share %d\n", names[i], shares[k]);
            CHECK(steps >= want.n / PROM__OUT_BLOCK && steps <= want.n / 4096 + 12);
            free(got.p);
            free(want.p);
            prom_unref(s);
        }
}

/* The writer's error ends it at once, whichever block it is; nothing follows. */
static void test_encoding_heeds_errors(void)
{
    for (size_t i = 0; i < NAMES; i++) {
        const prom_encoder *e = prom_encoder_find(names[i]);
        prom_snapshot *s = built(1);
        bool through = false;
        for (size_t n = 1; !through && n < 1000; n++) {
            sink to = { .fail_at = n };
            prom_err err = PROM_OK;
            run(e, s, &to, &err);
            through = !err;
            if (err) {
                CHECK_STR(prom_error(err), "the pipe is full");
                CHECK_INT(to.writes, n);
            }
            free(to.p);
        }
        CHECK(through);
        prom_unref(s);
    }
}

/* It keeps the snapshot, and may be dropped at any place. */
static void test_encoding_is_dropped(void)
{
    for (size_t i = 0; i < NAMES; i++)
        for (int steps = 0; steps < 6; steps++) {
            prom__encoding *x = NULL;
            prom_snapshot *s = built(1);
            sink to = { 0 };
            prom_writer w = { put, &to };
            bool more = true;
            CHECK_OK(prom__encoding_new(prom_encoder_find(names[i]), &opts, s, &w, &x));
            prom_unref(s);
            for (int k = 0; k < steps && more; k++)
                CHECK_OK(prom__encoding_step(x, &more));
            prom__encoding_free(x);
            free(to.p);
        }
    prom__encoding_free(NULL);
}

static prom_err write_whole(const prom_snapshot *s, const prom_encode_opts *o,
                            const prom_writer *w)
{
    (void)s;
    CHECK_INT(o->escaping, PROM_ALLOW_UTF8);
    for (int i = 0; i < 10; i++) {
        prom_err err = w->write(w->data, "0123456789", 10);
        if (err)
            return err;
    }
    return PROM_OK;
}

/* A user's encoder is one step; a copy of one of ours goes in steps, whatever it says. */
static void test_encoding_of_a_user(void)
{
    const prom_encoder own = { "own", "text/own", false, write_whole };
    prom_encoder copy = prom_text;
    copy.content_type = "text/mine";
    prom_snapshot *s = built(1);
    prom__encoding *x = NULL;
    sink to = { 0 };
    bool more = true;
    prom_writer w = { put, &to };
    CHECK_OK(prom__encoding_new(&own, &opts, s, &w, &x));
    CHECK_OK(prom__encoding_step(x, &more));
    CHECK(!more && to.n == 100);
    prom__encoding_free(x);
    CHECK_OK(prom__encoding_new(&copy, &opts, s, &w, &x));
    CHECK_OK(prom__encoding_step(x, &more));
    CHECK(more);
    prom__encoding_free(x);
    free(to.p);
    prom_unref(s);
}

TESTS(ROW(test_encoding_is_the_same_in_steps), ROW(test_encoding_heeds_errors),
      ROW(test_encoding_is_dropped), ROW(test_encoding_of_a_user))
