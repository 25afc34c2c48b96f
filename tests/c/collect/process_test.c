// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE /* prctl, dup */
#include "kit.h"

#include <prom/collect.h>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static prom_registry *make(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_collector *c;
    CHECK_OK(prom_process_collector_new(r, &c));
    prom_unref(c);
    return r;
}

static void test_process_shows_the_six_names(void)
{
    static const struct {
        const char *name, *help;
        prom_type type;
    } rows[] = {
        { "process_cpu_seconds_total", "Total user and system CPU time spent in seconds.",
          PROM_COUNTER },
        { "process_max_fds", "Maximum number of open file descriptors.", PROM_GAUGE },
        { "process_open_fds", "Number of open file descriptors.", PROM_GAUGE },
        { "process_resident_memory_bytes", "Resident memory size in bytes.", PROM_GAUGE },
        { "process_start_time_seconds",
          "Start time of the process since unix epoch in seconds.", PROM_GAUGE },
        { "process_virtual_memory_bytes", "Virtual memory size in bytes.", PROM_GAUGE },
    };
    struct rlimit limit, some = { 200, 0 };
    CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    some.rlim_max = limit.rlim_max;
    CHECK(setrlimit(RLIMIT_NOFILE, &some) == 0); /* none is shown where there is no limit */
    prom_registry *r = make();
    prom_snapshot *s;
    CHECK_OK(prom_gather(r, &s));
    CHECK_INT(prom_snapshot_size(s), 6);
    for (size_t i = 0; i < 6 && prom_snapshot_at(s, i); i++) {
        const prom_family *f = prom_snapshot_at(s, i);
        CHECK_STR(f->name, rows[i].name);
        CHECK_STR(f->help, rows[i].help);
        CHECK_INT(f->type, rows[i].type);
        CHECK_INT(f->n_metrics, 1);
    }
    CHECK_STR(prom_snapshot_error(s, 0), NULL);
    double v = 0;
    CHECK_OK(prom_snapshot_value(s, "process_max_fds", NULL, &v));
    CHECK_DBL(v, 200);
    setrlimit(RLIMIT_NOFILE, &limit);
    prom_unref(s), prom_unref(r);
}

static void test_process_counts_cpu_time(void)
{
    prom_registry *r = make();
    double before = kit_value(r, "process_cpu_seconds_total", NULL), after = before;
    volatile double x = 1;
    clock_t start = clock();
    while (clock() - start < CLOCKS_PER_SEC / 10)
        for (int i = 0; i < 10000; i++)
            x = x * 1.0000001;
    after = kit_value(r, "process_cpu_seconds_total", NULL);
    double own = (double)clock() / CLOCKS_PER_SEC;
    CHECK(before >= 0 && after >= before + 0.07 && after < before + 5);
    CHECK(fabs(after - own) < 0.5);
    prom_unref(r);
}

static void test_process_counts_descriptors(void)
{
    prom_registry *r = make();
    double before = kit_value(r, "process_open_fds", NULL);
    int fds[5];
    for (int i = 0; i < 5; i++)
        CHECK((fds[i] = dup(0)) >= 0 || (fds[i] = open("/dev/null", O_RDONLY)) >= 0);
    CHECK_DBL(kit_value(r, "process_open_fds", NULL), before + 5);
    for (int i = 0; i < 5; i++)
        close(fds[i]);
    CHECK_DBL(kit_value(r, "process_open_fds", NULL), before); /* and leaves none open */
    prom_unref(r);
}

/* The second field of statm, in bytes: another way than the collector goes. */
static double resident(void)
{
    long total = 0, pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    CHECK(f && fscanf(f, "%ld %ld", &total, &pages) == 2);
    if (f)
        fclose(f);
    return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static void test_process_measures_memory(void)
{
    prom_registry *r = make();
    enum { MORE = 32 << 20 };
    double before = kit_value(r, "process_resident_memory_bytes", NULL), now = resident();
    CHECK(before > 0 && fabs(before - now) < 4 << 20);
    char *p = malloc(MORE);
    for (size_t i = 0; i < MORE; i += 1024)
        ((volatile char *)p)[i] = 1; /* the compiler would do without memory nobody reads */
    double after = kit_value(r, "process_resident_memory_bytes", NULL);
    CHECK(after - before > MORE * 0.8);
    CHECK(kit_value(r, "process_virtual_memory_bytes", NULL) >= after);
    free(p);
    prom_unref(r);
}

static void test_process_knows_when_it_started(void)
{
    prom_registry *r = make();
    double start = kit_value(r, "process_start_time_seconds", NULL), now = (double)time(NULL);
    CHECK(start > now - 600 && start <= now + 2);
    CHECK_DBL(kit_value(r, "process_start_time_seconds", NULL), start);
    prom_unref(r);
}

/* The name of a program stands in the line that is read, and may look like what follows it. */
static void test_process_of_a_strange_name(void)
{
    prom_registry *r = make();
    double start = kit_value(r, "process_start_time_seconds", NULL);
    char name[17] = "";
    prctl(PR_GET_NAME, name);
    static const char *const names[] = { ") R 1 1 1 1", "a b (c) d)", "((((((", ")))))) 1 2 3",
                                         "" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        prctl(PR_SET_NAME, names[i]);
        CHECK_DBL(kit_value(r, "process_start_time_seconds", NULL), start);
        CHECK(fabs(kit_value(r, "process_resident_memory_bytes", NULL) - resident()) < 4 << 20);
    }
    prctl(PR_SET_NAME, name);
    prom_unref(r);
}

static void test_process_twice_is_refused(void)
{
    prom_registry *r = make();
    prom_collector *c;
    CHECK_ERR(prom_process_collector_new(r, &c), PROM_E_EXISTS);
    CHECK_STR(prom_error(PROM_E_EXISTS), "collector 'process' is registered already");
    CHECK(!c);
    prom_unref(r);
    CHECK_OK(prom_process_collector_new(NULL, &c));
    prom_unref(c);
}

TESTS(ROW(test_process_shows_the_six_names), ROW(test_process_counts_cpu_time),
      ROW(test_process_counts_descriptors), ROW(test_process_measures_memory),
      ROW(test_process_knows_when_it_started), ROW(test_process_of_a_strange_name),
      ROW(test_process_twice_is_refused))
