// SPDX-License-Identifier: Apache-2.0
/* gather.c - one pass over all that is registered. No lock is held while collectors run. */
#include "asked.h"
#include "base/alloc.h"
#include "base/utf8.h"
#include "brought.h"
#include "pedantic.h"
#include "roll.h"

#include <stdio.h>
#include <string.h>

typedef struct gathering {
    prom_registry *registry; /* whose turn it is */
    const prom__roll *roll;  /* its */
    unsigned number;         /* which of several it is, from 1 on; 0: the only one */
    prom__asked *asked;      /* NULL: everything */
    size_t items, left_out;  /* for want of time */
    bool cancelled;          /* was said when it was last asked */
    prom__gathering g;
    prom__brought brought;
} gathering;

/* --- sentences ------------------------------------------------------------ */

static const char *copy_said(gathering *x, const char *text, int n, size_t size)
{
    if (n < 0 || (size_t)n >= size)
        n = (int)size - 1;
    return prom__arena_copy(&x->g.snapshot->arena, text, (size_t)n);
}

/* "collector 'x'", lasting as long as the snapshot. NULL: no memory. */
static const char *who_is(gathering *x, const prom__item *i)
{
    char text[300];
    bool metric = prom__is_vec(i->object);
    const char *name = metric ? i->expected->known.name : prom__collector_name(i->object);
    int n = snprintf(text, sizeof text, "%s '%.*s'", metric ? "metric" : "collector",
                     (int)prom__utf8_cut(name, strlen(name), 200), name);
    return copy_said(x, text, n, sizeof text);
}

/* Where one of several registries brought something, or something went wrong in it. */
static const char *of_gatherer(gathering *x, const char *who)
{
    char text[1100];
    if (!x->number)
        return who;
    int n =
        snprintf(text, sizeof text, "gatherer #%u%s%.1000s", x->number, *who ? ": " : "", who);
    return copy_said(x, text, n, sizeof text);
}

/* Errors from `first` on are this registry's. */
static prom_err name_errors(gathering *x, size_t first)
{
    prom_snapshot *s = x->g.snapshot;
    for (size_t i = first; x->number && i < s->n_errors; i++)
        if (!(s->errors[i] = of_gatherer(x, s->errors[i])))
            return prom__no_memory("a gather");
    return PROM_OK;
}

/* --- one thing ------------------------------------------------------------ */

static prom_err drop(gathering *x, size_t first, const char *who, const char *why)
{
    x->g.snapshot->n_families = first;
    return prom__snapshot_add_error(x->g.snapshot, "%s: %s", who, why);
}

static prom_err apply_wraps(gathering *x, const prom__item *i, size_t first, const char *who)
{
    prom_err e = PROM_OK;
    for (const prom__path *p = i->path; p && !e; p = p->outer)
        e = prom__wrap_families(p->wrap, x->g.snapshot, first);
    return e && e != PROM_E_NOMEM ? drop(x, first, who, prom_error(e)) : e;
}

/* Who was asked for one family may build others too. */
static prom_err drop_unasked(gathering *x, size_t first)
{
    prom_snapshot *s = x->g.snapshot;
    size_t kept = first;
    for (size_t i = first; i < s->n_families; i++) {
        prom__family *f = s->families[i];
        prom__claim_set set;
        char *text =
            prom__arena_alloc(&s->arena, prom__claim_set_size(f->pub.type, f->pub.name));
        if (!text)
            return prom__no_memory("a gather");
        prom__claim_set_write(&set, f->pub.type, f->pub.name, text);
        if (prom__asked_for(x->asked, &set))
            s->families[kept++] = f;
    }
    s->n_families = kept;
    return PROM_OK;
}

static prom_err check_names(gathering *x, size_t first, const char *who)
{
    const char *wrong = NULL;
    prom_err e = prom__legacy_check(x->g.snapshot, first, &wrong);
    return !e && wrong ? drop(x, first, who, wrong) : e;
}

static prom_err check_pedantic(gathering *x, const prom__item *i, size_t first, const char *who)
{
    const char *wrong;
    prom_err e = prom__pedantic_check(i, x->g.snapshot, first, &wrong);
    return !e && wrong ? drop(x, first, who, wrong) : e;
}

