// SPDX-License-Identifier: Apache-2.0
/* Requests to peers that are down, slow, wrong or hostile: how often they are asked, what is
 * said of them, and that none of them holds up a stop. */
#define _GNU_SOURCE /* strndup, pipe */
#include "asker.h"

#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void pause_ms(long ms)
{
    nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000 }, NULL);
}

/* The sentence of the last error, with the URL's port, which is different each time, cut out.
 */
static void check_sentence(prom_err e, const char *url, const char *want)
{
    char quoted[128];
    const char *s = prom_error(e);
    size_t n = (size_t)snprintf(quoted, sizeof quoted, "'%s'", url);
    if (CHECK(strncmp(s, quoted, n) == 0))
        CHECK_STR(s + n, want);
    else
        fprintf(stderr, "    got \"%s\"\n", s);
}

#define ONCE   PROM_CLIENT_OPTS(.retries = PROM_NO_RETRIES)
#define QUICK  PROM_CLIENT_OPTS(.backoff_ms = 1)
#define TWICE  PROM_CLIENT_OPTS(.backoff_ms = 1, .retries = 1)
#define HEAD_5 "Content-Length: 5\r\n\r\n"

/* --- statuses ---------------------------------------------------------------------- */

static void check_status(const char *text, const char *sentence, int questions)
{
    peer p;
    asker a = { 0 };
    PEER_START(&p, { .text = text });
    CHECK_OK(asker_once(&a, TWICE, p.url, "x"));
    prom_err e = prom__request_judge(a.request, p.url);
    CHECK_ERR(e, PROM_E_IO);
    check_sentence(e, p.url, sentence);
    CHECK_INT(a.answer.tries, questions);
    asker_close(&a);
    peer_stop(&p);
    CHECK_INT(p.questions, questions);
    peer_free(&p);
}

static void test_refusals(void)
{
    check_status("HTTP/1.1 400 Bad Request\r\n" HEAD_5 "o \n\t!",
                 " answers with status 400: o !", 1);
    check_status("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
                 " answers with status 404", 1);
    check_status("HTTP/1.1 500 Oh\r\n" HEAD_5 "\xff\x01 \xc3\xa4",
                 " answers with status 500 (2 tries): ? \xc3\xa4", 2);
    check_status("HTTP/1.1 429 Slow\r\nContent-Length: 0\r\n\r\n",
                 " answers with status 429 (2 tries)", 2);
    check_status("HTTP/1.1 304 Not Modified\r\n\r\n", " answers with status 304", 1);
    check_status("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/?secret\r\n"
                 "Content-Length: 0\r\n\r\n",
                 " answers with status 302, which leads to another URL", 1);
}

/* What was said counts, though the rest of the answer never comes. */
static void test_half_a_body(void)
{
    peer p;
    asker a = { 0 };
    PEER_START(
        &p,
        { .text = "HTTP/1.1 400 Bad Request\r\nContent-Length: 50\r\n\r\nhalf a",
          .close = true },
        { .text = "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf a", .close = true });
    CHECK_OK(asker_once(&a, QUICK, p.url, "x"));
    check_sentence(prom__request_judge(a.request, p.url), p.url,
                   " answers with status 400: half a");
    CHECK_OK(asker_ask(&a, p.url, "x"));
    CHECK_OK(prom__request_judge(a.request, p.url));
    CHECK_INT(a.answer.status, 200);
    asker_close(&a);
    peer_stop(&p);
    CHECK_INT(p.questions, 2);
    peer_free(&p);
}

static void test_an_endless_body(void)
{
    peer p;
    asker a = { 0 };
    PEER_START(&p, { .text = "HTTP/1.1 400 Bad Request\r\n\r\nblah", .endless = true });
    CHECK_OK(asker_once(&a, QUICK, p.url, "x"));
    CHECK_INT(a.answer.status, 400);
    CHECK_INT(a.answer.body.n, 4096);
    CHECK(strlen(a.answer.body.p) == 4096);
    CHECK_ERR(prom__request_judge(a.request, p.url), PROM_E_IO);
    asker_close(&a);
    peer_stop(&p);
    peer_free(&p);
}

/* A peer that repeats what it should not. */
static void test_secrets_in_the_answer(void)
{
    static const char answer[] =
        "HTTP/1.1 401 No\r\nContent-Length: 18\r\n\r\nbad token 'hunter2'";
    peer p;
    asker a = { 0 };
    PEER_START(&p, { .text = answer });
    CHECK_OK(asker_once(&a, PROM_CLIENT_OPTS(.bearer_token = "hunter2"), p.url, "x"));
    check_sentence(prom__request_judge(a.request, p.url), p.url, " answers with status 401");
    asker_close(&a);
    a = (asker){ 0 };
    CHECK_OK(asker_once(&a, PROM_CLIENT_OPTS(.user = "u", .password = "hunter2"), p.url, "x"));
    check_sentence(prom__request_judge(a.request, p.url), p.url, " answers with status 401");
    asker_close(&a);
    peer_stop(&p);
    peer_free(&p);
}

