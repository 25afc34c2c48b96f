// SPDX-License-Identifier: Apache-2.0
#include "body.h"

#include "base/alloc.h"
#include "base/lock.h"

#include <string.h>

/* Beyond both at once no body is begun. */
#define BODIES_MAX 8
#define LENT_MAX   ((64 << 20) / PROM__BODY_BLOCK)

struct prom__block {
    union {
        prom__block *next; /* while it is spare */
        char bytes[PROM__BODY_BLOCK];
    };
};

/* --- blocks ------------------------------------------------------------- */

static void destroy_blocks(void *self)
{
    prom__blocks *home = self;
    while (home->spare) {
        prom__block *x = home->spare;
        home->spare = x->next;
        prom__free(x);
    }
    prom__free(home);
}

prom_err prom__blocks_new(prom__blocks **out)
{
    static const prom__class class = { .name = "blocks", .destroy = destroy_blocks };
    *out = prom__alloc_zero(sizeof **out);
    if (!*out)
        return prom__no_memory("blocks for scrapes");
    prom__object_init(&(*out)->object, &class);
    return PROM_OK;
}

bool prom__blocks_exhausted(prom__blocks *b)
{
    prom__lock();
    bool exhausted = b->bodies >= BODIES_MAX && b->lent >= LENT_MAX;
    prom__unlock();
    return exhausted;
}

static prom__block *take_block(prom__blocks *home)
{
    prom__lock();
    prom__block *x = home->spare;
    if (x) {
        home->spare = x->next;
        home->n_spare--;
        home->lent++;
    }
    prom__unlock();
    if (x)
        return x;
    x = prom__alloc(sizeof *x);
    prom__lock();
    home->lent += x != NULL;
    prom__unlock();
    return x;
}

static void give_block(prom__blocks *home, prom__block *x)
{
    prom__lock();
    bool keep = home->n_spare < home->most;
    home->lent--;
    if (keep) {
        x->next = home->spare;
        home->spare = x;
        home->n_spare++;
    }
    prom__unlock();
    if (!keep)
        prom__free(x);
}

/* --- bodies ------------------------------------------------------------- */

static void destroy(void *self)
{
    prom__body *b = self;
    prom__lock();
    b->home->bodies--;
    if (b->n_blocks > b->home->most)
        b->home->most = b->n_blocks;
    prom__unlock();
    for (size_t i = 0; i < b->n_blocks; i++)
        give_block(b->home, b->block[i]);
    prom_unref(b->home);
    prom__free(b->block);
    prom__free(b);
}

prom_err prom__body_new(prom__blocks *home, prom__body **out)
{
    static const prom__class class = { .name = "body", .destroy = destroy };
    *out = prom__alloc_zero(sizeof **out);
    if (!*out)
        return prom__no_memory("a scrape");
    prom__object_init(&(*out)->object, &class);
    (*out)->home = prom_ref(home);
    prom__lock();
    home->bodies++;
    prom__unlock();
    return PROM_OK;
}

static bool add_block(prom__body *b)
{
    if (b->n_blocks == b->room) {
        size_t room = b->room ? 2 * b->room : 8;
        prom__block **more = prom__realloc(b->block, prom__size_times(room, sizeof *more));
        if (!more)
            return false;
        b->block = more;
        b->room = room;
    }
    prom__block *x = take_block(b->home);
    if (x)
        b->block[b->n_blocks++] = x;
    return x != NULL;
}

static prom_err append(void *data, const char *p, size_t n)
{
    prom__body *b = data;
    while (n) {
        size_t used = b->n % PROM__BODY_BLOCK;
        if (b->n == b->n_blocks * PROM__BODY_BLOCK && !add_block(b))
            return prom__no_memory("a scrape's text");
        size_t some = PROM__BODY_BLOCK - used < n ? PROM__BODY_BLOCK - used : n;
        memcpy(b->block[b->n_blocks - 1]->bytes + used, p, some);
        b->n += some;
        p += some;
        n -= some;
    }
    return PROM_OK;
}

prom_writer prom__body_writer(prom__body *b)
{
    return (prom_writer){ append, b };
}

prom_str prom__body_at(const prom__body *b, size_t at)
{
    if (at >= b->n)
        return (prom_str){ "", 0 };
    size_t used = at % PROM__BODY_BLOCK, n = PROM__BODY_BLOCK - used;
    return (prom_str){ b->block[at / PROM__BODY_BLOCK]->bytes + used,
                       n < b->n - at ? n : b->n - at };
}