static prom_err collect_collector(gathering *x, const prom__item *i)
{
    size_t first = x->g.snapshot->n_families;
    const char *who = who_is(x, i);
    if (!who)
        return prom__no_memory("a gather");
    prom__scope scope = { .asked = x->asked, .path = i->path };
    prom_err e = prom__collector_run(i->object, x->g.snapshot, x->g.order, &scope);
    if (!e && i->path)
        e = apply_wraps(x, i, first, who);
    if (!e && x->registry->legacy_names)
        e = check_names(x, first, who);
    if (!e && x->registry->pedantic && i->n)
        e = check_pedantic(x, i, first, who);
    if (!e && x->asked && !x->asked->all)
        e = drop_unasked(x, first);
    const char *from = x->number > 1 ? of_gatherer(x, who) : who;
    if (!e && !from)
        e = prom__no_memory("a gather");
    return e ? e : prom__brought_check(&x->brought, first, who, from);
}

static prom_err cancelled(void)
{
    return prom_fail(PROM_E_CANCELLED, "the gather was cancelled");
}

static bool stopped(void *data)
{
    gathering *x = data;
    x->cancelled = prom__asked_cancelled(x->asked);
    return x->cancelled || prom__asked_late(x->asked);
}

/* Those of the first registry are known and may be joined; what is further in or comes later
 * gives way to what is there. */
static prom_err collect_vec(gathering *x, const prom__item *i)
{
    prom_snapshot *s = x->g.snapshot;
    size_t first = s->n_families;
    bool left_out;
    prom_err e = prom__vec_collect(i->object, &x->g, &left_out);
    x->left_out += left_out;
    if (!e && left_out && x->cancelled)
        e = cancelled();
    if (!e && i->path) {
        const char *who = who_is(x, i);
        e = who ? apply_wraps(x, i, first, who) : prom__no_memory("a gather");
    }
    if (!e && i->inner && x->registry->legacy_names) {
        const char *who = who_is(x, i);
        e = who ? check_names(x, first, who) : prom__no_memory("a gather");
    }
    if (e || s->n_families == first || (!i->inner && x->number <= 1))
        return e;
    const char *from = x->number > 1 ? of_gatherer(x, "") : "inner registry";
    if (!from)
        return prom__no_memory("a gather");
    s->families[first]->from = from;
    s->families[first]->by_series = true;
    return x->number > 1 ? prom__brought_check(&x->brought, first, "", from) : PROM_OK;
}

static bool wanted(const gathering *x, const prom__item *i)
{
    bool wants = !i->n; /* who does not say what it will build is asked */
    for (size_t k = 0; k < i->n && !wants; k++)
        wants = prom__asked_for(x->asked, &i->expected[k].set);
    return wants;
}

static prom_err collect(gathering *x, const prom__item *i)
{
    if (!i->clash)
        return prom__is_vec(i->object) ? collect_vec(x, i) : collect_collector(x, i);
    const char *who = who_is(x, i);
    return who ? prom__snapshot_add_error(x->g.snapshot, "%s: %s", who, i->clash)
               : prom__no_memory("a gather");
}

/* --- all of them ---------------------------------------------------------- */

static prom_err walk(gathering *x)
{
    const prom__roll *roll = x->roll;
    prom_err e = PROM_OK;
    for (size_t i = 0; i < roll->n && !e; i++) {
        const prom__item *item =
            x->g.order == PROM_ORDER_SORTED ? roll->sorted[i] : &roll->item[i];
        if (x->asked && !wanted(x, item))
            continue;
        x->items++;
        if (prom__asked_cancelled(x->asked))
            return cancelled();
        if (prom__asked_late(x->asked))
            x->left_out++;
        else
            e = collect(x, item);
    }
    return e;
}

static prom_err note_left_out(gathering *x)
{
    if (!x->left_out)
        return PROM_OK;
    return prom__snapshot_add_error(
        x->g.snapshot, "%zu of %zu metrics and collectors were left out: %u ms were up",
        x->left_out, x->items, x->asked->timeout_ms);
}

/* A callback may let go of the registry from which is gathered. */
static prom_err take(prom_registry *r, prom__roll **roll)
{
    prom_err e = prom__registry_roll(r, roll);
    if (!e)
        prom_ref(r);
    return e;
}

