// SPDX-License-Identifier: Apache-2.0
/* frame.c - what a scrape does to the slowest frames of a game loop. Usage: frame VALUES
 *
 * One thread runs frames of 1,000 updates back to back on one core; another scrapes 100,000
 * series on a second core, again and again, in every other quarter of a second. Both kinds of
 * quarter lie in one process and take turns, so that whatever else the machine does hits both.
 */
#include "wide.h"

#include <prom/encode.h>

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <unistd.h>

#define ROW       "frame of 1,000 updates while 100,000 series are scraped"
#define HANDLES   100 /* of each kind that a game holds on to */
#define UPDATES   1000
#define SLICES    16
#define SLICE_NS  250000000u
#define MAX_TIMES (1u << 22) /* frames kept of each kind */

typedef struct game {
    prom_registry *registry;
    prom_vec *events; /* looked up by two labels */
    prom_counter *counters[HANDLES];
    prom_gauge *gauges[HANDLES];
    prom_histogram *histograms[HANDLES];
    bench_values values;
    size_t next; /* value */
} game;

typedef struct scraper {
    prom_registry *registry;
    atomic_bool wanted, over;
    atomic_uint done; /* scrapes */
} scraper;

static void run_on(size_t core)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(core, &set);
    if (pthread_setaffinity_np(pthread_self(), sizeof set, &set) != 0)
        bench_fail("cannot choose a core");
}

static game new_game(const char *values)
{
    game g = { .values = bench_read(values) };
    must(prom_registry_new(NULL, &g.registry));
    prom_vec *wide = wide_vec(g.registry, PROM_COUNTER, "c_total");
    wide_fill(wide, BENCH_SERIES);
    prom_vec *gauges = wide_vec(g.registry, PROM_GAUGE, "g");
    prom_vec *histograms = wide_vec(g.registry, PROM_HISTOGRAM, "h");
    for (size_t i = 0; i < HANDLES; i++) {
        bench_labels l = bench_labels_of(i);
        const char *const *values_of = PROM_VALUES(l.code, l.method, l.path);
        g.counters[i] = wide_counter(wide, i * (BENCH_SERIES / HANDLES));
        must(prom_gauge_with(gauges, values_of, &g.gauges[i]));
        must(prom_histogram_with(histograms, values_of, &g.histograms[i]));
    }
    const prom_opts *o =
        PROM_OPTS(.name = "events_total", .help = "h", .labels = PROM_LABELS("method", "code"));
    must(prom_vec_new(g.registry, PROM_COUNTER, o, &g.events));
    prom_unref(wide);
    prom_unref(gauges);
    prom_unref(histograms);
    return g;
}

static void free_game(game *g)
{
    for (size_t i = 0; i < HANDLES; i++) {
        prom_unref(g->counters[i]);
        prom_unref(g->gauges[i]);
        prom_unref(g->histograms[i]);
    }
    prom_unref(g->events);
    prom_unref(g->registry);
    free(g->values.v);
}

static void count_event(game *g, size_t k)
{
    prom_counter *c;
    must(prom_counter_with(g->events, PROM_VALUES(bench_methods[k % 5], bench_codes[k % 8]),
                           &c));
    prom_counter_inc(c);
    prom_unref(c);
}

/* Of ten updates five count, two set a gauge, two observe, one looks its counter up. */
static void run_frame(game *g)
{
    for (size_t i = 0; i < UPDATES; i += 10) {
        size_t k = i / 10 % HANDLES;
        const double *v = g->values.v + (g->next & g->values.mask & ~(size_t)3);
        g->next += 4;
        for (size_t j = 0; j < 5; j++)
            prom_counter_inc(g->counters[(k + 17 * j) % HANDLES]);
        prom_gauge_set(g->gauges[k], v[0]);
        prom_gauge_add(g->gauges[(k + 50) % HANDLES], v[1]);
        prom_histogram_observe(g->histograms[k], v[2]);
        prom_histogram_observe(g->histograms[(k + 50) % HANDLES], v[3]);
        count_event(g, k);
    }
}

static void *scrape(void *data)
{
    scraper *s = data;
    run_on(0);
    while (!atomic_load(&s->over)) {
        if (!atomic_load(&s->wanted)) {
            usleep(1000);
            continue;
        }
        char *text;
        must(prom_expose(s->registry, &prom_text, &text, NULL));
        prom_free(text);
        atomic_fetch_add(&s->done, 1);
    }
    return NULL;
}

/* How often the kernel took the core from this thread. Waiting for a lock is not among it. */
static long preemptions(void)
{
    struct rusage u;
    getrusage(RUSAGE_THREAD, &u);
    return u.ru_nivcsw;
}

/* Runs frames for one slice and appends their times, but for those in which another program
 * had the core: they say nothing about the scrape. */
static size_t run_slice(game *g, double *times, size_t n)
{
    long preempted = preemptions();
    for (uint64_t over = bench_clock(CLOCK_MONOTONIC) + SLICE_NS, start;
         (start = bench_clock(CLOCK_MONOTONIC)) < over;) {
        run_frame(g);
        uint64_t end = bench_clock(CLOCK_MONOTONIC);
        long now = preemptions();
        if (now == preempted && n < MAX_TIMES)
            times[n++] = (double)(end - start) / 1e3;
        preempted = now;
    }
    return n;
}

static void report(const char *who, double *times, size_t n)
{
    qsort(times, n, sizeof(double), bench_ascending);
    bench_report(ROW ", median", who, times[n / 2], "us");
    bench_report(ROW ", p99.9", who, times[n - 1 - n / 1000], "us");
}

static void run_game(game *g, scraper *s, double *quiet, double *scraped)
{
    size_t n_quiet = 0, n_scraped = 0;
    for (unsigned i = 0; i < SLICES; i++) {
        bool on = i % 2;
        atomic_store(&s->wanted, on);
        usleep(50000); /* a scrape that runs may end, or start */
        if (on)
            n_scraped = run_slice(g, scraped, n_scraped);
        else
            n_quiet = run_slice(g, quiet, n_quiet);
    }
    if (atomic_load(&s->done) < SLICES / 2)
        bench_fail("too few scrapes while frames ran");
    report("no scrape", quiet, n_quiet);
    report(BENCH_WHO, scraped, n_scraped);
}

int main(int argc, char **argv)
{
    if (argc < 2)
        bench_fail("usage: frame VALUES");
    if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
        bench_fail("the game loop needs a second core for the scrape");
    game g = new_game(argv[1]);
    scraper s = { .registry = g.registry };
    double *quiet = malloc(MAX_TIMES * sizeof *quiet);
    double *scraped = malloc(MAX_TIMES * sizeof *scraped);
    pthread_t thread;
    if (quiet == NULL || scraped == NULL || pthread_create(&thread, NULL, scrape, &s) != 0)
        bench_fail("no memory or thread");
    run_on(1);
    run_game(&g, &s, quiet, scraped);
    atomic_store(&s.over, true);
    pthread_join(thread, NULL);
    free(quiet);
    free(scraped);
    free_game(&g);
    return 0;
}
