// SPDX-License-Identifier: Apache-2.0
#include "symbols.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "wire.h"

enum { REQUEST_SYMBOLS = 4, FIRST_SLOTS = 256 };

static void place(uint32_t *slot, size_t n_slots, uint64_t hash, size_t item)
{
    size_t i = (size_t)hash & (n_slots - 1);
    while (slot[i])
        i = (i + 1) & (n_slots - 1);
    slot[i] = (uint32_t)item + 1;
}

static bool grow_slots(prom__symbols *s)
{
    size_t n = s->n_slots ? prom__size_times(s->n_slots, 2) : FIRST_SLOTS;
    uint32_t *slot = prom__alloc_zero(prom__size_times(n, sizeof *slot));
    if (!slot)
        return false;
    for (size_t i = 0; i < s->n; i++)
        place(slot, n, s->item[i].hash, i);
    prom__free(s->slot);
    s->slot = slot;
    s->n_slots = n;
    return true;
}

static bool make_room(prom__symbols *s)
{
    if (s->n == s->cap) {
        size_t cap = s->cap ? prom__size_times(s->cap, 2) : FIRST_SLOTS / 2;
        prom__symbol *item = prom__realloc(s->item, prom__size_times(cap, sizeof *item));
        if (!item)
            return false;
        s->item = item;
        s->cap = cap;
    }
    return s->n < UINT32_MAX / 2 && (s->n * 2 < s->n_slots || grow_slots(s));
}

static bool add(prom__symbols *s, prom_str text, uint64_t hash)
{
    char *begin =
        make_room(s) && text.n < SIZE_MAX - 16 ? prom__bytes_room(&s->wire, text.n + 16) : NULL;
    if (!begin)
        return false;
    char *p = prom__varint_write(begin, REQUEST_SYMBOLS << 3 | PROM__WIRE_BYTES);
    p = prom__varint_write(p, text.n);
    if (text.n)
        memcpy(p, text.p, text.n);
    s->item[s->n] = (prom__symbol){ hash, (size_t)(p - s->wire.p), text.n };
    s->wire.n += (size_t)(p - begin) + text.n;
    place(s->slot, s->n_slots, hash, s->n++);
    return true;
}

static bool is(const prom__symbols *s, const prom__symbol *y, prom_str text)
{
    return y->n == text.n && (!text.n || memcmp(s->wire.p + y->at, text.p, text.n) == 0);
}

bool prom__symbols_ref(prom__symbols *s, prom_str text, uint32_t *ref)
{
    const prom_str empty = { "", 0 };
    *ref = 0;
    if (!s->n && !add(s, empty, prom__hash_add(prom__hash_key(), "", 0)))
        return false;
    if (!text.n)
        return true;
    uint64_t hash = prom__hash_add(prom__hash_key(), text.p, text.n);
    for (size_t i = (size_t)hash & (s->n_slots - 1); s->slot[i];
         i = (i + 1) & (s->n_slots - 1)) {
        const prom__symbol *y = &s->item[s->slot[i] - 1];
        if (y->hash == hash && is(s, y, text)) {
            *ref = s->slot[i] - 1;
            return true;
        }
    }
    *ref = (uint32_t)s->n;
    return add(s, text, hash);
}

void prom__symbols_clear(prom__symbols *s)
{
    s->wire.n = s->n = 0;
    if (s->n_slots)
        memset(s->slot, 0, s->n_slots * sizeof *s->slot);
}

void prom__symbols_free(prom__symbols *s)
{
    prom__bytes_free(&s->wire);
    prom__free(s->item);
    prom__free(s->slot);
    *s = (prom__symbols){ .n = 0 };
}
