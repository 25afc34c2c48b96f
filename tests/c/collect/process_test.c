// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE /* prctl, dup, usleep */
#include "kit.h"

#include <prom/collect.h>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
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

static void test_process_shows_its_names(void)
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
        { "process_threads", "Number of OS threads in the process.", PROM_GAUGE },
        { "process_virtual_memory_bytes", "Virtual memory size in bytes.", PROM_GAUGE },
    };
    enum { N = sizeof rows / sizeof *rows };
    struct rlimit limit, some = { 200, 0 };
    CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    some.rlim_max = limit.rlim_max;
    CHECK(setrlimit(RLIMIT_NOFILE, &some) == 0); /* none is shown where there is no limit */
    prom_registry *r = make();
    prom_snapshot *s;
    CHECK_OK(prom_gather(r, &s));
    CHECK_INT(prom_snapshot_size(s), N); /* no limit of memory: not shown */
    for (size_t i = 0; i < N && prom_snapshot_at(s, i); i++) {
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

/* --- with options ------------------------------------------------------- */

static prom_registry *make_with(const prom_process_opts *o)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_collector *c;
    CHECK_OK(prom_process_collector_with(r, o, &c));
    prom_unref(c);
    return r;
}

static double of(prom_registry *r, const char *name, const char *label, const char *value)
{
    return kit_value(r, name, PROM_CONST_LABELS({ label, value }));
}

static void *wait_for_byte(void *pipe_end)
{
    char c;
    CHECK(read(*(int *)pipe_end, &c, 1) == 1);
    return NULL;
}

static void test_process_counts_threads(void)
{
    prom_registry *r = make();
    int ends[2];
    pthread_t threads[3];
    CHECK(pipe(ends) == 0);
    CHECK_INT(pthread_create(&threads[0], NULL, wait_for_byte, &ends[0]), 0);
    CHECK(write(ends[1], "a", 1) == 1);
    pthread_join(threads[0], NULL); /* a sanitizer begins a thread of its own with the first */
    double before = kit_value(r, "process_threads", NULL);
    for (int i = 0; i < 3; i++)
        CHECK_INT(pthread_create(&threads[i], NULL, wait_for_byte, &ends[0]), 0);
    double now = kit_value(r, "process_threads", NULL);
    CHECK(now >= 4 && now <= before + 3); /* the one that was joined may still be counted */
    CHECK(write(ends[1], "abc", 3) == 3);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    close(ends[0]), close(ends[1]);
    prom_unref(r);
}

static void test_process_shows_a_limit_of_memory(void)
{
    prom_registry *r = make();
    struct rlimit limit, some;
    CHECK(getrlimit(RLIMIT_AS, &limit) == 0);
    CHECK_DBL(kit_value(r, "process_virtual_memory_max_bytes", NULL), -12345);
    some = limit;
    some.rlim_cur = (rlim_t)1 << 46;
    CHECK(setrlimit(RLIMIT_AS, &some) == 0);
    CHECK_DBL(kit_value(r, "process_virtual_memory_max_bytes", NULL), 0x1p46);
    setrlimit(RLIMIT_AS, &limit);
    prom_unref(r);
}

static void test_process_namespace(void)
{
    prom_process_opts o = { .size = sizeof o, .namespace_ = "game_1" };
    prom_registry *r = make_with(&o);
    CHECK(kit_value(r, "game_1_process_resident_memory_bytes", NULL) > 0);
    CHECK(kit_value(r, "game_1_process_start_time_seconds", NULL) > 0);
    CHECK_HAS_NOT(r, "\nprocess_");
    prom_collector *c;
    CHECK_OK(prom_process_collector_new(r, &c)); /* both may be there */
    prom_unref(c);
    CHECK(kit_value(r, "process_resident_memory_bytes", NULL) > 0);
    prom_unref(r);

    o.namespace_ = "";
    r = make_with(&o);
    CHECK(kit_value(r, "process_resident_memory_bytes", NULL) > 0);
    prom_unref(r);
}