static void test_secrets_in_the_url(void)
{
    asker a = { 0 };
    CHECK_ERR(asker_once(&a, ONCE, "http://me:hunter2@127.0.0.1:1/x?k=hunter3", "y"),
              PROM_E_IO);
    CHECK(!strstr(prom_error(PROM_E_IO), "hunter"));
    CHECK(strstr(prom_error(PROM_E_IO), "'http://127.0.0.1:1/x': ") != NULL);
    asker_close(&a);
}

/* --- redirects ----------------------------------------------------------------------- */

static void test_followed_redirects(void)
{
    peer p, to;
    asker a = { 0 };
    char answer[200];
    PEER_START(&to, { .text = PEER_OK });
    snprintf(answer, sizeof answer,
             "HTTP/1.1 302 Found\r\nLocation: %s/there\r\nContent-Length: 0\r\n\r\n", to.url);
    const peer_answer answers[] = { { .text = answer } };
    peer_start_with(&p, answers, 1);
    CHECK_OK(asker_once(&a, PROM_CLIENT_OPTS(.follow = true, .bearer_token = "hunter2"), p.url,
                        "body"));
    CHECK_INT(a.answer.status, 200);
    a.ask.method = "PUT";
    CHECK_OK(asker_ask(&a, p.url, "body"));
    asker_close(&a);
    peer_stop(&p);
    peer_stop(&to);
    PEER_CHECK_LINE(&to, 0, "POST /there HTTP/1.1");
    CHECK_STR(to.asked[0].body, "body");
    PEER_CHECK(&to, 0, "Authorization", NULL); /* it is for the first host only */
    PEER_CHECK_LINE(&to, 1, "PUT /there HTTP/1.1");
    CHECK_STR(to.asked[1].body, "body");
    peer_free(&p);
    peer_free(&to);
}

static void check_bad_redirect(const char *where, int questions)
{
    peer p;
    asker a = { 0 };
    char answer[200];
    snprintf(answer, sizeof answer,
             "HTTP/1.1 307 There\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n", where);
    const peer_answer answers[] = { { .text = answer } };
    peer_start_with(&p, answers, 1);
    CHECK_ERR(asker_once(&a, PROM_CLIENT_OPTS(.follow = true, .retries = PROM_NO_RETRIES),
                         p.url, "x"),
              PROM_E_IO);
    asker_close(&a);
    peer_stop(&p);
    CHECK_INT(p.questions, questions);
    peer_free(&p);
}

static void test_bad_redirects(void)
{
    check_bad_redirect("file:///etc/passwd", 1);
    check_bad_redirect("http://127.0.0.1:1/", 1);
    check_bad_redirect("/round/and/round", 6);
}

/* --- no answer ------------------------------------------------------------------------ */

static void check_no_answer(peer_answer answer, const char *sentence)
{
    peer p;
    asker a = { 0 };
    PEER_START(&p, answer);
    prom_err e = asker_once(&a, TWICE, p.url, "x");
    CHECK_ERR(e, PROM_E_IO);
    check_sentence(e, p.url, sentence);
    CHECK_INT(a.answer.status, 0);
    CHECK_STR(prom__request_header(a.request, "Content-Length"), NULL);
    asker_close(&a);
    peer_stop(&p);
    peer_free(&p);
}

static void test_no_answers(void)
{
    check_no_answer((peer_answer){ .close = true }, ": Empty reply from server (2 tries)");
    check_no_answer((peer_answer){ .text = "SSH-2.0 hello\r\n", .close = true },
                    ": Received HTTP/0.9 when not allowed");
    check_no_answer((peer_answer){ .text = "HTTP/1.1 200 OK\r\nContent-Le", .close = true },
                    ": Half an answer (2 tries)");
}

/* It is not memory that is missing. */
static void test_a_line_without_end(void)
{
    enum { LONG = 1 << 20 };
    static char text[LONG + 1];
    static const char head[] = "HTTP/1.1 200 OK\r\nX: ";
    memset(text, 'x', LONG);
    memcpy(text, head, sizeof head - 1);
    check_no_answer((peer_answer){ .text = text, .close = true },
                    ": Too long a line in the header");
}

/* A port that was free a moment ago. */
static unsigned free_port(void)
{
    struct sockaddr_in a = { .sin_family = AF_INET };
    socklen_t n = sizeof a;
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(bind(fd, (struct sockaddr *)&a, n) == 0);
    CHECK(getsockname(fd, (struct sockaddr *)&a, &n) == 0);
    close(fd);
    return ntohs(a.sin_port);
}

