// SPDX-License-Identifier: Apache-2.0
#include "sender.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/lock.h"

#include <stdio.h>
#include <string.h>

enum { TIMEOUT_MS = 30000, LAST_TIMEOUT_MS = 5000 };

struct prom_delivery {
    prom_sender *sender;
    uint64_t until;       /* of prom__clock_steady */
    prom_delivery *outer; /* on the same thread: of a sender that a collector uses, say */
};

static _Thread_local prom_delivery *under_way; /* the innermost */

/* --- a delivery --------------------------------------------------------- */

bool prom__sender_here(const prom_sender *s)
{
    const prom_delivery *d = under_way;
    while (d && d->sender != s)
        d = d->outer;
    return d != NULL;
}

static bool is_stopped(const prom_delivery *d)
{
    return atomic_load(&d->sender->loop.stopping);
}

unsigned prom_delivery_left_ms(const prom_delivery *d)
{
    uint64_t now = prom__clock_steady();
    if (!d || is_stopped(d) || now >= d->until)
        return 0;
    return (unsigned)((d->until - now + 999999u) / 1000000u);
}

int prom_delivery_stop_fd(const prom_delivery *d)
{
    return d ? d->sender->loop.fd : -1;
}

static bool is_over(void *delivery)
{
    return prom_delivery_left_ms(delivery) == 0;
}

static prom_err over(const prom_delivery *d)
{
    const char *name = d->sender->transport.name;
    if (is_stopped(d))
        return prom_fail(PROM_E_CANCELLED, "sender '%s' was stopped meanwhile", name);
    return prom_fail(PROM_E_TIMEOUT, "sender '%s' has run out of time", name);
}

static uint64_t time_from_now(unsigned ms)
{
    return prom__clock_steady() + (uint64_t)ms * 1000000u;
}

/* --- one at a time ------------------------------------------------------ */

/* With the lock held: a thread that a fork has left behind is busy no more, but what it was in
 * the midst of is nobody's to free. */
static void notice_fork(prom_sender *s)
{
    if (s->busy && s->busy_forks != prom__lock_forks()) {
        s->busy = false;
        s->torn = true;
    }
}

/* With the lock held. The delivery is known to this thread from then on. */
static void begin(prom_sender *s, prom_delivery *d)
{
    notice_fork(s);
    while (s->busy)
        prom__lock_wait(UINT64_MAX);
    s->busy = true;
    s->busy_forks = prom__lock_forks();
    *d = (prom_delivery){ .sender = s, .outer = under_way };
    under_way = d;
}

static void finish(prom_sender *s, prom_delivery *d) /* with the lock held */
{
    under_way = d->outer;
    s->busy = false;
    prom__lock_wake();
}

/* --- a send ------------------------------------------------------------- */

/* What the errors of collectors, which the snapshot has noted, do to the send. */
static prom_err judge(const prom_sender *s, const prom_snapshot *snapshot)
{
    const char *first = prom_snapshot_error(snapshot, 0);
    if (!first || (s->opts.on_error == PROM_ON_ERROR_CONTINUE && prom_snapshot_size(snapshot)))
        return PROM_OK;
    return prom_fail(PROM_E_CALLBACK, "nothing was sent by '%s': %s%s", s->transport.name,
                     first, prom_snapshot_error(snapshot, 1) ? "; and more" : "");
}

static prom_err gather_and_send(prom_delivery *d)
{
    prom_sender *s = d->sender;
    unsigned left = prom_delivery_left_ms(d);
    if (!left)
        return over(d);
    const prom_gather_opts o = { .size = sizeof o,
                                 .names = s->opts.names,
                                 .timeout_ms = left,
                                 .cancelled = is_over,
                                 .data = d };
    prom_snapshot *snapshot = NULL;
    prom_err e = prom_gather_with(s->registry, &o, &snapshot);
    if (e == PROM_E_CANCELLED || (!e && is_over(d)))
        e = over(d);
    if (!e)
        e = judge(s, snapshot);
    if (!e)
        e = s->transport.send(d, snapshot, s->transport.data);
    if (e && is_stopped(d)) /* whatever it made of that */
        e = over(d);
    prom_unref(snapshot);
    return e;
}