static void test_process_extended(void)
{
    prom_process_opts o = { .size = sizeof o, .extended = true };
    prom_registry *r = make_with(&o);
    double calls = kit_value(r, "process_io_write_calls_total", NULL);
    double bytes = kit_value(r, "process_io_write_bytes_total", NULL);
    if (calls >= 0) { /* a container may forbid to read it */
        FILE *f = fopen("/dev/null", "w");
        for (int i = 0; f && i < 50; i++)
            CHECK(write(fileno(f), "0123456789", 10) == 10);
        if (f)
            fclose(f);
        CHECK(kit_value(r, "process_io_write_calls_total", NULL) >= calls + 50);
        CHECK(kit_value(r, "process_io_write_bytes_total", NULL) >= bytes + 500);
        CHECK(kit_value(r, "process_io_read_calls_total", NULL) > 0);
        CHECK(kit_value(r, "process_io_read_bytes_total", NULL) > 0);
        CHECK(kit_value(r, "process_io_storage_read_bytes_total", NULL) >= 0);
        CHECK(kit_value(r, "process_io_storage_write_bytes_total", NULL) >= 0);
    }
    double faults = kit_value(r, "process_minor_page_faults_total", NULL);
    enum { PAGES = 2000, PAGE = 4096 };
    char *p = malloc(PAGES * PAGE);
    for (size_t i = 0; i < PAGES; i++)
        ((volatile char *)p)[i * PAGE] = 1;
    CHECK(faults > 0 && kit_value(r, "process_minor_page_faults_total", NULL) > faults + 1);
    free(p);
    CHECK(kit_value(r, "process_major_page_faults_total", NULL) >= 0);
    const char *name = "process_context_switches_total";
    double voluntary = of(r, name, "type", "voluntary");
    for (int i = 0; i < 20; i++)
        usleep(1000);
    CHECK(voluntary >= 0 && of(r, name, "type", "voluntary") >= voluntary + 20);
    CHECK(of(r, name, "type", "involuntary") >= 0);
    static const char *const resources[] = { "cpu", "io", "memory" };
    for (size_t i = 0; i < 3 && access("/proc/pressure/cpu", R_OK) == 0; i++)
        CHECK(of(r, "process_pressure_waiting_seconds_total", "resource", resources[i]) >= 0);
    prom_unref(r);
    r = make();
    CHECK_HAS_NOT(r, "process_io_");
    CHECK_HAS_NOT(r, "process_context_switches");
    prom_unref(r);
}

typedef struct child_process {
    int pid, asked;
    prom_err error;
} child_process;

static prom_err pid_of_child(void *data, int *out)
{
    child_process *c = data;
    c->asked++;
    *out = c->pid;
    return c->error ? prom_fail(c->error, "no child today") : PROM_OK;
}

static void test_process_of_another_process(void)
{
    child_process c = { .pid = fork() };
    if (c.pid == 0) {
        pause();
        _exit(0);
    }
    prom_process_opts o = {
        .size = sizeof o, .pid = pid_of_child, .data = &c, .extended = true
    };
    prom_registry *r = make_with(&o);
    CHECK(kit_value(r, "process_resident_memory_bytes", NULL) > 0);
    double threads = kit_value(r, "process_threads", NULL);
    CHECK(threads == 1 || threads == 2); /* a sanitizer may have one of its own */
    CHECK(kit_value(r, "process_open_fds", NULL) >= 3);
    CHECK_INT(c.asked, 3);                        /* at each gather */
    CHECK_HAS_NOT(r, "process_context_switches"); /* of this process only */
    CHECK_HAS(r, "process_minor_page_faults_total ");

    c.error = PROM_E_IO;
    prom_snapshot *s;
    CHECK_OK(prom_gather(r, &s));
    CHECK_INT(prom_snapshot_size(s), 0);
    CHECK_STR(prom_snapshot_error(s, 0), "collector 'process': no child today");
    prom_unref(s);
    c.error = PROM_OK;

    kill(c.pid, SIGKILL);
    CHECK(waitpid(c.pid, NULL, 0) == c.pid);
    char want[128];
    snprintf(want, sizeof want,
             "collector 'process': /proc/%d/stat cannot be read: No such file or directory",
             c.pid);
    CHECK_OK(prom_gather(r, &s));
    CHECK_INT(prom_snapshot_size(s), 0);
    CHECK_STR(prom_snapshot_error(s, 0), want);
    prom_unref(s);

    c.pid = -4;
    CHECK_OK(prom_gather(r, &s));
    CHECK_STR(prom_snapshot_error(s, 0), "collector 'process': -4 is no process id");
    prom_unref(s);
    prom_unref(r);
}

