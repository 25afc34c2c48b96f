// SPDX-License-Identifier: Apache-2.0
/* request.c - see request.h. Errors are told in three ways inside: a CURLcode is what libcurl
 * makes of one try, a prom_err what comes of all. */
#define _POSIX_C_SOURCE 200809L /* poll */
#include "request.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/hush.h"
#include "base/lock.h"
#include "client.h"
#include "curl.h"
#include "url.h"
#include "words.h"

#include <prom/version.h>

#include <curl/curl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum {
    BODY_KEPT = 4096,
    BODY_MAX = 1 << 18, /* who says more is not listened to any longer */
    WORDS_MAX = 300,    /* of the peer's own, in a sentence */
    URL_SHOWN = 256,
    MOST_REDIRECTS = 5
};

struct prom__request {
    prom__client client;
    uint32_t forks; /* of the process whose handles these are */
    CURL *easy;     /* NULL: not made yet */
    CURLM *multi;   /* keeps the connection */
    struct curl_slist *headers;

    /* The answer to the last try. */
    unsigned status, tries;
    bool headed;   /* its header has come, so the status is what it says whatever follows */
    size_t n, all; /* bytes of the body that are kept, and that came */
    char body[BODY_KEPT + 1];
    char error[CURL_ERROR_SIZE];
};

/* --- what libcurl calls -------------------------------------------------- */

static size_t take_body(char *p, size_t size, size_t n, void *request)
{
    prom__request *q = request;
    n *= size;
    size_t kept = n < BODY_KEPT - q->n ? n : BODY_KEPT - q->n;
    memcpy(q->body + q->n, p, kept);
    q->n += kept;
    q->all += n;
    return q->all > BODY_MAX ? CURL_WRITEFUNC_ERROR : n;
}

/* Answers that are passed over (100, redirects) have headers too; the last one counts. */
static size_t take_header(char *p, size_t size, size_t n, void *request)
{
    prom__request *q = request;
    long status = 0;
    n *= size;
    if (n >= 5 && memcmp(p, "HTTP/", 5) == 0) {
        q->headed = false;
        q->n = q->all = 0;
    }
    curl_easy_getinfo(q->easy, CURLINFO_RESPONSE_CODE, &status);
    if (n && (*p == '\r' || *p == '\n') && status >= 200) {
        q->headed = true;
        q->status = (unsigned)status;
    }
    return n;
}

/* Programs that the host runs get no copy. */
static curl_socket_t open_socket(void *data, curlsocktype purpose, struct curl_sockaddr *a)
{
    (void)data, (void)purpose;
    return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

/* --- handles -------------------------------------------------------------- */

/* Those of a parent process are left alone: to close them would speak on its connections. */
static void drop_handles_of_parent(prom__request *q)
{
    prom__lock();
    uint32_t forks = prom__lock_forks();
    prom__unlock();
    if (q->forks != forks) {
        q->easy = NULL;
        q->multi = NULL;
        q->headers = NULL;
    }
    q->forks = forks;
}

static CURLcode set_transfer(prom__request *q, CURL *c)
{
    CURLcode e = curl_easy_setopt(c, CURLOPT_ERRORBUFFER, q->error);
    e = e ? e : curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    e = e ? e : curl_easy_setopt(c, CURLOPT_QUICK_EXIT, 1L);
    e = e ? e : curl_easy_setopt(c, CURLOPT_DEFAULT_PROTOCOL, "http");
    e = e ? e : curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
    e = e ? e : curl_easy_setopt(c, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    e = e ? e : curl_easy_setopt(c, CURLOPT_MAXREDIRS, (long)MOST_REDIRECTS);
    e = e ? e : curl_easy_setopt(c, CURLOPT_POSTREDIR, (long)CURL_REDIR_POST_ALL);
    e = e ? e : curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    e = e ? e : curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_body);
    e = e ? e : curl_easy_setopt(c, CURLOPT_WRITEDATA, q);
    e = e ? e : curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, take_header);
    e = e ? e : curl_easy_setopt(c, CURLOPT_HEADERDATA, q);
    return e;
}

static long as_long(unsigned ms)
{
    return ms > INT_MAX ? INT_MAX : (long)ms;
}

static CURLcode set_client(const prom_client_opts *o, CURL *c)
{
    CURLcode e = curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, (long)o->follow);
    e = e ? e : curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, as_long(o->connect_timeout_ms));
    if (o->unix_socket)
        e = e ? e : curl_easy_setopt(c, CURLOPT_UNIX_SOCKET_PATH, o->unix_socket);
    if (o->proxy)
        e = e ? e : curl_easy_setopt(c, CURLOPT_PROXY, o->proxy);
    if (o->user) {
        e = e ? e : curl_easy_setopt(c, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
        e = e ? e : curl_easy_setopt(c, CURLOPT_USERNAME, o->user);
        e = e ? e : curl_easy_setopt(c, CURLOPT_PASSWORD, o->password ? o->password : "");
    }
    return e;
}