static void note_error(prom_sender *s, prom_err e) /* with the lock held */
{
    s->stats.last_error = e;
    snprintf(s->stats.sentence, sizeof s->stats.sentence, "%s", prom_error(e));
}

static void note(prom_sender *s, prom_err e)
{
    prom__lock();
    s->phase = PROM__SENDER_SENT;
    if (e) {
        s->stats.failed++;
        note_error(s, e);
    } else {
        s->stats.sent++;
        s->stats.last_success_ns = prom__clock_unix();
    }
    prom__unlock();
    atomic_fetch_add_explicit(&s->tally->sends, 1, memory_order_relaxed);
    if (e)
        atomic_fetch_add_explicit(&s->tally->send_failures, 1, memory_order_relaxed);
}

static prom_err deliver(prom_delivery *d)
{
    prom_err e = gather_and_send(d);
    note(d->sender, e);
    return e;
}

static void tell(const prom_sender *s, prom_err e)
{
    if (e && s->opts.failed)
        s->opts.failed(s->opts.data, e, prom_error(e));
}

/* --- the end ------------------------------------------------------------ */

static prom_err finish_transport(prom_delivery *d)
{
    prom_sender *s = d->sender;
    if (s->phase != PROM__SENDER_SENT || !s->transport.finish)
        return PROM_OK;
    prom_err e = s->transport.finish(d, s->transport.data);
    if (e) {
        prom__lock();
        note_error(s, e);
        prom__unlock();
    }
    return e;
}

/* The sentence of the first error is kept for the caller over what is told of the second. */
static prom_err last_things(prom_delivery *d)
{
    char sentence[sizeof d->sender->stats.sentence];
    const prom_sender *s = d->sender;
    prom_err e = s->opts.last ? deliver(d) : PROM_OK;
    snprintf(sentence, sizeof sentence, "%s", prom_error(e));
    tell(s, e);
    prom_err f = finish_transport(d);
    tell(s, f);
    return e ? prom_fail(e, "%s", sentence) : f;
}

static prom_err end(prom_sender *s, uint64_t until)
{
    prom_delivery d;
    prom_err e = PROM_OK;
    prom__lock();
    begin(s, &d);
    prom__loop_calm(&s->loop);
    s->asked = false;
    if (s->phase != PROM__SENDER_ENDED) {
        s->ending = true;
        prom__unlock();
        d.until = time_from_now(s->opts.last_timeout_ms);
        d.until = d.until < until ? d.until : until;
        e = last_things(&d);
        prom__lock();
        s->phase = PROM__SENDER_ENDED;
        s->ending = false;
    }
    finish(s, &d);
    prom__unlock();
    return e;
}

prom_err prom__sender_end(prom_sender *s, uint64_t until)
{
    prom__lock();
    if (s->forks != prom__lock_forks()) {
        prom__unlock();
        return PROM_OK;
    }
    if (!s->ending)
        prom__loop_ask(&s->loop);
    if (prom__sender_here(s)) {
        s->asked = !s->ending;
        prom__unlock();
        return PROM_OK;
    }
    s->stoppers++;
    prom__unlock();
    prom__loop_stop(&s->loop);
    prom_err e = end(s, until);
    prom__lock();
    s->stoppers--;
    prom__lock_wake();
    prom__unlock();
    return e;
}

prom_err prom_sender_stop(prom_sender *s)
{
    if (!s)
        return prom_fail(PROM_E_INVAL, "there is no sender to stop");
    /* The transport may let go of the caller's reference; or it is the caller, in the last send
     * of a sender that nobody has any more. */
    bool held = prom__object_ref_living(&s->object);
    prom_err e = prom__sender_end(s, UINT64_MAX);
    if (held)
        prom_unref(s);
    return e;
}

/* --- on its thread ------------------------------------------------------ */

static void turn(void *sender)
{
    prom_sender *s = sender;
    prom_delivery d;
    prom__lock();
    begin(s, &d);
    prom__unlock();
    d.until = time_from_now(s->opts.timeout_ms);
    if (!is_stopped(&d))
        tell(s, deliver(&d));
    prom__lock();
    finish(s, &d);
    prom__unlock();
}

