// SPDX-License-Identifier: Apache-2.0
#include "function.h"

#include "base/alloc.h"
#include "base/number.h"
#include "base/utf8.h"
#include "expire.h"
#include "model/type.h"

#include <math.h>
#include <string.h>

enum { SAID = 256 };

struct prom__function {
    prom__function_node node; /* first; in the ring while there is a child */
    prom__later later;
    prom_err (*value)(void *data, double *out);
    void *data;
    void (*free_data)(void *data);
    bool bound;
    pthread_t owner; /* of a bound one */
    /* Guarded by the lock. */
    size_t refs;
    prom__child *child; /* NULL: it is no child's, or no more */
    char said[SAID];    /* why its last call failed; "": it did not */
};

/* --- life --------------------------------------------------------------- */

static void free_function(prom__later *l)
{
    prom__function *f = (prom__function *)(void *)((char *)l - offsetof(prom__function, later));
    if (f->free_data)
        f->free_data(f->data);
    prom__free(f);
}

/* With the lock held. */
static void unref(prom__function *f)
{
    if (--f->refs == 0)
        prom__unlock_then(&f->later, free_function);
}

prom_err prom__function_new(const prom_function *theirs, prom__function **out)
{
    prom_function o = { .size = sizeof o };
    if (theirs->size < offsetof(prom_function, data))
        return prom_fail(PROM_E_INVAL, "prom_function.size is not set: use PROM_FUNCTION");
    memcpy(&o, theirs, theirs->size < sizeof o ? theirs->size : sizeof o);
    if (!o.value)
        return prom_fail(PROM_E_INVAL, "a function metric needs a function");
    prom__function *f = prom__alloc_zero(sizeof *f);
    if (!f)
        return prom__no_memory("a function");
    f->refs = 1;
    f->value = o.value;
    f->data = o.data;
    f->free_data = o.free_data;
    f->bound = o.bound;
    f->owner = pthread_self();
    *out = f;
    return PROM_OK;
}

void prom__function_drop(prom__function *f, bool disown)
{
    prom__lock();
    if (disown)
        f->free_data = NULL;
    unref(f);
    prom__unlock();
}

/* --- the ring: with the lock held ---------------------------------------- */

static void insert(prom__function_node *n, prom__function_node *behind)
{
    n->next = behind->next;
    n->prev = behind;
    n->next->prev = n->prev->next = n;
}

static void take_out(prom__function_node *n)
{
    n->prev->next = n->next;
    n->next->prev = n->prev;
}

static void set_watch(prom__child *c, prom__watch w)
{
    atomic_store_explicit(&c->series->head.watch, (uint8_t)w, memory_order_relaxed);
}

static void detach(prom__function *f)
{
    prom_vec *v = f->child->vec;
    take_out(&f->node);
    atomic_fetch_sub_explicit(&v->n_functions, 1, memory_order_relaxed);
    f->child->function = NULL;
    f->child = NULL;
    unref(f);
}

void prom__child_let_function_go(prom__child *c)
{
    if (c->function)
        detach(c->function);
}

/* Neither removed, nor replaced, nor of a family that is gone. */
static bool may_show(const prom__child *c)
{
    return !atomic_load_explicit(&c->series->head.removed, memory_order_relaxed) &&
           atomic_load_explicit(&c->object.refs, memory_order_relaxed) &
               (PROM__CHILD_LINKED | PROM__CHILD_LISTED);
}

static prom_err check_child(const prom__child *c)
{
    if (!c)
        return prom_fail(PROM_E_INVAL, "there is no series to give a function");
    if (!prom__is_child(c))
        return prom_fail(PROM_E_TYPE, "a %s is no series to give a function",
                         c->object.class->name);
    prom_type t = c->vec->desc->type;
    if (t != PROM_COUNTER && t != PROM_GAUGE && t != PROM_UNKNOWN)
        return prom_fail(PROM_E_TYPE,
                         "'%s' is %s %s: functions give counters, gauges and unknown",
                         c->vec->desc->given, prom__type_article(t), prom_type_name(t));
    return PROM_OK;
}

