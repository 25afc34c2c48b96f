// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE /* accept4 */
#include "daemon.h"

#include "base/alloc.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* Before libmicrohttpd looks at those that are cut for them; see SPARE_SLOTS of guard.c. */
#define ACCEPTS_MAX 16

/* Without anybody to cut we look again after this time, whether there is a descriptor. */
#define DEAF_NS_MAX 50000000u

/* To send and to make answers take turns of this length. */
#define SLICE_NS 1000000u

#define BLOCKED_NS 1000000u /* until memory may be free again for another answer */

#define EVENTS_MAX 64 /* of one wait; the others come with the next */

#define HOUR_NS 3600000000000u /* as good as for ever, and fits an int of milliseconds */

/* What we know of a connection. */
struct prom__link {
    prom__daemon *daemon;
    struct MHD_Connection *connection;
    prom__tls_call tls; /* zeroed without TLS */
    bool parked;        /* suspended until its client says something */
};

static bool watch(const prom__daemon *d, int op, int fd, uint32_t events, void *what)
{
    struct epoll_event e = { .events = events, .data.ptr = what };
    return epoll_ctl(d->set_fd, op, fd, &e) == 0;
}

/* --- handshakes ----------------------------------------------------------- */

static void go_on(prom__link *x)
{
    watch(x->daemon, EPOLL_CTL_DEL, x->tls.fd, 0, NULL);
    MHD_resume_connection(x->connection);
    x->parked = false;
    x->daemon->resumed = true;
}

/* libmicrohttpd 0.9.75 would look again and again whether the client has said something. */
static void park(void *data)
{
    prom__link *x = data;
    if (x->parked)
        return;
    MHD_suspend_connection(x->connection);
    x->parked = true;
    if (!watch(x->daemon, EPOLL_CTL_ADD, x->tls.fd, EPOLLIN | EPOLLRDHUP, x))
        go_on(x);
}

static bool may_go_on(void *data)
{
    prom__link *x = data;
    return prom__pace_meet(&x->daemon->pace);
}

static void begin_link(prom__daemon *d, prom__link *x, struct MHD_Connection *c, int fd)
{
    *x = (prom__link){ .daemon = d, .connection = c };
    if (!d->tls)
        return;
    x->tls = (prom__tls_call){ .may_go_on = may_go_on, .starved = park, .data = x };
    void *session = MHD_get_connection_info(c, MHD_CONNECTION_INFO_GNUTLS_SESSION)->tls_session;
    prom__tls_begin(d->tls, &x->tls, session, fd);
}

/* --- what libmicrohttpd tells us ------------------------------------------ */

static prom__link *link_of(const prom__daemon *d, const prom__guard_slot *slot)
{
    return &d->links[slot - d->guard.slots];
}

static void on_connection(void *cls, struct MHD_Connection *c, void **context,
                          enum MHD_ConnectionNotificationCode code)
{
    prom__daemon *d = cls;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        int fd = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
        prom__guard_slot *slot = prom__guard_open(&d->guard, fd, prom__clock_steady());
        *context = slot;
        if (slot)
            begin_link(d, link_of(d, slot), c, fd);
        else
            shutdown(fd, SHUT_RDWR);
    } else if (*context) {
        prom__tls_end(&link_of(d, *context)->tls);
        prom__guard_close(&d->guard, *context);
        *context = NULL;
    }
}

static void mark(prom__daemon *d, struct MHD_Connection *c, prom__guard_state state)
{
    prom__guard_slot *slot = prom__reply_slot(c);
    if (slot)
        prom__guard_mark(&d->guard, slot, state, prom__clock_steady());
}

/* The first we hear of a request on a connection that was kept alive. */
static void *on_request_line(void *cls, const char *uri, struct MHD_Connection *c)
{
    mark(cls, c, PROM__GUARD_READING);
    return prom__reply_begin(uri);
}

static void on_answered(void *cls, struct MHD_Connection *c, void **context,
                        enum MHD_RequestTerminationCode code)
{
    (void)code;
    prom__daemon *d = cls;
    prom__reply_over(d->reply, context);
    mark(d, c, PROM__GUARD_IDLE);
}

/* --- start and stop ------------------------------------------------------- */

void prom__daemon_init(prom__daemon *d)
{
    *d = (prom__daemon){ .listener.fd = -1,
                         .set_fd = -1,
                         .mhd_fd = -1,
                         .pace.until = UINT64_MAX,
                         .cut_at = UINT64_MAX };
}

/* libmicrohttpd keeps, beside the header, a record for each of its fields, and its answer's
 * header; it refuses by itself what does not fit, and reply.c what is over the limit. */
static size_t connection_memory(const prom_http_opts *o)
{
    return 2 * (size_t)o->max_header_bytes + 4096;
}

