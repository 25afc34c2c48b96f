// SPDX-License-Identifier: Apache-2.0
#include "base/alloc.h"
#include "exemplar.h"

#include <assert.h>

/* Trace and span, the labels of most exemplars, with these words fill a record of 128 bytes. */
enum { LEAST_WORDS = 10, MOST_TRIES = 8, CELL = 48 };

/* Data is stored with release and loaded with acquire, not for its own sake: so no part of a
 * write is seen by who does not also see the odd number in front of it. */
typedef struct cell {
    prom__record head;
    uint32_t n_words;           /* that there is room for */
    uint32_t before;            /* the smaller one whose place it took; offset / 16, 0: none */
    _Atomic uint64_t sequence;  /* forks << 32 | a count, odd while it is written; 0: never */
    _Atomic uint64_t what;      /* epoch << 32 | number of labels */
    _Atomic uint64_t value;     /* a double */
    _Atomic uint64_t timestamp; /* unix nanoseconds */
    _Atomic uint64_t words[];
} cell;

static_assert(sizeof(cell) == CELL, "the record is a format");

/* --- packing ------------------------------------------------------------ */

void prom__exemplar_pack(const prom_label *labels, prom__exemplar_text *out)
{
    size_t n = 0;
    while (labels[n].name)
        n++;
    char *lengths = (char *)out->words, *p = lengths + 4 * n;
    for (size_t i = 0; i < 2 * n; i++) {
        const char *from = i % 2 ? labels[i / 2].value : labels[i / 2].name;
        size_t length = strlen(from);
        uint16_t stored = (uint16_t)length;
        memcpy(lengths + 2 * i, &stored, 2);
        memcpy(p, from, length);
        p += length;
    }
    size_t bytes = (size_t)(p - lengths);
    out->n_labels = n;
    out->n_words = (bytes + 7) / 8;
    memset(p, 0, out->n_words * 8 - bytes);
}

/* In place: the labels point into the text. false: these are no labels, as may be in an image
 * that was copied while they were written. */
static bool unpack(const char *text, size_t bytes, size_t n, prom_label_str *labels)
{
    if (n > bytes / 4)
        return false;
    const char *p = text + 4 * n, *end = text + bytes;
    for (size_t i = 0; i < 2 * n; i++) {
        uint16_t length;
        memcpy(&length, text + 2 * i, 2);
        if (length > (size_t)(end - p))
            return false;
        prom_str s = { p, length };
        if (i % 2)
            labels[i / 2].value = s;
        else
            labels[i / 2].name = s;
        p += length;
    }
    return true;
}

/* --- memory ------------------------------------------------------------- */

static cell *cell_at(prom__store *store, uint64_t offset)
{
    return (cell *)(void *)prom__store_at(store, offset);
}

bool prom__exemplar_room(prom__store *store, _Atomic uint64_t *slot, size_t n_words)
{
    uint64_t old = atomic_load_explicit(slot, memory_order_acquire), offset;
    while (!old || cell_at(store, old)->n_words < n_words) {
        size_t n = old ? 2 * (size_t)cell_at(store, old)->n_words : LEAST_WORDS;
        n = n < n_words ? n_words : n;
        cell *c = (cell *)(void *)prom__store_alloc(store, CELL + n * 8, PROM__RECORD_EXEMPLARS,
                                                    &offset);
        if (!c)
            return false;
        c->n_words = (uint32_t)((c->head.size - CELL) / 8);
        c->before = (uint32_t)(old / 16);
        bool mine = old / 16 <= UINT32_MAX &&
                    atomic_compare_exchange_strong_explicit(
                        slot, &old, offset, memory_order_acq_rel, memory_order_acquire);
        if (mine)
            return true;
        prom__lock();
        prom__store_free(store, &c->head); /* somebody was faster */
        prom__unlock();
        if (old / 16 > UINT32_MAX)
            return false;
    }
    return true;
}

void prom__exemplar_free(prom__store *store, uint64_t offset)
{
    while (offset) {
        cell *c = cell_at(store, offset);
        offset = (uint64_t)c->before * 16;
        prom__store_free(store, &c->head);
    }
}

