// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE /* SOCK_NONBLOCK */
#include "line_socket.h"

#include "base/alloc.h"
#include "base/lock.h"
#include "resolve.h"

#include <errno.h>
#include <linux/sockios.h>
#include <netdb.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    DATAGRAM = 1432, /* what fits into a packet of Ethernet without being cut up */
    CONNECT_MS = 5000,
    FIRST_LOOK_MS = 1, /* after which it is asked again whether all has been taken */
    LAST_LOOK_MS = 64
};

/* --- addresses -------------------------------------------------------------- */

static char *copy(const char *p, size_t n)
{
    char *out = prom__alloc(n + 1);
    if (out) {
        memcpy(out, p, n);
        out[n] = '\0';
    }
    return out;
}

static bool is_port(const char *s)
{
    unsigned long n = 0;
    size_t i = 0;
    for (; s[i] >= '0' && s[i] <= '9' && i < 6; i++)
        n = n * 10 + (unsigned)(s[i] - '0');
    return i && !s[i] && n > 0 && n < 65536;
}

/* "host", "host:port", "[::1]", "[::1]:port", and "::1", which can have none. */
static prom_err split(prom__line_socket *s, const char *address, const char *port)
{
    const char *host = address, *colon = strchr(address, ':'), *end;
    if (*address == '[') {
        host++;
        end = strchr(host, ']');
        if (!end || (end[1] && end[1] != ':'))
            end = host; /* which is nothing */
        else if (end[1])
            port = end + 2;
    } else if (colon && !strchr(colon + 1, ':')) {
        end = colon;
        port = colon + 1;
    } else {
        end = host + strlen(host);
    }
    if (end == host || end - host > 255 || !is_port(port))
        return prom_fail(PROM_E_INVAL, "'%s' is no address: 'host:port' is wanted", address);
    s->host = copy(host, (size_t)(end - host));
    s->port = copy(port, strlen(port));
    return s->host && s->port ? PROM_OK : prom__no_memory("an address");
}

prom_err prom__line_socket_init(prom__line_socket *s, const char *address, const char *port,
                                bool udp, unsigned connect_timeout_ms)
{
    *s = (prom__line_socket){ .fd = -1,
                              .udp = udp,
                              .connect_timeout_ms =
                                  connect_timeout_ms ? connect_timeout_ms : CONNECT_MS };
    s->address = copy(address, strlen(address));
    return s->address ? split(s, address, port) : prom__no_memory("an address");
}

static void disconnect(prom__line_socket *s)
{
    if (s->fd >= 0)
        close(s->fd);
    s->fd = -1;
}

void prom__line_socket_free(prom__line_socket *s)
{
    disconnect(s);
    prom__free(s->address);
    prom__free(s->host);
    prom__free(s->port);
    prom__bytes_free(&s->last);
}

/* --- sentences -------------------------------------------------------------- */

static prom_err fail(const prom__line_socket *s, const char *why)
{
    return prom_fail(PROM_E_IO, "'%s': %s", s->address, why);
}

static prom_err fail_errno(const prom__line_socket *s, int error)
{
    char text[128] = "";
    const char *why = strerror_r(error, text, sizeof text);
    return fail(s, why);
}

/* After a wait that did not end well. */
static prom_err fail_wait(const prom__line_socket *s, prom_err e, const char *what)
{
    if (e == PROM_E_TIMEOUT)
        return prom_fail(e, "'%s' %s in time", s->address, what);
    if (e == PROM_E_CANCELLED)
        return prom_fail(e, "sending to '%s' was broken off", s->address);
    return fail(s, "cannot be waited for");
}

/* --- connections ------------------------------------------------------------ */

/* What the system has found out about the socket since it was asked last. */
static int pending_error(int fd)
{
    int error = 0;
    socklen_t n = sizeof error;
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &n) ? errno : error;
}

static prom_err connect_to(prom__line_socket *s, prom_delivery *d, const struct addrinfo *a,
                           unsigned ms)
{
    s->fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (s->fd < 0)
        return fail_errno(s, errno);
    int error = connect(s->fd, a->ai_addr, a->ai_addrlen) ? errno : 0;
    prom_err e = PROM_OK;
    if (error == EINPROGRESS || error == EINTR) {
        e = prom__wait_for(d, s->fd, POLLOUT, ms);
        error = e ? 0 : pending_error(s->fd);
    }
    if (e)
        e = fail_wait(s, e, "did not take the connection");
    else if (error)
        e = fail_errno(s, error);
    if (e)
        disconnect(s);
    return e;
}

/* To the first of its addresses that takes it; all share the time. */
static prom_err connect_anew(prom__line_socket *s, prom_delivery *d)
{
    struct addrinfo *list;
    const char *why;
    unsigned n = 0;
    disconnect(s);
    prom_err e = prom__resolve(d, s->host, s->port, s->udp, &list, &why);
    if (e == PROM_E_IO)
        return fail(s, why);
    if (e)
        return e == PROM_E_NOMEM ? e : fail_wait(s, e, "was not found");
    for (const struct addrinfo *a = list; a; a = a->ai_next)
        n++;
    for (const struct addrinfo *a = list; a && s->fd < 0 && e != PROM_E_CANCELLED;
         a = a->ai_next)
        e = connect_to(s, d, a, s->connect_timeout_ms / n + 1);
    prom__resolve_free(list);
    s->forks = prom__lock_forks();
    return e;
}

