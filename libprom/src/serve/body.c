// SPDX-License-Identifier: Apache-2.0
#include "body.h"

#include "base/alloc.h"

#include <string.h>

struct prom__block {
    union {
        prom__block *next; /* while it is spare */
        char bytes[PROM__BODY_BLOCK];
    };
};

static prom__block *take_block(prom__blocks *home)
{
    prom__block *x = home->spare;
    if (x) {
        home->spare = x->next;
        home->n_spare--;
    } else {
        x = prom__alloc(sizeof *x);
    }
    home->lent += x != NULL;
    return x;
}

static void give_block(prom__blocks *home, prom__block *x)
{
    home->lent--;
    if (home->n_spare >= home->most) {
        prom__free(x);
        return;
    }
    x->next = home->spare;
    home->spare = x;
    home->n_spare++;
}

void prom__blocks_free(prom__blocks *home)
{
    while (home->spare) {
        prom__block *x = home->spare;
        home->spare = x->next;
        prom__free(x);
    }
    home->n_spare = 0;
}

prom_err prom__body_new(prom__blocks *home, prom__body **out)
{
    *out = prom__alloc_zero(sizeof **out);
    if (!*out)
        return prom__no_memory("a scrape");
    (*out)->home = home;
    home->bodies++;
    return PROM_OK;
}

void prom__body_free(prom__body *b)
{
    if (!b)
        return;
    if (b->n_blocks > b->home->most)
        b->home->most = b->n_blocks;
    for (size_t i = 0; i < b->n_blocks; i++)
        give_block(b->home, b->block[i]);
    b->home->bodies--;
    prom__free(b->block);
    prom__free(b);
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