static CURLcode set_tls(const prom_client_opts *o, CURL *c)
{
    CURLcode e = CURLE_OK;
    (void)curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    (void)curl_easy_setopt(c, CURLOPT_CA_CACHE_TIMEOUT, 0L); /* what is renewed is followed */
    if (o->ca_file)
        e = e ? e : curl_easy_setopt(c, CURLOPT_CAINFO, o->ca_file);
    if (o->cert_file) {
        e = e ? e : curl_easy_setopt(c, CURLOPT_SSLCERT, o->cert_file);
        e = e ? e : curl_easy_setopt(c, CURLOPT_SSLKEY, o->key_file);
    }
    if (o->insecure) {
        e = e ? e : curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 0L);
        e = e ? e : curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 0L);
    }
    return e;
}

static CURLcode make_handles(prom__request *q)
{
    if (q->easy)
        return CURLE_OK;
    CURL *c = curl_easy_init();
    CURLcode e = c ? set_transfer(q, c) : CURLE_OUT_OF_MEMORY;
    e = e ? e : set_client(&q->client.opts, c);
    e = e ? e : set_tls(&q->client.opts, c);
    if (!e && !q->multi)
        q->multi = curl_multi_init();
    if (!e && !q->multi)
        e = CURLE_OUT_OF_MEMORY;
    if (e)
        curl_easy_cleanup(c);
    else
        q->easy = c;
    return e;
}

/* --- the question ---------------------------------------------------------- */

static CURLcode add_header(prom__request *q, const char *header)
{
    struct curl_slist *longer = curl_slist_append(q->headers, header);
    if (!longer)
        return CURLE_OUT_OF_MEMORY;
    q->headers = longer;
    return CURLE_OK;
}

/* How often the same was asked before this try. */
static CURLcode add_counter(prom__request *q, const prom__ask *ask)
{
    char header[80];
    unsigned before = ask->asked + (q->tries ? q->tries - 1 : 0);
    if (!ask->counter || !before)
        return CURLE_OK;
    snprintf(header, sizeof header, "%s: %u", ask->counter, before);
    return add_header(q, header);
}

static CURLcode set_headers(prom__request *q, const prom__ask *ask)
{
    const char *const *of_protocol = ask->headers;
    curl_slist_free_all(q->headers);
    q->headers = NULL;
    CURLcode e = add_header(q, "Expect:"); /* none, for it costs a second where it is unknown */
    for (; of_protocol && *of_protocol && !e; of_protocol++)
        e = add_header(q, *of_protocol);
    for (const char *const *h = q->client.opts.headers; *h && !e; h++)
        e = add_header(q, *h);
    if (!e && !q->client.own_agent)
        e = add_header(q, "User-Agent: libprom/" PROM_VERSION);
    if (!e)
        e = add_counter(q, ask);
    return e ? e : curl_easy_setopt(q->easy, CURLOPT_HTTPHEADER, q->headers);
}

static CURLcode set_token(prom__request *q)
{
    if (!q->client.token)
        return CURLE_OK;
    CURLcode e = curl_easy_setopt(q->easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BEARER);
    return e ? e : curl_easy_setopt(q->easy, CURLOPT_XOAUTH2_BEARER, q->client.token);
}

static CURLcode set_question(prom__request *q, const prom__ask *ask)
{
    CURL *c = q->easy;
    bool post = strcmp(ask->method, "POST") == 0;
    CURLcode e = curl_easy_setopt(c, CURLOPT_URL, ask->url);
    e = e ? e : curl_easy_setopt(c, ask->body ? CURLOPT_POST : CURLOPT_HTTPGET, 1L);
    e = e ? e : curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, post ? NULL : ask->method);
    if (ask->body) {
        e = e ? e : curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)ask->n);
        e = e ? e : curl_easy_setopt(c, CURLOPT_POSTFIELDS, ask->body);
    }
    e = e ? e : set_token(q);
    return e ? e : set_headers(q, ask);
}

/* --- one try ---------------------------------------------------------------- */

static bool is_stopped(const prom_delivery *d)
{
    struct pollfd stop = { .fd = prom_delivery_stop_fd(d), .events = POLLIN };
    return poll(&stop, 1, 0) > 0;
}

