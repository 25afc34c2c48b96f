// SPDX-License-Identifier: Apache-2.0
/* http.c - the life of a server: start, the loop, stop, fork.
 *
 * libmicrohttpd runs without a thread of its own; ours, or the caller of prom_http_poll, runs
 * it. So one loop serves both kinds, and everything of daemon, replies and guard belongs to
 * whoever is `running`, without a lock. What others look at (running, stopping, closed, ...)
 * is under the lock of base/lock.h. The last runner closes the daemon; of a polled server that
 * nobody runs, the one who stops it does.
 *
 * User code (collectors) runs on the server's thread and may stop or let go of the very server
 * that is calling it. That only asks: the loop ends when the collector is back. */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/lock.h"
#include "base/object.h"
#include "base/thread.h"
#include "guard.h"
#include "listen.h"
#include "reply.h"

#include <prom/http.h>

#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct prom_http {
    prom__object object;
    prom_registry *registry;    /* one reference */
    char *path;                 /* owned */
    const prom_encoder **offer; /* owned, ended by NULL; NULL: the usual ones */
    pid_t pid;                  /* whose server it is: a forked child's copy is dead */
    bool polled;
    uint16_t port;

    /* The runner's. */
    struct MHD_Daemon *daemon; /* owns listen_fd and epoll_fd */
    prom__reply reply;
    prom__guard guard;
    int listen_fd, epoll_fd;
    bool resumed;      /* requests have got their answers, which are still to be sent */
    uint64_t next_cut; /* nanoseconds from the last look to the next deadline */

    /* Under the lock. */
    bool running; /* a thread is in the loop, or about to be */
    bool closed;  /* daemon gone, port free */
    bool joined;
    bool orphan; /* let go of by its own thread, which then frees it */
    prom_http *next_live;

    atomic_bool stopping;
    int wake_fd; /* readable once stopping */
    pthread_t thread;
    prom_http *outer; /* the server on whose thread this one is polled */
};

static prom_http *live;                       /* all that are not closed; under the lock */
static _Thread_local prom_http *running_here; /* the innermost, should they be nested */

static bool runs_here(const prom_http *h)
{
    const prom_http *s = running_here;
    while (s && s != h)
        s = s->outer;
    return s != NULL;
}

/* --- fork --------------------------------------------------------------- */

/* The lock is held over a fork, so the list is whole. The sockets are closed in the child for
 * otherwise the parent's port would stay taken as long as the child lives. */
static void after_fork_in_child(void)
{
    for (prom_http *h = live; h; h = h->next_live) {
        close(h->listen_fd);
        close(h->epoll_fd);
        close(h->wake_fd);
        prom__guard_forked(&h->guard);
    }
    live = NULL;
}

static void watch_forks(void)
{
    prom__lock(); /* its own fork handlers come first, then it is free in ours */
    prom__unlock();
    pthread_atfork(NULL, NULL, after_fork_in_child);
}

static void list_add(prom_http *h)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, watch_forks);
    prom__lock();
    h->next_live = live;
    live = h;
    prom__unlock();
}

static void list_remove(const prom_http *h) /* with the lock */
{
    prom_http **at = &live;
    while (*at && *at != h)
        at = &(*at)->next_live;
    if (*at)
        *at = h->next_live;
}

/* --- the loop ----------------------------------------------------------- */

static void on_connection(void *cls, struct MHD_Connection *c, void **context,
                          enum MHD_ConnectionNotificationCode code)
{
    prom_http *h = cls;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        int fd = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
        *context = prom__guard_open(&h->guard, fd, prom__clock_steady());
        if (!*context)
            shutdown(fd, SHUT_RDWR);
    } else if (*context) {
        prom__guard_close(&h->guard, *context);
        *context = NULL;
    }
}

static void mark(prom_http *h, struct MHD_Connection *c, prom__guard_state state)
{
    prom__guard_slot *slot = prom__reply_slot(c);
    if (slot)
        prom__guard_mark(&h->guard, slot, state, prom__clock_steady());
}

/* The first we hear of a request on a connection that was kept alive. */
static void *on_request_line(void *cls, const char *uri, struct MHD_Connection *c)
{
    (void)uri;
    mark(cls, c, PROM__GUARD_READING);
    return NULL;
}