/* Servers of lines say nothing: what there is to read is their end. */
static bool is_lost(const prom__line_socket *s)
{
    char some[512];
    ssize_t n;
    while ((n = recv(s->fd, some, sizeof some, MSG_DONTWAIT)) > 0)
        ;
    return n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

/* --- TCP -------------------------------------------------------------------- */

static prom_err write_all(prom__line_socket *s, prom_delivery *d, const char *p, size_t n)
{
    while (n) {
        ssize_t k = send(s->fd, p, n, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (k >= 0) {
            p += k;
            n -= (size_t)k;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            prom_err e = prom__wait_for(d, s->fd, POLLOUT, UINT32_MAX);
            if (e)
                return fail_wait(s, e, "did not read");
        } else if (errno != EINTR) {
            return fail_errno(s, errno);
        }
    }
    return PROM_OK;
}

static int unacknowledged(int fd)
{
    int n = 0;
    return ioctl(fd, SIOCOUTQ, &n) ? 0 : n;
}

/* Until the other side's system has it all. A server that is not there any more shows by then,
 * or by the next send. */
static prom_err wait_taken(prom__line_socket *s, prom_delivery *d)
{
    unsigned look = FIRST_LOOK_MS;
    while (unacknowledged(s->fd) > 0) {
        prom_err e = prom__wait_for(d, s->fd, POLLIN | POLLRDHUP, look);
        if (e == PROM_E_TIMEOUT && prom_delivery_left_ms(d)) {
            look = look < LAST_LOOK_MS ? 2 * look : look;
            continue;
        }
        if (e)
            return fail_wait(s, e, "did not take all");
        if (is_lost(s))
            break;
    }
    int error = pending_error(s->fd);
    if (error)
        return fail_errno(s, error);
    return is_lost(s) ? fail(s, "closed the connection") : PROM_OK;
}

static prom_err send_stream(prom__line_socket *s, prom_delivery *d, const prom__bytes *lines)
{
    prom_err e = PROM_OK;
    if (s->last.n) /* it follows a connection that was lost */
        e = write_all(s, d, s->last.p, s->last.n);
    if (!e)
        e = write_all(s, d, lines->p, lines->n);
    return e ? e : wait_taken(s, d);
}

/* --- UDP -------------------------------------------------------------------- */

static prom_err send_datagram(prom__line_socket *s, prom_delivery *d, const char *p, size_t n)
{
    for (;;) {
        if (send(s->fd, p, n, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0)
            return PROM_OK;
        if (errno == EAGAIN || errno == EWOULDBLOCK) {
            prom_err e = prom__wait_for(d, s->fd, POLLOUT, UINT32_MAX);
            if (e)
                return fail_wait(s, e, "could not be sent to");
        } else if (errno != EINTR) {
            return fail_errno(s, errno);
        }
    }
}

/* Whole lines, as many as fit; one that is too long for that goes by itself. */
static size_t datagram(const char *p, size_t n)
{
    size_t end = 0;
    while (end < n) {
        size_t line = (size_t)((const char *)memchr(p + end, '\n', n - end) - p) + 1;
        if (line > DATAGRAM && end)
            break;
        end = line;
    }
    return end;
}

static prom_err send_datagrams(prom__line_socket *s, prom_delivery *d, const prom__bytes *lines)
{
    prom_err e = PROM_OK;
    for (size_t at = 0, n; at < lines->n && !e; at += n) {
        n = datagram(lines->p + at, lines->n - at);
        e = send_datagram(s, d, lines->p + at, n);
    }
    int error = e ? 0 : pending_error(s->fd);
    return error ? fail_errno(s, error) : e;
}

/* --- both ------------------------------------------------------------------- */

/* Sends are one at a time, so who finds it busy is a child of a fork that came in between: what
 * the thread that is not here was about to free is nobody's to free. */
static void begin(prom__line_socket *s)
{
    if (s->busy)
        s->last = (prom__bytes){ NULL, 0, 0 };
    s->busy = true;
}

/* Is there a connection to go on with? One that a fork has brought along is the parent's. */
static bool is_usable(prom__line_socket *s)
{
    if (s->fd >= 0 && s->forks != prom__lock_forks()) {
        disconnect(s);
        prom__bytes_free(&s->last);
    }
    if (s->fd < 0)
        return false;
    return s->udp ? pending_error(s->fd) == 0 : !is_lost(s);
}

static prom_err send_lines(prom__line_socket *s, prom_delivery *d, const prom__bytes *lines)
{
    return s->udp ? send_datagrams(s, d, lines) : send_stream(s, d, lines);
}

/* What arrived at a connection that still stands need not be sent again. */
static prom_err try_send(prom__line_socket *s, prom_delivery *d, const prom__bytes *lines)
{
    if (is_usable(s)) {
        prom__bytes last = s->last;
        s->last = (prom__bytes){ NULL, 0, 0 };
        prom_err e = send_lines(s, d, lines);
        if (e != PROM_E_IO) {
            prom__bytes_free(&last);
            return e;
        }
        s->last = last; /* lost all the same: both are for the next connection */
    }
    prom_err e = connect_anew(s, d);
    return e ? e : send_lines(s, d, lines);
}

prom_err prom__line_socket_send(prom__line_socket *s, prom_delivery *d, prom__bytes *lines)
{
    begin(s);
    prom_err e = lines->n ? try_send(s, d, lines) : PROM_OK;
    if (e) {
        disconnect(s); /* which may have stopped in the midst of a line */
        prom__bytes_free(lines);
    } else if (lines->n && !s->udp) {
        prom__bytes_free(&s->last);
        s->last = *lines;
    } else {
        prom__bytes_free(lines);
    }
    *lines = (prom__bytes){ NULL, 0, 0 };
    s->busy = false;
    return e;
}
