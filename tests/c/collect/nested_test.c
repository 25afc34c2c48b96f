// SPDX-License-Identifier: Apache-2.0
#include "kit.h"

#include <prom/collect.h>

/* A step of a walk: '+' enters key, '-' leaves, '=' is a number. */
typedef struct step {
    char what;
    const char *key;
    double v;
} step;

typedef struct walk {
    const step *steps;
    int walks, freed;
    prom_err error, from_library;
} walk;

static prom_err run(prom_nested_visit *w, void *data)
{
    walk *x = data;
    x->walks++;
    for (const step *s = x->steps; s->what; s++) {
        prom_err e = s->what == '=' ? prom_nested_number(w, s->v)
                     : s->what == '-'
                         ? prom_nested_leave(w)
                         : prom_nested_enter(w, (prom_str){ s->key, strlen(s->key) });
        if (e)
            return x->from_library = e;
    }
    return x->error ? prom_fail(x->error, "no tree") : PROM_OK;
}

static void count_freed(void *data)
{
    ((walk *)data)->freed++;
}

#define IN(k)     \
    {             \
        '+', k, 0 \
    }
#define OUT          \
    {                \
        '-', NULL, 0 \
    }
#define NUM(v)       \
    {                \
        '=', NULL, v \
    }
#define END        \
    {              \
        0, NULL, 0 \
    }

/* client_golang's example of expvar, and more around it */
static const step tree[] = { IN("memstats"),
                             NUM(7),
                             IN("by_size"),
                             IN("small"),
                             NUM(1),
                             OUT,
                             IN("large"),
                             NUM(2),
                             OUT,
                             IN("odd"),
                             IN("deeper"),
                             NUM(99),
                             OUT,
                             OUT,
                             OUT,
                             OUT,
                             IN("requests"),
                             IN("get"),
                             IN("200"),
                             NUM(10),
                             OUT,
                             IN("404"),
                             NUM(11),
                             OUT,
                             OUT,
                             IN("post"),
                             IN("200"),
                             NUM(12),
                             OUT,
                             IN("a\"b"),
                             NUM(13),
                             OUT,
                             OUT,
                             OUT,
                             IN("requests_more"),
                             IN("get"),
                             IN("200"),
                             NUM(-1),
                             OUT,
                             OUT,
                             OUT,
                             IN("up"),
                             NUM(1),
                             OUT,
                             END };

static const prom_nested_family families[] = {
    { "memstats/by_size", PROM_GAUGE,
      &(const prom_opts){ .size = sizeof(prom_opts),
                          .name = "by_size",
                          .help = "By size.",
                          .labels = PROM_LABELS("size") } },
    { "requests", PROM_COUNTER,
      &(const prom_opts){ .size = sizeof(prom_opts),
                          .name = "requests",
                          .help = "All.",
                          .labels = PROM_LABELS("method", "code") } },
    { "up", PROM_UNKNOWN,
      &(const prom_opts){ .size = sizeof(prom_opts), .name = "up", .help = "" } },
    { "missing/here", PROM_GAUGE,
      &(const prom_opts){ .size = sizeof(prom_opts), .name = "missing", .help = "None." } },
    { NULL, PROM_GAUGE,
      &(const prom_opts){ .size = sizeof(prom_opts),
                          .name = "top",
                          .help = "At the top.",
                          .labels = PROM_LABELS("key") } },
};

enum { FAMILIES = sizeof families / sizeof *families };

static prom_nested_opts opts_of(walk *x)
{
    return (prom_nested_opts){ .size = sizeof(prom_nested_opts),
                               .name = "tree",
                               .walk = run,
                               .data = x,
                               .free_data = count_freed,
                               .families = families,
                               .n = FAMILIES };
}

static void test_nested_shows_levels_as_labels(void)
{
    walk x = { .steps = tree };
    prom_nested_opts o = opts_of(&x);
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_collector *c;
    CHECK_OK(prom_nested_collector_new(r, &o, &c));
    int before = x.walks;
    CHECK_TEXT(r, "# HELP by_size By size.\n# TYPE by_size gauge\n"
                  "by_size{size=\"large\"} 2\nby_size{size=\"small\"} 1\n"
                  "# HELP missing None.\n# TYPE missing gauge\n"
                  "# HELP requests_total All.\n# TYPE requests_total counter\n"
                  "requests_total{code=\"200\",method=\"get\"} 10\n"
                  "requests_total{code=\"200\",method=\"post\"} 12\n"
                  "requests_total{code=\"404\",method=\"get\"} 11\n"
                  "requests_total{code=\"a\\\"b\",method=\"post\"} 13\n"
                  "# HELP top At the top.\n# TYPE top gauge\n"
                  "top{key=\"memstats\"} 7\ntop{key=\"up\"} 1\n"
                  "# HELP up \n# TYPE up untyped\nup 1\n");
    CHECK_INT(x.walks, before + 1);
    prom_unref(c);
    CHECK_INT(x.freed, 0);
    prom_unref(r);
    CHECK_INT(x.freed, 1);
}

static void test_nested_without_labels(void)
{
    static const step steps[] = { IN("a"), NUM(3), OUT, END };
    walk x = { .steps = steps };
    prom_nested_opts o = opts_of(&x);
    prom_nested_family f = { "a", PROM_GAUGE, PROM_OPTS(.name = "a", .help = "") };
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_collector *c;
    o.families = &f, o.n = 1;
    CHECK_OK(prom_nested_collector_new(r, &o, &c));
    CHECK_TEXT(r, "# HELP a \n# TYPE a gauge\na 3\n");
    prom_unref(c), prom_unref(r);
}

