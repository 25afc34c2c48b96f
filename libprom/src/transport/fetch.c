// SPDX-License-Identifier: Apache-2.0
/* fetch.c - one GET by libcurl. Its own memory is not from our allocator; the body is. */
#define _POSIX_C_SOURCE 200809L /* sigset_t */
#include "base/alloc.h"
#include "base/bytes.h"
#include "base/hush.h"
#include "curl.h"

#include <prom/fetch.h>
#include <prom/version.h>

#include <curl/curl.h>
#include <limits.h>
#include <stdint.h>

enum { DEFAULT_TIMEOUT_MS = 10000, DEFAULT_LIMIT = 64 << 20, MOST_REDIRECTS = 5 };

typedef struct fetch {
    CURL *curl;
    struct curl_slist *headers;
    prom__bytes body;
    size_t limit;
    prom_err error; /* of taking the body */
    char sentence[CURL_ERROR_SIZE];
} fetch;

/* --- libcurl ------------------------------------------------------------ */

static CURLcode perform(CURL *curl)
{
    prom__hush peace;
    prom__hush_begin(&peace, SIGPIPE);
    CURLcode c = curl_easy_perform(curl);
    prom__hush_end(&peace);
    return c;
}

static size_t take(char *p, size_t size, size_t n, void *data)
{
    fetch *f = data;
    n *= size;
    if (n > f->limit - f->body.n)
        f->error = PROM_E_IO;
    else if (!prom__bytes_add(&f->body, p, n))
        f->error = PROM_E_NOMEM;
    return f->error ? CURL_WRITEFUNC_ERROR : n;
}

static bool set_up(fetch *f, const char *url, unsigned timeout_ms)
{
    CURL *c = f->curl = curl_easy_init();
    f->headers = curl_slist_append(NULL, "Accept: text/plain;version=0.0.4,*/*;q=0.1");
    long ms = timeout_ms == 0        ? DEFAULT_TIMEOUT_MS
              : timeout_ms > INT_MAX ? INT_MAX
                                     : (long)timeout_ms;
    return c && f->headers && !curl_easy_setopt(c, CURLOPT_ERRORBUFFER, f->sentence) &&
           !curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) &&
           !curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https") &&
           !curl_easy_setopt(c, CURLOPT_REDIR_PROTOCOLS_STR, "http,https") &&
           !curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 1L) &&
           !curl_easy_setopt(c, CURLOPT_MAXREDIRS, (long)MOST_REDIRECTS) &&
           !curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, ms) &&
           !curl_easy_setopt(c, CURLOPT_USERAGENT, "libprom/" PROM_VERSION) &&
           !curl_easy_setopt(c, CURLOPT_HTTPHEADER, f->headers) &&
           !curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take) &&
           !curl_easy_setopt(c, CURLOPT_WRITEDATA, f) && !curl_easy_setopt(c, CURLOPT_URL, url);
}

/* --- the call ----------------------------------------------------------- */

static prom_err outcome(const fetch *f, const char *url, CURLcode c)
{
    long status = 0;
    if (f->error == PROM_E_NOMEM || c == CURLE_OUT_OF_MEMORY)
        return prom__no_memory("a body");
    if (f->error)
        return prom_fail(PROM_E_IO, "'%s' serves more than %zu bytes", url, f->limit);
    if (c == CURLE_OPERATION_TIMEDOUT)
        return prom_fail(PROM_E_TIMEOUT, "'%s': %s", url, f->sentence);
    if (c)
        return prom_fail(PROM_E_IO, "'%s': %s", url,
                         *f->sentence ? f->sentence : curl_easy_strerror(c));
    curl_easy_getinfo(f->curl, CURLINFO_RESPONSE_CODE, &status);
    if (status != 200)
        return prom_fail(PROM_E_IO, "'%s' answers with status %ld", url, status);
    return PROM_OK;
}

prom_err prom_fetch(const char *url, unsigned timeout_ms, size_t limit, char **body, size_t *n)
{
    fetch f = { .limit = limit ? limit : DEFAULT_LIMIT };
    *body = NULL;
    if (!url)
        return prom_fail(PROM_E_INVAL, "a URL is needed to fetch from");
    prom_err e = prom__curl_start();
    if (e)
        return e;
    e = set_up(&f, url, timeout_ms) ? PROM_OK : prom__no_memory("a request");
    if (!e)
        e = outcome(&f, url, perform(f.curl));
    if (!e && !prom__bytes_add(&f.body, "", 1))
        e = prom__no_memory("a body");
    curl_easy_cleanup(f.curl);
    curl_slist_free_all(f.headers);
    if (e) {
        prom__bytes_free(&f.body);
        return e;
    }
    *body = f.body.p;
    if (n)
        *n = f.body.n - 1;
    return PROM_OK;
}