static bool start_mhd(prom__daemon *d, const prom_http_opts *o)
{
    unsigned flags = MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME;
    struct MHD_OptionItem tls[] = { { MHD_OPTION_END, 0, NULL },
                                    { MHD_OPTION_HTTPS_MEM_CERT, 0, NULL },
                                    { MHD_OPTION_HTTPS_PRIORITIES, 0, NULL },
                                    { MHD_OPTION_END, 0, NULL } };
    if (d->tls) {
        flags |= MHD_USE_TLS;
        tls[0].option = MHD_OPTION_HTTPS_MEM_KEY;
        tls[0].ptr_value = (void *)(uintptr_t)prom__tls_key(d->tls);
        tls[1].ptr_value = (void *)(uintptr_t)prom__tls_cert(d->tls);
        tls[2].ptr_value = (void *)(uintptr_t)prom__tls_priorities;
    }
    d->mhd = MHD_start_daemon(
        flags, 0, NULL, NULL, prom__reply_handle, d->reply, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)prom__guard_slots(o->max_connections), MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        connection_memory(o), MHD_OPTION_NOTIFY_CONNECTION, on_connection, d,
        MHD_OPTION_URI_LOG_CALLBACK, on_request_line, d, MHD_OPTION_NOTIFY_COMPLETED,
        on_answered, d, MHD_OPTION_ARRAY, tls, MHD_OPTION_END);
    if (d->tls)
        prom__tls_started(d->tls);
    if (d->mhd)
        d->mhd_fd = MHD_get_daemon_info(d->mhd, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    return d->mhd != NULL;
}

static prom_err start_tls(prom__daemon *d, const prom_http_opts *o)
{
    if (!o->cert_file)
        return PROM_OK;
    if (MHD_is_feature_supported(MHD_FEATURE_TLS) != MHD_YES)
        return prom_fail(PROM_E_UNSUPPORTED, "'%s': this libmicrohttpd has no TLS",
                         o->cert_file);
    return prom__tls_new(o, &d->tls);
}

static bool start_watching(prom__daemon *d, int wake_fd)
{
    d->set_fd = epoll_create1(EPOLL_CLOEXEC);
    return d->set_fd >= 0 && watch(d, EPOLL_CTL_ADD, wake_fd, EPOLLIN, NULL) &&
           watch(d, EPOLL_CTL_ADD, d->mhd_fd, EPOLLIN, NULL) &&
           watch(d, EPOLL_CTL_ADD, d->listener.fd, EPOLLIN, &d->listener);
}

prom_err prom__daemon_start(prom__daemon *d, const prom_http_opts *o, prom__reply *reply,
                            int wake_fd)
{
    d->reply = reply;
    prom_err err =
        prom__guard_init(&d->guard, o->max_connections, (uint64_t)o->deadline_ms * 1000000u);
    if (err)
        return err;
    d->links = prom__alloc_zero(prom__size_times(d->guard.n_slots, sizeof *d->links));
    if (!d->links)
        return prom__no_memory("connections");
    err = start_tls(d, o);
    if (!err)
        err = prom__listen_open(o->address, o->port, &d->listener);
    if (err)
        return err;
    if (start_mhd(d, o) && start_watching(d, wake_fd))
        return PROM_OK;
    return prom_fail(PROM_E_IO, "HTTP server: libmicrohttpd does not start");
}

void prom__daemon_stop(prom__daemon *d)
{
    for (size_t i = 0; d->mhd && i < d->guard.n_slots; i++)
        if (d->links[i].parked)
            go_on(&d->links[i]);
    if (d->mhd)
        MHD_stop_daemon(d->mhd); /* ends the connections, gives the bodies back */
    d->mhd = NULL;
    d->mhd_fd = -1;
    if (d->set_fd >= 0)
        close(d->set_fd);
    d->set_fd = -1;
    prom__listen_close(&d->listener);
}

void prom__daemon_free(prom__daemon *d)
{
    prom__guard_free(&d->guard);
    prom__free(d->links);
    d->links = NULL;
    prom__tls_free(d->tls);
    d->tls = NULL;
}

void prom__daemon_forked(prom__daemon *d)
{
    close(d->listener.fd);
    close(d->set_fd);
    close(d->mhd_fd);
    prom__guard_forked(&d->guard);
}

/* --- waiting -------------------------------------------------------------- */

/* How long libmicrohttpd can be left alone. That it has connections to resume is neither in its
 * timeout nor seen in its epoll. */
static uint64_t mhd_idle_ns(const prom__daemon *d)
{
    unsigned MHD_LONG_LONG ms;
    return MHD_get_timeout(d->mhd, &ms) == MHD_YES ? (uint64_t)ms * 1000000u : UINT64_MAX;
}

