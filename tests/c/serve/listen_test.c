// SPDX-License-Identifier: Apache-2.0
/* Addresses of all kinds, good and bad. */
#define _GNU_SOURCE /* sockets, setenv, mkdtemp */
#include "client.h"
#include "serve/listen.h"

#include <fcntl.h>
#include <netdb.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

static char folder[64], path[128], address[140];

/* A folder of its own, and in `address` a unix socket in it. */
static void make_folder(void)
{
    strcpy(folder, "/tmp/prom-listen-XXXXXX");
    CHECK(mkdtemp(folder) != NULL);
    snprintf(path, sizeof path, "%s/app.sock", folder);
    snprintf(address, sizeof address, "unix:%s", path);
}

static void remove_folder(void)
{
    unlink(path);
    CHECK(rmdir(folder) == 0); /* nothing else was left in it */
}

static bool there(const char *file)
{
    struct stat is;
    return lstat(file, &is) == 0;
}

/* A connection to a unix socket; '@' first: an abstract one. */
static int dial_unix(const char *name)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct timeval patience = { PATIENCE, 0 };
    struct sockaddr_un to = { .sun_family = AF_UNIX };
    size_t n = strlen(name);
    memcpy(to.sun_path, name, n);
    if (name[0] == '@')
        to.sun_path[0] = '\0';
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (connect(fd, (struct sockaddr *)&to,
                (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)) == 0)
        return fd;
    close(fd);
    return -1;
}

static bool unix_scrape_works(const char *name)
{
    answer a = { 0 };
    int fd = dial_unix(name);
    if (request(fd, "GET /metrics", "Connection: close\r\n"))
        a = hear(fd, true);
    bool ok = a.status == 200 && strstr(a.body, "\nhits_total 3\n");
    forget(&a);
    close(fd);
    return ok;
}

static void check_refused(const char *where, const char *why)
{
    prom__listener l;
    CHECK_ERR(prom__listen_open(where, 0, &l), PROM_E_IO);
    const char *said = prom_error(PROM_E_IO);
    if (!CHECK(strstr(said, where) && strstr(said, why)))
        fprintf(stderr, "    it says: %s\n", said);
    CHECK_INT(l.fd, -1);
    CHECK(l.path == NULL);
}

/* --- of the internet ------------------------------------------------------ */

static void check_family(const char *where, int family)
{
    prom__listener l;
    struct sockaddr_storage is = { 0 };
    socklen_t n = sizeof is;
    if (!CHECK_OK(prom__listen_open(where, 0, &l)))
        return;
    CHECK(getsockname(l.fd, (struct sockaddr *)&is, &n) == 0);
    CHECK_INT(is.ss_family, family);
    CHECK(l.port != 0 && !l.given && !l.path);
    CHECK(fcntl(l.fd, F_GETFD) & FD_CLOEXEC);
    CHECK(fcntl(l.fd, F_GETFL) & O_NONBLOCK);
    prom__listen_close(&l);
    CHECK_INT(l.fd, -1);
}

static bool has_ipv6(void)
{
    int fd = socket(AF_INET6, SOCK_STREAM, 0);
    struct sockaddr_in6 any = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
    bool has = fd >= 0 && bind(fd, (struct sockaddr *)&any, sizeof any) == 0;
    close(fd);
    return has;
}

static void test_listen_internet(void)
{
    check_family("127.0.0.1", AF_INET);
    check_family("0.0.0.0", AF_INET);
    check_family("localhost", AF_INET); /* though it may have both */
    if (!has_ipv6())
        return;
    check_family("::1", AF_INET6);
    check_family("[::1]", AF_INET6);
    check_family("::", AF_INET6);
}

static void test_listen_bad_addresses(void)
{
    check_refused("192.0.2.1", "annot assign");
    check_refused("::1%nowhere", "");
    check_refused("127.0.0.1:80", ":0:"); /* the port has an option of its own */
    check_refused("", "");
    check_refused("http://x/", "");
    check_refused("unix", "");
    char *mile = malloc(3000);
    memset(mile, 'a', 2999);
    mile[2999] = '\0';
    prom__listener l;
    CHECK_ERR(prom__listen_open(mile, 0, &l), PROM_E_IO);
    CHECK(strstr(prom_error(PROM_E_IO), "too long") != NULL);
    free(mile);
}

/* --- unix ----------------------------------------------------------------- */

