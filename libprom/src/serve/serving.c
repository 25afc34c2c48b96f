// SPDX-License-Identifier: Apache-2.0
#include "serving.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/lock.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

/* Who asks for ever other names cannot fill the memory. */
enum { SHELF_MAX = 16 };

/* Who is at work on something. */
typedef struct worker {
    pthread_t thread;
    uint32_t forks;
} worker;

struct prom__product {
    prom__product *next;
    prom__ask form; /* of it only format and coding */
    worker by;
    prom__servings *home;
    prom__making *making; /* the worker's */

    /* Under the lock. */
    bool done, spoiled; /* spoiled: not for others */
    prom__answer *answer;
};

struct prom__serving {
    prom__object object;
    prom__servings *home;    /* borrowed: used only by those at work with it */
    prom_registry *registry; /* one reference */
    const char **names;      /* owned, one piece of memory; NULL: all */
    unsigned timeout_ms;
    uint64_t began;
    worker by;

    /* Written by the worker before it says gathered; then constant. */
    bool late;
    prom_snapshot *snapshot;
    prom__answer *failure;

    /* Under the lock. */
    bool gathered, shelved;
    prom__product *products;
    prom__serving *next; /* on the shelf, which then has a reference */
};

static worker this_worker(void)
{
    return (worker){ pthread_self(), prom__lock_forks() };
}

static bool can_wait_for(const worker *w)
{
    return w->forks == prom__lock_forks() && !pthread_equal(w->thread, pthread_self());
}

/* --- making one --------------------------------------------------------- */

static void free_product(prom__product *p)
{
    prom_err err;
    if (p->making)
        prom_unref(prom__making_end(p->making, &err));
    prom_unref(p->answer);
    prom__free(p);
}

static void destroy(void *self)
{
    prom__serving *x = self;
    while (x->products) {
        prom__product *p = x->products;
        x->products = p->next;
        free_product(p);
    }
    prom_unref(x->failure);
    prom_unref(x->snapshot);
    prom_unref(x->registry);
    prom__free(x->names);
    prom__free(x);
}

/* The list and its strings in one piece. */
static bool copy_names(prom__serving *x, const char *const *names)
{
    size_t n = 0, bytes = 0;
    for (; names && names[n]; n++)
        bytes += strlen(names[n]) + 1;
    if (!names)
        return true;
    x->names = prom__alloc((n + 1) * sizeof *x->names + bytes);
    if (!x->names)
        return false;
    char *to = (char *)(x->names + n + 1);
    for (size_t i = 0; i < n; i++) {
        size_t size = strlen(names[i]) + 1;
        x->names[i] = memcpy(to, names[i], size);
        to += size;
    }
    x->names[n] = NULL;
    return true;
}

static prom__serving *make_serving(prom__servings *s, const prom__ask *q)
{
    static const prom__class class = { .name = "serving", .destroy = destroy };
    prom__serving *x = prom__alloc_zero(sizeof *x);
    if (!x || !copy_names(x, q->names)) {
        prom__free(x);
        return NULL;
    }
    prom__object_init(&x->object, &class);
    x->home = s;
    x->registry = prom_ref(q->registry);
    x->timeout_ms = q->timeout_ms;
    x->began = prom__clock_steady();
    x->by = this_worker();
    return x;
}

/* --- the shelf ---------------------------------------------------------- */

/* All with the lock. What is taken off is unref'd when it is let go. */

static void move(prom__serving **at, prom__serving **to)
{
    prom__serving *x = *at;
    *at = x->next;
    x->shelved = false;
    x->next = *to;
    *to = x;
}

static void let_go(prom__serving *list) /* without the lock */
{
    for (prom__serving *x = list, *next; x; x = next) {
        next = x->next;
        prom_unref(x);
    }
}

/* Those that are too old for anybody. */
static void take_old(prom__servings *s, uint64_t now, prom__serving **old)
{
    for (prom__serving **at = &s->shelf; *at;)
        if (now - (*at)->began >= s->max_age_ns &&
            ((*at)->gathered || !can_wait_for(&(*at)->by)))
            move(at, old);
        else
            at = &(*at)->next;
}

