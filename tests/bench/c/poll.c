// SPDX-License-Identifier: Apache-2.0
/* poll.c - what a polled server takes of its host's time: when there is nothing to do, and the
 * longest single poll while 50 MB are served to a client on another core. Usage: poll VALUES
 * [row ...] */
#include "wide.h"

#include <prom/http.h>

#include <arpa/inet.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define IDLE        "poll: nothing to do"
#define IDLE_MANY   "poll: nothing to do, 1,000 idle connections"
#define LONGEST     "poll: longest while 50 MB are sent"
#define LONGEST_CPU LONGEST ", processor time"
#define GATHER      "poll: the one with the gather of 1,000,000 series"
#define CONNECTIONS 1000
#define MILLION     1000000
#define BODY_BYTES  50000000u
#define SCRAPES     5
#define BUDGET_US   500

static prom_http *start(prom_registry *r)
{
    prom_http *h;
    must(prom_http_start(r,
                         PROM_HTTP_OPTS(.polled = true, .max_connections = CONNECTIONS + 8,
                                        .deadline_ms = 60000),
                         &h));
    return h;
}

static int dial(const prom_http *h)
{
    struct sockaddr_in a = { .sin_family = AF_INET,
                             .sin_port = htons(prom_http_port(h)),
                             .sin_addr = { htonl(INADDR_LOOPBACK) } };
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof a) != 0)
        bench_fail("cannot connect");
    return fd;
}

/* --- nothing to do ------------------------------------------------------------------- */

static void poll_n(void *object, const bench_values *values, size_t n)
{
    (void)values;
    for (size_t i = 0; i < n; i++)
        must(prom_http_poll(object, 0));
}

static void wait_n(void *object, const bench_values *values, size_t n)
{
    (void)values;
    struct epoll_event e;
    for (size_t i = 0; i < n; i++)
        if (epoll_wait(*(int *)object, &e, 1, 0) != 0)
            bench_fail("there is something to wait for");
}

/* Beside the least that asking the kernel can cost. */
static void idle(const char *row, size_t connections)
{
    prom_registry *r;
    must(prom_registry_new(NULL, &r));
    prom_http *h = start(r);
    int *fds = calloc(connections + 1, sizeof *fds), set = epoll_create1(EPOLL_CLOEXEC);
    if (fds == NULL || set < 0)
        bench_fail("no memory or descriptors");
    for (size_t i = 0; i < connections; i++) {
        fds[i] = dial(h);
        must(prom_http_poll(h, 0));
    }
    for (size_t i = 0; i < 100; i++)
        must(prom_http_poll(h, 0));
    bench_report(row, BENCH_WHO, bench_per_op(poll_n, h, NULL), "ns");
    bench_report(row, "an empty epoll_wait", bench_per_op(wait_n, &set, NULL), "ns");
    for (size_t i = 0; i < connections; i++)
        close(fds[i]);
    close(set);
    free(fds);
    prom_unref(h);
    prom_unref(r);
}

/* --- 50 MB --------------------------------------------------------------------------- */

typedef struct reader {
    prom_http *server;
    atomic_bool over;
} reader;

static void run_on(size_t core)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(core, &set);
    if (pthread_setaffinity_np(pthread_self(), sizeof set, &set) != 0)
        bench_fail("cannot choose a core");
}

static void *read_all(void *data)
{
    static const char ask[] = "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    static char some[1 << 20];
    reader *c = data;
    run_on(0);
    int fd = dial(c->server);
    if (write(fd, ask, sizeof ask - 1) != (ssize_t)sizeof ask - 1)
        bench_fail("cannot ask");
    size_t all = 0;
    for (ssize_t n; (n = read(fd, some, sizeof some)) > 0;)
        all += (size_t)n;
    if (all < BODY_BYTES)
        bench_fail("the body is too short");
    close(fd);
    atomic_store(&c->over, true);
    return NULL;
}

