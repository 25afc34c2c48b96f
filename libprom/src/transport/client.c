// SPDX-License-Identifier: Apache-2.0
#define _POSIX_C_SOURCE 200809L /* O_CLOEXEC */
#include "client.h"

#include "base/alloc.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum {
    CONNECT_TIMEOUT_MS = 5000,
    RETRIES = 3,
    BACKOFF_MS = 1000,
    MAX_BACKOFF_MS = 10000,
    TOKEN_MAX = 65536
};

/* --- headers ------------------------------------------------------------ */

/* RFC 9110, 5.6.2. */
static size_t name_length(const char *header)
{
    return strspn(header, "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
                          "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
}

static bool is_named(const char *header, const char *name)
{
    size_t n = name_length(header);
    return n == strlen(name) && strncasecmp(header, name, n) == 0;
}

/* Anything else would be read as another header, or as the end of them all. */
static bool is_plain(const char *p)
{
    for (; *p; p++)
        if ((unsigned char)*p < ' ' ? *p != '\t' : *p == 0x7f)
            return false;
    return true;
}

static bool is_reserved(const char *header, const char *const *reserved)
{
    static const char *const always[] = { "Transfer-Encoding", "Expect", "Connection", NULL };
    if (strncasecmp(header, "Content-", 8) == 0)
        return true;
    for (const char *const *name = always; *name; name++)
        if (is_named(header, *name))
            return true;
    for (const char *const *name = reserved; name && *name; name++)
        if (is_named(header, *name))
            return true;
    return false;
}

/* A value may be a secret, so only the name is told. */
static prom_err check_header(const char *header, size_t number, const char *const *reserved,
                             bool authorized)
{
    size_t n = name_length(header);
    if (!n || header[n] != ':')
        return prom_fail(PROM_E_INVAL, "header %zu of the client is not 'Name: value'", number);
    if (!is_plain(header + n))
        return prom_fail(PROM_E_INVAL, "header '%.*s' has a control character in it", (int)n,
                         header);
    if (is_reserved(header, reserved))
        return prom_fail(PROM_E_INVAL, "header '%.*s' is the protocol's", (int)n, header);
    if (authorized && is_named(header, "Authorization"))
        return prom_fail(PROM_E_INVAL,
                         "there is a header 'Authorization' beside a user or token");
    return PROM_OK;
}

static prom_err check_headers(const prom_client_opts *o, const char *const *reserved)
{
    bool authorized = o->user || o->bearer_token || o->bearer_token_file;
    prom_err e = PROM_OK;
    for (size_t i = 0; o->headers && o->headers[i] && !e; i++)
        e = check_header(o->headers[i], i + 1, reserved, authorized);
    return e;
}

/* --- the rest ----------------------------------------------------------- */

/* A token goes into a header as it is. */
static bool is_token(const char *p)
{
    const char *begin = p;
    while ((unsigned char)*p > ' ' && *p != 0x7f)
        p++;
    return !*p && p > begin;
}

static prom_err check(const prom_client_opts *o)
{
    if (!o->user && o->password)
        return prom_fail(PROM_E_INVAL, "there is a password without a user");
    if (o->user && (strchr(o->user, ':') || !is_plain(o->user)))
        return prom_fail(PROM_E_INVAL, "user '%s' has a colon or control character in it",
                         o->user);
    if (!!o->user + !!o->bearer_token + !!o->bearer_token_file > 1)
        return prom_fail(PROM_E_INVAL, "of user, bearer_token and bearer_token_file only one "
                                       "can be");
    if (o->bearer_token && !is_token(o->bearer_token))
        return prom_fail(PROM_E_INVAL, "bearer_token is empty or has a blank or control "
                                       "character in it");
    if (!o->cert_file != !o->key_file)
        return prom_fail(PROM_E_INVAL, "cert_file and key_file are only of use together");
    return PROM_OK;
}

static prom_err read_opts(const prom_client_opts *given, prom_client_opts *o)
{
    *o = (prom_client_opts){ .size = sizeof *o };
    if (given && given->size < sizeof given->size)
        return prom_fail(PROM_E_INVAL,
                         "prom_client_opts.size is not set: use PROM_CLIENT_OPTS");
    if (given)
        memcpy(o, given, given->size < sizeof *o ? given->size : sizeof *o);
    o->connect_timeout_ms = o->connect_timeout_ms ? o->connect_timeout_ms : CONNECT_TIMEOUT_MS;
    o->retries = o->retries == PROM_NO_RETRIES ? 0 : o->retries ? o->retries : RETRIES;
    o->backoff_ms = o->backoff_ms ? o->backoff_ms : BACKOFF_MS;
    o->max_backoff_ms = o->max_backoff_ms ? o->max_backoff_ms : MAX_BACKOFF_MS;
    return check(o);
}

static bool copy(prom__arena *a, const char **s)
{
    if (*s)
        *s = prom__arena_copy(a, *s, strlen(*s));
    else
        return true;
    return *s;
}

static bool copy_headers(prom__client *c)
{
    const char *const *from = c->opts.headers;
    size_t n = 0;
    while (from && from[n])
        n++;
    const char **to = prom__arena_alloc(&c->strings, (n + 1) * sizeof *to);
    bool ok = to;
    for (size_t i = 0; i < n && ok; i++) {
        to[i] = from[i];
        ok = copy(&c->strings, &to[i]);
        c->own_agent |= is_named(from[i], "User-Agent");
    }
    if (ok)
        to[n] = NULL;
    c->opts.headers = to;
    return ok;
}

static bool copy_strings(prom__client *c)
{
    prom_client_opts *o = &c->opts;
    const char **const strings[] = { &o->user,        &o->password,  &o->bearer_token,
                                     &o->ca_file,     &o->cert_file, &o->key_file,
                                     &o->unix_socket, &o->proxy,     &o->bearer_token_file };
    bool ok = copy_headers(c);
    for (size_t i = 0; i < sizeof strings / sizeof *strings && ok; i++)
        ok = copy(&c->strings, strings[i]);
    c->token = o->bearer_token;
    return ok;
}

prom_err prom__client_init(prom__client *c, const prom_client_opts *given,
                           const char *const *reserved)
{
    *c = (prom__client){ 0 };
    prom_err e = read_opts(given, &c->opts);
    if (!e)
        e = check_headers(&c->opts, reserved);
    if (e || copy_strings(c))
        return e;
    prom__client_free(c);
    return prom__no_memory("a client");
}

void prom__client_free(prom__client *c)
{
    prom__arena_free(&c->strings);
    prom__arena_free(&c->token_memory);
}

/* --- secrets ------------------------------------------------------------ */

/* The file into room bytes, ended by NUL; -1: errno says why, or it does not fit (EFBIG). */
static int read_file(const char *path, char *out, size_t room)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe holds up nobody */
    size_t n = 0;
    ssize_t got = -1;
    while (fd >= 0 && n < room && (got = read(fd, out + n, room - n)) > 0)
        n += (size_t)got;
    int why = n == room ? EFBIG : errno;
    if (fd >= 0)
        close(fd);
    if (got < 0 || n == room) {
        errno = why;
        return -1;
    }
    out[n] = '\0';
    return 0;
}

