// SPDX-License-Identifier: Apache-2.0
#include "scrape.h"

#include "base/clock.h"

void prom__scrape_wait(prom__scrapes *s, prom__scrape *x)
{
    x->next = s->waiting;
    s->waiting = x;
    MHD_suspend_connection(x->connection);
}

static void resume(prom__scrapes *s, prom__scrape *x, prom__answer *a)
{
    x->next = NULL;
    x->answer = prom_ref(a);
    prom__meter_answered(&s->handler->meter, a ? a->status : PROM__SERVER_ERROR);
    MHD_resume_connection(x->connection);
}

/* --- the round ---------------------------------------------------------- */

static bool same_gather(const prom__ask *a, const prom__ask *b)
{
    return a->registry == b->registry && prom__ask_same_names(a->names, b->names);
}

/* The one that has waited longest; `shared`: of those for all families. NULL: there is none. */
static prom__scrape *longest(const prom__scrapes *s, bool shared)
{
    prom__scrape *last = NULL;
    for (prom__scrape *x = s->waiting; x; x = x->next)
        if (!shared || !x->ask->names)
            last = x;
    return last;
}

/* Takes the one whose turn it is, and all that want the same gather, off the list. */
static prom__scrape *take_group(prom__scrapes *s)
{
    prom__scrape *first = s->shared_last ? NULL : longest(s, true), *group = NULL;
    first = first ? first : longest(s, false);
    s->shared_last = !first->ask->names;
    for (prom__scrape **at = &s->waiting, *x; (x = *at);)
        if (same_gather(first->ask, x->ask)) {
            *at = x->next;
            x->next = group;
            group = x;
        } else {
            at = &x->next;
        }
    return group;
}

/* What suits all of them: the gather of the most hurried one, and one that is young enough for
 * the latest. If it is in time all have it, else those with more time get another one. */
static prom__ask common(const prom__scrape *group)
{
    prom__ask q = *group->ask;
    for (const prom__scrape *x = group->next; x; x = x->next) {
        unsigned ms = x->ask->timeout_ms;
        if (ms && (!q.timeout_ms || ms < q.timeout_ms))
            q.timeout_ms = ms;
        if (x->ask->arrived > q.arrived)
            q.arrived = x->ask->arrived;
    }
    return q;
}

static void answer_all(prom__scrapes *s, prom__answer *a)
{
    for (prom__scrape *x = s->group, *next; x; x = next) {
        next = x->next;
        resume(s, x, a);
    }
    s->group = NULL;
    prom_unref(a);
}

/* Behind those that have come since: they have waited longest. */
static void put_back_the_patient(prom__scrapes *s)
{
    prom__scrape **last = &s->waiting;
    while (*last)
        last = &(*last)->next;
    for (prom__scrape **at = &s->group, *x; (x = *at);)
        if (prom__serving_late(s->serving, x->ask)) {
            *at = x->next;
            x->next = NULL;
            *last = x;
            last = &x->next;
        } else {
            at = &x->next;
        }
}

static void begin_round(prom__scrapes *s)
{
    bool mine;
    s->group = take_group(s);
    s->no_room_at = 0;
    prom__ask q = common(s->group);
    s->serving = prom__serving_open(&s->handler->servings, &q, &mine);
    if (!s->serving) {
        answer_all(s, prom__handler_no_memory());
        return;
    }
    if (mine)
        prom__serving_gather(s->serving);
    put_back_the_patient(s);
    prom__answer *failure = prom__serving_failure(s->serving);
    if (failure)
        answer_all(s, failure);
}

static void end_round(prom__scrapes *s)
{
    prom_unref(s->serving);
    s->serving = NULL;
}

/* --- answers ------------------------------------------------------------ */

/* To the first, and to all who asked for the same. */
static void answer_alike(prom__scrapes *s, prom__answer *a)
{
    const prom__ask form = *s->group->ask;
    for (prom__scrape **at = &s->group, *x; (x = *at);)
        if (prom__ask_same_form(&form, x->ask)) {
            *at = x->next;
            resume(s, x, a);
        } else {
            at = &x->next;
        }
    prom_unref(a);
}

/* How long a new body waits for room, till those who wait for it are told to come again: one
 * that all share, and one of names. */
#define ROOM_NS          4000000000u
#define ROOM_OF_NAMES_NS 500000000u

/* Clients that read nothing of what they asked for are cut until there is room; their
 * memory is free once libmicrohttpd has heard of it. */
static bool must_wait_for_room(prom__scrapes *s)
{
    if (!prom__servings_exhausted(&s->handler->servings)) {
        s->no_room_at = 0;
        return false;
    }
    uint64_t now = prom__clock_steady();
    s->no_room_at = s->no_room_at ? s->no_room_at : now;
    prom__guard_cut_stuck(s->guard);
    return now - s->no_room_at < (s->group->ask->names ? ROOM_OF_NAMES_NS : ROOM_NS);
}

static prom__work make_some(prom__scrapes *s)
{
    bool mine = true;
    if (!s->product && must_wait_for_room(s))
        return (prom__work){ .more = true, .blocked = true };
    if (!s->product)
        s->product = prom__product_open(s->serving, s->group->ask, &mine);
    if (s->product && mine && prom__product_step(s->product))
        return (prom__work){ .more = true };
    prom__answer *a = s->product ? prom__product_answer(s->product) : prom__handler_no_memory();
    s->product = NULL;
    answer_alike(s, a);
    return (prom__work){ .resumed = true };
}

prom__work prom__scrapes_step(prom__scrapes *s)
{
    prom__work done = { .more = false };
    if (!prom__scrapes_waiting(s))
        return done;
    uint64_t start = prom__clock_steady();
    if (s->group) {
        done = make_some(s);
    } else {
        begin_round(s);
        done.resumed = !s->group;
    }
    if (!s->group)
        end_round(s);
    s->guard->ours_ns += prom__clock_steady() - start;
    done.more = prom__scrapes_waiting(s);
    return done;
}

bool prom__scrapes_waiting(const prom__scrapes *s)
{
    return s->group || s->waiting;
}

static void abandon(prom__scrape **list)
{
    for (prom__scrape *x = *list; x; x = x->next)
        MHD_resume_connection(x->connection);
    *list = NULL;
}

void prom__scrapes_abandon(prom__scrapes *s)
{
    abandon(&s->group);
    abandon(&s->waiting);
    end_round(s);
    s->product = NULL;
}
