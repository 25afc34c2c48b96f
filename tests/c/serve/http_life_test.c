// SPDX-License-Identifier: Apache-2.0
/* Start, stop and start again: by whom, from where, how often, and what a fork sees of it. */
#define _GNU_SOURCE /* sockets, pthread */
#include "client.h"

#include <dirent.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>

/* --- addresses ---------------------------------------------------------- */

static void test_life_port_is_taken(void)
{
    if (SERVE(.port = 0)) {
        prom_http *second = NULL;
        prom_http_opts o = { .size = sizeof o, .port = port };
        CHECK_ERR(prom_http_start(registry, &o, &second), PROM_E_IO);
        CHECK(second == NULL);
        char where[40];
        snprintf(where, sizeof where, "127.0.0.1:%u", (unsigned)port);
        CHECK(strstr(prom_error(PROM_E_IO), where) != NULL);
        CHECK(strstr(prom_error(PROM_E_IO), "in use") != NULL);
        CHECK(scrape_works(port));
        prom_http_stop(http);
        CHECK_OK(prom_http_start(registry, &o, &second));
        CHECK_INT(prom_http_port(second), port);
        CHECK(scrape_works(port));
        prom_unref(second);
    }
    end();
}

static void test_life_bad_addresses(void)
{
    make_registry();
    /* Numeric, so that no name server is asked: one that is nobody's here, one that is none. */
    static const char *const bad[] = { "192.0.2.1", "::1%nowhere" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        prom_http_opts o = { .size = sizeof o, .address = bad[i] };
        CHECK_ERR(prom_http_start(registry, &o, &http), PROM_E_IO);
        CHECK(strstr(prom_error(PROM_E_IO), bad[i]) != NULL);
        CHECK(http == NULL);
    }
    end();
}

/* Whether a connection to this address gets through. */
static bool reaches(const char *address)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port) };
    inet_pton(AF_INET, address, &to.sin_addr);
    bool ok = connect(fd, (struct sockaddr *)&to, sizeof to) == 0;
    close(fd);
    return ok;
}

static void test_life_loopback_unless_told(void)
{
    if (SERVE(.port = 0))
        CHECK(reaches("127.0.0.1") && !reaches("127.0.0.2"));
    end();
    if (SERVE(.address = "127.0.0.2"))
        CHECK(!reaches("127.0.0.1") && reaches("127.0.0.2"));
    end();
    if (SERVE(.address = "0.0.0.0"))
        CHECK(reaches("127.0.0.1") && reaches("127.0.0.2"));
    end();
}

static void test_life_ipv6(void)
{
    int fd = socket(AF_INET6, SOCK_STREAM, 0);
    struct sockaddr_in6 any = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
    bool has_ipv6 = fd >= 0 && bind(fd, (struct sockaddr *)&any, sizeof any) == 0;
    close(fd);
    make_registry();
    prom_http_opts o = { .size = sizeof o, .address = "::1" };
    if (has_ipv6) {
        CHECK_OK(prom_http_start(registry, &o, &http));
        CHECK(prom_http_port(http) != 0);
        o.port = prom_http_port(http);
        prom_http *second = NULL;
        CHECK_ERR(prom_http_start(registry, &o, &second), PROM_E_IO);
        CHECK(strstr(prom_error(PROM_E_IO), "[::1]:") != NULL);
        prom_unref(http);
        o = (prom_http_opts){ .size = sizeof o, .address = "::" };
        CHECK_OK(prom_http_start(registry, &o, &http));
        CHECK(scrape_works(prom_http_port(http))); /* by IPv4 too */
    } else {
        CHECK_ERR(prom_http_start(registry, &o, &http), PROM_E_IO);
    }
    end();
}

static void test_life_bad_opts(void)
{
    make_registry();
    prom_http_opts o = { .size = sizeof o, .path = "metrics" };
    CHECK_ERR(prom_http_start(registry, &o, &http), PROM_E_INVAL);
    CHECK(strstr(prom_error(PROM_E_INVAL), "'metrics'") != NULL);
    o = (prom_http_opts){ .size = sizeof o, .max_header_bytes = 1023 };
    CHECK_ERR(prom_http_start(registry, &o, &http), PROM_E_INVAL);
    o = (prom_http_opts){ .size = sizeof o, .max_connections = 65536 };
    CHECK_ERR(prom_http_start(registry, &o, &http), PROM_E_INVAL);
    o = (prom_http_opts){ .size = 0 };
    CHECK_ERR(prom_http_start(registry, &o, &http), PROM_E_INVAL);
    o.size = sizeof o;
    CHECK_ERR(prom_http_start(NULL, &o, &http), PROM_E_INVAL);
    CHECK(http == NULL);
    /* From a caller who knew the first three fields only: the rest is not read. */
    o = (prom_http_opts){ .size = offsetof(prom_http_opts, path), .path = "nonsense" };
    CHECK_OK(prom_http_start(registry, &o, &http));
    CHECK(scrape_works(prom_http_port(http)));
    end();
}