static void count_free(void *data)
{
    ++*(int *)data;
}

static void test_process_lets_go_of_its_data(void)
{
    int freed = 0;
    prom_process_opts o = {
        .size = sizeof o, .namespace_ = "x", .data = &freed, .free_data = count_free
    };
    prom_collector *c;
    CHECK_OK(prom_process_collector_with(NULL, &o, &c));
    CHECK_INT(freed, 0);
    prom_unref(c);
    CHECK_INT(freed, 1);

    o.namespace_ = NULL; /* otherwise one of those that share their data */
    prom_registry *r = make_with(&o);
    prom_snapshot *s;
    CHECK_OK(prom_gather(r, &s));
    prom_unref(s);
    CHECK_INT(freed, 1);
    prom_unref(r);
    CHECK_INT(freed, 2);

    r = make(); /* its names are taken */
    CHECK_ERR(prom_process_collector_with(r, &o, &c), PROM_E_EXISTS);
    CHECK_INT(freed, 2);
    prom_unref(r);

    o.size =
        offsetof(prom_process_opts, free_data); /* of a program built before it was there */
    prom_unref(make_with(&o));
    CHECK_INT(freed, 2);
}

static void test_process_pid_file(void)
{
    char path[] = "/tmp/prom_pid_XXXXXX", said[128];
    int fd = mkstemp(path), pid = 7;
    snprintf(said, sizeof said, "pid file '%s' holds no process id", path);
    static const char *const bad[] = {
        "", "x", "12x", "0", "-3", "99999999999999999999", "1 2"
    };
    static const char *const good[] = { "42", "42\n", " 42 \r\n" };
    CHECK(fd >= 0);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK(ftruncate(fd, 0) == 0 && pwrite(fd, bad[i], strlen(bad[i]), 0) >= 0);
        CHECK_SAYS(prom_pid_file(path, &pid), PROM_E_IO, said);
        CHECK_INT(pid, 0);
    }
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        CHECK(ftruncate(fd, 0) == 0 && pwrite(fd, good[i], strlen(good[i]), 0) > 0);
        CHECK_OK(prom_pid_file(path, &pid));
        CHECK_INT(pid, 42);
    }
    close(fd), unlink(path);
    snprintf(said, sizeof said, "pid file '%s' cannot be read: No such file or directory",
             path);
    CHECK_SAYS(prom_pid_file(path, &pid), PROM_E_IO, said);
    CHECK_SAYS(prom_pid_file(NULL, &pid), PROM_E_INVAL, "there is no pid file to read");
}

static void test_process_bad_options(void)
{
    prom_process_opts o = { .size = 0 };
    prom_collector *c = (prom_collector *)&o;
    CHECK_SAYS(prom_process_collector_with(NULL, &o, &c), PROM_E_INVAL,
               "prom_process_opts.size is not set");
    CHECK(!c);
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

TESTS(ROW(test_process_shows_its_names), ROW(test_process_counts_cpu_time),
      ROW(test_process_counts_descriptors), ROW(test_process_measures_memory),
      ROW(test_process_knows_when_it_started), ROW(test_process_of_a_strange_name),
      ROW(test_process_counts_threads), ROW(test_process_shows_a_limit_of_memory),
      ROW(test_process_namespace), ROW(test_process_extended),
      ROW(test_process_of_another_process), ROW(test_process_lets_go_of_its_data),
      ROW(test_process_pid_file), ROW(test_process_bad_options),
      ROW(test_process_twice_is_refused))