static void take_one(prom__servings *s, const prom__serving *x, prom__serving **out)
{
    prom__serving **at = &s->shelf;
    while (*at && *at != x)
        at = &(*at)->next;
    if (*at)
        move(at, out);
}

/* Is x still to be had by somebody with this timeout? One who is patient can wait for a gather
 * that is not, and make another one if that is late. */
static bool is_for(const prom__serving *x, const prom__ask *q)
{
    if (x->gathered)
        return true;
    bool in_time = !q->timeout_ms || (x->timeout_ms && x->timeout_ms <= q->timeout_ms);
    return in_time && can_wait_for(&x->by);
}

static prom__serving *look(const prom__servings *s, const prom__ask *q)
{
    prom__serving *x = s->shelf;
    while (x && !(x->registry == q->registry &&
                  (x->began >= q->arrived || q->arrived - x->began < s->max_age_ns) &&
                  prom__ask_same_names(x->names, q->names) && is_for(x, q)))
        x = x->next;
    return prom_ref(x);
}

static void put(prom__servings *s, prom__serving *x, prom__serving **old)
{
    size_t n = 0;
    x->shelved = true;
    x->next = s->shelf;
    s->shelf = prom_ref(x);
    for (prom__serving **at = &s->shelf; *at; n++)
        if (n >= SHELF_MAX)
            move(at, old);
        else
            at = &(*at)->next;
}

void prom__servings_free(prom__servings *s)
{
    prom__serving *all = NULL;
    prom__lock();
    while (s->shelf)
        move(&s->shelf, &all);
    prom__unlock();
    let_go(all);
    prom__maker_free(&s->maker);
}

prom__serving *prom__serving_open(prom__servings *s, const prom__ask *q, bool *mine)
{
    prom__serving *old = NULL, *there, *fresh;
    *mine = true;
    if (!s->max_age_ns)
        return make_serving(s, q);
    prom__lock();
    take_old(s, prom__clock_steady(), &old);
    there = look(s, q);
    prom__unlock();
    fresh = there ? NULL : make_serving(s, q);
    if (fresh) {
        prom__lock();
        there = look(s, q);
        if (!there)
            put(s, fresh, &old);
        prom__unlock();
    }
    let_go(old);
    *mine = !there;
    if (there)
        prom_unref(fresh);
    return there ? there : fresh;
}

/* --- gathering ---------------------------------------------------------- */

/* In promhttp's words. */
static prom__answer *too_late(unsigned timeout_ms)
{
    char words[80];
    snprintf(words, sizeof words, "Exceeded configured timeout of %gs.\n", timeout_ms / 1000.0);
    return prom__answer_words(PROM__UNAVAILABLE, words);
}

static bool shows_the_rest(const prom__serving *x)
{
    return x->snapshot && x->home->on_error == PROM_ON_ERROR_CONTINUE &&
           prom_snapshot_size(x->snapshot) > 0;
}

/* What nobody else should get is off the shelf before it is said to be there. */
static void publish(prom__serving *x, bool keep)
{
    prom__serving *off = NULL;
    prom__lock();
    if (!keep && x->shelved)
        take_one(x->home, x, &off);
    x->gathered = true;
    prom__lock_wake();
    prom__unlock();
    let_go(off);
}

void prom__serving_gather(prom__serving *x)
{
    const prom_gather_opts o = { .size = sizeof o,
                                 .names = x->names,
                                 .timeout_ms = x->timeout_ms };
    prom_err err = prom_gather_with(x->registry, &o, &x->snapshot);
    bool failed = err || prom_snapshot_error(x->snapshot, 0);
    x->late = failed && x->timeout_ms &&
              prom__clock_steady() - x->began >= (uint64_t)x->timeout_ms * 1000000u;
    if (failed)
        prom__meter_failed(x->home->meter, PROM__GATHERING);
    if (failed && !shows_the_rest(x))
        x->failure = x->late ? too_late(x->timeout_ms) : prom__answer_errors(x->snapshot, err);
    if (failed && !x->failure && !x->snapshot)
        x->failure = prom__answer_words(PROM__SERVER_ERROR, "out of memory\n");
    publish(x, !err && !x->late);
}

