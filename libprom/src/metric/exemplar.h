// SPDX-License-Identifier: Apache-2.0
/* exemplar.h - the exemplars of a series: one for a counter, one for each classic bucket, a
 * list for a native histogram.
 *
 * prom__series.exemplars leads to a table of slots, which is made for the first exemplar, and a
 * slot to a cell. A cell is a record that is written in place under a sequence number: whoever
 * makes it odd writes, whoever finds it odd gives way, and who reads it before and after and
 * finds it the same and even has read one whole exemplar. Where a larger one comes, the slot
 * gets a cell at least twice as large, and the old one stays behind it: so nobody ever has to
 * wait for readers. All of it goes with the series.
 *
 * A sequence number carries the number of forks (lock.h), so a writer that a fork left behind
 * holds up nobody. */
#ifndef PROM_METRIC_EXEMPLAR_H
#define PROM_METRIC_EXEMPLAR_H

#include "model/exemplar.h"
#include "vec.h"

/* --- one exemplar (exemplar_cell.c) -------------------------------------- */

/* Labels as they stand in a cell: two lengths of 16 bits for each, then the bytes, in order. A
 * character is at most four bytes. */
typedef struct prom__exemplar_text {
    size_t n_labels, n_words;
    uint64_t words[PROM__EXEMPLAR_MOST];
} prom__exemplar_text;

/* Of labels that were checked. */
void prom__exemplar_pack(const prom_label *labels, prom__exemplar_text *out);

/* Makes sure that the slot has a cell for so many words. false: no memory. */
bool prom__exemplar_room(prom__store *store, _Atomic uint64_t *slot, size_t n_words);

/* Into a slot with room for it; or nothing, where another writer is at it. */
void prom__exemplar_put(prom__store *store, _Atomic uint64_t *slot, uint32_t epoch, double v,
                        int64_t now, const prom__exemplar_text *text);

/* What the slot holds; out->labels stays NULL if that is nothing, something of another epoch,
 * or never at rest. In the arena. */
prom_err prom__exemplar_get(const prom__source *source, const _Atomic uint64_t *slot,
                            uint32_t epoch, prom__arena *a, prom_exemplar *out);

/* With the lock held. */
void prom__exemplar_free(prom__store *store, uint64_t offset);

/* --- which of a native histogram's to keep (exemplar_list.c) ------------- */

typedef struct prom__exemplar_entry {
    double value;
    int64_t time; /* unix nanoseconds */
    uint64_t slot;
} prom__exemplar_entry;

/* The one of n, which ascend by value, that goes for a new one; n is not 0. The oldest, if it
 * is older than ttl; else the older one of the closest pair, or the neighbour of the new one if
 * that is closer still: on a logarithmic scale, so that they stay spread over the range. */
size_t prom__exemplar_victim(const prom__exemplar_entry *list, size_t n, double v, int64_t now,
                             int64_t ttl);

/* --- all of a series (exemplar.c) ---------------------------------------- */

/* An exemplar on its way, from the check of its labels to the end of the update. */
typedef struct prom__exemplar_write {
    prom__store *store;
    struct prom__exemplar_table *table;
    _Atomic uint64_t *classic; /* its slot there; NULL: none */
    _Atomic uint64_t *native;  /* its slot in the list, which is this writer's; NULL: none */
    size_t entry;              /* that slot's, in the list */
    double value;
    int64_t now;
    prom__exemplar_text text;
} prom__exemplar_write;

/* Checks and prepares all that can fail, for the exemplar to be shown with v that is about to
 * be counted in this bucket; prom__exemplar_end must follow at once. */
prom_err prom__exemplar_begin(prom__child *c, double v, size_t bucket, const prom_label *labels,
                              int64_t now, prom__exemplar_write *out);
void prom__exemplar_end(prom__exemplar_write *w);

/* None of those up to now shows any more. Without a lock; never fails. */
void prom__exemplars_clear(const prom__store *store, prom__series *s);

/* With the lock held, when nobody can read the series any more. */
void prom__exemplars_release(prom__store *store, prom__series *s);

/* prom__series_read of a series that has a table. Exemplars come first, so none is newer than
 * the count beside it. */
prom_err prom__exemplars_read(const prom__kind *kind, const prom__source *source,
                              const prom__series *s, prom__arena *a, prom__point *out);

/* Reads all of a series. */
static inline prom_err prom__series_read(const prom__kind *kind, const prom__source *source,
                                         const prom__series *s, prom__arena *a,
                                         prom__point *out)
{
    out->more = NULL;
    if (atomic_load_explicit(&s->exemplars, memory_order_relaxed))
        return prom__exemplars_read(kind, source, s, a, out);
    return kind->read(source, s, a, out);
}

#endif