static void test_nobody_there(void)
{
    asker a = { 0 };
    char url[64];
    snprintf(url, sizeof url, "http://127.0.0.1:%u", free_port());
    CHECK_ERR(asker_once(&a, QUICK, url, "x"), PROM_E_IO);
    CHECK(strstr(prom_error(PROM_E_IO), "(4 tries)") != NULL);
    CHECK(strstr(prom_error(PROM_E_IO), "onnect") != NULL);
    asker_close(&a);
}

/* It comes back between two tries. */
static void test_third_time_lucky(void)
{
    peer p;
    asker a = { 0 };
    PEER_START(&p, { .close = true },
               { .text = "HTTP/1.1 503 Soon\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n" },
               { .text = PEER_OK });
    double begin = seconds();
    CHECK_OK(asker_once(&a, QUICK, p.url, "body"));
    CHECK(seconds() - begin >= 1); /* as the peer has asked */
    CHECK_INT(a.answer.status, 200);
    CHECK_INT(a.answer.tries, 3);
    asker_close(&a);
    peer_stop(&p);
    for (int i = 0; i < 3; i++)
        CHECK_STR(p.asked[i].body, "body");
    peer_free(&p);
}

/* Where the pause would be longer than what is left, nobody waits for nothing. */
static void test_no_time_for_a_pause(void)
{
    peer p;
    asker a = { 0 };
    PEER_START(
        &p, { .text = "HTTP/1.1 503 Soon\r\nRetry-After: 3600\r\nContent-Length: 0\r\n\r\n" });
    double begin = seconds();
    CHECK_OK(asker_once(&a, QUICK, p.url, "x"));
    CHECK(seconds() - begin < 10);
    CHECK_INT(a.answer.status, 503);
    CHECK_INT(a.answer.tries, 1);
    asker_close(&a);
    peer_stop(&p);
    peer_free(&p);
}

static bool never(unsigned status)
{
    (void)status;
    return false;
}

static void test_what_may_not_be_repeated(void)
{
    peer p;
    asker a = { .ask.may_repeat = never };
    PEER_START(&p, { .text = "HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n" });
    CHECK_OK(asker_once(&a, QUICK, p.url, "x"));
    CHECK_INT(a.answer.tries, 1);
    asker_close(&a);
    peer_stop(&p);
    peer_free(&p);
}

/* --- time and stop ---------------------------------------------------------------------- */

static const peer_answer slow[] = {
    { .text = "HTTP/1.1 200 OK\r\nContent-", .hang = true },
    { .text = "", .hang = true },
};

static void test_out_of_time(void)
{
    for (size_t i = 0; i < 2; i++) {
        peer p;
        asker a = { 0 };
        peer_start_with(&p, &slow[i], 1);
        CHECK_OK(asker_open(&a, QUICK, 50));
        prom_err e = asker_ask(&a, p.url, "x");
        CHECK_ERR(e, PROM_E_TIMEOUT);
        check_sentence(e, p.url, ": no answer in time");
        asker_close(&a);
        peer_stop(&p);
        peer_free(&p);
    }
}

static void *stop_when_inside(void *data)
{
    asker *a = data;
    for (int i = 0; i < 10000 && !a->inside; i++)
        pause_ms(1);
    pause_ms(20);
    CHECK_OK(prom_sender_stop(a->sender));
    return NULL;
}

/* In less than a fraction of its time. */
static void check_stopped(asker *a, const prom_client_opts *o, const char *url)
{
    pthread_t t;
    double begin = seconds();
    CHECK_OK(asker_open(a, o, 600000));
    CHECK_INT(pthread_create(&t, NULL, stop_when_inside, a), 0);
    CHECK_ERR(asker_ask(a, url, "x"), PROM_E_CANCELLED);
    pthread_join(t, NULL);
    CHECK(seconds() - begin < 10);
    asker_close(a);
}

static void test_stopped(void)
{
    peer p;
    asker waiting = { 0 }, pausing = { 0 };
    peer_start_with(&p, slow, 1);
    check_stopped(&waiting, NULL, p.url);
    peer_stop(&p);
    peer_free(&p);
    check_stopped(&pausing, PROM_CLIENT_OPTS(.backoff_ms = 300000, .max_backoff_ms = 300000),
                  "http://127.0.0.1:1");
}

static atomic_int slow_names; /* that have been looked up */

/* In place of the C library's, for libcurl too: one name hangs, another is unknown. */
int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                struct addrinfo **out)
{
    struct sockaddr_in *to;
    if (node && strcmp(node, "slow.test") == 0) {
        pause_ms(1500);
        slow_names++;
    }
    if (!node || strcmp(node, "local.test") != 0)
        return EAI_NONAME;
    struct {
        struct addrinfo a;
        struct sockaddr_in to;
    } *both = calloc(1, sizeof *both);
    to = &both->to;
    to->sin_family = AF_INET;
    to->sin_port = htons((uint16_t)(service ? atoi(service) : 0));
    to->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    both->a = (struct addrinfo){ .ai_family = AF_INET,
                                 .ai_socktype = hints->ai_socktype,
                                 .ai_addrlen = sizeof *to,
                                 .ai_addr = (struct sockaddr *)to };
    *out = &both->a;
    return 0;
}