static char *strip(char *p)
{
    static const char blanks[] = " \t\r\n";
    p += strspn(p, blanks);
    size_t n = strlen(p);
    while (n && strchr(blanks, p[n - 1]))
        n--;
    p[n] = '\0';
    return p;
}

prom_err prom__client_read_token(prom__client *c)
{
    const char *path = c->opts.bearer_token_file;
    if (!path)
        return PROM_OK;
    char *text = prom__alloc(TOKEN_MAX);
    if (!text)
        return prom__no_memory("a token");
    prom_err e = PROM_OK;
    if (read_file(path, text, TOKEN_MAX) != 0)
        e = prom_fail(PROM_E_IO, "bearer_token_file '%s': %s", path, strerror(errno));
    else if (!is_token(strip(text)))
        e = prom_fail(PROM_E_IO,
                      "bearer_token_file '%s' is empty or has a blank or control character in "
                      "its token",
                      path);
    if (!e) {
        prom__arena_reset(&c->token_memory);
        char *token = strip(text);
        c->token = prom__arena_copy(&c->token_memory, token, strlen(token));
        e = c->token ? PROM_OK : prom__no_memory("a token");
    }
    prom__free(text);
    return e;
}

static bool holds(const char *p, size_t n, const char *secret)
{
    size_t k = secret ? strlen(secret) : 0;
    for (size_t i = 0; k && i + k <= n; i++)
        if (memcmp(p + i, secret, k) == 0)
            return true;
    return false;
}

bool prom__client_betrayed(const prom__client *c, const char *p, size_t n)
{
    return holds(p, n, c->opts.password) || holds(p, n, c->token);
}
