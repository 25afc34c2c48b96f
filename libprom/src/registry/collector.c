// SPDX-License-Identifier: Apache-2.0
#include "collector.h"

#include "asked.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/lock.h"
#include "roll.h"
#include "worker.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

/* Builders live as long as their collector, not only while the callback runs: so one that was
 * kept can say that it is closed. One is used by one gather at a time. */
typedef struct builder_box {
    prom_builder builder;
    struct builder_box *next;
} builder_box;

struct prom_collector {
    prom__object object;
    prom_err (*collect)(prom_builder *b, void *data);
    prom_err (*describe)(prom_builder *b, void *data); /* NULL: it does not */
    void *data;
    void (*free_data)(void *data);
    bool bound;
    pthread_t owner; /* of a bound one */
    unsigned wait_ms, timeout_ms;
    prom__worker *worker; /* guarded by the lock; of one with a timeout, once it was needed */
    /* Guarded by the lock; of a bound one: what it built last, with its error if it failed. */
    prom_snapshot *last;
    uint64_t built; /* how often */
    builder_box *idle;
    char name[];
};

static void destroy(void *self)
{
    prom_collector *c = self;
    prom__worker_quit(c->worker);
    if (c->free_data)
        c->free_data(c->data);
    prom_unref(c->last);
    for (builder_box *b = c->idle, *next; b; b = next) {
        next = b->next;
        prom__free(b);
    }
    prom__free(c);
}

static const prom__class collector_class = { .name = "collector", .destroy = destroy };

bool prom__is_collector(const void *object)
{
    return ((const prom__object *)object)->class == &collector_class;
}

bool prom__collector_same(const void *a, const void *b)
{
    const prom_collector *x = a, *y = b;
    return x->collect == y->collect && x->data == y->data;
}

const char *prom__collector_name(const void *collector)
{
    return ((const prom_collector *)collector)->name;
}

prom_err prom__collector_new(const prom_collector_opts *theirs, prom_collector **out)
{
    if (!theirs)
        return prom_fail(PROM_E_INVAL, "a collector needs a description");
    prom_collector_opts o = { .size = 0 };
    memcpy(&o, theirs, theirs->size < sizeof o ? theirs->size : sizeof o);
    if (theirs->size < offsetof(prom_collector_opts, collect))
        return prom_fail(PROM_E_INVAL,
                         "prom_collector_opts.size is not set: use PROM_COLLECTOR_OPTS");
    if (!o.name || !*o.name)
        return prom_fail(PROM_E_NAME, "a collector needs a name");
    if (!o.collect)
        return prom_fail(PROM_E_INVAL, "collector '%s' has no collect function", o.name);
    if (o.bound && o.timeout_ms)
        return prom_fail(PROM_E_INVAL,
                         "collector '%s' is bound to its thread, so it cannot have a timeout",
                         o.name);
    size_t n = strlen(o.name) + 1;
    prom_collector *c = prom__alloc_zero(sizeof *c + n);
    if (!c)
        return prom__no_memory("a collector");
    prom__object_init(&c->object, &collector_class);
    c->collect = o.collect;
    c->describe = o.describe ? o.describe : o.describe_by_collect ? o.collect : NULL;
    c->data = o.data;
    c->free_data = o.free_data;
    c->bound = o.bound;
    c->owner = pthread_self();
    c->wait_ms = o.wait_ms;
    c->timeout_ms = o.timeout_ms;
    memcpy(c->name, o.name, n);
    *out = c;
    return PROM_OK;
}

void prom__collector_disown(prom_collector *c)
{
    c->free_data = NULL;
}

bool prom__collector_mine(const prom_collector *c)
{
    return c->bound && pthread_equal(c->owner, pthread_self());
}

static builder_box *take_builder(prom_collector *c)
{
    prom__lock();
    builder_box *b = c->idle;
    if (b)
        c->idle = b->next;
    prom__unlock();
    return b ? b : prom__alloc_zero(sizeof *b);
}

static void give_builder(prom_collector *c, builder_box *b)
{
    prom__lock();
    b->next = c->idle;
    c->idle = b;
    prom__unlock();
}

/* No point may be in a family twice: here it is still known who built it. */
static prom_err settle(prom_snapshot *s, size_t first_family, prom_order order)
{
    for (size_t i = first_family; i < s->n_families; i++) {
        const prom__point *twice;
        char said[PROM__POINT_SAID];
        prom_err e =
            prom__family_settle(s, s->families[i], order == PROM_ORDER_CREATED, &twice);
        if (e)
            return e;
        if (!twice)
            continue;
        prom__point_say(twice, said);
        return prom_fail(PROM_E_INVAL, "family '%s' has %s twice", s->families[i]->pub.name,
                         said);
    }
    return PROM_OK;
}

