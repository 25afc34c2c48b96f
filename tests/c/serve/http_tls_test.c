// SPDX-License-Identifier: Apache-2.0
/* TLS, with curl for a client and certificates of openssl's that are good for a day. */
#define _GNU_SOURCE /* sockets, mkdtemp */
#include "client.h"
#include "kit.h"

#include <prom/collect.h>

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

static char folder[64];

/* --- certificates --------------------------------------------------------- */

static int shell(const char *form, const char *a, const char *b)
{
    char command[1200];
    int n = snprintf(command, sizeof command, "cd %s && ", folder);
    snprintf(command + n, sizeof command - (size_t)n, form, a, b);
    int status = system(command);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* <name>.pem and <name>.key, of an authority of its own or of `by`. */
static void make_cert(const char *name, const char *by)
{
    static const char form[] =
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 "
        "-subj /CN=%1$s -keyout %1$s.key -out %1$s.pem -addext subjectAltName=IP:127.0.0.1 "
        "%2$s 2>openssl.log";
    char from[100] = "";
    if (by)
        snprintf(from, sizeof from, "-CA %s.pem -CAkey %s.key", by, by);
    if (!CHECK(shell(form, name, from) == 0))
        shell("cat openssl.log >&2", "", "");
}

static const char *in_folder(const char *name)
{
    static char paths[4][128];
    static int next;
    char *p = paths[next++ % 4];
    snprintf(p, sizeof paths[0], "%s/%s", folder, name);
    return p;
}

/* "ca" has signed "one", "two" and "user"; "foe" has signed "spy". */
static void make_certs(void)
{
    strcpy(folder, "/tmp/prom-tls-XXXXXX");
    CHECK(mkdtemp(folder) != NULL);
    make_cert("ca", NULL);
    make_cert("foe", NULL);
    make_cert("one", "ca");
    make_cert("two", "ca");
    make_cert("user", "ca");
    make_cert("spy", "foe");
}

static void use(const char *name)
{
    CHECK(shell("cp %1$s.pem new && mv new server.pem && cp %1$s.key new && mv new server.key",
                name, "") == 0);
}

#define TLS_FILES .cert_file = in_folder("server.pem"), .key_file = in_folder("server.key")

static void begin(void)
{
    if (!folder[0])
        make_certs();
    use("one");
}

/* --- curl ----------------------------------------------------------------- */

static bool polled;

static pid_t start_curl(const char *args, const char *out)
{
    char command[900];
    snprintf(command, sizeof command,
             "cd %s && exec curl -sS --max-time 20 --cacert ca.pem %s "
             "https://127.0.0.1:%u/metrics >%s 2>%s.err",
             folder, args, (unsigned)port, out, out);
    pid_t child = fork();
    if (child == 0) {
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    return child;
}

/* Its exit status; meanwhile a polled server is polled. */
static int end_curl(pid_t child)
{
    int status = -1;
    for (pid_t got; (got = waitpid(child, &status, WNOHANG)) != child;) {
        if (got < 0)
            return -1;
        if (polled)
            CHECK_OK(prom_http_poll_for(http, 10, 2000));
        else
            pause_ms(2);
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int curl(const char *args)
{
    return end_curl(start_curl(args, "out"));
}

static char *read_out(const char *name, size_t *n)
{
    FILE *f = fopen(in_folder(name), "r");
    char *text = NULL;
    *n = 0;
    if (f && fseek(f, 0, SEEK_END) == 0) {
        *n = (size_t)ftell(f);
        rewind(f);
        text = calloc(*n + 1, 1);
        CHECK(fread(text, 1, *n, f) == *n);
    }
    if (f)
        fclose(f);
    return text;
}

static bool out_has(const char *name, const char *part)
{
    size_t n;
    char *text = read_out(name, &n);
    bool has = text && strstr(text, part);
    free(text);
    return has;
}

static bool tls_scrape_works(void)
{
    return curl("") == 0 && out_has("out", "\nhits_total 3\n");
}

static bool served_by(const char *name)
{
    char wanted[60];
    snprintf(wanted, sizeof wanted, "subject: CN=%s\n", name);
    return curl("-v") == 0 && out_has("out.err", wanted);
}

/* --- scrapes -------------------------------------------------------------- */

static void test_tls_scrape(void)
{
    begin();
    for (polled = false;; polled = true) {
        if (SERVE(TLS_FILES, .polled = polled)) {
            CHECK(tls_scrape_works());
            CHECK_INT(curl("--tls-max 1.2"), 0);
            CHECK_INT(curl("--tlsv1.3"), 0);
            CHECK_INT(curl("--tlsv1.0 --tls-max 1.1 --ciphers DEFAULT@SECLEVEL=0"), 35);
            CHECK_INT(curl("--cacert foe.pem"), 60);
        }
        end();
        if (polled)
            break;
    }
    polled = false;
}

enum { BIG = 20 << 20 };

static char pattern_at(size_t i)
{
    return (char)('a' + (i / 1009 + i / 16384) % 26);
}

static prom_err write_big(const prom_snapshot *s, const prom_encode_opts *o,
                          const prom_writer *w)
{
    (void)s, (void)o;
    static char piece[10007];
    prom_err err = PROM_OK;
    for (size_t n = 0; n < BIG && !err;) {
        size_t some = BIG - n < sizeof piece ? BIG - n : sizeof piece;
        for (size_t i = 0; i < some; i++)
            piece[i] = pattern_at(n + i);
        err = w->write(w->data, piece, some);
        n += some;
    }
    return err;
}

static const prom_encoder big = { "big", "text/x-big", false, write_big };

static void check_big(const char *name)
{
    size_t n, wrong = 0;
    char *text = read_out(name, &n);
    CHECK_INT(n, BIG);
    for (size_t i = 0; text && i < n; i++)
        wrong += text[i] != pattern_at(i);
    CHECK_INT(wrong, 0);
    free(text);
}

/* Four at once, of which one is slow: they read the same body at different places. */
static void test_tls_large_bodies(void)
{
    static const char *const args[] = { "", "--compressed", "--limit-rate 12M",
                                        "--tls-max 1.2" };
    begin();
    for (polled = false;; polled = true) {
        if (SERVE(TLS_FILES, .polled = polled, .encoder = &big)) {
            pid_t child[4];
            char out[4][8];
            for (int i = 0; i < 4; i++) {
                snprintf(out[i], sizeof out[i], "out%d", i);
                child[i] = start_curl(args[i], out[i]);
            }
            for (int i = 0; i < 4; i++)
                CHECK_INT(end_curl(child[i]), 0);
            for (int i = 0; i < 4; i++)
                check_big(out[i]);
        }
        end();
        if (polled)
            break;
    }
    polled = false;
}

static void test_tls_kept_alive(void)
{
    begin();
    if (SERVE(TLS_FILES)) {
        char args[200];
        snprintf(args, sizeof args, "-v https://127.0.0.1:%u/metrics", (unsigned)port);
        CHECK_INT(curl(args), 0);
        CHECK(out_has("out.err", "Re-using existing connection"));
        CHECK(out_has("out", "\nhits_total 3\n# HELP")); /* two of them */
    }
    end();
}

/* --- who may come --------------------------------------------------------- */

static void test_tls_client_certificates(void)
{
    begin();
    if (SERVE(TLS_FILES, .client_ca_file = in_folder("ca.pem"))) {
        CHECK(curl("") != 0);
        CHECK(curl("--tls-max 1.2") != 0);
        CHECK(curl("--cert spy.pem --key spy.key") != 0);
        CHECK(curl("--cert spy.pem --key spy.key --tls-max 1.2") != 0);
        CHECK_INT(curl("--cert user.pem --key user.key"), 0);
        CHECK(out_has("out", "\nhits_total 3\n"));
        CHECK_INT(curl("--cert user.pem --key user.key --tls-max 1.2"), 0);
    }
    end();
}

/* --- files ---------------------------------------------------------------- */

static void check_start(const char *cert, const char *key, const char *ca, const char *says)
{
    char paths[3][128];
    const char *names[] = { cert, key, ca };
    for (int i = 0; i < 3; i++)
        if (names[i])
            snprintf(paths[i], sizeof paths[i], "%s/%s", folder, names[i]);
    prom_http_opts o = { .size = sizeof o,
                         .cert_file = cert ? paths[0] : NULL,
                         .key_file = key ? paths[1] : NULL,
                         .client_ca_file = ca ? paths[2] : NULL };
    prom_err want = cert && key ? PROM_E_IO : PROM_E_INVAL;
    CHECK_STR(prom_err_name(prom_http_start(registry, &o, &http)), prom_err_name(want));
    if (!CHECK(strstr(prom_error(want), says) != NULL))
        fprintf(stderr, "    it says: %s\n", prom_error(want));
    CHECK(http == NULL);
}

static void test_tls_bad_files(void)
{
    begin();
    make_registry();
    CHECK(shell("echo rubbish >rubbish && : >empty && head -c 300 one.pem >half && "
                "head -c 2000000 /dev/zero >huge && mkdir -p sub && "
                "mkfifo pipe 2>/dev/null; true",
                "", "") == 0);
    check_start("one.pem", NULL, NULL, "both cert_file and key_file");
    check_start(NULL, "one.key", NULL, "both cert_file and key_file");
    check_start(NULL, NULL, "ca.pem", "both cert_file and key_file");
    check_start("nothing.pem", "one.key", NULL, "nothing.pem': No such file");
    check_start("one.pem", "nothing.key", NULL, "nothing.key': No such file");
    check_start("one.pem", "one.key", "nothing.ca", "nothing.ca': No such file");
    check_start("one.pem", "two.key", NULL, "two.key'");
    check_start("one.key", "one.pem", NULL, "one.key': ");
    check_start("one.pem", "one.pem", NULL, "one.pem': ");
    static const char *const bad[] = { "rubbish", "empty", "half", "huge", "sub", "pipe" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char says[20];
        snprintf(says, sizeof says, "/%s': ", bad[i]);
        check_start(bad[i], "one.key", NULL, says);
        check_start("one.pem", bad[i], NULL, says);
        check_start("one.pem", "one.key", bad[i], says);
    }
    end();
}

static double failures(void)
{
    static prom_registry *self;
    static prom_collector *c;
    if (!self) {
        self = kit_registry(PROM_ORDER_SORTED);
        CHECK_OK(prom_self_collector_new(self, &c));
    }
    return kit_value(self, "libprom_http_tls_reload_failures_total", NULL);
}

static void test_tls_reload(void)
{
    begin();
    if (SERVE(TLS_FILES)) {
        double before = failures();
        CHECK(served_by("one"));
        use("two");
        CHECK(served_by("two"));
        CHECK_DBL(failures(), before);
        CHECK(shell("echo rubbish >server.pem", "", "") == 0);
        CHECK(served_by("two"));
        CHECK(served_by("two"));
        CHECK_DBL(failures(), before + 1);
        CHECK(shell("rm server.pem server.key", "", "") == 0);
        CHECK(served_by("two"));
        CHECK_DBL(failures(), before + 2);
        CHECK(shell("cp one.key server.key", "", "") ==
              0); /* and its certificate is yet to come */
        CHECK(served_by("two"));
        CHECK(shell("cp one.pem server.pem", "", "") == 0);
        CHECK(served_by("one"));
        CHECK(shell("cat two.pem >server.pem; cat two.key >server.key", "", "") == 0);
        CHECK(served_by("two")); /* in place, and the same number of bytes, or nearly */
    }
    end();
}

/* With a link that is replaced, as secrets are mounted in a cluster. */
static void test_tls_reload_by_links(void)
{
    begin();
    CHECK(shell("rm -rf a b now && mkdir a b && cp one.pem a/c && cp one.key a/k && "
                "cp two.pem b/c && cp two.key b/k && ln -s a now",
                "", "") == 0);
    if (SERVE(.cert_file = in_folder("now/c"), .key_file = in_folder("now/k"))) {
        CHECK(served_by("one"));
        CHECK(shell("ln -s b then && mv -T then now", "", "") == 0);
        CHECK(served_by("two"));
    }
    end();
}

static void test_tls_reload_of_client_ca(void)
{
    begin();
    CHECK(shell("cp ca.pem clients.pem", "", "") == 0);
    if (SERVE(TLS_FILES, .client_ca_file = in_folder("clients.pem"))) {
        CHECK(curl("--cert spy.pem --key spy.key") != 0);
        CHECK(shell("cp foe.pem new && mv new clients.pem", "", "") == 0);
        CHECK_INT(curl("--cert spy.pem --key spy.key"), 0);
        CHECK(curl("--cert user.pem --key user.key") != 0);
    }
    end();
}

/* --- bad clients ---------------------------------------------------------- */

/* The beginning of a hello of some hundred bytes. */
static const char hello[] = "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 twelve and some";

static void test_tls_garbage(void)
{
    begin();
    for (polled = false;; polled = true) {
        if (SERVE(TLS_FILES, .polled = polled, .deadline_ms = 2000)) {
            static const char *const texts[] = { "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n",
                                                 hello,
                                                 "\x16\x03\x01",
                                                 "\x15\x03\x01\x00\x02\x01\x00",
                                                 "\x80\x2e\x01\x03\x01",
                                                 "" };
            for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
                for (int half = 0; half < 2; half++) {
                    int fd = dial(port);
                    say_bytes(fd, texts[i], i == 1 ? sizeof hello - 1 : strlen(texts[i]));
                    if (half)
                        shutdown(fd, SHUT_WR);
                    CHECK(i % 2 == 0 || tls_scrape_works());
                    close(fd);
                }
            CHECK(tls_scrape_works());
        }
        end();
        if (polled)
            break;
    }
    polled = false;
}

/* A handshake that waits for its client gives nothing to do, however it came there. */
static void test_tls_stuck_handshakes_are_no_work(void)
{
    begin();
    if (SERVE(TLS_FILES, .polled = true, .deadline_ms = 3600000)) {
        enum { STUCK = 20 };
        int fds[STUCK];
        for (int i = 0; i < STUCK; i++) {
            fds[i] = dial(port);
            CHECK(say_bytes(fds[i], hello, i < 12 ? (size_t)i : sizeof hello - 1));
            CHECK_OK(prom_http_poll(http, 20));
        }
        CHECK_OK(prom_http_poll(http, 20));
        int ms = prom_http_wait_ms(http);
        CHECK(ms > 1000);
        polled = true;
        CHECK(tls_scrape_works());
        polled = false;
        for (int i = 0; i < STUCK; i++) {
            char c;
            CHECK(recv(fds[i], &c, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN);
            close(fds[i]);
        }
        CHECK_OK(prom_http_poll(http, 100));
        CHECK_OK(prom_http_poll(http, 0));
        CHECK_INT(prom_http_wait_ms(http), -1); /* nobody is there any more */
    }
    end();
}

static void test_tls_stuck_handshakes_are_cut(void)
{
    begin();
    if (SERVE(TLS_FILES, .deadline_ms = 300)) {
        int fds[3];
        for (int i = 0; i < 3; i++) {
            fds[i] = dial(port);
            say_bytes(fds[i], hello, (size_t)i * 5);
        }
        for (int i = 0; i < 3; i++) {
            CHECK(sees_end(fds[i]));
            close(fds[i]);
        }
    }
    end();
}

/* More of them than there are places. */
static void test_tls_stuck_handshakes_hold_no_places(void)
{
    begin();
    if (SERVE(TLS_FILES, .deadline_ms = 3600000, .max_connections = 4)) {
        int fds[12];
        for (int i = 0; i < 12; i++) {
            fds[i] = dial(port);
            say_bytes(fds[i], hello, sizeof hello - 1);
            CHECK(i % 4 || tls_scrape_works());
        }
        CHECK(tls_scrape_works());
        for (int i = 0; i < 12; i++)
            close(fds[i]);
    }
    end();
}

/* Polled, so that it is this thread that would die of SIGPIPE. */
static void test_tls_reader_that_leaves(void)
{
    begin();
    if (SERVE(TLS_FILES, .polled = true, .encoder = &big)) {
        polled = true;
        for (int i = 0; i < 3; i++) {
            pid_t child = start_curl("--limit-rate 1M", "out");
            double start = seconds();
            struct stat is = { 0 };
            while (seconds() - start < PATIENCE && is.st_size == 0) {
                CHECK_OK(prom_http_poll(http, 10));
                stat(in_folder("out"), &is);
            }
            kill(child, SIGKILL);
            CHECK_INT(end_curl(child), -1);
            CHECK_OK(prom_http_poll(http, 20));
            unlink(in_folder("out"));
        }
        CHECK_INT(curl(""), 0);
        check_big("out");
        polled = false;
    }
    end();
}

/* --- the end -------------------------------------------------------------- */

static void test_tls_stopped_in_the_midst(void)
{
    begin();
    for (int p = 0; p < 2; p++) {
        if (SERVE(TLS_FILES, .polled = p, .encoder = &big)) {
            int stuck = dial(port);
            say_bytes(stuck, hello, sizeof hello - 1);
            unlink(in_folder("out"));
            pid_t child = start_curl("--limit-rate 1M", "out");
            struct stat is = { 0 };
            for (double start = seconds(); seconds() - start < PATIENCE && is.st_size == 0;) {
                if (p)
                    CHECK_OK(prom_http_poll(http, 10));
                else
                    pause_ms(5);
                stat(in_folder("out"), &is);
            }
            prom_http_stop(http);
            CHECK(end_curl(child) > 0);
            CHECK(sees_end(stuck));
            close(stuck);
        }
        end();
    }
}

static void test_tls_is_over(void)
{
    begin();
    CHECK(shell("rm -rf %s", folder, "") == 0);
}

TESTS(ROW(test_tls_scrape), ROW(test_tls_large_bodies), ROW(test_tls_kept_alive),
      ROW(test_tls_client_certificates), ROW(test_tls_bad_files), ROW(test_tls_reload),
      ROW(test_tls_reload_by_links), ROW(test_tls_reload_of_client_ca), ROW(test_tls_garbage),
      ROW(test_tls_stuck_handshakes_are_no_work), ROW(test_tls_stuck_handshakes_are_cut),
      ROW(test_tls_stuck_handshakes_hold_no_places), ROW(test_tls_reader_that_leaves),
      ROW(test_tls_stopped_in_the_midst), ROW(test_tls_is_over))