/* --- writing ------------------------------------------------------------ */

static void set(_Atomic uint64_t *to, uint64_t x)
{
    atomic_store_explicit(to, x, memory_order_release);
}

/* Makes the sequence odd; 0: another writer is at it. */
static uint64_t take(cell *c)
{
    uint64_t forks = prom__lock_forks();
    uint64_t now = atomic_load_explicit(&c->sequence, memory_order_relaxed);
    if (now & 1 && now >> 32 == forks)
        return 0;
    uint64_t mine = forks << 32 | (uint32_t)((now + 1) | 1);
    bool taken = atomic_compare_exchange_strong_explicit(
        &c->sequence, &now, mine, memory_order_acq_rel, memory_order_relaxed);
    return taken ? mine : 0;
}

static void give_back(cell *c, uint64_t mine)
{
    uint32_t count = (uint32_t)(mine + 1);
    set(&c->sequence, mine >> 32 << 32 | (count ? count : 2)); /* 0 is for cells that are new */
}

void prom__exemplar_put(prom__store *store, _Atomic uint64_t *slot, uint32_t epoch, double v,
                        int64_t now, const prom__exemplar_text *text)
{
    cell *c = cell_at(store, atomic_load_explicit(slot, memory_order_acquire));
    uint64_t mine = take(c), value;
    if (!mine)
        return;
    memcpy(&value, &v, sizeof value);
    set(&c->what, (uint64_t)epoch << 32 | text->n_labels);
    set(&c->value, value);
    set(&c->timestamp, (uint64_t)now);
    for (size_t i = 0; i < text->n_words; i++)
        set(&c->words[i], text->words[i]);
    give_back(c, mine);
}

/* --- reading ------------------------------------------------------------ */

typedef struct seen {
    uint64_t what, value, timestamp;
    uint64_t *words; /* as many as the cell has room for */
} seen;

static uint64_t get(const _Atomic uint64_t *from)
{
    return atomic_load_explicit(from, memory_order_acquire);
}

/* false: there is nothing, or it did not stand still. */
static bool look(const cell *c, seen *out)
{
    for (int i = 0; i < MOST_TRIES; i++) {
        uint64_t before = get(&c->sequence);
        if (before & 1)
            continue;
        out->what = get(&c->what);
        out->value = get(&c->value);
        out->timestamp = get(&c->timestamp);
        for (size_t k = 0; k < c->n_words; k++)
            out->words[k] = get(&c->words[k]);
        if (atomic_load_explicit(&c->sequence, memory_order_relaxed) == before)
            return before != 0;
    }
    return false;
}

static const cell *source_cell(const prom__source *source, uint64_t offset)
{
    return offset ? (const cell *)(const void *)prom__source_at(source, offset) : NULL;
}

prom_err prom__exemplar_get(const prom__source *source, const _Atomic uint64_t *slot,
                            uint32_t epoch, prom__arena *a, prom_exemplar *out)
{
    *out = (prom_exemplar){ .labels = NULL };
    const cell *c = source_cell(source, get(slot));
    while (c && !get(&c->sequence)) /* not yet written: what was before it still stands */
        c = source_cell(source, (uint64_t)c->before * 16);
    if (!c)
        return PROM_OK;
    seen x = { .words = prom__arena_alloc(a, c->n_words * sizeof *x.words) };
    if (!x.words)
        return prom__no_memory("an exemplar");
    if (!look(c, &x) || x.what >> 32 != epoch)
        return PROM_OK;
    size_t n = (uint32_t)x.what, bytes = c->n_words * sizeof *x.words;
    prom_label_str *labels = prom__arena_alloc(a, (n <= bytes ? n + 1 : 1) * sizeof *labels);
    if (!labels)
        return prom__no_memory("an exemplar");
    if (!unpack((const char *)x.words, bytes, n, labels))
        return PROM_OK;
    *out = (prom_exemplar){ .labels = labels,
                            .n_labels = n,
                            .timestamp_ns = (int64_t)x.timestamp };
    memcpy(&out->value, &x.value, sizeof out->value);
    return PROM_OK;
}