/* --- what a builder is asked ---------------------------------------------- */

static bool wants(const void *data, const char *name)
{
    enum { LONGEST = 500 };
    const prom__scope *scope = data;
    if (scope->any)
        return true;
    char text[2][LONGEST + 1];
    int i = 0;
    for (const prom__path *p = scope->path; p; p = p->outer, i = !i) {
        int n = snprintf(text[i], sizeof text[i], "%s%s", p->wrap->prefix, name);
        if (n < 0 || n > LONGEST)
            return true; /* what it builds is looked at again */
        name = text[i];
    }
    return prom__asked_for_name(scope->asked, name);
}

static bool stopped(const void *data)
{
    const prom__scope *scope = data;
    if (scope->elsewhere && prom__clock_steady() >= scope->until)
        return true;
    return prom__asked_late(scope->asked) ||
           (!scope->elsewhere && prom__asked_cancelled(scope->asked));
}

/* --- calling it ------------------------------------------------------------ */

/* Collectors at work on this thread: one that gathers its own registry must not be called in
 * that gather. */
typedef struct at_work {
    const prom_collector *collector;
    const struct at_work *before;
} at_work;

static _Thread_local const at_work *working;

static bool is_working(const prom_collector *c)
{
    const at_work *w = working;
    while (w && w->collector != c)
        w = w->before;
    return w != NULL;
}

static prom_err itself(const prom_collector *c, prom_snapshot *s)
{
    return prom__snapshot_add_error(s, "collector '%s': it gathers from itself", c->name);
}

/* Calls a function of the user's. *failed: its error, for which the sentence stands. */
static prom_err call(prom_collector *c, prom_err (*function)(prom_builder *b, void *data),
                     prom_snapshot *s, prom_order order, const prom__scope *scope,
                     prom_err *failed)
{
    if (is_working(c)) {
        *failed = prom_fail(PROM_E_CALLBACK, "it gathers from itself");
        return PROM_OK;
    }
    builder_box *box = take_builder(c);
    if (!box)
        return prom__no_memory("a collector");
    prom__builder_open(&box->builder, s, order);
    if (scope)
        box->builder.scope = (prom__builder_scope){ wants, stopped, scope };
    at_work now = { c, working };
    working = &now;
    prom_err e = function(&box->builder, c->data);
    working = now.before;
    if (!e)
        e = settle(s, box->builder.first_family, order);
    prom__builder_close(&box->builder, e == PROM_OK);
    give_builder(c, box);
    *failed = e;
    return PROM_OK;
}

static prom_err build(prom_collector *c, prom_snapshot *s, prom_order order,
                      const prom__scope *scope, bool *failed)
{
    prom_err failure = PROM_OK;
    prom_err e = call(c, c->collect, s, order, scope, &failure);
    *failed = failure != PROM_OK;
    if (e || !failure)
        return e;
    return prom__snapshot_add_error(s, "collector '%s': %s", c->name, prom_error(failure));
}

prom_err prom__collector_describe(prom_collector *c, prom__description **out)
{
    prom_snapshot *s;
    prom_err failure = PROM_OK;
    *out = NULL;
    if (!c->describe)
        return PROM_OK;
    if (c->bound && !prom__collector_mine(c))
        return prom_fail(PROM_E_INVAL,
                         "collector '%s' describes itself on its own thread only: register it "
                         "there",
                         c->name);
    prom_err e = prom__snapshot_new(NULL, &s);
    if (e)
        return e;
    e = call(c, c->describe, s, PROM_ORDER_SORTED, NULL, &failure);
    if (failure)
        e = prom_fail(failure, "collector '%s': %s", c->name, prom_error(failure));
    if (!e && s->n_families)
        e = prom__description_new(s, out);
    prom_unref(s);
    return e;
}

/* --- bound collectors --------------------------------------------------- */

static prom_err build_last(prom_collector *c, bool *failed)
{
    prom_snapshot *s;
    prom_err e = prom__snapshot_new(NULL, &s);
    if (e)
        return e;
    e = build(c, s, PROM_ORDER_SORTED, NULL, failed);
    if (!e)
        e = prom__snapshot_seal(s, PROM_ORDER_SORTED);
    prom_snapshot *old = s;
    if (!e) {
        prom__lock();
        old = c->last;
        c->last = s;
        c->built++;
        prom__lock_wake();
        prom__unlock();
    }
    prom_unref(old);
    return e;
}

prom_err prom__collector_poll(prom_collector *c)
{
    bool failed;
    if (is_working(c))
        return prom_fail(PROM_E_CALLBACK, "collector '%s': it polls itself", c->name);
    prom_err e = build_last(c, &failed);
    if (!e && failed)
        e = prom_fail(PROM_E_CALLBACK, "%s", prom_snapshot_error(c->last, 0));
    return e;
}

