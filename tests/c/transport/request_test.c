// SPDX-License-Identifier: Apache-2.0
/* Requests to a peer that behaves: what is said, what is kept, what the opts do. */
#define _GNU_SOURCE /* strndup, pipe */
#include "asker.h"

#include <stddef.h>
#include <sys/un.h>

static const char *const headers[] = { "Content-Type: text/x", "X-Protocol: 1", NULL };

static void test_a_post(void)
{
    peer p;
    asker a = { .ask.headers = headers };
    PEER_START(&p, { .text = "HTTP/1.1 202 Accepted\r\nX-Written: 7\r\nX-written: 8\r\n"
                             "Content-Length: 5\r\n\r\nhello" });
    CHECK_OK(asker_once(&a, NULL, p.url, "the body"));
    CHECK_INT(a.answer.status, 202);
    CHECK_INT(a.answer.tries, 1);
    CHECK_INT(a.answer.body.n, 5);
    CHECK_STR(a.answer.body.p, "hello");
    CHECK_STR(prom__request_header(a.request, "x-written"), "7");
    CHECK_STR(prom__request_header(a.request, "X-None"), NULL);
    CHECK_OK(prom__request_judge(a.request, p.url));
    asker_close(&a);
    peer_stop(&p);
    PEER_CHECK_LINE(&p, 0, "POST / HTTP/1.1");
    PEER_CHECK(&p, 0, "Content-Type", "text/x");
    PEER_CHECK(&p, 0, "X-Protocol", "1");
    PEER_CHECK(&p, 0, "Content-Length", "8");
    PEER_CHECK(&p, 0, "Expect", NULL);
    PEER_CHECK(&p, 0, "Authorization", NULL);
    PEER_CHECK(&p, 0, "User-Agent", "libprom/" PROM_VERSION);
    CHECK_STR(p.asked[0].body, "the body");
    peer_free(&p);
}

static void test_other_methods(void)
{
    peer p;
    asker a = { .ask.method = "PUT" };
    char url[100];
    PEER_START(&p, { .text = PEER_OK });
    snprintf(url, sizeof url, "%s/a//b/../c?x=1", p.url);
    CHECK_OK(asker_once(&a, NULL, url, "x"));
    a.ask.method = "DELETE";
    CHECK_OK(asker_ask(&a, p.url, NULL));
    a.ask.method = "PUT";
    CHECK_OK(asker_ask(&a, p.url, ""));
    a.ask.method = "POST";
    CHECK_OK(asker_ask(&a, p.url, "y"));
    asker_close(&a);
    peer_stop(&p);
    PEER_CHECK_LINE(&p, 0, "PUT /a//c?x=1 HTTP/1.1");
    PEER_CHECK_LINE(&p, 1, "DELETE / HTTP/1.1");
    PEER_CHECK(&p, 1, "Content-Length", NULL);
    PEER_CHECK_LINE(&p, 2, "PUT / HTTP/1.1");
    PEER_CHECK(&p, 2, "Content-Length", "0");
    PEER_CHECK_LINE(&p, 3, "POST / HTTP/1.1");
    CHECK_STR(p.asked[3].body, "y");
    CHECK_INT(p.connections, 1); /* kept */
    peer_free(&p);
}

/* Over a mebibyte libcurl would ask whether it is welcome. */
static void test_a_large_body(void)
{
    peer p;
    asker a = { 0 };
    size_t n = 3 << 20;
    char *body = malloc(n + 1);
    memset(body, 'x', n);
    body[n] = '\0';
    PEER_START(&p, { .text = PEER_OK });
    CHECK_OK(asker_once(&a, NULL, p.url, body));
    asker_close(&a);
    peer_stop(&p);
    PEER_CHECK(&p, 0, "Expect", NULL);
    CHECK_INT(p.asked[0].n, n);
    CHECK_STR(p.asked[0].body, body);
    peer_free(&p);
    free(body);
}

/* --- who is there ---------------------------------------------------------------- */

static void check_authorization(const prom_client_opts *o, const char *want)
{
    peer p;
    asker a = { 0 };
    PEER_START(&p, { .text = PEER_OK });
    CHECK_OK(asker_once(&a, o, p.url, "x"));
    asker_close(&a);
    peer_stop(&p);
    PEER_CHECK(&p, 0, "Authorization", want);
    peer_free(&p);
}

static void test_authentication(void)
{
    check_authorization(PROM_CLIENT_OPTS(.user = "me", .password = "my:pass"),
                        "Basic bWU6bXk6cGFzcw==");
    check_authorization(PROM_CLIENT_OPTS(.user = "me"), "Basic bWU6");
    check_authorization(PROM_CLIENT_OPTS(.bearer_token = "t.o-k/en="), "Bearer t.o-k/en=");
    check_authorization(PROM_CLIENT_OPTS(.headers = PROM_VALUES("Authorization: Own thing")),
                        "Own thing");
}