bool prom__serving_late(const prom__serving *x, const prom__ask *q)
{
    return x->late && q->timeout_ms != x->timeout_ms;
}

prom__answer *prom__serving_failure(const prom__serving *x)
{
    return prom_ref(x->failure);
}

static void wait_for_gather(prom__serving *x)
{
    prom__lock();
    while (!x->gathered)
        prom__lock_wait(UINT64_MAX);
    prom__unlock();
}

/* --- products ----------------------------------------------------------- */

/* With the lock. */
static prom__product *find_product(const prom__serving *x, const prom__ask *q)
{
    prom__product *p = x->products;
    while (p && !(prom__ask_same_form(&p->form, q) && !p->spoiled &&
                  (p->done || can_wait_for(&p->by))))
        p = p->next;
    return p;
}

/* Memory that the shelf holds is the first to go. */
bool prom__servings_exhausted(prom__servings *s)
{
    prom__serving *all = NULL;
    if (!prom__blocks_exhausted(s->maker.blocks))
        return false;
    prom__lock();
    while (s->shelf)
        move(&s->shelf, &all);
    prom__unlock();
    let_go(all);
    return prom__blocks_exhausted(s->maker.blocks);
}

static prom__product *make_product(prom__serving *x, const prom__ask *q)
{
    prom__product *p = prom__alloc_zero(sizeof *p);
    if (!p)
        return NULL;
    p->form = *q;
    p->by = this_worker();
    p->home = x->home;
    if (prom__servings_exhausted(x->home)) {
        p->answer = prom__answer_words(PROM__UNAVAILABLE, "too many scrapes under way\n");
        p->done = p->spoiled = true;
    } else {
        p->making = prom__making_new(&x->home->maker, q, x->snapshot);
    }
    if (p->making || p->answer)
        return p;
    free_product(p);
    return NULL;
}

prom__product *prom__product_open(prom__serving *x, const prom__ask *q, bool *mine)
{
    prom__lock();
    prom__product *there = find_product(x, q), *fresh = NULL;
    prom__unlock();
    if (!there && (fresh = make_product(x, q))) {
        prom__lock();
        there = find_product(x, q);
        if (!there) {
            fresh->next = x->products;
            x->products = fresh;
        }
        prom__unlock();
        if (there)
            free_product(fresh);
    }
    *mine = !there && fresh && !fresh->done;
    return there ? there : fresh;
}

bool prom__product_step(prom__product *p)
{
    if (prom__making_step(p->making))
        return true;
    prom_err err;
    prom__making *making = p->making;
    p->making = NULL;
    prom__answer *a = prom__making_end(making, &err);
    if (err)
        prom__meter_failed(p->home->meter, PROM__ENCODING);
    prom__lock();
    p->answer = a;
    p->spoiled = err == PROM_E_NOMEM;
    p->done = true;
    prom__lock_wake();
    prom__unlock();
    return false;
}

prom__answer *prom__product_answer(const prom__product *p)
{
    return prom_ref(p->answer);
}

static void wait_for_product(const prom__product *p)
{
    prom__lock();
    while (!p->done)
        prom__lock_wait(UINT64_MAX);
    prom__unlock();
}

/* --- all in one --------------------------------------------------------- */

static prom__answer *answer_of(prom__serving *x, const prom__ask *q)
{
    bool mine;
    if (x->failure)
        return prom_ref(x->failure);
    prom__product *p = x->snapshot ? prom__product_open(x, q, &mine) : NULL;
    if (!p)
        return prom__answer_words(PROM__SERVER_ERROR, "out of memory\n");
    if (!mine)
        wait_for_product(p);
    else
        while (prom__product_step(p))
            ;
    return prom__product_answer(p);
}

prom__answer *prom__servings_answer(prom__servings *s, const prom__ask *q)
{
    for (;;) {
        bool mine;
        prom__serving *x = prom__serving_open(s, q, &mine);
        if (!x)
            return prom__answer_words(PROM__SERVER_ERROR, "out of memory\n");
        if (mine)
            prom__serving_gather(x);
        else
            wait_for_gather(x);
        bool again = prom__serving_late(x, q);
        prom__answer *a = again ? NULL : answer_of(x, q);
        prom_unref(x);
        if (!again)
            return a;
    }
}