/* A gather may be cancelled by the very thread that it waits for, so it asks now and then. */
static prom_snapshot *wait_for_last(prom_collector *c, const prom__asked *asked)
{
    enum { LOOK_NS = 20000000 };
    uint64_t now = prom__clock_steady(), until = now + (uint64_t)c->wait_ms * 1000000;
    if (asked && asked->deadline < until)
        until = asked->deadline > now ? asked->deadline : now;
    uint64_t look = asked && asked->cancelled && until - now > LOOK_NS ? now + LOOK_NS : until;
    prom__lock();
    uint64_t built = c->built;
    while (c->wait_ms && c->built == built) {
        if (prom__lock_wait(look))
            continue;
        if (look == until)
            break;
        prom__unlock();
        bool cancelled = prom__asked_cancelled(asked);
        prom__lock();
        if (cancelled)
            break;
        look = until - look > LOOK_NS ? look + LOOK_NS : until;
    }
    prom_snapshot *last = prom_ref(c->last);
    prom__unlock();
    return last;
}

/* Points of `last` are shared, not copied: they are settled, so nobody writes to them. */
static prom_err show(prom_snapshot *s, prom_snapshot *last)
{
    prom_err e = prom__snapshot_hold(s, prom_unref, last);
    if (e) {
        prom_unref(last);
        return e;
    }
    for (size_t i = 0; i < last->n_families && !e; i++) {
        const prom__family *from = last->families[i];
        prom__family *f;
        e = prom__snapshot_add_family(s, &from->pub, &f);
        if (e)
            break;
        f->pub.n_metrics = f->cap = from->pub.n_metrics;
        f->points = from->points;
        f->settled = true;
        f->shape = from->shape;
    }
    for (size_t i = 0; i < last->n_errors && !e; i++)
        e = prom__snapshot_add_error(s, "%s", last->errors[i]);
    return e;
}

/* --- collectors with a timeout ------------------------------------------ */

static prom_err run_job(const prom__job *job, prom_snapshot **out)
{
    prom_snapshot *s;
    bool failed;
    prom__scope scope = { job->asked, NULL, true, job->any, job->until };
    prom_err e = prom__snapshot_new(NULL, &s);
    if (e)
        return e;
    e = build(job->self, s, job->order, &scope, &failed);
    if (!e)
        e = prom__snapshot_seal(s, job->order);
    if (e)
        prom_unref(s);
    else
        *out = s;
    return e;
}

static prom_err run_timed(prom_collector *c, prom_snapshot *s, prom_order order,
                          const prom__scope *scope)
{
    prom__asked *asked = scope->asked;
    prom__outcome outcome;
    prom_snapshot *answer;
    prom__job job = { run_job, c, asked, scope->path != NULL, order, 0 };
    uint64_t now = prom__clock_steady();
    job.until = now + (uint64_t)c->timeout_ms * 1000000;
    if (asked && asked->deadline < job.until)
        job.until = asked->deadline;
    if (is_working(c))
        return itself(c, s);
    prom_err e = prom__worker_do(&c->worker, &job, &outcome, &answer);
    if (e == PROM_E_IO)
        return prom__snapshot_add_error(s, "collector '%s': %s", c->name, prom_error(e));
    if (e)
        return e;
    if (outcome == PROM__DONE)
        return show(s, answer);
    if (outcome == PROM__BUSY)
        return prom__snapshot_add_error(
            s, "collector '%s': still at work since an earlier gather", c->name);
    uint64_t ms = job.until > now ? (job.until - now) / 1000000 : 0;
    return prom__snapshot_add_error(s, "collector '%s': not done within %llu ms", c->name,
                                    (unsigned long long)ms);
}

/* ------------------------------------------------------------------------ */

prom_err prom__collector_run(prom_collector *c, prom_snapshot *s, prom_order order,
                             const prom__scope *scope)
{
    bool failed;
    if (c->timeout_ms)
        return run_timed(c, s, order, scope);
    if (!c->bound)
        return build(c, s, order, scope->asked ? scope : NULL, &failed);
    if (prom__collector_mine(c)) {
        if (is_working(c)) /* what it last built is still what others see */
            return itself(c, s);
        prom_err e = build_last(c, &failed);
        if (e)
            return e;
        prom__lock();
        prom_snapshot *last = prom_ref(c->last);
        prom__unlock();
        return show(s, last);
    }
    prom_snapshot *last = wait_for_last(c, scope->asked);
    return last ? show(s, last) : PROM_OK;
}