static void let_go(prom_registry *const *r, prom__roll **rolls, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        prom__roll_drop(rolls[i]);
        prom_unref(r[i]);
    }
}

/* Against which rolls the families of this registry are looked at: those of registries before
 * it, and for collectors its own. Metrics of its own are on its own. */
static prom_err gather_one(gathering *x, prom_registry *r, prom__roll **rolls, size_t i,
                           size_t n)
{
    size_t errors = x->g.snapshot->n_errors;
    x->registry = r;
    x->roll = rolls[i];
    x->number = n > 1 ? (unsigned)i + 1 : 0;
    x->brought.roll = (const prom__roll *const *)rolls;
    x->brought.n_rolls = i + 1;
    prom_err e = walk(x);
    return e ? e : name_errors(x, errors);
}

static prom_err gather(prom_registry *const *r, size_t n, prom__asked *asked,
                       prom__roll **rolls, prom_snapshot **out)
{
    gathering x = { .asked = asked, .g = { .order = r[0]->order } };
    if (asked) {
        x.g.stopped = stopped;
        x.g.data = &x;
    }
    prom_err e = prom__snapshot_new(r[0]->spare, &x.g.snapshot);
    if (e)
        return e;
    x.brought.snapshot = x.g.snapshot;
    for (size_t i = 0; i < n && !e; i++)
        e = gather_one(&x, r[i], rolls, i, n);
    prom__vec_collected(&x.g);
    if (!e)
        e = note_left_out(&x);
    if (!e)
        e = prom__snapshot_seal(x.g.snapshot, x.g.order);
    if (e)
        prom_unref(x.g.snapshot);
    else
        *out = x.g.snapshot;
    return e;
}

static prom_err gather_all(prom_registry *const *r, size_t n, prom__asked *asked,
                           prom_snapshot **out)
{
    enum { FEW = 8 };
    prom__roll *few[FEW], **rolls = few;
    size_t have = 0;
    if (n > FEW && !(rolls = prom__alloc(prom__size_times(n, sizeof *rolls))))
        return prom__no_memory("a gather");
    prom_err e = PROM_OK;
    for (; have < n && !e; have += !e)
        e = take(r[have], &rolls[have]);
    if (!e)
        e = gather(r, n, asked, rolls, out);
    let_go(r, rolls, have);
    if (rolls != few)
        prom__free(rolls);
    return e;
}

prom_err prom_gather_merged(prom_registry *const *r, size_t n, const prom_gather_opts *o,
                            prom_snapshot **out)
{
    prom__asked *asked = NULL;
    *out = NULL;
    if (!n || !r)
        return prom_fail(PROM_E_INVAL, "there is no registry to gather from");
    for (size_t i = 0; i < n; i++)
        if (!r[i])
            return prom_fail(PROM_E_INVAL, "there is no registry to gather from");
    prom_err e = o ? prom__asked_new(o, &asked) : PROM_OK;
    if (e)
        return e;
    e = gather_all(r, n, asked, out);
    if (asked)
        atomic_store(&asked->over, true);
    prom_unref(asked);
    return e;
}

prom_err prom_gather_with(prom_registry *r, const prom_gather_opts *o, prom_snapshot **out)
{
    return prom_gather_merged(&r, 1, o, out);
}

prom_err prom_gather(prom_registry *r, prom_snapshot **out)
{
    return prom_gather_merged(&r, 1, NULL, out);
}

static prom_err poll_one(void *object)
{
    if (prom__is_vec(object))
        return prom__vec_poll(object);
    bool mine = prom__is_collector(object) && prom__collector_mine(object);
    return mine ? prom__collector_poll(object) : PROM_OK;
}

prom_err prom_poll(prom_registry *r)
{
    prom__roll *roll;
    if (!r)
        return prom_fail(PROM_E_INVAL, "there is no registry to poll");
    prom_err first = prom__registry_roll(r, &roll);
    if (first)
        return first;
    char said[512] = "";
    for (size_t i = 0; i < roll->n; i++) {
        prom_err e = poll_one(roll->item[i].object);
        if (e && !first) {
            first = e;
            snprintf(said, sizeof said, "%s", prom_error(e));
        }
    }
    prom__roll_drop(roll);
    return first ? prom_fail(first, "%s", said) : PROM_OK;
}
