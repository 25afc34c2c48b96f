// SPDX-License-Identifier: Apache-2.0
/* Memory: what is asked for, and what happens when there is none. */
#define _GNU_SOURCE /* sockets */
#include "client.h"

#include <dirent.h>
#include <stdatomic.h>

static atomic_long asked, held;
static atomic_long fail_at; /* which of the next requests fails, from 1; 0 and less: none */

static void *test_alloc(void *data, size_t n)
{
    (void)data;
    atomic_fetch_add(&asked, 1);
    if (atomic_fetch_sub(&fail_at, 1) == 1)
        return NULL;
    void *p = malloc(n);
    if (p)
        atomic_fetch_add(&held, 1);
    return p;
}

static void *test_realloc(void *data, void *p, size_t n)
{
    if (!p)
        return test_alloc(data, n);
    atomic_fetch_add(&asked, 1);
    return atomic_fetch_sub(&fail_at, 1) == 1 ? NULL : realloc(p, n);
}

static void test_free(void *data, void *p)
{
    (void)data;
    if (p)
        atomic_fetch_sub(&held, 1);
    free(p);
}

static const prom_allocator counting = { sizeof counting, test_alloc, test_realloc, test_free,
                                         NULL };

static size_t open_files(void)
{
    size_t n = 0;
    DIR *d = opendir("/proc/self/fd");
    while (d && readdir(d))
        n++;
    if (d)
        closedir(d);
    return n;
}

static void begin(void)
{
    static bool set;
    if (!set)
        CHECK_OK(prom_set_allocator(&counting));
    set = true;
    atomic_store(&fail_at, 0);
}

static void test_alloc_start_fails_whole(void)
{
    begin();
    make_registry();
    long before = atomic_load(&held), n = 0;
    size_t files = open_files();
    for (prom_err err = PROM_E_NOMEM; err && n < 100;) {
        atomic_store(&fail_at, ++n);
        err = prom_http_start(registry, NULL, &http);
        bool failed = atomic_exchange(&fail_at, 0) <= 0;
        if (err) {
            CHECK(failed && err == PROM_E_NOMEM && http == NULL);
            CHECK_INT(atomic_load(&held), before);
            CHECK_INT(open_files(), files);
        }
    }
    CHECK(n > 3 && n < 100); /* the object, its path, its places; zlib's where there is one */
    CHECK(scrape_works(prom_http_port(http)));
    prom_unref(http);
    http = NULL;
    CHECK(open_files() == files);
    end();
}

/* Whichever request of a scrape is refused: an answer or a closed connection, never half of
 * the text as if it were all, and the next scrape is whole. */
static void check_scrape_fails_whole(const char *first, const char *headers)
{
    bool never_refused = false;
    int failures = 0;
    for (long n = 1; n < 200 && !never_refused; n++) {
        if (!SERVE(.port = 0))
            break;
        int fd = dial(port);
        atomic_store(&fail_at, n);
        CHECK(request(fd, first, headers));
        answer a = hear(fd, true);
        never_refused = atomic_exchange(&fail_at, 0) > 0;
        CHECK(a.status == 0 || a.status == 500 || a.status == 200);
        bool packed = strstr(a.head, "Content-Encoding") != NULL;
        CHECK(a.status != 200 || packed || strstr(a.body, "\nhits_total 3"));
        CHECK(a.status != 500 || strstr(a.body, "out of memory"));
        failures += a.status != 200;
        CHECK(!never_refused || a.status == 200);
        forget(&a);
        close(fd);
        CHECK(scrape_works(port));
        end();
    }
    CHECK(never_refused && failures > 0);
}

static void test_alloc_scrape_fails_whole(void)
{
    begin();
    check_scrape_fails_whole("GET /metrics", "");
    check_scrape_fails_whole("GET /metrics", "Accept-Encoding: gzip\r\n");
    check_scrape_fails_whole("GET /metrics", "Accept-Encoding: zstd\r\n");
    check_scrape_fails_whole("GET /metrics?name[]=hits&name[]=x", "Accept: text/plain;q=0.1\r\n"
                                                                  "Accept: application/"
                                                                  "openmetrics-text\r\n");
}

/* How often a scrape asks for memory, when the one before it has found what it needs. */
static long asked_by_a_scrape(const char *headers, int series)
{
    long asked_for = -1;
    if (SERVE(.port = 0)) {
        prom_vec *v = NULL;
        CHECK_OK(prom_vec_new(
            registry, PROM_COUNTER,
            PROM_OPTS(.name = "rooms_total", .help = "", .labels = PROM_LABELS("room")), &v));
        for (int i = 0; v && i < series; i++) {
            char room[20];
            prom_counter *c = NULL;
            snprintf(room, sizeof room, "%d", i);
            CHECK_OK(prom_counter_with(v, PROM_VALUES(room), &c));
            prom_unref(c);
        }
        for (int round = 0; round < 3; round++) {
            long before = atomic_load(&asked);
            answer a = ask(port, "GET /metrics", headers);
            CHECK_INT(a.status, 200);
            forget(&a);
            asked_for = atomic_load(&asked) - before;
        }
        prom_unref(v);
    }
    end();
    return asked_for;
}

static void test_alloc_scrapes_ask_for_nothing_per_series(void)
{
    begin();
    static const char *const headers[] = { "", "Accept-Encoding: gzip\r\n" };
    for (size_t i = 0; i < 2; i++) {
        long few = asked_by_a_scrape(headers[i], 10),
             many = asked_by_a_scrape(headers[i], 20000);
        CHECK(few >= 0 && many >= 0);
        if (!CHECK(many <= few + 20))
            fprintf(stderr, "    10 series: %ld, 20000 series: %ld\n", few, many);
    }
}

TESTS(ROW(test_alloc_start_fails_whole), ROW(test_alloc_scrape_fails_whole),
      ROW(test_alloc_scrapes_ask_for_nothing_per_series))
