// SPDX-License-Identifier: Apache-2.0
/* remote.c - gathers written as remote write does, each beside the one before, which is kept
 * meanwhile, while series come, go and are made again: what a kept snapshot refers to is never
 * handed out again. Every series that was there and is gone ends once; none ends that is
 * there, and labels are those that were given. */
#define _GNU_SOURCE /* nanosleep */
#include "encode/remote.h"

#include "harness.h"
#include "remote_dump.h"

enum { SERIES = 400 };

typedef struct shared {
    prom_registry *r;
    prom_vec *v;
} shared;

/* Values of all lengths, so that records of all sizes are used again. */
static void churn(stress_thread *t)
{
    shared *s = t->shared;
    char value[64];
    while (!stress_over) {
        int i = (int)stress_random(t, SERIES);
        prom_gauge *g = NULL;
        snprintf(value, sizeof value, "%03d%.*s", i, i % 40,
                 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz");
        if (stress_random(t, 2)) {
            (void)prom_vec_remove(s->v, PROM_VALUES(value));
        } else {
            EXPECT_OK(prom_gauge_with(s->v, PROM_VALUES(value), &g));
            prom_gauge_set(g, i);
            prom_unref(g);
        }
        t->rounds++;
    }
}

typedef struct seen {
    bool there[SERIES], was[SERIES];
    unsigned version;
} seen;

/* g{l="007abcdefg"} 7@1000 */
static void take_line(seen *x, const char *line)
{
    const char *text = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz";
    int i = -1;
    if (strncmp(line, "g{l=\"", 5) == 0)
        i = (line[5] - '0') * 100 + (line[6] - '0') * 10 + line[7] - '0';
    EXPECT(i >= 0 && i < SERIES, "%.60s", line);
    if (i < 0 || i >= SERIES)
        return;
    size_t n = (size_t)(i % 40);
    EXPECT(strncmp(line + 8, text, n) == 0 && strncmp(line + 8 + n, "\"} ", 3) == 0, "%.60s",
           line);
    const char *value = line + 8 + n + 3;
    if (strncmp(value, "STALE", 5) == 0) {
        EXPECT(x->was[i] && !x->there[i], "ends: %.60s", line);
        x->was[i] = false;
    } else {
        EXPECT(!x->there[i], "twice: %.60s", line);
        EXPECT(atoi(value) == i || atoi(value) == 0, "%.60s", line);
        x->there[i] = true;
        x->was[i] = false;
    }
}

static prom_err take(void *data, const prom__remote_request *q)
{
    seen *x = data;
    char *text = remote_text(q->p, q->n, x->version);
    for (const char *line = text; *line; line = strchr(line, '\n') + 1)
        take_line(x, line);
    free(text);
    return PROM_OK;
}

static void write_all(stress_thread *t)
{
    shared *s = t->shared;
    static seen x;
    prom_snapshot *before = NULL, *now;
    while (!stress_over) {
        x.version = 1 + t->rounds % 2;
        const prom__remote_opts o = {
            .version = x.version, .most = 100, .put = take, .data = &x
        };
        int64_t ms = 1000 + (int64_t)t->rounds;
        memcpy(x.was, x.there, sizeof x.was);
        memset(x.there, 0, sizeof x.there);
        EXPECT_OK(prom_gather(s->r, &now));
        EXPECT_OK(prom__remote_encode(&o, (prom__remote_moment){ now, ms },
                                      (prom__remote_moment){ before, ms - 1 }));
        for (int i = 0; i < SERIES; i++)
            EXPECT(!x.was[i], "%d has not ended", i);
        prom_unref(before);
        before = now;
        t->rounds++;
    }
    prom_unref(before);
}

static void test_churn_under_a_writer(void)
{
    static shared s;
    CHECK_OK(prom_registry_new(NULL, &s.r));
    CHECK_OK(prom_vec_new(
        s.r, PROM_GAUGE, PROM_OPTS(.name = "g", .help = "", .labels = PROM_LABELS("l")), &s.v));
    static const stress_role roles[] = {
        { "churn", churn, 2 },
        { "write", write_all, 1 },
    };
    stress_run(roles, sizeof roles / sizeof *roles, &s, NULL);
    prom_unref(s.v);
    prom_unref(s.r);
}

TESTS(ROW(test_churn_under_a_writer))