/* --- again and again ---------------------------------------------------- */

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

static void test_life_again_and_again(void)
{
    make_registry();
    size_t before = open_files();
    prom_http_opts o = { .size = sizeof o };
    for (int i = 0; i < 50; i++) {
        o.polled = i % 5 == 4;
        CHECK_OK(prom_http_start(registry, &o, &http));
        o.port = prom_http_port(http); /* the same from the second time on */
        CHECK(o.port != 0);
        int kept = dial(o.port); /* an open connection holds up nobody */
        CHECK(o.polled || scrape_works(o.port));
        prom_http_stop(http);
        prom_http_stop(http);
        CHECK_INT(prom_http_port(http), 0);
        CHECK(dial(o.port) < 0);
        prom_unref(http);
        close(kept);
    }
    http = NULL;
    CHECK_INT(open_files(), before);
    end();
}

static void *stop_it(void *data)
{
    (void)data;
    prom_http_stop(http);
    return dial(port) < 0 ? NULL : http;
}

static prom_err collect_slowly(prom_builder *b, void *data)
{
    (void)b;
    atomic_store((atomic_bool *)data, true);
    pause_ms(100);
    return PROM_OK;
}

static bool wait_for(atomic_bool *what)
{
    double start = seconds();
    while (!atomic_load(what) && seconds() - start < PATIENCE)
        pause_ms(1);
    return atomic_load(what);
}

/* Four at once, in the middle of a scrape; for each of them it is over when stop returns. */
static void test_life_stopped_by_many(void)
{
    if (SERVE(.port = 0)) {
        atomic_bool seen = false;
        prom_collector_opts o = { .size = sizeof o, .name = "slow", .collect = collect_slowly };
        o.data = &seen;
        prom_collector *c = NULL;
        CHECK_OK(prom_collector_new(registry, &o, &c));
        int fd = dial(port);
        CHECK(request(fd, "GET /metrics", ""));
        CHECK(wait_for(&seen));
        pthread_t threads[4];
        for (int i = 0; i < 4; i++)
            CHECK(pthread_create(&threads[i], NULL, stop_it, NULL) == 0);
        for (int i = 0; i < 4; i++) {
            void *alive = http;
            pthread_join(threads[i], &alive);
            CHECK(alive == NULL);
        }
        close(fd);
        prom_unref(c);
    }
    end();
}

/* The last references to the registry and to a metric may be the server's. */
static void test_life_server_keeps_its_registry(void)
{
    if (SERVE(.port = 0)) {
        prom_unref(registry);
        registry = NULL;
        CHECK(scrape_works(port));
    }
    end();
}

/* --- from within -------------------------------------------------------- */

static atomic_bool called;

static prom_err collect_and_stop(prom_builder *b, void *data)
{
    (void)b;
    prom_http_stop(*(prom_http **)data);
    prom_http_stop(*(prom_http **)data);
    CHECK_INT(prom_http_port(*(prom_http **)data), 0);
    atomic_store(&called, true);
    return PROM_OK;
}

static prom_err collect_and_let_go(prom_builder *b, void *data)
{
    (void)b;
    prom_unref(*(prom_http **)data);
    *(prom_http **)data = NULL;
    atomic_store(&called, true);
    return PROM_OK;
}

static prom_collector *add_collector(prom_err (*collect)(prom_builder *, void *))
{
    atomic_store(&called, false);
    prom_collector_opts o = { .size = sizeof o, .name = "from within", .collect = collect };
    o.data = &http;
    prom_collector *c = NULL;
    CHECK_OK(prom_collector_new(registry, &o, &c));
    return c;
}

static bool goes_silent(void)
{
    double start = seconds();
    for (int fd; seconds() - start < PATIENCE; pause_ms(2)) {
        if ((fd = dial(port)) < 0)
            return true;
        close(fd);
    }
    return false;
}

static void test_life_stopped_by_its_own_collector(void)
{
    if (SERVE(.port = 0)) {
        prom_collector *c = add_collector(collect_and_stop);
        int fd = dial(port);
        CHECK(request(fd, "GET /metrics", ""));
        CHECK(wait_for(&called));
        CHECK(sees_end(fd));
        close(fd);
        CHECK(goes_silent());
        prom_http_stop(http); /* and now it has surely ended */
        CHECK(dial(port) < 0);
        prom_unref(c);
    }
    end();
}