/* Till it is done, or there is no time left: then it is not running any more either. */
static CURLcode run(prom__request *q, prom_delivery *d)
{
    struct curl_waitfd stop = { .fd = prom_delivery_stop_fd(d), .events = CURL_WAIT_POLLIN };
    int running = 1, left_over;
    unsigned left;
    CURLMcode m = CURLM_OK;
    while (!m && running && (left = prom_delivery_left_ms(d)) > 0) {
        m = curl_multi_perform(q->multi, &running);
        if (!m && running)
            m = curl_multi_poll(q->multi, &stop, stop.fd >= 0, (int)as_long(left), NULL);
    }
    const CURLMsg *done = curl_multi_info_read(q->multi, &left_over);
    if (done)
        return done->data.result;
    return m == CURLM_OK              ? CURLE_OPERATION_TIMEDOUT
           : m == CURLM_OUT_OF_MEMORY ? CURLE_OUT_OF_MEMORY
                                      : CURLE_FAILED_INIT;
}

static bool is_redirect(unsigned status)
{
    return status >= 300 && status < 400;
}

static bool peer_spoke(const prom__request *q)
{
    curl_off_t first = 0;
    return curl_easy_getinfo(q->easy, CURLINFO_STARTTRANSFER_TIME_T, &first) == CURLE_OK &&
           first > 0;
}

/* So libcurl tells of a line that is longer than it takes. */
static CURLcode too_long(prom__request *q)
{
    strcpy(q->error, "Too long a line in the header");
    return CURLE_WEIRD_SERVER_REPLY;
}

/* OK: there is an answer. */
static CURLcode try_once(prom__request *q, prom_delivery *d)
{
    q->status = 0;
    q->headed = false;
    q->n = q->all = 0;
    q->error[0] = '\0';
    if (curl_multi_add_handle(q->multi, q->easy) != CURLM_OK)
        return CURLE_OUT_OF_MEMORY;
    CURLcode c = run(q, d);
    if (c == CURLE_OUT_OF_MEMORY && peer_spoke(q))
        c = too_long(q);
    bool answered = q->headed && !(c && q->client.opts.follow && is_redirect(q->status));
    curl_multi_remove_handle(q->multi, q->easy);
    q->body[q->n] = '\0';
    if (answered)
        return CURLE_OK;
    if (!c)
        strcpy(q->error, "Half an answer");
    return c ? c : CURLE_GOT_NOTHING;
}

/* --- again ------------------------------------------------------------------- */

static bool usual_repeat(unsigned status)
{
    return status == 429 || status >= 500;
}

static bool may_repeat(const prom__request *q, const prom__ask *ask, CURLcode c)
{
    switch (c) {
    case CURLE_OK:
        return (ask->may_repeat ? ask->may_repeat : usual_repeat)(q->status);
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_PARTIAL_FILE:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
        return true;
    default:
        return false;
    }
}

/* Half of it is left to chance, so that those who were cut off together do not come back
 * together. */
static uint64_t pause_before_next(prom__request *q)
{
    const prom_client_opts *o = &q->client.opts;
    curl_off_t asked = 0;
    uint64_t ms = o->backoff_ms;
    for (unsigned i = 1; i < q->tries && ms < o->max_backoff_ms; i++)
        ms *= 2;
    ms = ms < o->max_backoff_ms ? ms : o->max_backoff_ms;
    uint64_t chance =
        prom__hash_mix(prom__clock_steady() ^ prom__hash_key(), 0xa0761d6478bd642fu);
    ms = ms - ms / 2 + chance % (ms / 2 + 1);
    if (curl_easy_getinfo(q->easy, CURLINFO_RETRY_AFTER, &asked) == CURLE_OK && asked > 0) {
        uint64_t asked_ms = asked > INT_MAX ? INT_MAX : (uint64_t)asked * 1000;
        ms = ms > asked_ms ? ms : asked_ms;
    }
    return ms;
}

/* false: there is not so much time left, or less suddenly. */
static bool pause_for(prom_delivery *d, uint64_t ms)
{
    uint64_t until = prom__clock_steady() + ms * 1000000u, now;
    if (ms >= prom_delivery_left_ms(d))
        return false;
    struct pollfd stop = { .fd = prom_delivery_stop_fd(d), .events = POLLIN };
    while ((now = prom__clock_steady()) < until && prom_delivery_left_ms(d))
        poll(&stop, 1, (int)((until - now + 999999u) / 1000000u));
    return prom_delivery_left_ms(d) > 0;
}

static CURLcode try_and_again(prom__request *q, prom_delivery *d, const prom__ask *ask)
{
    CURLcode c;
    for (q->tries = 1;; q->tries++) {
        c = q->tries > 1 && ask->counter ? set_headers(q, ask) : CURLE_OK;
        c = c ? c : try_once(q, d);
        if (q->tries > q->client.opts.retries || !may_repeat(q, ask, c) ||
            !pause_for(d, pause_before_next(q)))
            return c;
    }
}