static void on_answered(void *cls, struct MHD_Connection *c, void **context,
                        enum MHD_RequestTerminationCode code)
{
    (void)code;
    prom__reply_over(context);
    mark(cls, c, PROM__GUARD_IDLE);
}

/* How long libmicrohttpd can be left alone: 0 while it has work in hand. That it has
 * connections to resume is neither in its timeout nor seen in its epoll. */
static uint64_t daemon_wait_ns(const prom_http *h)
{
    unsigned MHD_LONG_LONG ms;
    if (h->resumed)
        return 0;
    return MHD_get_timeout(h->daemon, &ms) == MHD_YES ? (uint64_t)ms * 1000000u : UINT64_MAX;
}

/* Waits at most ns, and no longer than to the next deadline; true when there is work. */
static bool wait_for_work(const prom_http *h, uint64_t ns)
{
    struct pollfd fds[] = { { .fd = h->epoll_fd, .events = POLLIN },
                            { .fd = h->wake_fd, .events = POLLIN } };
    uint64_t daemon_ns = daemon_wait_ns(h);
    ns = ns < h->next_cut ? ns : h->next_cut;
    ns = ns < daemon_ns ? ns : daemon_ns;
    const uint64_t hour = 3600000000000u; /* as good as for ever, and fits an int of ms */
    int ready = poll(fds, 2, (int)(((ns < hour ? ns : hour) + 999999u) / 1000000u));
    return ready > 0 || daemon_ns == 0;
}

/* All the steps that are waiting; true: answers are to be sent. */
static bool answer_all(prom_http *h)
{
    bool resumed = false;
    for (prom__work w = { .more = true }; w.more; resumed |= w.resumed)
        w = prom__scrapes_step(&h->reply.scrapes);
    return resumed;
}

/* Once the server is to stop, nobody comes back to send the answers that were just made; those
 * who ask so late may go without one. */
static void serve(prom_http *h)
{
    int turns = 0;
    do {
        MHD_run(h->daemon);
        h->resumed = answer_all(h);
    } while (h->resumed && atomic_load(&h->stopping) && ++turns < 2);
    h->next_cut = prom__guard_reap(&h->guard, prom__clock_steady());
}

static void enter(prom_http *h)
{
    h->outer = running_here;
    running_here = h;
}

static void leave(prom_http *h)
{
    running_here = h->outer;
    h->outer = NULL;
}

/* --- the end ------------------------------------------------------------ */

/* By the last runner, or by a stopper that has made itself the runner. */
static void close_daemon(prom_http *h)
{
    prom__lock();
    list_remove(h); /* before its descriptors close and their numbers may be others' */
    prom__unlock();
    prom__scrapes_abandon(&h->reply.scrapes);
    if (h->daemon)
        MHD_stop_daemon(h->daemon); /* ends the connections, gives the bodies back */
    h->daemon = NULL;
    prom__scrapes_free(&h->reply.scrapes);
    prom__lock();
    if (h->wake_fd >= 0)
        close(h->wake_fd);
    h->wake_fd = -1;
    h->running = false;
    h->closed = true;
    prom__lock_wake();
    prom__unlock();
}

static void free_server(prom_http *h)
{
    prom_unref(h->registry);
    prom__guard_free(&h->guard);
    prom__free(h->offer);
    prom__free(h->path);
    prom__free(h);
}

static void ask_to_stop(prom_http *h) /* with the lock */
{
    uint64_t one = 1;
    if (!atomic_exchange(&h->stopping, true) && h->wake_fd >= 0)
        (void)!write(h->wake_fd, &one, sizeof one);
}

static void join(prom_http *h) /* with the lock, which it lets go */
{
    bool mine = !h->polled && !h->joined;
    h->joined = true;
    prom__unlock();
    if (mine)
        pthread_join(h->thread, NULL);
}

void prom_http_stop(prom_http *h)
{
    if (!h || h->pid != getpid())
        return;
    prom__lock();
    ask_to_stop(h);
    if (runs_here(h)) {
        prom__unlock();
        return;
    }
    while (h->running)
        prom__lock_wait(UINT64_MAX);
    if (h->closed) {
        join(h);
        return;
    }
    h->running = true;
    prom__unlock();
    close_daemon(h);
}