static uint64_t sooner(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

uint64_t prom__daemon_idle_ns(const prom__daemon *d)
{
    uint64_t until = d->cut_at;
    bool waiting = prom__scrapes_waiting(&d->reply->scrapes);
    if (d->resumed || d->callers || (waiting && !d->blocked_until))
        return 0;
    if (waiting)
        until = sooner(until, d->blocked_until);
    if (d->deaf_until)
        until = sooner(until, d->deaf_until);
    uint64_t ns = mhd_idle_ns(d), now = until == UINT64_MAX ? 0 : prom__clock_steady();
    return sooner(ns, until > now ? until - now : 0);
}

bool prom__daemon_wait(prom__daemon *d, uint64_t ns)
{
    struct epoll_event e[EVENTS_MAX];
    ns = sooner(sooner(ns, HOUR_NS), prom__daemon_idle_ns(d));
    int n = epoll_wait(d->set_fd, e, EVENTS_MAX, (int)((ns + 999999u) / 1000000u));
    for (int i = 0; i < n; i++)
        if (e[i].data.ptr == &d->listener)
            d->callers = true;
        else if (e[i].data.ptr)
            go_on(e[i].data.ptr);
    return n > 0 || prom__daemon_idle_ns(d) == 0;
}

/* --- a turn --------------------------------------------------------------- */

/* The listener would wake us again and again. */
static void be_deaf(prom__daemon *d, uint64_t ns, bool full)
{
    d->full = full;
    watch(d, EPOLL_CTL_MOD, d->listener.fd, 0, &d->listener);
    d->deaf_until = prom__clock_steady() + (ns < DEAF_NS_MAX ? ns : DEAF_NS_MAX);
    d->callers = false;
}

static void hear_again(prom__daemon *d)
{
    bool room = d->full && d->guard.live < d->guard.limit;
    if (!d->deaf_until || (!room && prom__clock_steady() < d->deaf_until))
        return;
    watch(d, EPOLL_CTL_MOD, d->listener.fd, EPOLLIN, &d->listener);
    d->deaf_until = 0;
}

static bool is_exhaustion(int why)
{
    return why == EMFILE || why == ENFILE || why == ENOBUFS || why == ENOMEM;
}

/* One; false: that was the last for now. No descriptor may be left for it: then another has to
 * go, or it would be left to whoever holds them who is served. */
static bool accept_one(prom__daemon *d)
{
    struct sockaddr_storage from = { 0 };
    socklen_t n = sizeof from;
    int fd =
        accept4(d->listener.fd, (struct sockaddr *)&from, &n, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd >= 0)
        return MHD_add_connection(d->mhd, fd, (struct sockaddr *)&from, n) == MHD_YES;
    if (is_exhaustion(errno)) {
        uint64_t ns = prom__guard_cut_one(&d->guard, prom__clock_steady());
        if (ns)
            be_deaf(d, ns, false);
    }
    return false;
}

/* Nobody is to be cut for a newcomer that does not come. */
static bool somebody_calls(const prom__daemon *d)
{
    struct pollfd p = { .fd = d->listener.fd, .events = POLLIN };
    return d->guard.live < d->guard.limit || poll(&p, 1, 0) == 1;
}

/* If not all get in, epoll tells us again. */
static void accept_some(prom__daemon *d)
{
    d->callers = false;
    for (int i = 0; i < ACCEPTS_MAX && d->guard.free && somebody_calls(d); i++) {
        uint64_t ns = prom__guard_make_room(&d->guard, prom__clock_steady());
        if (ns)
            be_deaf(d, ns, true);
        if (ns || !accept_one(d))
            return;
    }
}

/* The end of a piece of time that begins now, within the pace. */
static uint64_t slice_end(const prom__daemon *d)
{
    uint64_t end = prom__clock_steady() + SLICE_NS;
    return end < d->pace.until ? end : d->pace.until;
}

static void make_answers(prom__daemon *d, uint64_t until)
{
    prom__scrapes *s = &d->reply->scrapes;
    bool one = false;
    const prom__pace slice = { .until = until };
    d->blocked_until = 0;
    while (!d->blocked_until && prom__scrapes_waiting(s) && prom__pace_make(&d->pace) &&
           prom__pace_allows(&slice, &one)) {
        prom__work w = prom__scrapes_step(s);
        d->resumed |= w.resumed;
        if (w.blocked)
            d->blocked_until = prom__clock_steady() + BLOCKED_NS;
    }
}

static void run_mhd(prom__daemon *d)
{
    d->resumed = false;
    MHD_run(d->mhd);
}

/* Who is done is seen to be before somebody is cut for a newcomer; and those who come at the
 * same time are all read before answers are made, for they share them. */
static void read_and_send(prom__daemon *d)
{
    uint64_t until = slice_end(d);
    do
        run_mhd(d);
    while (mhd_idle_ns(d) == 0 && prom__clock_steady() < until);
    if (!d->callers)
        return;
    accept_some(d);
    run_mhd(d);
}

void prom__daemon_turn(prom__daemon *d, bool last)
{
    if (last)
        d->pace.until = UINT64_MAX;
    hear_again(d);
    for (int runs = 0; runs == 0 || (last && d->resumed && runs < 2); runs++) {
        read_and_send(d);
        make_answers(d, last ? UINT64_MAX : slice_end(d));
    }
    uint64_t now = prom__clock_steady(), next = prom__guard_reap(&d->guard, now);
    d->cut_at = next == UINT64_MAX ? UINT64_MAX : now + next;
}
