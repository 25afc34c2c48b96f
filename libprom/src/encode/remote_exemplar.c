// SPDX-License-Identifier: Apache-2.0
/* remote_exemplar.c - exemplars of remote write 2.0: which are new, and in an order that
 * Prometheus takes. */
#include "base/alloc.h"
#include "remote_series.h"

#include <stdlib.h>

enum { SERIES_EXEMPLAR = 4 };
enum { EXEMPLAR_LABELS = 1, EXEMPLAR_VALUE, EXEMPLAR_TIME };

/* --- which -------------------------------------------------------------- */

static int64_t newest_of(const prom__exemplars *x, int64_t newest)
{
    for (size_t i = 0; i < x->n; i++)
        if (x->item[i].timestamp_ns > newest)
            newest = x->item[i].timestamp_ns;
    return newest;
}

int64_t prom__remote_newest_exemplar(const prom__point *p)
{
    if (!p->more)
        return PROM_NO_TIME;
    return newest_of(&p->more->native_exemplars, newest_of(&p->more->exemplars, PROM_NO_TIME));
}

/* Of a time in milliseconds, as Prometheus compares them: it refuses everything for an exemplar
 * that is older than the last, or of the same time and less. */
bool prom__remote_is_new(const prom_exemplar *x, int64_t after_ns)
{
    return x && x->timestamp_ns != PROM_NO_TIME &&
           (after_ns == PROM_NO_TIME ||
            prom__remote_ms(x->timestamp_ns) > prom__remote_ms(after_ns));
}

static int compare_exemplars(const void *a, const void *b)
{
    const prom_exemplar *x = *(const prom_exemplar *const *)a;
    const prom_exemplar *y = *(const prom_exemplar *const *)b;
    int64_t s = prom__remote_ms(x->timestamp_ns), t = prom__remote_ms(y->timestamp_ns);
    return s != t ? (s > t) - (s < t) : (x->value > y->value) - (x->value < y->value);
}

size_t prom__remote_exemplars(const prom__exemplars *all, int64_t after_ns,
                              const prom_exemplar **out)
{
    size_t n = 0, kept = 0;
    for (size_t i = 0; i < all->n; i++)
        if (prom__remote_is_new(&all->item[i], after_ns))
            out[n++] = &all->item[i];
    if (n)
        qsort(out, n, sizeof *out, compare_exemplars);
    for (size_t i = 0; i < n; i++)
        if (!kept || compare_exemplars(&out[kept - 1], &out[i]) != 0)
            out[kept++] = out[i];
    return kept;
}

/* --- as messages --------------------------------------------------------- */

static bool is_before(prom_str a, prom_str b)
{
    int c = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);
    return c < 0 || (c == 0 && a.n < b.n);
}

/* Sorted, as those of a series are; returns how many are not empty. */
static size_t sort_labels(const prom_exemplar *x, prom_label_str *out)
{
    size_t n = 0;
    for (size_t i = 0; i < x->n_labels; i++) {
        size_t k = n;
        if (!x->labels[i].value.n)
            continue;
        for (; k && is_before(x->labels[i].name, out[k - 1].name); k--)
            out[k] = out[k - 1];
        out[k] = x->labels[i];
        n++;
    }
    return n;
}

void prom__remote_put_exemplar(prom__remote *r, const prom_exemplar *x)
{
    prom__wire *w = &r->wire;
    size_t before = prom__wire_size(w), n = 0;
    prom_label_str *label = prom__arena_alloc(&r->memory, (x->n_labels + 1) * sizeof *label);
    uint32_t *ref = prom__arena_alloc(&r->memory, (2 * x->n_labels + 1) * sizeof *ref);
    w->failed = w->failed || !label || !ref;
    if (!w->failed)
        n = sort_labels(x, label);
    for (size_t i = 0; i < n && !w->failed; i++)
        w->failed = !prom__symbols_ref(&r->symbols, label[i].name, &ref[2 * i]) ||
                    !prom__symbols_ref(&r->symbols, label[i].value, &ref[2 * i + 1]);
    if (w->failed)
        return;
    prom__wire_u64(w, EXEMPLAR_TIME, (uint64_t)prom__remote_ms(x->timestamp_ns));
    prom__wire_double(w, EXEMPLAR_VALUE, x->value);
    prom__remote_put_refs(w, EXEMPLAR_LABELS, ref, 2 * n);
    prom__wire_close(w, SERIES_EXEMPLAR, before);
}