static bool ends_itself(prom_sender *s)
{
    prom__lock();
    bool it_does = s->asked || s->loop.free_orphan;
    prom__unlock();
    return it_does;
}

static void ended(void *sender)
{
    prom_sender *s = sender;
    if (ends_itself(s))
        end(s, UINT64_MAX);
}

/* --- what is asked of it ------------------------------------------------ */

prom_err prom_send(prom_sender *s)
{
    prom_delivery d;
    if (!s)
        return prom_fail(PROM_E_INVAL, "there is no sender to send with");
    if (prom__sender_here(s))
        return prom_fail(PROM_E_INVAL, "sender '%s' cannot send while it sends",
                         s->transport.name);
    prom_ref(s); /* a collector may let go of the caller's */
    prom__lock();
    begin(s, &d);
    prom__unlock();
    d.until = time_from_now(s->opts.timeout_ms);
    prom_err e = deliver(&d);
    prom__lock();
    finish(s, &d);
    bool asked = s->asked;
    prom__unlock();
    if (asked)
        (void)prom_sender_stop(s);
    prom_unref(s);
    return e;
}

prom_err prom_sender_start(prom_sender *s)
{
    if (!s)
        return prom_fail(PROM_E_INVAL, "there is no sender to start");
    if (!s->opts.interval_ms)
        return prom_fail(PROM_E_INVAL, "sender '%s' has no interval", s->transport.name);
    prom__lock();
    if (s->forks != prom__lock_forks()) { /* those at it have stayed behind */
        s->stoppers = 0;
        s->ending = s->asked = false;
        s->forks = prom__lock_forks();
    }
    while (s->stoppers && !prom__sender_here(s))
        prom__lock_wait(UINT64_MAX);
    if (s->phase == PROM__SENDER_ENDED)
        s->phase = PROM__SENDER_FRESH;
    prom__unlock();
    return prom__loop_start(&s->loop);
}

prom_err prom_sender_stats_read(prom_sender *s, prom_sender_stats *out)
{
    if (!s)
        return prom_fail(PROM_E_INVAL, "there is no sender to read the stats of");
    if (!out || out->size < sizeof out->size)
        return prom_fail(PROM_E_INVAL, "prom_sender_stats.size is not set");
    size_t n = out->size < sizeof *out ? out->size : sizeof *out;
    prom__lock();
    s->stats.size = out->size;
    memcpy(out, &s->stats, n);
    prom__unlock();
    return PROM_OK;
}

/* --- making and freeing it ---------------------------------------------- */

static void free_parts(prom_sender *s)
{
    prom_unref(s->registry);
    prom__free((void *)s->transport.name);
    prom__free((void *)s->opts.names);
    prom__loop_done(&s->loop);
    prom__free(s);
}

static void free_sender(void *sender)
{
    prom_sender *s = sender;
    if (s->transport.free_data)
        s->transport.free_data(s->transport.data);
    if (s->opts.free_data)
        s->opts.free_data(s->opts.data);
    free_parts(s);
}

static bool is_torn(prom_sender *s)
{
    prom__lock();
    notice_fork(s);
    prom__unlock();
    return s->torn;
}

static void destroy(void *sender)
{
    prom_sender *s = sender;
    prom__exit_remove(s);
    if (prom__loop_here(&s->loop)) { /* a collector or the transport has let go of it */
        prom__loop_orphan(&s->loop, free_sender);
        return;
    }
    (void)prom__sender_end(s, UINT64_MAX);
    if (is_torn(s))
        prom__loop_done(&s->loop);
    else
        free_sender(s);
}

static prom_err read_transport(const prom_transport *given, prom_transport *t)
{
    *t = (prom_transport){ .size = sizeof *t };
    if (!given || given->size < sizeof given->size)
        return prom_fail(PROM_E_INVAL, "prom_transport.size is not set: use PROM_TRANSPORT");
    memcpy(t, given, given->size < sizeof *t ? given->size : sizeof *t);
    if (!t->name || !*t->name)
        return prom_fail(PROM_E_NAME, "a transport needs a name");
    if (!t->send)
        return prom_fail(PROM_E_INVAL, "transport '%s' has no send function", t->name);
    return PROM_OK;
}