static void test_life_let_go_of_by_its_own_collector(void)
{
    if (SERVE(.port = 0)) {
        prom_collector *c = add_collector(collect_and_let_go);
        int fd = dial(port);
        CHECK(request(fd, "GET /metrics", ""));
        CHECK(sees_end(fd));
        close(fd);
        CHECK(wait_for(&called));
        CHECK(goes_silent());
        CHECK(http == NULL);
        prom_unref(c);
    }
    end();
}

/* --- polled ------------------------------------------------------------- */

static void test_life_polled(void)
{
    if (SERVE(.polled = true)) {
        int fd = dial(port);
        CHECK(request(fd, "GET /metrics", ""));
        char c;
        pause_ms(20);
        CHECK(recv(fd, &c, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN); /* nobody polls */
        CHECK_OK(prom_http_poll(http, 1000));
        CHECK(recv(fd, &c, 1, MSG_DONTWAIT) == 1); /* one poll did it all */
        close(fd);
        CHECK_OK(prom_http_poll(http, 0));
        double start = seconds();
        CHECK_OK(prom_http_poll(http, 50));
        CHECK(seconds() - start >= 0.04);
        prom_http_stop(http);
        CHECK_ERR(prom_http_poll(http, 0), PROM_E_CLOSED);
    }
    end();
}

static void test_life_poll_of_a_threaded_server(void)
{
    if (SERVE(.port = 0)) {
        CHECK_ERR(prom_http_poll(NULL, 0), PROM_E_INVAL);
        CHECK_ERR(prom_http_poll(http, 0), PROM_E_INVAL);
        CHECK(scrape_works(port));
    }
    end();
}

static void *stop_soon(void *data)
{
    (void)data;
    pause_ms(50);
    prom_http_stop(http);
    return NULL;
}

static void test_life_stop_wakes_poll(void)
{
    if (SERVE(.polled = true)) {
        pthread_t t;
        CHECK(pthread_create(&t, NULL, stop_soon, NULL) == 0);
        double start = seconds();
        CHECK_OK(prom_http_poll(http, 1000 * PATIENCE));
        CHECK(seconds() - start < PATIENCE - 1);
        CHECK_ERR(prom_http_poll(http, 0), PROM_E_CLOSED);
        CHECK(dial(port) < 0);
        pthread_join(t, NULL);
    }
    end();
}

static prom_err collect_and_poll(prom_builder *b, void *data)
{
    (void)b;
    CHECK_ERR(prom_http_poll(*(prom_http **)data, 0), PROM_E_INVAL);
    atomic_store(&called, true);
    return PROM_OK;
}

/* Runs one scrape by polling; true when the collector was called. */
static bool poll_a_scrape(int fd)
{
    CHECK(request(fd, "GET /metrics", ""));
    for (int i = 0; http && i < 100 && !atomic_load(&called); i++)
        if (prom_http_poll(http, 100) != PROM_OK)
            break;
    return atomic_load(&called);
}

static void test_life_polled_from_within(void)
{
    static prom_err (*const collects[])(
        prom_builder *, void *) = { collect_and_poll, collect_and_stop, collect_and_let_go };
    for (size_t i = 0; i < sizeof collects / sizeof *collects; i++) {
        if (SERVE(.polled = true)) {
            prom_collector *c = add_collector(collects[i]);
            int fd = dial(port);
            CHECK(poll_a_scrape(fd));
            if (collects[i] == collect_and_poll) {
                answer a = hear(fd, true);
                CHECK_INT(a.status, 200);
                forget(&a);
            } else {
                CHECK(dial(port) < 0);
            }
            close(fd);
            prom_unref(c);
        }
        end();
    }
}

/* --- the thread --------------------------------------------------------- */

/* What /proc says of the thread of this name. */
static bool find_thread(const char *name, char *status, size_t size)
{
    bool found = false;
    DIR *d = opendir("/proc/self/task");
    for (struct dirent *e; d && !found && (e = readdir(d));) {
        char path[300];
        snprintf(path, sizeof path, "/proc/self/task/%s/status", e->d_name);
        FILE *f = fopen(path, "r");
        size_t n = f ? fread(status, 1, size - 1, f) : 0;
        status[n] = '\0';
        if (f)
            fclose(f);
        char line[40];
        snprintf(line, sizeof line, "Name:\t%s\n", name);
        found = strncmp(status, line, strlen(line)) == 0;
    }
    if (d)
        closedir(d);
    return found;
}

static void test_life_thread_takes_no_signals(void)
{
    static char status[8192];
    CHECK(!find_thread("prom-http", status, sizeof status));
    if (SERVE(.port = 0)) {
        CHECK(scrape_works(port)); /* it has run, so it has its name */
        CHECK(find_thread("prom-http", status, sizeof status));
        const char *at = strstr(status, "\nSigBlk:\t");
        unsigned long long blocked = at ? strtoull(at + 9, NULL, 16) : 0;
        /* All 64 but SIGKILL and SIGSTOP, which cannot be, and the two that are the C
         * library's own. */
        const unsigned long long never = 1ull << 8 | 1ull << 18 | 3ull << 31;
        CHECK((blocked | never) == ~0ull);
        prom_http_stop(http);
        CHECK(!find_thread("prom-http", status, sizeof status));
    }
    end();
}

/* --- fork --------------------------------------------------------------- */

/* ThreadSanitizer lets a forked child have no threads. */
#if defined(__SANITIZE_THREAD__)
#define THREADS_IN_CHILD false
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define THREADS_IN_CHILD false
#endif
#endif
#ifndef THREADS_IN_CHILD
#define THREADS_IN_CHILD true
#endif

/* In the child: everything of the server's is harmless, and its metrics work. */
static int use_in_child(size_t files)
{
    char *text = NULL;
    bool ok = prom_http_port(http) == 0 && open_files() == files;
    if (prom_http_poll(http, 0) == PROM_OK)
        ok = false;
    prom_http_stop(http);
    prom_unref(http);
    if (prom_expose(registry, &prom_text, &text, NULL) != PROM_OK ||
        !strstr(text, "hits_total"))
        ok = false;
    prom_free(text);
    prom_http *own = NULL;
    if (THREADS_IN_CHILD && (prom_http_start(registry, NULL, &own) != PROM_OK ||
                             !scrape_works(prom_http_port(own))))
        ok = false;
    prom_unref(own);
    return ok ? 0 : 1;
}

static void test_life_fork(void)
{
    for (int polled = 0; polled < 2; polled++) {
        size_t files = open_files();
        if (!SERVE(.polled = polled))
            return;
        int kept = dial(port), go[2] = { -1, -1 };
        CHECK(request(kept, "GET /metrics", ""));
        if (polled)
            CHECK_OK(prom_http_poll(http, 1000));
        answer a = hear(kept, true);
        CHECK_INT(a.status, 200);
        forget(&a);
        CHECK(pipe(go) == 0);
        pid_t child = fork();
        if (child == 0) {
            char c;
            close(go[1]);
            int bad = use_in_child(files + 2); /* kept and go[0]; none of the server's */
            ssize_t n = read(go[0], &c, 1);    /* lives until the parent has started anew */
            _exit(bad || n < 0);
        }
        CHECK(child > 0);
        pause_ms(20);
        CHECK(polled || scrape_works(port));
        prom_http_stop(http);
        CHECK(dial(port) < 0); /* the child does not listen on in secret */
        CHECK(sees_end(kept));
        prom_http *again = NULL;
        prom_http_opts o = { .size = sizeof o, .port = port };
        CHECK_OK(prom_http_start(registry, &o, &again));
        CHECK(scrape_works(port));
        close(go[0]);
        close(go[1]);
        int status = -1;
        CHECK(waitpid(child, &status, 0) == child);
        CHECK_INT(status, 0);
        CHECK(scrape_works(port));
        prom_unref(again);
        close(kept);
        end();
    }
}

static pid_t came_back;

static prom_err collect_and_fork(prom_builder *b, void *data)
{
    (void)b, (void)data;
    pid_t child = fork();
    if (child)
        came_back = child;
    else
        close(0); /* and goes on in the copy of the server that called it */
    return PROM_OK;
}

/* Its status; -1: it had to be killed. */
static int end_of(pid_t child)
{
    int status = -1;
    for (int i = 0; i < 500; i++) {
        if (waitpid(child, &status, WNOHANG) == child)
            return status;
        pause_ms(10);
    }
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    return -1;
}

static void test_life_child_comes_back(void)
{
    if (!THREADS_IN_CHILD || !SERVE(.port = 0))
        return;
    prom_collector *c = add_collector(collect_and_fork);
    came_back = 0;
    CHECK(scrape_works(port));
    CHECK(came_back > 0);
    if (came_back > 0)
        CHECK_INT(end_of(came_back), 0);
    CHECK_OK(prom_registry_remove(registry, c));
    CHECK(scrape_works(port));
    prom_unref(c);
    end();
}

TESTS(ROW(test_life_port_is_taken), ROW(test_life_bad_addresses),
      ROW(test_life_loopback_unless_told), ROW(test_life_ipv6), ROW(test_life_bad_opts),
      ROW(test_life_again_and_again), ROW(test_life_stopped_by_many),
      ROW(test_life_server_keeps_its_registry), ROW(test_life_stopped_by_its_own_collector),
      ROW(test_life_let_go_of_by_its_own_collector), ROW(test_life_polled),
      ROW(test_life_poll_of_a_threaded_server), ROW(test_life_stop_wakes_poll),
      ROW(test_life_polled_from_within), ROW(test_life_thread_takes_no_signals),
      ROW(test_life_fork), ROW(test_life_child_comes_back))