prom_err prom__function_attach(prom__function *f, prom__child *c)
{
    prom_err e = check_child(c);
    if (e)
        return e;
    prom_vec *v = c->vec;
    prom__lock();
    bool may = may_show(c);
    if (may) {
        f->refs++;
        if (f->child)
            detach(f);
        prom__child_let_function_go(c);
        f->child = c;
        c->function = f;
        insert(&f->node, v->functions.prev);
        atomic_fetch_add_explicit(&v->n_functions, 1, memory_order_relaxed);
        set_watch(c, PROM__SILENT); /* until it was called */
    }
    prom__unlock();
    return may ? PROM_OK
               : prom_fail(PROM_E_CLOSED, "'%s': the series was removed", v->desc->given);
}

static prom_err let_go(prom__child *c)
{
    prom_err e = check_child(c);
    if (e)
        return e;
    prom__lock();
    if (may_show(c) && c->function) {
        prom__child_let_function_go(c);
        set_watch(c, PROM__UNWATCHED);
        prom__series_watch(c->vec, c->series);
    }
    prom__unlock();
    return PROM_OK;
}

prom_err prom_function_set(void *child, const prom_function *theirs)
{
    prom__function *f;
    if (!theirs)
        return let_go(child);
    prom_err e = check_child(child);
    if (!e)
        e = prom__function_new(theirs, &f);
    if (e)
        return e;
    e = prom__function_attach(f, child);
    prom__function_drop(f, e != PROM_OK);
    return e;
}

/* --- calling ------------------------------------------------------------ */

/* Functions under way on this thread, the innermost first: one that gathers would call itself.
 */
typedef struct under_way {
    const prom__function *f;
    const struct under_way *outer;
} under_way;

static _Thread_local const under_way *innermost;

static bool is_under_way(const prom__function *f)
{
    const under_way *u = innermost;
    while (u && u->f != f)
        u = u->outer;
    return u;
}

static prom_err call(const prom__function *f, prom_type t, double *v)
{
    under_way u = { f, innermost };
    if (is_under_way(f))
        return prom_fail(PROM_E_CALLBACK, "its function asks for itself");
    innermost = &u;
    prom_err e = f->value(f->data, v);
    innermost = u.outer;
    if (!e && t == PROM_COUNTER && !(*v >= 0))
        e = prom_fail(PROM_E_INVAL, "a counter cannot be %s", prom__number_said(*v).text);
    return e;
}

/* With the lock held: if the series still is the function's. */
static void keep(prom__function *f, prom_err e, double v)
{
    if (!f->child)
        return;
    prom__series *s = f->child->series;
    f->said[0] = '\0';
    if (e) {
        const char *why = prom_error(e);
        size_t n = prom__utf8_cut(why, strlen(why), SAID - 1);
        memcpy(f->said, why, n);
        f->said[n] = '\0';
    } else if (f->child->vec->desc->type == PROM_COUNTER) {
        prom__counter_store(s, v);
        /* What it counts is older than its series, who knows how much. */
        atomic_store_explicit(&s->created, 0, memory_order_relaxed);
    } else {
        prom__cell_set(s->cells, v);
    }
    set_watch(f->child, e ? PROM__SILENT : PROM__UNWATCHED);
}

/* With the lock held, which is let go for the call; takes over a reference. true: something is
 * wrong with it, now or since it was last called. */
static bool ask(prom__function *f, prom_type t, bool to_call, char *said)
{
    prom__unlock();
    double value = 0;
    prom_err e = to_call ? call(f, t, &value) : PROM_OK;
    prom__lock();
    if (to_call)
        keep(f, e, value);
    bool wrong = *f->said;
    if (wrong)
        memcpy(said, f->said, SAID);
    unref(f);
    return wrong;
}

static bool mine(const prom__function *f)
{
    return !f->bound || pthread_equal(f->owner, pthread_self());
}

