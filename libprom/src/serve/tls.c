// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE /* explicit_bzero */
#include "tls.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/tally.h"

#include <errno.h>
#include <fcntl.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

const char prom__tls_priorities[] = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2";

enum { CERT, KEY, CLIENT_CA, N_FILES };

#define FILE_MAX (1 << 20)

/* A change within so short a time of another may leave a file's times as they are. */
#define YOUNG_NS 1000000000

/* What tells one state of a file from another. Zero: it is not there. */
typedef struct mark {
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec modified, changed;
} mark;

/* Both are needed as long as a session uses them. */
struct prom__tls_creds {
    gnutls_certificate_credentials_t x509;
    size_t refs;
    prom__tls_creds *next; /* of those that are no longer given out */
};

struct prom__tls {
    char *path[N_FILES]; /* owned; the last may be NULL */
    char *cert, *key;    /* for libmicrohttpd's start */
    prom__tls_creds *creds, *old;
    mark seen[N_FILES]; /* before they were last read, well or not */
    bool young;         /* and that was soon after a change */
};

/* --- reading files -------------------------------------------------------- */

static prom_err fail_at(const char *path, const char *why)
{
    return prom_fail(PROM_E_IO, "TLS: '%s': %s", path, why);
}

static void wipe(char **text)
{
    if (*text)
        explicit_bzero(*text, strlen(*text));
    prom__free(*text);
    *text = NULL;
}

/* Up to room bytes of a regular file, -1: not all of it. */
static ssize_t read_all(int fd, char *to, size_t room)
{
    size_t n = 0;
    ssize_t some = 1;
    while (n < room && (some = read(fd, to + n, room - n)) > 0)
        n += (size_t)some;
    return some == 0 ? (ssize_t)n : -1;
}

/* The text of a file, ended by NUL, for wipe. */
static prom_err read_open_file(const char *path, int fd, char **out)
{
    struct stat is;
    if (fstat(fd, &is) != 0)
        return fail_at(path, strerror(errno));
    if (!S_ISREG(is.st_mode) || is.st_size > FILE_MAX)
        return fail_at(path, "not a file of at most 1 MiB");
    size_t room = (size_t)is.st_size + 1;
    char *text = prom__alloc_zero(room);
    if (!text)
        return prom__no_memory("a certificate");
    if (read_all(fd, text, room) < 0) {
        text[room - 1] = '\0';
        wipe(&text);
        return fail_at(path, "it cannot be read, or changes meanwhile");
    }
    *out = text;
    return PROM_OK;
}

static prom_err read_file(const char *path, char **out)
{
    *out = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return fail_at(path, strerror(errno));
    prom_err err = read_open_file(path, fd, out);
    close(fd);
    return err;
}

static mark mark_of(const char *path)
{
    struct stat is;
    if (!path || stat(path, &is) != 0)
        return (mark){ 0 };
    return (mark){ is.st_dev, is.st_ino, is.st_size, is.st_mtim, is.st_ctim };
}