static void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    if (CHECK(f != NULL)) {
        fputs(text, f);
        fclose(f);
    }
}

/* A token that is renewed is followed. */
static void test_token_from_a_file(void)
{
    peer p;
    asker a = { 0 };
    char path[] = "/tmp/prom_token_XXXXXX";
    CHECK(close(mkstemp(path)) == 0);
    write_file(path, " first\n");
    PEER_START(&p, { .text = PEER_OK });
    CHECK_OK(asker_once(&a, PROM_CLIENT_OPTS(.bearer_token_file = path), p.url, "x"));
    write_file(path, "second");
    CHECK_OK(asker_ask(&a, p.url, "x"));
    write_file(path, " \n");
    CHECK_ERR(asker_ask(&a, p.url, "x"), PROM_E_IO);
    CHECK(strstr(prom_error(PROM_E_IO), path) != NULL);
    write_file(path, "two secrets");
    CHECK_ERR(asker_ask(&a, p.url, "x"), PROM_E_IO);
    CHECK(strstr(prom_error(PROM_E_IO), "secrets") == NULL);
    unlink(path);
    CHECK_ERR(asker_ask(&a, p.url, "x"), PROM_E_IO);
    CHECK(strstr(prom_error(PROM_E_IO), "No such file") != NULL);
    asker_close(&a);
    peer_stop(&p);
    PEER_CHECK(&p, 0, "Authorization", "Bearer first");
    PEER_CHECK(&p, 1, "Authorization", "Bearer second");
    CHECK_INT(p.questions, 2);
    peer_free(&p);
}

static void test_token_file_that_is_none(void)
{
    static const char *const paths[] = { "/tmp", "/dev/zero" };
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        asker a = { 0 };
        CHECK_ERR(
            asker_once(&a, PROM_CLIENT_OPTS(.bearer_token_file = paths[i]), "127.0.0.1:1", "x"),
            PROM_E_IO);
        CHECK(strstr(prom_error(PROM_E_IO), paths[i]) != NULL);
        asker_close(&a);
    }
}

/* --- opts ------------------------------------------------------------------------- */

static void test_own_headers(void)
{
    peer p;
    asker a = { 0 };
    char scope[] = "X-Scope-OrgID: 7";
    const char *own[] = { scope, "User-Agent: mine/1", "Host: elsewhere", NULL };
    PEER_START(&p, { .text = PEER_OK });
    prom_client_opts o = { .size = sizeof o, .headers = own };
    CHECK_OK(asker_open(&a, &o, 0));
    memset(scope, 'x', sizeof scope - 1); /* copied */
    own[0] = NULL;
    CHECK_OK(asker_ask(&a, p.url, "x"));
    asker_close(&a);
    peer_stop(&p);
    PEER_CHECK(&p, 0, "X-Scope-OrgID", "7");
    PEER_CHECK(&p, 0, "User-Agent", "mine/1");
    PEER_CHECK(&p, 0, "Host", "elsewhere");
    peer_free(&p);
}

static void check_refused(const prom_client_opts *o, const char *sentence)
{
    static const char *const reserved[] = { "X-Protocol", NULL };
    prom__request *q = (prom__request *)&q;
    CHECK_SAYS(prom__request_new(o, reserved, &q), PROM_E_INVAL, sentence);
    CHECK(q == NULL);
}

#define REFUSED(sentence, ...) check_refused(PROM_CLIENT_OPTS(__VA_ARGS__), (sentence))

static void test_bad_opts(void)
{
    prom_client_opts nothing = { .size = 0 };
    check_refused(&nothing, "prom_client_opts.size is not set: use PROM_CLIENT_OPTS");
    REFUSED("there is a password without a user", .password = "secret");
    REFUSED("user 'a:b' has a colon or control character in it", .user = "a:b");
    REFUSED("of user, bearer_token and bearer_token_file only one can be", .user = "a",
            .bearer_token = "b");
    REFUSED("of user, bearer_token and bearer_token_file only one can be", .bearer_token = "b",
            .bearer_token_file = "c");
    REFUSED("bearer_token is empty or has a blank or control character in it",
            .bearer_token = "");
    REFUSED("bearer_token is empty or has a blank or control character in it",
            .bearer_token = "a\r\nX: y");
    REFUSED("cert_file and key_file are only of use together", .cert_file = "a");
    REFUSED("cert_file and key_file are only of use together", .key_file = "a");
}