static void test_listen_unix(void)
{
    make_folder();
    make_registry();
    prom_http_opts o = { .size = sizeof o, .address = address };
    CHECK_OK(prom_http_start(registry, &o, &http));
    CHECK_INT(prom_http_port(http), 0);
    CHECK(there(path));
    CHECK(unix_scrape_works(path));
    prom_http_stop(http);
    CHECK(!there(path));
    prom_unref(http);
    CHECK_OK(prom_http_start(registry, &o, &http)); /* and again */
    CHECK(unix_scrape_works(path));
    end();
    CHECK(!there(path));
    remove_folder();
}

static void test_listen_unix_live_one_is_refused(void)
{
    make_folder();
    make_registry();
    prom_http_opts o = { .size = sizeof o, .address = address };
    CHECK_OK(prom_http_start(registry, &o, &http));
    check_refused(address, "another process listens there");
    CHECK(there(path) && unix_scrape_works(path));
    end();
    remove_folder();
}

/* What a process leaves that was killed. */
static void leave_stale_socket(void)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    strcpy(at.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    CHECK(bind(fd, (struct sockaddr *)&at, sizeof at) == 0 && listen(fd, 1) == 0);
    close(fd);
    CHECK(there(path));
}

static void test_listen_unix_stale_one_is_replaced(void)
{
    make_folder();
    leave_stale_socket();
    make_registry();
    prom_http_opts o = { .size = sizeof o, .address = address };
    CHECK_OK(prom_http_start(registry, &o, &http));
    CHECK(unix_scrape_works(path));
    end();
    CHECK(!there(path));
    remove_folder();
}

/* In a child: tries when told to, says how that went, and lets go when told to. */
static void try_to_listen(int begin, int said, int over)
{
    char c;
    prom__listener l;
    ssize_t n = read(begin, &c, 1);
    bool got = prom__listen_open(address, 0, &l) == PROM_OK;
    n += write(said, got ? "y" : "n", 1);
    n += read(over, &c, 1);
    _exit(n < 0);
}

/* Of many that start at once over a stale socket, one gets it. */
static void test_listen_unix_one_of_many(void)
{
    enum { MANY = 6 };
    make_folder();
    for (int round = 0; round < 5; round++) {
        pid_t child[MANY];
        int begin[2], said[2], over[2], got = 0;
        leave_stale_socket();
        CHECK(pipe(begin) == 0 && pipe(said) == 0 && pipe(over) == 0);
        for (int i = 0; i < MANY; i++)
            if ((child[i] = fork()) == 0) {
                close(begin[1]);
                close(over[1]);
                try_to_listen(begin[0], said[1], over[0]);
            }
        close(begin[1]);
        for (int i = 0; i < MANY; i++) {
            char c = 0;
            CHECK(read(said[0], &c, 1) == 1);
            got += c == 'y';
        }
        CHECK_INT(got, 1);
        close(over[1]);
        for (int i = 0; i < MANY; i++)
            CHECK(waitpid(child[i], NULL, 0) == child[i]);
        close(begin[0]);
        close(over[0]);
        close(said[0]);
        close(said[1]);
        unlink(path);
    }
    remove_folder();
}

static void test_listen_unix_bad_paths(void)
{
    make_folder();
    FILE *f = fopen(path, "w");
    CHECK(f && fputs("precious", f) >= 0 && fclose(f) == 0);
    check_refused(address, "no socket");
    CHECK(there(path));
    unlink(path);
    CHECK(symlink("/dev/null", path) == 0);
    check_refused(address, "no socket");
    CHECK(there(path));
    unlink(path);
    CHECK(mkdir(path, 0700) == 0);
    check_refused(address, "no socket");
    rmdir(path);
    check_refused("unix:", "without a name");
    check_refused("unix:@", "without a name");
    check_refused("unix:/nowhere/at/all/app.sock", "No such file");
    char far[200] = "unix:/tmp/";
    memset(far + 10, 'a', 120);
    check_refused(far, "107 bytes");
    /* one byte fewer than too many */
    memset(address, 'a', sizeof address);
    int n = snprintf(address, sizeof address, "unix:%s/", folder);
    memset(address + n, 'a', sizeof address - (size_t)n);
    address[5 + 107] = '\0';
    prom__listener l;
    CHECK_OK(prom__listen_open(address, 0, &l));
    CHECK(there(address + 5));
    prom__listen_close(&l);
    CHECK(!there(address + 5));
    remove_folder();
}