static bool same_time(struct timespec a, struct timespec b)
{
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static bool same_mark(const mark *a, const mark *b)
{
    return a->device == b->device && a->inode == b->inode && a->size == b->size &&
           same_time(a->modified, b->modified) && same_time(a->changed, b->changed);
}

/* True: some file is not as it was. */
static bool look_at_files(prom__tls *t)
{
    bool differs = false;
    t->young = false;
    for (int i = 0; i < N_FILES; i++) {
        mark m = mark_of(t->path[i]);
        int64_t changed = (int64_t)m.changed.tv_sec * 1000000000 + m.changed.tv_nsec;
        t->young |= m.inode && prom__clock_unix() - changed < YOUNG_NS;
        differs |= !same_mark(&m, &t->seen[i]);
        t->seen[i] = m;
    }
    return differs;
}

/* --- credentials ---------------------------------------------------------- */

static gnutls_datum_t datum(const char *text)
{
    return (gnutls_datum_t){ (unsigned char *)(uintptr_t)text, (unsigned)strlen(text) };
}

/* Each alone, to say which of them is bad. */
static prom_err check_cert(const char *path, const char *text)
{
    gnutls_x509_crt_t *list = NULL;
    unsigned n = 0;
    gnutls_datum_t d = datum(text);
    int bad = gnutls_x509_crt_list_import2(&list, &n, &d, GNUTLS_X509_FMT_PEM, 0);
    for (unsigned i = 0; bad >= 0 && i < n; i++)
        gnutls_x509_crt_deinit(list[i]);
    if (bad >= 0)
        gnutls_free(list);
    return bad >= 0 ? PROM_OK : fail_at(path, gnutls_strerror(bad));
}

static prom_err check_key(const char *path, const char *text)
{
    gnutls_x509_privkey_t key;
    gnutls_datum_t d = datum(text);
    int bad = gnutls_x509_privkey_init(&key);
    if (bad)
        return fail_at(path, gnutls_strerror(bad));
    bad = gnutls_x509_privkey_import2(key, &d, GNUTLS_X509_FMT_PEM, NULL, 0);
    gnutls_x509_privkey_deinit(key);
    return bad ? fail_at(path, gnutls_strerror(bad)) : PROM_OK;
}

static prom_err fill_creds(const prom__tls *t, char *const text[], prom__tls_creds *c)
{
    prom_err err = check_cert(t->path[CERT], text[CERT]);
    if (!err)
        err = check_key(t->path[KEY], text[KEY]);
    if (err)
        return err;
    gnutls_datum_t cert = datum(text[CERT]), key = datum(text[KEY]);
    int bad = gnutls_certificate_set_x509_key_mem2(c->x509, &cert, &key, GNUTLS_X509_FMT_PEM,
                                                   NULL, 0);
    if (bad < 0)
        return prom_fail(PROM_E_IO, "TLS: certificate '%s' with key '%s': %s", t->path[CERT],
                         t->path[KEY], gnutls_strerror(bad));
    if (!text[CLIENT_CA])
        return PROM_OK;
    gnutls_datum_t ca = datum(text[CLIENT_CA]);
    int n = gnutls_certificate_set_x509_trust_mem(c->x509, &ca, GNUTLS_X509_FMT_PEM);
    return n > 0 ? PROM_OK
                 : fail_at(t->path[CLIENT_CA], n ? gnutls_strerror(n) : "no certificate in it");
}

static void free_creds(prom__tls_creds *c)
{
    if (c && c->x509)
        gnutls_certificate_free_credentials(c->x509);
    prom__free(c);
}

static prom_err make_creds(const prom__tls *t, char *const text[], prom__tls_creds **out)
{
    prom__tls_creds *c = prom__alloc_zero(sizeof *c);
    prom_err err = PROM_OK;
    if (!c || gnutls_certificate_allocate_credentials(&c->x509) != 0)
        err = prom__no_memory("certificates");
    if (!err)
        err = fill_creds(t, text, c);
    if (err) {
        free_creds(c);
        return err;
    }
    c->refs = 1;
    *out = c;
    return PROM_OK;
}

static void let_go(prom__tls *t)
{
    for (prom__tls_creds **at = &t->old, *c; (c = *at);)
        if (c->refs) {
            at = &c->next;
        } else {
            *at = c->next;
            free_creds(c);
        }
}

/* After an error all is as it was. The texts of the first time are kept. */
static prom_err load(prom__tls *t)
{
    char *text[N_FILES] = { NULL };
    prom__tls_creds *fresh = NULL;
    prom_err err = PROM_OK;
    for (int i = 0; i < N_FILES && !err; i++)
        if (t->path[i])
            err = read_file(t->path[i], &text[i]);
    if (!err)
        err = make_creds(t, text, &fresh);
    if (!err && t->creds) {
        t->creds->refs--;
        t->creds->next = t->old;
        t->old = t->creds;
    } else if (!err) {
        t->cert = text[CERT];
        t->key = text[KEY];
        text[CERT] = text[KEY] = NULL;
    }
    if (!err)
        t->creds = fresh;
    for (int i = 0; i < N_FILES; i++)
        wipe(&text[i]);
    return err;
}

/* A certificate and its key are rarely replaced in one instant: a load that finds only one of
 * them changed fails, and the next change is another occasion. */
static void keep_up(prom__tls *t)
{
    bool again = t->young;
    bool differs = look_at_files(t);
    if (!differs && !again)
        return;
    if (load(t) && differs)
        atomic_fetch_add_explicit(&prom__tls_reload_failures, 1, memory_order_relaxed);
}

/* --- a server's ----------------------------------------------------------- */

static char *copy(const char *path)
{
    size_t n = strlen(path) + 1;
    char *p = prom__alloc(n);
    return p ? memcpy(p, path, n) : NULL;
}

prom_err prom__tls_new(const prom_http_opts *o, prom__tls **out)
{
    const char *const paths[N_FILES] = { o->cert_file, o->key_file, o->client_ca_file };
    prom__tls *t = prom__alloc_zero(sizeof *t);
    *out = NULL;
    if (!t)
        return prom__no_memory("TLS");
    prom_err err = PROM_OK;
    for (int i = 0; i < N_FILES && !err; i++)
        if (paths[i] && !(t->path[i] = copy(paths[i])))
            err = prom__no_memory("TLS");
    if (!err) {
        look_at_files(t);
        err = load(t);
    }
    if (err)
        prom__tls_free(t);
    else
        *out = t;
    return err;
}

void prom__tls_free(prom__tls *t)
{
    if (!t)
        return;
    prom__tls_started(t);
    let_go(t);
    free_creds(t->creds);
    for (int i = 0; i < N_FILES; i++)
        prom__free(t->path[i]);
    prom__free(t);
}

const char *prom__tls_cert(const prom__tls *t)
{
    return t->cert;
}

const char *prom__tls_key(const prom__tls *t)
{
    return t->key;
}

void prom__tls_started(prom__tls *t)
{
    wipe(&t->cert);
    wipe(&t->key);
}

/* --- a connection's ------------------------------------------------------- */

/* The client's last message of a handshake has been read. */
static int on_finished(gnutls_session_t session, unsigned type, unsigned after,
                       unsigned incoming, const gnutls_datum_t *message)
{
    (void)type, (void)after, (void)message;
    prom__tls_call *c = gnutls_transport_get_ptr(session);
    c->met |= incoming;
    return 0;
}

static ssize_t pull(gnutls_transport_ptr_t data, void *to, size_t n)
{
    prom__tls_call *c = data;
    ssize_t got = -1;
    int why = EAGAIN;
    if (c->met || c->may_go_on(c->data)) {
        got = recv(c->fd, to, n, 0);
        why = errno;
    }
    if (got < 0 && !c->met && (why == EAGAIN || why == EWOULDBLOCK))
        c->starved(c->data);
    errno = why;
    return got;
}

void prom__tls_begin(prom__tls *t, prom__tls_call *c, void *session, int fd)
{
    static gnutls_typed_vdata_st purpose = { .type = GNUTLS_DT_KEY_PURPOSE_OID,
                                             .data =
                                                 (unsigned char *)GNUTLS_KP_TLS_WWW_CLIENT };
    keep_up(t);
    let_go(t);
    c->fd = fd;
    c->creds = t->creds;
    c->creds->refs++;
    gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, c->creds->x509);
    gnutls_certificate_server_set_request(session, t->path[CLIENT_CA] ? GNUTLS_CERT_REQUIRE
                                                                      : GNUTLS_CERT_IGNORE);
    if (t->path[CLIENT_CA])
        gnutls_session_set_verify_cert2(session, &purpose, 1, 0);
    gnutls_transport_set_ptr2(session, c, (gnutls_transport_ptr_t)(intptr_t)fd);
    gnutls_transport_set_pull_function(session, pull);
    gnutls_handshake_set_hook_function(session, GNUTLS_HANDSHAKE_FINISHED, GNUTLS_HOOK_POST,
                                       on_finished);
}

void prom__tls_end(prom__tls_call *c)
{
    if (c->creds)
        c->creds->refs--;
    *c = (prom__tls_call){ 0 };
}
