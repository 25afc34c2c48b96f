// SPDX-License-Identifier: Apache-2.0
/* http.c - the life of a server: start, the loop, stop, fork.
 *
 * libmicrohttpd runs without a thread of its own; ours, or the caller of prom_http_poll, runs
 * it. So one loop serves both kinds, and everything of daemon and replies belongs to whoever is
 * `running`, without a lock. What others look at (running, stopping, closed, ...)
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
#include "daemon.h"
#include "reply.h"

#include <prom/http.h>

#include <limits.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct prom_http {
    prom__object object;
    prom_handler *handler; /* one reference; nobody else has it */
    pid_t pid;             /* whose server it is: a forked child's copy is dead */
    bool polled;
    uint16_t port;

    /* The runner's. */
    prom__daemon daemon;
    prom__reply reply;
    uint64_t left_at; /* when the last poll was over */

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
        prom__daemon_forked(&h->daemon);
        close(h->wake_fd);
        atomic_store(&h->stopping, true); /* a collector may be what forked, and come back */
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

/* Once the server is to stop, nobody comes back to send the answers that were just made; those
 * who ask so late may go without one. */
static void turn(prom_http *h)
{
    bool last = atomic_load(&h->stopping);
    prom__daemon_turn(&h->daemon, last);
    if (h->pid == getpid() && !last && atomic_load(&h->stopping)) /* by a collector, say */
        prom__daemon_turn(&h->daemon, true);
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
    if (h->pid != getpid())
        return; /* torn, and the parent's */
    prom__lock();
    list_remove(h); /* before its descriptors close and their numbers may be others' */
    prom__unlock();
    prom__scrapes_abandon(&h->reply.scrapes);
    prom__daemon_stop(&h->daemon);
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
    prom_unref(h->handler);
    prom__daemon_free(&h->daemon);
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
        prom__daemon_wait(&h->daemon, UINT64_MAX);
        turn(h);
    }
    leave(h);
    if (h->pid != getpid())
        return NULL;
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
    prom_err err = prom__handler_opts("HTTP server", given, o);
    if (err)
        return err;
    o->address = o->address ? o->address : "127.0.0.1";
    o->max_connections = o->max_connections ? o->max_connections : 64;
    o->deadline_ms = o->deadline_ms ? o->deadline_ms : 10000;
    o->max_header_bytes = o->max_header_bytes ? o->max_header_bytes : 16384;
    if (!o->cert_file != !o->key_file || (o->client_ca_file && !o->cert_file))
        return prom_fail(PROM_E_INVAL, "TLS needs both cert_file and key_file");
    if (o->max_header_bytes < 1024)
        return prom_fail(PROM_E_INVAL, "max_header_bytes %u is less than 1024",
                         o->max_header_bytes);
    if (o->max_connections > 65535)
        return prom_fail(PROM_E_INVAL, "max_connections %u is more than 65535",
                         o->max_connections);
    return PROM_OK;
}

static prom_err make_parts(prom_http *h, prom_registry *r, const prom_http_opts *o)
{
    prom_err err = prom__handler_new(r, o, &h->handler);
    if (err)
        return err;
    h->handler->servings.maker.blocks->pace = &h->daemon.pace;
    h->reply = (prom__reply){ .max_header_bytes = o->max_header_bytes,
                              .scrapes = { .handler = h->handler, .guard = &h->daemon.guard } };
    h->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return h->wake_fd >= 0 ? PROM_OK : prom_fail(PROM_E_IO, "HTTP server: no file descriptor");
}

static prom_err start(prom_http *h, prom_registry *r, const prom_http_opts *o)
{
    prom_err err = make_parts(h, r, o);
    if (!err)
        err = prom__daemon_start(&h->daemon, o, &h->reply, h->wake_fd);
    if (err)
        return err;
    h->port = h->daemon.listener.port;
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
    h->pid = getpid();
    h->wake_fd = -1;
    prom__daemon_init(&h->daemon);
    err = start(h, r, &o);
    if (err) {
        prom__listen_undo(&h->daemon.listener);
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

/* Becomes the runner, where that can be. */
static prom_err try_run(prom_http *h)
{
    if (!h || !h->polled)
        return PROM_E_INVAL;
    if (h->pid != getpid())
        return PROM_E_CLOSED;
    prom__lock();
    bool stopped = atomic_load(&h->stopping), busy = h->running;
    if (!stopped && !busy)
        h->running = true;
    prom__unlock();
    return stopped ? PROM_E_CLOSED : busy ? PROM_E_INVAL : PROM_OK;
}

static prom_err begin_poll(prom_http *h)
{
    prom_err err = try_run(h);
    if (!err)
        return PROM_OK;
    if (err == PROM_E_CLOSED)
        return prom_fail(err, h->pid != getpid() ? "the HTTP server is the parent process's"
                                                 : "the HTTP server is stopped");
    return prom_fail(err, !h           ? "there is no HTTP server to poll"
                          : !h->polled ? "this HTTP server has a thread of its own"
                                       : "the HTTP server is being polled already");
}

static void end_run(prom_http *h)
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

/* A host that does not come by for longer than this is not the clients' fault. */
#define AWAY_NS 1000000000u

static void forgive_absence(prom_http *h)
{
    uint64_t away = prom__clock_steady() - h->left_at;
    if (h->left_at && away > AWAY_NS)
        h->daemon.guard.ours_ns += away - AWAY_NS;
}

/* budget_us: UINT64_MAX for none. */
static prom_err poll_within(prom_http *h, int timeout_ms, uint64_t budget_us)
{
    prom_err err = begin_poll(h);
    if (err)
        return err;
    prom_ref(h); /* a collector may let go of the caller's */
    enter(h);
    forgive_absence(h);
    bool work = prom__daemon_wait(&h->daemon, timeout_ms < 0 ? UINT64_MAX
                                                             : (uint64_t)timeout_ms * 1000000u);
    uint64_t until = UINT64_MAX;
    if (budget_us != UINT64_MAX)
        until = prom__clock_steady() + budget_us * 1000u;
    h->daemon.pace = (prom__pace){ .until = until };
    for (int turns = 0; work && turns < TURNS_MAX && !atomic_load(&h->stopping); turns++) {
        turn(h);
        work = prom__daemon_wait(&h->daemon, 0) &&
               (until == UINT64_MAX || prom__clock_steady() < until);
    }
    h->left_at = prom__clock_steady();
    leave(h);
    end_run(h);
    prom_unref(h);
    return PROM_OK;
}

prom_err prom_http_poll(prom_http *h, int timeout_ms)
{
    return poll_within(h, timeout_ms, UINT64_MAX);
}

prom_err prom_http_poll_for(prom_http *h, int timeout_ms, unsigned budget_us)
{
    return poll_within(h, timeout_ms, budget_us);
}

int prom_http_fd(const prom_http *h)
{
    bool polled = h && h->polled && h->pid == getpid() && !atomic_load(&h->stopping);
    return polled ? h->daemon.set_fd : -1;
}

int prom_http_wait_ms(prom_http *h)
{
    if (try_run(h))
        return -1;
    uint64_t ns = prom__daemon_idle_ns(&h->daemon), ms = ns / 1000000u + (ns % 1000000u != 0);
    end_run(h);
    return ns == UINT64_MAX ? -1 : ms < INT_MAX ? (int)ms : INT_MAX;
}