/* With the lock held: the next function, held, or NULL; the walk's node is moved behind it. */
static prom__function *step(prom_vec *v, prom__function_node *walk)
{
    prom__function_node *n = walk->next;
    while (n != &v->functions && n->is_walk)
        n = n->next;
    take_out(walk);
    if (n == &v->functions)
        return NULL;
    insert(walk, n);
    prom__function *f = (prom__function *)(void *)n;
    f->refs++;
    return f;
}

typedef struct outcome {
    const char *given;        /* of the family */
    prom_snapshot *snapshot;  /* where errors are noted; NULL: the first is kept */
    const prom__gathering *g; /* NULL: it is none */
    bool left_out;            /* the gather is to end, and some were not called */
    prom_err first;
    char said[SAID];
} outcome;

static prom_err note(outcome *o, const char *said)
{
    if (o->snapshot)
        return prom__snapshot_add_error(o->snapshot, "metric '%s': %s", o->given, said);
    if (!o->first) {
        o->first = PROM_E_CALLBACK;
        memcpy(o->said, said, strlen(said) + 1);
    }
    return PROM_OK;
}

/* The walk's node is in memory of its own, not on the stack: in a forked child, where this
 * thread is not, it stays in the ring. */
static prom_err walk_functions(prom_vec *v, bool (*chosen)(const prom__function *f), outcome *o)
{
    const bool limited = o->g && o->g->stopped;
    bool stopped = false;
    char said[SAID];
    prom_err e = PROM_OK;
    prom__function_node *walk = prom__alloc_zero(sizeof *walk);
    if (!walk)
        return prom__no_memory("a function");
    walk->is_walk = true;
    prom__lock();
    insert(walk, &v->functions);
    for (prom__function *f; (f = step(v, walk));) {
        bool called = chosen(f);
        if (called && stopped) {
            o->left_out = true;
            unref(f);
            take_out(walk);
            break;
        }
        bool wrong = ask(f, v->desc->type, called, said);
        bool to_note = wrong && (called || o->snapshot) && !e;
        if (!to_note && !(called && limited))
            continue;
        prom__unlock();
        if (to_note)
            e = note(o, said);
        if (called && limited)
            stopped = o->g->stopped(o->g->data);
        prom__lock();
    }
    prom__unlock();
    prom__free(walk);
    return e;
}

static bool has_functions(const prom_vec *v)
{
    return atomic_load_explicit(&v->n_functions, memory_order_relaxed) > 0;
}

prom_err prom__functions_gather(prom_vec *v, const prom__gathering *g, bool *left_out)
{
    outcome o = { .given = v->desc->given, .snapshot = g->snapshot, .g = g };
    prom_err e = has_functions(v) ? walk_functions(v, mine, &o) : PROM_OK;
    *left_out = o.left_out;
    return e;
}

static bool only_mine(const prom__function *f)
{
    return f->bound && mine(f);
}

prom_err prom__functions_poll(prom_vec *v)
{
    outcome o = { .given = v->desc->given };
    prom_err e = has_functions(v) ? walk_functions(v, only_mine, &o) : PROM_OK;
    return o.first ? prom_fail(o.first, "metric '%s': %s", o.given, o.said) : e;
}

prom_err prom__function_refresh(prom__child *c)
{
    const prom__desc *d = c->vec->desc;
    char said[SAID];
    bool wrong = false;
    if (!has_functions(c->vec))
        return PROM_OK;
    prom__lock();
    prom__function *f = may_show(c) ? c->function : NULL; /* else something else stands there */
    if (f) {
        f->refs++;
        wrong = ask(f, d->type, mine(f), said);
    }
    prom__unlock();
    return wrong ? prom_fail(PROM_E_CALLBACK, "metric '%s': %s", d->given, said) : PROM_OK;
}

void prom__functions_init(prom_vec *v)
{
    v->functions.next = v->functions.prev = &v->functions;
}