static void destroy(void *self)
{
    prom_http *h = self;
    if (h->pid != getpid())
        return; /* a copy, perhaps made in the middle of a request: nothing in it can be freed
                 */
    prom_http_stop(h);
    if (!runs_here(h)) {
        free_server(h);
        return;
    }
    pthread_detach(h->thread); /* a polled one cannot be here: poll holds a reference */
    prom__lock();
    h->orphan = true;
    prom__unlock();
}

/* --- the thread --------------------------------------------------------- */

static void *run_thread(void *data)
{
    prom_http *h = data;
    enter(h);
    while (!atomic_load(&h->stopping)) {
        wait_for_work(h, UINT64_MAX);
        serve(h);
    }
    leave(h);
    bool orphan = h->orphan; /* only this thread makes it one, and it has left */
    close_daemon(h);
    if (orphan)
        free_server(h);
    return NULL;
}

static prom_err start_thread(prom_http *h)
{
    h->running = true;
    int bad = prom__thread_start(&h->thread, "prom-http", run_thread, h);
    if (!bad)
        return PROM_OK;
    h->running = false;
    return prom_fail(PROM_E_IO, "HTTP server has no thread: %s", strerror(bad));
}

/* --- start -------------------------------------------------------------- */

static prom_err read_opts(const prom_http_opts *given, prom_http_opts *o)
{
    *o = (prom_http_opts){ .size = sizeof *o };
    if (given) {
        if (given->size < sizeof given->size)
            return prom_fail(PROM_E_INVAL, "HTTP server: opts do not say their size");
        memcpy(o, given, given->size < sizeof *o ? given->size : sizeof *o);
    }
    o->address = o->address ? o->address : "127.0.0.1";
    o->path = o->path ? o->path : "/metrics";
    o->max_connections = o->max_connections ? o->max_connections : 64;
    o->deadline_ms = o->deadline_ms ? o->deadline_ms : 10000;
    o->max_header_bytes = o->max_header_bytes ? o->max_header_bytes : 16384;
    if (o->path[0] != '/')
        return prom_fail(PROM_E_INVAL, "HTTP path '%s' does not begin with '/'", o->path);
    if (o->max_header_bytes < 1024)
        return prom_fail(PROM_E_INVAL, "max_header_bytes %u is less than 1024",
                         o->max_header_bytes);
    if (o->max_connections > 65535)
        return prom_fail(PROM_E_INVAL, "max_connections %u is more than 65535",
                         o->max_connections);
    return PROM_OK;
}

static prom_err copy_path(prom_http *h, const char *path)
{
    size_t n = strlen(path) + 1;
    h->path = prom__alloc(n);
    if (!h->path)
        return prom__no_memory("an HTTP server");
    memcpy(h->path, path, n);
    return PROM_OK;
}

/* A forced encoder is the only one on offer. */
static prom_err copy_offer(prom_http *h, const prom_http_opts *o)
{
    const prom_encoder *const forced[] = { o->encoder, NULL };
    const prom_encoder *const *from = o->encoder ? forced : o->offer;
    size_t n = 1;
    if (!from)
        return PROM_OK;
    while (from[n - 1])
        n++;
    h->offer = prom__alloc(prom__size_times(n, sizeof *h->offer));
    if (!h->offer)
        return prom__no_memory("an HTTP server");
    memcpy(h->offer, from, n * sizeof *h->offer);
    return PROM_OK;
}

static prom_err make_parts(prom_http *h, prom_registry *r, const prom_http_opts *o)
{
    prom_err err = copy_path(h, o->path);
    if (!err)
        err = copy_offer(h, o);
    if (!err)
        err = prom__guard_init(&h->guard, o->max_connections,
                               (uint64_t)o->deadline_ms * 1000000u);
    if (err)
        return err;
    h->registry = prom_ref(r);
    h->reply = (prom__reply){ .path = h->path,
                              .max_header_bytes = o->max_header_bytes,
                              .scrapes = { .registry = r,
                                           .offer = h->offer,
                                           .guard = &h->guard,
                                           .no_compression = o->no_compression,
                                           .max_body_bytes = o->max_body_bytes } };
    h->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return h->wake_fd >= 0 ? PROM_OK : prom_fail(PROM_E_IO, "HTTP server: no file descriptor");
}

/* libmicrohttpd keeps, beside the header, a record for each of its fields, and its answer's
 * header; it refuses by itself what does not fit, and we what is over the limit. */