/* --- what comes of it ---------------------------------------------------------- */

static prom_err no_answer(const prom__request *q, const prom_delivery *d, const char *url,
                          CURLcode c)
{
    char shown[URL_SHOWN], tries[32] = "";
    if (c == CURLE_OUT_OF_MEMORY)
        return prom__no_memory("a request");
    prom__url_show(url, shown, sizeof shown);
    if (is_stopped(d))
        return prom_fail(PROM_E_CANCELLED, "'%s': stopped before there was an answer", shown);
    if (q->tries > 1)
        snprintf(tries, sizeof tries, " (%u tries)", q->tries);
    if (!prom_delivery_left_ms(d))
        return prom_fail(PROM_E_TIMEOUT, "'%s': no answer in time%s%s%s", shown,
                         *q->error ? ": " : "", q->error, tries);
    return prom_fail(c == CURLE_OPERATION_TIMEDOUT ? PROM_E_TIMEOUT : PROM_E_IO, "'%s': %s%s",
                     shown, *q->error ? q->error : curl_easy_strerror(c), tries);
}

prom_err prom__request_send(prom__request *q, prom_delivery *d, const prom__ask *ask,
                            prom__answer *out)
{
    *out = (prom__answer){ 0 };
    q->status = q->tries = 0;
    q->n = 0;
    prom_err e = prom__url_check(ask->url);
    if (!e)
        e = prom__client_read_token(&q->client);
    if (e)
        return e;
    prom__hush peace;
    prom__hush_begin(&peace, SIGPIPE);
    drop_handles_of_parent(q);
    q->error[0] = '\0';
    CURLcode c = make_handles(q);
    c = c ? c : set_question(q, ask);
    c = c ? c : try_and_again(q, d, ask);
    prom__hush_end(&peace);
    out->tries = q->tries;
    if (c)
        return no_answer(q, d, ask->url, c);
    *out = (prom__answer){ q->status, { q->body, q->n }, q->tries };
    return PROM_OK;
}

const char *prom__request_header(prom__request *q, const char *name)
{
    struct curl_header *h = NULL;
    if (!q->easy || !q->status ||
        curl_easy_header(q->easy, name, 0, CURLH_HEADER, -1, &h) != CURLHE_OK)
        return NULL;
    return h->value;
}

/* --- the peer's words ------------------------------------------------------------ */

prom_err prom__request_judge(prom__request *q, const char *url)
{
    if (q->status >= 200 && q->status < 300)
        return PROM_OK;
    return prom__request_refused(q, url, (prom_str){ q->body, q->n });
}

prom_err prom__request_refused(prom__request *q, const char *url, prom_str said)
{
    char shown[URL_SHOWN], words[WORDS_MAX], tries[32] = "";
    prom__url_show(url, shown, sizeof shown);
    prom__words(said.p, said.n, words, sizeof words);
    if (prom__client_betrayed(&q->client, said.p, said.n))
        words[0] = '\0';
    const char *where = is_redirect(q->status) ? prom__request_header(q, "Location") : NULL;
    if (q->tries > 1)
        snprintf(tries, sizeof tries, " (%u tries)", q->tries);
    if (where)
        return prom_fail(PROM_E_IO, "'%s' answers with status %u, which leads to another URL",
                         shown, q->status);
    return prom_fail(PROM_E_IO, "'%s' answers with status %u%s%s%s", shown, q->status, tries,
                     *words ? ": " : "", words);
}

/* --- its life ---------------------------------------------------------------------- */

prom_err prom__request_new(const prom_client_opts *o, const char *const *reserved,
                           prom__request **out)
{
    *out = NULL;
    prom__request *q = prom__alloc_zero(sizeof *q);
    if (!q)
        return prom__no_memory("a request");
    prom_err e = prom__client_init(&q->client, o, reserved);
    if (e) {
        prom__free(q);
        return e;
    }
    e = prom__curl_start(); /* before its sender: see push/exit.c */
    if (e) {
        prom__request_free(q);
        return e;
    }
    *out = q;
    return PROM_OK;
}

void prom__request_free(prom__request *q)
{
    if (!q)
        return;
    drop_handles_of_parent(q);
    prom__hush peace;
    prom__hush_begin(&peace, SIGPIPE);
    curl_easy_cleanup(q->easy);
    curl_multi_cleanup(q->multi);
    curl_slist_free_all(q->headers);
    prom__hush_end(&peace);
    prom__client_free(&q->client);
    prom__free(q);
}