/* Who has replaced our file keeps it. */
static void test_listen_unix_removes_only_its_own(void)
{
    make_folder();
    prom__listener l;
    CHECK_OK(prom__listen_open(address, 0, &l));
    unlink(path);
    leave_stale_socket();
    prom__listen_close(&l);
    CHECK(there(path));
    remove_folder();
}

static void test_listen_unix_relative(void)
{
    make_folder();
    char here[1024];
    CHECK(getcwd(here, sizeof here) && chdir(folder) == 0);
    prom__listener l;
    CHECK_OK(prom__listen_open("unix:app.sock", 0, &l));
    CHECK(there(path));
    CHECK(chdir(here) == 0);
    prom__listen_close(&l);
    CHECK(!there(path));
    remove_folder();
}

static void test_listen_unix_is_the_parents(void)
{
    make_folder();
    make_registry();
    prom_http_opts o = { .size = sizeof o, .address = address };
    CHECK_OK(prom_http_start(registry, &o, &http));
    pid_t child = fork();
    if (child == 0) {
        prom_http_stop(http);
        prom_unref(http);
        _exit(0);
    }
    int status = -1;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    CHECK(there(path) && unix_scrape_works(path));
    end();
    CHECK(!there(path));
    remove_folder();
}

static void test_listen_abstract(void)
{
    char name[60], where[70];
    snprintf(name, sizeof name, "@prom-listen-%ld", (long)getpid());
    snprintf(where, sizeof where, "unix:%s", name);
    make_registry();
    prom_http_opts o = { .size = sizeof o, .address = where };
    CHECK_OK(prom_http_start(registry, &o, &http));
    CHECK(unix_scrape_works(name));
    check_refused(where, "another process listens there");
    prom_http_stop(http);
    CHECK(dial_unix(name) < 0);
    end();
}

/* --- inherited ------------------------------------------------------------ */

static int listen_somewhere(uint16_t *which)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t n = sizeof at;
    CHECK(bind(fd, (struct sockaddr *)&at, sizeof at) == 0 && listen(fd, 100) == 0);
    CHECK(getsockname(fd, (struct sockaddr *)&at, &n) == 0);
    *which = ntohs(at.sin_port);
    return fd;
}

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

static void test_listen_fd(void)
{
    uint16_t which;
    int fd = listen_somewhere(&which);
    char where[20];
    snprintf(where, sizeof where, "fd:%d", fd);
    make_registry();
    prom_http_opts o = { .size = sizeof o, .address = where, .path = "no path" };
    CHECK_ERR(prom_http_start(registry, &o, &http), PROM_E_INVAL);
    CHECK(is_open(fd)); /* a start that fails leaves it to the caller */
    o.path = "/metrics";
    CHECK_OK(prom_http_start(registry, &o, &http));
    CHECK_INT(prom_http_port(http), which);
    CHECK(scrape_works(which));
    prom_http_stop(http);
    CHECK(!is_open(fd));
    CHECK(dial(which) < 0);
    end();
}

static void test_listen_bad_fds(void)
{
    check_refused("fd:", "no number");
    check_refused("fd:x", "no number");
    check_refused("fd:-1", "no number");
    check_refused("fd:+4", "no number");
    check_refused("fd: 4", "no number");
    check_refused("fd:4x", "no number");
    check_refused("fd:99999999999999999999", "no number");
    check_refused("fd:2147483648", "no number");
    check_refused("fd:1000000", "Bad file descriptor");
    int pair[2], udp = socket(AF_INET, SOCK_DGRAM, 0), idle = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    int file = open("/dev/null", O_RDONLY), bad[] = { pair[0], udp, idle, file };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char where[20];
        snprintf(where, sizeof where, "fd:%d", bad[i]);
        check_refused(where, bad[i] == file ? "ocket" : "does not listen");
        CHECK(is_open(bad[i]));
        close(bad[i]);
    }
    close(pair[1]);
}

/* --- systemd -------------------------------------------------------------- */

static void say_systemd(long pid, const char *fds, const char *names)
{
    char text[30];
    snprintf(text, sizeof text, "%ld", pid);
    setenv("LISTEN_PID", text, 1);
    if (fds)
        setenv("LISTEN_FDS", fds, 1);
    else
        unsetenv("LISTEN_FDS");
    if (names)
        setenv("LISTEN_FDNAMES", names, 1);
    else
        unsetenv("LISTEN_FDNAMES");
}

