// SPDX-License-Identifier: Apache-2.0
/* send.h - senders: what a registry has, sent somewhere else; once, again and again, at the
 * end.
 *
 *     prom_sender *s;
 *     prom_push_new(prom_registry_default(),
 *                   PROM_PUSH_OPTS(.url = "http://gateway:9091", .job = "backup"),
 *                   PROM_SENDER_OPTS(.interval_ms = 15000, .last = true), &s);
 *
 * A sender gathers a registry and hands the snapshot to a transport: those of push.h,
 * graphite.h, textfile.h, remote_write.h and otlp.h, or one of yours (prom_transport). Each
 * periodic sender has a thread of its own, named "prom-" and the transport, with all signals
 * blocked; so none waits for another. */
#ifndef PROM_SEND_H
#define PROM_SEND_H

#include <prom/encode.h>
#include <prom/gather.h>

PROM_BEGIN

typedef struct prom_sender prom_sender;

typedef struct prom_sender_opts {
    size_t size;
    /* From the begin of one send to that of the next; turns that a slow one has missed are
     * left out. The first is after one interval. 0: not by itself, only by prom_send(). */
    unsigned interval_ms;
    unsigned timeout_ms; /* for one send with its gather and all its tries; 0: 30000 */

    /* Send once more, within last_timeout_ms (0: 5000), when it is stopped or let go of, and
     * when the process ends by exit() or by returning from main: so that what a short job did
     * is not lost. Several at exit run side by side. Not in a forked child. Without it what is
     * under way at exit is broken off, within the same time. */
    bool last;
    unsigned last_timeout_ms;

    /* What errors of collectors do; default: as the transport says. */
    prom_on_error on_error;
    const char *const *names; /* only these families, as in prom_gather_opts; NULL: all */

    /* Told of each send that was not asked for by prom_send() and failed, on the thread that
     * made it. It may do what it likes but wait for the sender. NULL: see prom_sender_stats. */
    void (*failed)(void *data, prom_err err, const char *sentence);
    void *data;
    void (*free_data)(void *data); /* may be NULL; once failed is not called any more */
} prom_sender_opts;

#ifndef __cplusplus
#define PROM_SENDER_OPTS(...) \
    (&(const prom_sender_opts){ .size = sizeof(prom_sender_opts), __VA_ARGS__ })
#endif

/* Sends now, on this thread, after one that is under way. In a forked child too.
 * PROM_E_TIMEOUT: not in time; PROM_E_CANCELLED: it was stopped meanwhile; else what the
 * transport says. */
prom_err prom_send(prom_sender *s);

/* Begins to send periodically again, after a stop or in a forked child, where no sender runs.
 * It does nothing while it runs. PROM_E_INVAL: it has no interval. */
prom_err prom_sender_start(prom_sender *s);

/* Ends: breaks off the send that is under way, at once, does the last one if it is wanted, and
 * lets the transport end (stale markers, for one). When it returns no thread is at work. The
 * error is that of the last send. prom_unref of the last reference does the same. From a
 * collector or transport on its own thread it only asks. Safe to repeat; afterwards prom_send()
 * still works. In a forked child it does nothing. */
prom_err prom_sender_stop(prom_sender *s);

typedef struct prom_sender_stats {
    size_t size;
    uint64_t sent, failed;   /* sends, not tries */
    int64_t last_success_ns; /* unix; 0: none yet */
    prom_err last_error;     /* of the last send that failed */
    char sentence[256];      /* its sentence; "" */
} prom_sender_stats;

/* The caller sets size. */
prom_err prom_sender_stats_read(prom_sender *s, prom_sender_stats *out);

/* --- your own transport -------------------------------------------------- */

typedef struct prom_delivery prom_delivery; /* one send under way; never kept */

typedef struct prom_transport {
    size_t size;
    const char *name; /* "statsd"; required */
    /* One at a time. The snapshot lives during the call; keep it with prom_ref. In a forked
     * child the one that the parent was in the midst of never comes back: what it left half
     * done there, connections too, is to be dropped, not used. */
    prom_err (*send)(prom_delivery *d, const prom_snapshot *s, void *data);
    /* After the last send, when the sender ends; NULL: nothing to do. */
    prom_err (*finish)(prom_delivery *d, void *data);
    void *data;
    void (*free_data)(void *data); /* may be NULL; with the sender; not if it is not made */
    prom_on_error on_error;        /* what is meant by the default; default: continue */
} prom_transport;

#ifndef __cplusplus
#define PROM_TRANSPORT(...) \
    (&(const prom_transport){ .size = sizeof(prom_transport), __VA_ARGS__ })
#endif

prom_err prom_sender_new(prom_registry *r, const prom_transport *t, const prom_sender_opts *o,
                         prom_sender **out);

/* What is left of the time for this send; 0 when it is over or the sender is being stopped. */
unsigned prom_delivery_left_ms(const prom_delivery *d);
/* A descriptor that becomes readable when the sender is being stopped: to wait for beside the
 * socket of a transport. Borrowed; never read from it. -1 in a forked child, where there is
 * nobody to stop it; poll() passes that over. */
int prom_delivery_stop_fd(const prom_delivery *d);

PROM_END
#endif