/* Nothing that a header holds may become another one. */
static void test_bad_headers(void)
{
    REFUSED("header 2 of the client is not 'Name: value'",
            .headers = PROM_VALUES("A: b", "secret"));
    REFUSED("header 1 of the client is not 'Name: value'", .headers = PROM_VALUES(""));
    REFUSED("header 1 of the client is not 'Name: value'", .headers = PROM_VALUES(": b"));
    REFUSED("header 1 of the client is not 'Name: value'", .headers = PROM_VALUES("A b: c"));
    REFUSED("header 1 of the client is not 'Name: value'", .headers = PROM_VALUES("A\r\nB: c"));
    REFUSED("header 'A' has a control character in it",
            .headers = PROM_VALUES("A: secret\r\nB: c"));
    REFUSED("header 'A' has a control character in it", .headers = PROM_VALUES("A: b\n"));
    REFUSED("header 'content-type' is the protocol's",
            .headers = PROM_VALUES("content-type: x"));
    REFUSED("header 'Expect' is the protocol's", .headers = PROM_VALUES("Expect: 100"));
    REFUSED("header 'x-protocol' is the protocol's", .headers = PROM_VALUES("x-protocol: 2"));
    REFUSED("there is a header 'Authorization' beside a user or token",
            .headers = PROM_VALUES("authorization: secret"), .user = "me");
}

/* From a caller who knew only the headers. */
static void test_older_callers(void)
{
    prom__request *q = NULL;
    prom_client_opts o = { .size = offsetof(prom_client_opts, user), .password = "secret" };
    CHECK_OK(prom__request_new(&o, NULL, &q));
    prom__request_free(q);
    prom__request_free(NULL);
}

static void test_bad_urls(void)
{
    static const char *const bad[] = { "http://127.0.0.1:1/\r\nX: y", "file:///etc/passwd",
                                       "" };
    asker a = { 0 };
    CHECK_OK(asker_open(&a, NULL, 0));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK_ERR(asker_ask(&a, bad[i], "x"), PROM_E_INVAL);
    asker_close(&a);
}

static void test_unix_socket(void)
{
    asker a = { 0 };
    peer p;
    char dir[] = "/tmp/prom_unix_XXXXXX";
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    CHECK(mkdtemp(dir) != NULL);
    snprintf(at.sun_path, sizeof at.sun_path, "%s/s", dir);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    CHECK(bind(fd, (struct sockaddr *)&at, sizeof at) == 0 && listen(fd, 8) == 0);
    peer_serve(&p, fd, &(const peer_answer){ .text = PEER_OK }, 1);
    CHECK_OK(asker_open(&a, PROM_CLIENT_OPTS(.unix_socket = at.sun_path), 5000));
    prom_err e = asker_ask(&a, "http://name.invalid/x", "y");
    asker_close(&a);
    peer_stop(&p);
    CHECK_OK(e);
    PEER_CHECK_LINE(&p, 0, "POST /x HTTP/1.1");
    PEER_CHECK(&p, 0, "Host", "name.invalid");
    peer_free(&p);
    unlink(at.sun_path);
    rmdir(dir);
}

/* The proxy is asked for all of the URL, unless there is to be none. */
static void test_proxy(void)
{
    peer p;
    asker a = { 0 }, b = { 0 };
    PEER_START(&p, { .text = PEER_OK });
    CHECK_OK(asker_once(&a, PROM_CLIENT_OPTS(.proxy = p.url), "http://name.invalid/x", "y"));
    asker_close(&a);
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    CHECK_OK(asker_once(&b, PROM_CLIENT_OPTS(.proxy = ""), p.url, "y"));
    CHECK_ERR(prom__request_judge(b.request, p.url), PROM_OK);
    asker_close(&b);
    b = (asker){ 0 };
    CHECK_ERR(asker_once(&b, PROM_CLIENT_OPTS(.retries = PROM_NO_RETRIES), p.url, "y"),
              PROM_E_IO);
    unsetenv("http_proxy");
    asker_close(&b);
    peer_stop(&p);
    PEER_CHECK_LINE(&p, 0, "POST http://name.invalid/x HTTP/1.1");
    CHECK_INT(p.questions, 2);
    peer_free(&p);
}

TESTS(ROW(test_a_post), ROW(test_other_methods), ROW(test_a_large_body),
      ROW(test_authentication), ROW(test_token_from_a_file), ROW(test_token_file_that_is_none),
      ROW(test_own_headers), ROW(test_bad_opts), ROW(test_bad_headers), ROW(test_older_callers),
      ROW(test_bad_urls), ROW(test_unix_socket), ROW(test_proxy))