static void check_fails(const step *steps, prom_err error, const char *sentence)
{
    walk x = { .steps = steps, .error = error };
    prom_nested_opts o = opts_of(&x);
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_collector *c;
    prom_snapshot *s;
    CHECK_OK(prom_nested_collector_new(r, &o, &c));
    CHECK_OK(prom_gather(r, &s));
    CHECK_STR(prom_snapshot_error(s, 0), sentence);
    CHECK_INT(prom_snapshot_size(s), 0);
    prom_unref(s), prom_unref(c), prom_unref(r);
}

static void test_nested_walks_that_fail(void)
{
    check_fails(tree, PROM_E_IO, "collector 'tree': no tree");
    check_fails((const step[]){ OUT, END }, PROM_OK,
                "collector 'tree': a level of nested values is left that was not entered");
    check_fails((const step[]){ IN("a"), OUT, OUT, IN("b"), OUT, END }, PROM_OK,
                "collector 'tree': a level of nested values is left that was not entered");
    check_fails((const step[]){ IN("a"), IN("b"), OUT, END }, PROM_OK,
                "collector 'tree': the walk of nested values has not left all levels");
    check_fails((const step[]){ IN("a"), NUM(1), NUM(2), OUT, END }, PROM_OK,
                "collector 'tree': family 'top' has {key=\"a\"} twice");
    check_fails((const step[]){ IN("\xff"), NUM(1), OUT, END }, PROM_OK,
                "collector 'tree': 'top': the value of label 'key' is not valid UTF-8");
}

static void test_nested_deep_and_wide(void)
{
    enum { DEEP = 300 };
    static step steps[3 * DEEP + 1];
    static const char *labels[DEEP];
    static char names[DEEP][8];
    for (int i = 0; i < DEEP; i++) {
        snprintf(names[i], sizeof *names, "l%d", i);
        steps[i] = (step)IN(names[i]);
        steps[DEEP + i] = (step)NUM(i); /* only the first is right: the depth counts */
        steps[2 * DEEP + i] = (step)OUT;
        labels[i] = i < DEEP - 1 ? names[i] : NULL;
    }
    for (int i = DEEP + 1; i < 2 * DEEP; i++)
        steps[i] = steps[2 * DEEP + i - DEEP]; /* one number, then all levels are left */
    steps[2 * DEEP + 1] = (step)END;
    walk x = { .steps = steps };
    prom_nested_opts o = opts_of(&x);
    prom_nested_family f = { "l0", PROM_GAUGE,
                             PROM_OPTS(.name = "deep", .help = "", .labels = labels) };
    o.families = &f;
    o.n = 1;
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_collector *c;
    CHECK_OK(prom_nested_collector_new(r, &o, &c));
    CHECK_HAS(r, "l100=\"l101\"");
    CHECK_HAS(r, "} 0\n");
    prom_unref(c), prom_unref(r);
}

static void test_nested_refuses(void)
{
    walk x = { .steps = tree };
    prom_collector *c = (prom_collector *)&x;
    prom_nested_opts good = opts_of(&x), o = { .size = 0 };
    CHECK_SAYS(prom_nested_collector_new(NULL, &o, &c), PROM_E_INVAL,
               "prom_nested_opts.size is not set");
    CHECK(!c);
    CHECK_ERR(prom_nested_collector_new(NULL, NULL, &c), PROM_E_INVAL);
    o = good, o.name = NULL;
    CHECK_SAYS(prom_nested_collector_new(NULL, &o, &c), PROM_E_NAME,
               "a collector needs a name");
    o = good, o.walk = NULL;
    CHECK_SAYS(prom_nested_collector_new(NULL, &o, &c), PROM_E_INVAL,
               "collector 'tree' has no walk function");
    o = good, o.n = 0;
    CHECK_SAYS(prom_nested_collector_new(NULL, &o, &c), PROM_E_INVAL,
               "collector 'tree' has no families");
    prom_nested_family f = { "x", PROM_HISTOGRAM, PROM_OPTS(.name = "x", .help = "") };
    o = good, o.families = &f, o.n = 1;
    CHECK_SAYS(prom_nested_collector_new(NULL, &o, &c), PROM_E_TYPE,
               "nested values are counters, gauges or unknown");
    f = (prom_nested_family){ "x/", PROM_GAUGE, PROM_OPTS(.name = "x", .help = "") };
    CHECK_SAYS(prom_nested_collector_new(NULL, &o, &c), PROM_E_INVAL,
               "the path 'x/' of nested values ends in '/'");
    f = (prom_nested_family){ "x", PROM_GAUGE, PROM_OPTS(.name = "x") };
    CHECK_ERR(prom_nested_collector_new(NULL, &o, &c), PROM_E_INVAL);
    CHECK_INT(x.freed, 0); /* the data stays the caller's */
    CHECK_SAYS(prom_nested_enter(NULL, (prom_str){ "a", 1 }), PROM_E_INVAL,
               "there is no walk under way");
    CHECK_ERR(prom_nested_leave(NULL), PROM_E_INVAL);
    CHECK_ERR(prom_nested_number(NULL, 1), PROM_E_INVAL);
}

TESTS(ROW(test_nested_shows_levels_as_labels), ROW(test_nested_without_labels),
      ROW(test_nested_walks_that_fail), ROW(test_nested_deep_and_wide),
      ROW(test_nested_refuses))