static size_t connection_memory(const prom_http_opts *o)
{
    return 2 * (size_t)o->max_header_bytes + 4096;
}

static prom_err start_daemon(prom_http *h, const prom_http_opts *o)
{
    prom_err err = prom__listen_open(o->address, &h->port, &h->listen_fd);
    if (err)
        return err;
    h->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, prom__reply_handle, &h->reply,
        MHD_OPTION_LISTEN_SOCKET, h->listen_fd, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)prom__guard_slots(o->max_connections), MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        connection_memory(o), MHD_OPTION_NOTIFY_CONNECTION, on_connection, h,
        MHD_OPTION_URI_LOG_CALLBACK, on_request_line, h, MHD_OPTION_NOTIFY_COMPLETED,
        on_answered, h, MHD_OPTION_END);
    if (!h->daemon) {
        close(h->listen_fd);
        return prom_fail(PROM_E_IO, "HTTP server: libmicrohttpd does not start");
    }
    h->epoll_fd = MHD_get_daemon_info(h->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    return PROM_OK;
}

static prom_err start(prom_http *h, prom_registry *r, const prom_http_opts *o)
{
    prom_err err = make_parts(h, r, o);
    if (!err)
        err = start_daemon(h, o);
    if (err)
        return err;
    list_add(h);
    return h->polled ? PROM_OK : start_thread(h);
}

prom_err prom_http_start(prom_registry *r, const prom_http_opts *given, prom_http **out)
{
    static const prom__class class = { .name = "http", .destroy = destroy };
    *out = NULL;
    if (!r)
        return prom_fail(PROM_E_INVAL, "HTTP server without a registry");
    prom_http_opts o;
    prom_err err = read_opts(given, &o);
    if (err)
        return err;
    prom_http *h = prom__alloc_zero(sizeof *h);
    if (!h)
        return prom__no_memory("an HTTP server");
    prom__object_init(&h->object, &class);
    h->polled = o.polled;
    h->port = o.port;
    h->pid = getpid();
    h->wake_fd = -1;
    h->next_cut = UINT64_MAX;
    err = start(h, r, &o);
    if (err) {
        close_daemon(h);
        free_server(h);
        return err;
    }
    *out = h;
    return PROM_OK;
}

/* --- the rest ----------------------------------------------------------- */

uint16_t prom_http_port(const prom_http *h)
{
    return h && h->pid == getpid() && !atomic_load(&h->stopping) ? h->port : 0;
}

static prom_err begin_poll(prom_http *h)
{
    if (!h)
        return prom_fail(PROM_E_INVAL, "there is no HTTP server to poll");
    if (!h->polled)
        return prom_fail(PROM_E_INVAL, "this HTTP server has a thread of its own");
    if (h->pid != getpid())
        return prom_fail(PROM_E_CLOSED, "the HTTP server is the parent process's");
    prom__lock();
    bool stopped = atomic_load(&h->stopping), busy = h->running;
    if (!stopped && !busy)
        h->running = true;
    prom__unlock();
    if (stopped)
        return prom_fail(PROM_E_CLOSED, "the HTTP server is stopped");
    return busy ? prom_fail(PROM_E_INVAL, "the HTTP server is being polled already") : PROM_OK;
}

static void end_poll(prom_http *h)
{
    prom__lock();
    bool stopping = atomic_load(&h->stopping);
    if (!stopping)
        h->running = false;
    prom__unlock();
    if (stopping)
        close_daemon(h);
}

/* An accept, a request and its answer are several turns of libmicrohttpd. Bounded, as clients
 * could keep it busy for ever. */
#define TURNS_MAX 32

prom_err prom_http_poll(prom_http *h, int timeout_ms)
{
    prom_err err = begin_poll(h);
    if (err)
        return err;
    prom_ref(h); /* a collector may let go of the caller's */
    enter(h);
    wait_for_work(h, timeout_ms < 0 ? UINT64_MAX : (uint64_t)timeout_ms * 1000000u);
    int turns = 0;
    do
        serve(h);
    while (++turns < TURNS_MAX && !atomic_load(&h->stopping) && wait_for_work(h, 0));
    leave(h);
    end_poll(h);
    prom_unref(h);
    return PROM_OK;
}