static prom_err read_opts(const prom_sender_opts *given, const prom_transport *t,
                          prom_sender_opts *o)
{
    *o = (prom_sender_opts){ .size = sizeof *o };
    if (given && given->size < sizeof given->size)
        return prom_fail(PROM_E_INVAL,
                         "prom_sender_opts.size is not set: use PROM_SENDER_OPTS");
    if (given)
        memcpy(o, given, given->size < sizeof *o ? given->size : sizeof *o);
    o->timeout_ms = o->timeout_ms ? o->timeout_ms : TIMEOUT_MS;
    o->last_timeout_ms = o->last_timeout_ms ? o->last_timeout_ms : LAST_TIMEOUT_MS;
    if (o->on_error == PROM_ON_ERROR_DEFAULT)
        o->on_error = t->on_error;
    if (o->on_error == PROM_ON_ERROR_DEFAULT)
        o->on_error = PROM_ON_ERROR_CONTINUE;
    return PROM_OK;
}

static char *copy_string(const char *s)
{
    size_t n = strlen(s) + 1;
    char *copy = prom__alloc(n);
    return copy ? memcpy(copy, s, n) : NULL;
}

/* The pointers and then their text. */
static const char *const *copy_names(const char *const *names)
{
    size_t n = 0, bytes = 0;
    for (; names[n]; n++)
        bytes += strlen(names[n]) + 1;
    const char **copy = prom__alloc((n + 1) * sizeof *copy + bytes);
    if (!copy)
        return NULL;
    char *text = (char *)(copy + n + 1);
    for (size_t i = 0; i < n; i++) {
        copy[i] = strcpy(text, names[i]);
        text += strlen(text) + 1;
    }
    copy[n] = NULL;
    return copy;
}

static prom_err copy_parts(prom_sender *s, prom_registry *r, const prom_transport *t,
                           const prom_sender_opts *o)
{
    s->transport = *t;
    s->opts = *o;
    s->transport.name = copy_string(t->name);
    s->opts.names = o->names ? copy_names(o->names) : NULL;
    s->tally = prom__tally_of(t->name);
    s->registry = prom_ref(r);
    if (!s->transport.name || (o->names && !s->opts.names) || !s->tally)
        return prom__no_memory("a sender");
    s->loop.interval_ns = (uint64_t)o->interval_ms * 1000000u;
    s->loop.turn = turn;
    s->loop.ended = ended;
    s->loop.data = s;
    snprintf(s->loop.name, sizeof s->loop.name, "prom-%s", t->name);
    return PROM_OK;
}

static prom_err set_going(prom_sender *s)
{
    prom_err e = prom__loop_init(&s->loop);
    if (!e)
        e = prom__exit_add(s);
    if (!e && s->opts.interval_ms)
        e = prom__loop_start(&s->loop);
    return e;
}

prom_err prom_sender_new(prom_registry *r, const prom_transport *given_t,
                         const prom_sender_opts *given_o, prom_sender **out)
{
    static const prom__class class = { .name = "sender", .destroy = destroy };
    prom_transport t;
    prom_sender_opts o;
    *out = NULL;
    if (!r)
        return prom_fail(PROM_E_INVAL, "there is no registry to send");
    prom_err e = read_transport(given_t, &t);
    if (!e)
        e = read_opts(given_o, &t, &o);
    if (e)
        return e;
    prom_sender *s = prom__alloc_zero(sizeof *s);
    if (!s)
        return prom__no_memory("a sender");
    prom__object_init(&s->object, &class);
    s->loop.fd = -1;
    prom__lock();
    s->forks = prom__lock_forks();
    prom__unlock();
    e = copy_parts(s, r, &t, &o);
    if (!e)
        e = set_going(s);
    if (e) {
        prom__exit_remove(s);
        free_parts(s);
        return e;
    }
    *out = s;
    return PROM_OK;
}