/* In a child whose descriptors 3, 4 and 5 listen, on the ports *first and so on. */
static int in_child(int (*run)(const uint16_t *ports))
{
    pid_t child = fork();
    if (child == 0) {
        uint16_t ports[3];
        int fds[3];
        for (int i = 0; i < 3; i++)
            fds[i] = fcntl(listen_somewhere(&ports[i]), F_DUPFD, 20);
        for (int i = 0; i < 3; i++)
            dup2(fds[i], 3 + i);
        _exit(run(ports) || check_failures);
    }
    int status = -1;
    waitpid(child, &status, 0);
    return status;
}

static void check_systemd(const char *where, int fd, uint16_t which)
{
    prom__listener l;
    if (!CHECK_OK(prom__listen_open(where, 0, &l)))
        fprintf(stderr, "    %s\n", prom_error(PROM_E_IO));
    CHECK_INT(l.fd, fd);
    CHECK_INT(l.port, which);
    prom__listen_undo(&l); /* the next test takes it again */
    CHECK(is_open(fd));
}

static int take_by_name(const uint16_t *ports)
{
    say_systemd(getpid(), "3", "web:metrics:x");
    check_systemd("systemd:web", 3, ports[0]);
    check_systemd("systemd:metrics", 4, ports[1]);
    check_systemd("systemd:x", 5, ports[2]);
    check_refused("systemd", "3 such sockets (LISTEN_FDNAMES: web:metrics:x)");
    check_refused("systemd:", "0 such sockets");
    check_refused("systemd:metric", "0 such sockets");
    check_refused("systemd:web:metrics", "0 such sockets");
    say_systemd(getpid(), "2", "web:metrics:x"); /* more names than sockets */
    check_refused("systemd:x", "0 such sockets");
    say_systemd(getpid(), "3", "web:web");
    check_refused("systemd:web", "2 such sockets");
    say_systemd(getpid(), "3", NULL);
    check_refused("systemd:web", "(LISTEN_FDNAMES: none)");
    say_systemd(getpid(), "1", NULL);
    check_systemd("systemd", 3, ports[0]);
    say_systemd(getpid(), "1", "");
    check_systemd("systemd", 3, ports[0]);
    return 0;
}

static int take_none(const uint16_t *ports)
{
    (void)ports;
    static const char none[] = "no socket to this process";
    unsetenv("LISTEN_PID");
    setenv("LISTEN_FDS", "1", 1);
    check_refused("systemd", none);
    static const char *const counts[] = {
        NULL, "", "0", "-1", "x", "99999999999", "2147483647"
    };
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        say_systemd(getpid(), counts[i], NULL);
        check_refused("systemd", none);
    }
    say_systemd(getppid(), "1", NULL);
    check_refused("systemd", none);
    say_systemd(getpid(), "1", NULL);
    close(3);
    check_refused("systemd", "Bad file descriptor");
    return 0;
}

static int serve_from(const uint16_t *ports)
{
    say_systemd(getpid(), "2", "web:metrics");
    make_registry();
    prom_http_opts o = { .size = sizeof o, .address = "systemd:metrics", .polled = true };
    CHECK_OK(prom_http_start(registry, &o, &http));
    int fd = dial(ports[1]);
    CHECK(request(fd, "GET /metrics", ""));
    CHECK_OK(prom_http_poll(http, 1000));
    answer a = hear(fd, true);
    CHECK_INT(a.status, 200);
    forget(&a);
    prom_http_stop(http);
    CHECK(is_open(3) && !is_open(4));
    end();
    return 0;
}

static void test_listen_systemd(void)
{
    CHECK_INT(in_child(take_by_name), 0);
    CHECK_INT(in_child(take_none), 0);
    CHECK_INT(in_child(serve_from), 0);
}

TESTS(ROW(test_listen_internet), ROW(test_listen_bad_addresses), ROW(test_listen_unix),
      ROW(test_listen_unix_live_one_is_refused), ROW(test_listen_unix_stale_one_is_replaced),
      ROW(test_listen_unix_one_of_many), ROW(test_listen_unix_bad_paths),
      ROW(test_listen_unix_removes_only_its_own), ROW(test_listen_unix_relative),
      ROW(test_listen_unix_is_the_parents), ROW(test_listen_abstract), ROW(test_listen_fd),
      ROW(test_listen_bad_fds), ROW(test_listen_systemd))