void freeaddrinfo(struct addrinfo *a)
{
    free(a);
}

static void test_names(void)
{
    peer p;
    asker a = { 0 };
    char url[64];
    PEER_START(&p, { .text = PEER_OK });
    snprintf(url, sizeof url, "http://local.test%s", strrchr(p.url, ':'));
    CHECK_OK(asker_once(&a, TWICE, url, "x"));
    prom_err e = asker_ask(&a, "http://nowhere.test", "x");
    CHECK_ERR(e, PROM_E_IO);
    check_sentence(e, "http://nowhere.test",
                   ": Could not resolve host: nowhere.test (2 tries)");
    asker_close(&a);
    peer_stop(&p);
    peer_free(&p);
}

/* A resolver that hangs holds up neither the timeout nor the stop. */
static void test_a_slow_resolver(void)
{
    asker a = { 0 }, b = { 0 };
    CHECK_OK(asker_open(&a, QUICK, 50));
    CHECK_ERR(asker_ask(&a, "http://slow.test", "x"), PROM_E_TIMEOUT);
    asker_close(&a);
    check_stopped(&b, QUICK, "http://slow.test");
    CHECK_INT(slow_names, 0);
    for (int i = 0; i < 1000 && slow_names < 2; i++) /* its threads end by themselves */
        pause_ms(10);
    pause_ms(20); /* before leaks are looked for */
}

/* --- signals, descriptors, fork ------------------------------------------------------------
 */

static void test_no_sigpipe(void)
{
    peer p;
    asker a = { 0 };
    size_t n = 8 << 20;
    char *body = calloc(1, n + 1);
    memset(body, 'x', n);
    struct sigaction before, now;
    sigaction(SIGPIPE, &(struct sigaction){ .sa_handler = SIG_DFL }, &before);
    PEER_START(&p, { .close = true });
    for (int i = 0; i < 5; i++) {
        (void)(i ? asker_ask(&a, p.url, body) : asker_once(&a, ONCE, p.url, body));
    }
    sigaction(SIGPIPE, &before, &now);
    CHECK(now.sa_handler == SIG_DFL);
    sigset_t pending;
    sigpending(&pending);
    CHECK(!sigismember(&pending, SIGPIPE));
    asker_close(&a);
    peer_stop(&p);
    peer_free(&p);
    free(body);
}

static void look_at_descriptors(void)
{
    for (int fd = 3; fd < 64; fd++) {
        struct sockaddr_in to;
        socklen_t n = sizeof to;
        if (getpeername(fd, (struct sockaddr *)&to, &n) == 0 && to.sin_family == AF_INET)
            CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    }
}

/* The child asks on a connection of its own, the parent goes on with its. */
static void test_in_a_child(void)
{
    peer p;
    asker a = { 0 };
    int status = -1;
    PEER_START(&p, { .text = PEER_OK }, { .text = PEER_OK }, { .text = PEER_OK, .close = true },
               { .text = PEER_OK });
    CHECK_OK(asker_once(&a, ONCE, p.url, "1"));
    look_at_descriptors();
    CHECK_OK(asker_ask(&a, p.url, "2"));
    CHECK_OK(asker_ask(&a, p.url, "3"));
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        alarm(20);
        bool ok = asker_ask(&a, p.url, "child") == PROM_OK && a.answer.status == 200;
        asker_close(&a);
        _exit(ok ? 0 : 1);
    }
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    CHECK_OK(asker_ask(&a, p.url, "4"));
    asker_close(&a);
    peer_stop(&p);
    CHECK_STR(p.asked[2].body, "3");
    CHECK_STR(p.asked[3].body, "child");
    CHECK_STR(p.asked[4].body, "4");
    peer_free(&p);
}

TESTS(ROW(test_refusals), ROW(test_half_a_body), ROW(test_an_endless_body),
      ROW(test_a_line_without_end), ROW(test_secrets_in_the_answer),
      ROW(test_secrets_in_the_url), ROW(test_followed_redirects), ROW(test_bad_redirects),
      ROW(test_no_answers), ROW(test_nobody_there), ROW(test_third_time_lucky),
      ROW(test_no_time_for_a_pause), ROW(test_what_may_not_be_repeated), ROW(test_out_of_time),
      ROW(test_stopped), ROW(test_names), ROW(test_a_slow_resolver), ROW(test_no_sigpipe),
      ROW(test_in_a_child))