/* How often the kernel took the core from this thread. What the clock on the wall says of such
 * polls is left out; the one with the gather is too long for it anyway. */
static long preemptions(void)
{
    struct rusage u;
    getrusage(RUSAGE_THREAD, &u);
    return u.ru_nivcsw;
}

static bool gathered;

static prom_err mark_gather(prom_builder *b, void *data)
{
    (void)b, (void)data;
    gathered = true;
    return PROM_OK;
}

typedef struct longest {
    double sending, sending_work, gather_work; /* us; work is processor time */
} longest;

static prom_err poll_once(prom_http *h, bool budget)
{
    return budget ? prom_http_poll_for(h, 0, BUDGET_US) : prom_http_poll(h, 0);
}

static void keep(double *longest, double us)
{
    if (us > *longest)
        *longest = us;
}

/* Polls until the client has read all. */
static void run_scrape(prom_http *h, bool budget, longest *l)
{
    reader c = { .server = h };
    pthread_t thread;
    if (pthread_create(&thread, NULL, read_all, &c) != 0)
        bench_fail("no thread");
    long preempted = preemptions();
    while (!atomic_load(&c.over)) {
        gathered = false;
        uint64_t begin = bench_clock(CLOCK_MONOTONIC),
                 worked = bench_clock(CLOCK_THREAD_CPUTIME_ID);
        must(poll_once(h, budget));
        double us = (double)(bench_clock(CLOCK_MONOTONIC) - begin) / 1e3;
        double work = (double)(bench_clock(CLOCK_THREAD_CPUTIME_ID) - worked) / 1e3;
        long now = preemptions();
        keep(gathered ? &l->gather_work : &l->sending_work, work);
        if (!gathered && now == preempted)
            keep(&l->sending, us);
        preempted = now;
    }
    pthread_join(thread, NULL);
}

static void big(void)
{
    prom_registry *r;
    must(prom_registry_new(NULL, &r));
    prom_collector *mark;
    must(prom_collector_new(r, PROM_COLLECTOR_OPTS(.name = "mark", .collect = mark_gather),
                            &mark));
    prom_vec *v = wide_vec(r, PROM_COUNTER, "c_total");
    wide_fill(v, MILLION);
    prom_http *h = start(r);
    longest first = { 0 }, within = { 0 }, without = { 0 };
    run_scrape(h, true, &first);
    for (size_t i = 0; i < SCRAPES; i++) {
        run_scrape(h, true, &within);
        run_scrape(h, false, &without);
    }
    bench_report(LONGEST, BENCH_WHO, within.sending, "us");
    bench_report(LONGEST, "no budget", without.sending, "us");
    bench_report(LONGEST_CPU, BENCH_WHO, within.sending_work, "us");
    bench_report(LONGEST_CPU, "no budget", without.sending_work, "us");
    bench_report(GATHER, BENCH_WHO, within.gather_work, "us");
    bench_report(GATHER, "its first one", first.gather_work, "us");
    prom_unref(h);
    prom_unref(mark);
    prom_unref(v);
    prom_unref(r);
}

int main(int argc, char **argv)
{
    if (argc < 2)
        bench_fail("usage: poll VALUES [row ...]");
    if (bench_wanted(argc, argv, IDLE))
        idle(IDLE, 0);
    if (bench_wanted(argc, argv, IDLE_MANY)) {
        struct rlimit l;
        getrlimit(RLIMIT_NOFILE, &l);
        l.rlim_cur = l.rlim_max;
        setrlimit(RLIMIT_NOFILE, &l);
        idle(IDLE_MANY, CONNECTIONS);
    }
    if (!bench_wanted(argc, argv, LONGEST) && !bench_wanted(argc, argv, GATHER))
        return 0;
    if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
        bench_fail("a second core is needed for the client");
    run_on((size_t)sysconf(_SC_NPROCESSORS_ONLN) - 1);
    big();
    return 0;
}
