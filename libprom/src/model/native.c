// SPDX-License-Identifier: Apache-2.0
#include "native_table.h"

#include <float.h>
#include <math.h>

/* Entry i of the finest schema's bounds in [0.5, 1). */
static double bound_at(uint32_t i)
{
    return ldexp((double)(prom__native_bounds[i] | UINT64_C(1) << 52), -53);
}

int prom__native_schema(double factor)
{
    int schema = PROM__NATIVE_COARSEST;
    for (; schema <= 0; schema++) /* 65536, 256, 16, 4, 2 */
        if (factor >= ldexp(1, 1 << -schema))
            return schema;
    while (schema < PROM__NATIVE_FINEST && factor < 2 * bound_at(256u >> schema))
        schema++;
    return schema;
}

double prom__native_upper(int schema, int32_t index)
{
    const int64_t largest = 1024 * 256; /* the finest schema's index of the largest double */
    int64_t i = (int64_t)index * (1 << (PROM__NATIVE_FINEST - schema));
    if (i >= largest)
        return i == largest ? DBL_MAX : INFINITY;
    return ldexp(bound_at((uint32_t)(i & 255)), (int)((i >> 8) + 1));
}

/* --- as the formats want the buckets ------------------------------------- */

enum { BRIDGED = 2 };

bool prom__native_next(prom__native_walk *w)
{
    if (!w->n)
        return false;
    const prom_native_bucket *next = w->bucket;
    w->begins = !w->under_way || (int64_t)next->index - w->end > (w->sparse ? 0 : BRIDGED);
    w->index = w->begins ? next->index : w->end;
    w->at = w->index == next->index ? next : NULL;
    w->end = w->index + 1;
    w->under_way = true;
    if (w->at) {
        w->bucket++;
        w->n--;
    }
    return true;
}

static prom__native_walk walk_of(const prom_native *h, bool negative)
{
    return negative ? (prom__native_walk){ .bucket = h->negative, .n = h->n_negative }
                    : (prom__native_walk){ .bucket = h->positive, .n = h->n_positive };
}

/* client_golang's no-op span: without it a scraper sees a classic histogram. */
static bool says_nothing(const prom_native *h)
{
    return h->zero_threshold == 0 && !h->zero_count && h->zero_weight == 0 && !h->n_positive &&
           !h->n_negative;
}

size_t prom__native_spans(const prom_native *h, bool negative, prom__native_span *out)
{
    prom__native_walk w = walk_of(h, negative);
    size_t n = 0;
    int32_t end = 0;
    while (prom__native_next(&w)) {
        if (w.begins) {
            if (out)
                out[n] = (prom__native_span){ w.index - end, 0 };
            n++;
        }
        if (out)
            out[n - 1].length++;
        end = w.end;
    }
    if (n || negative || !says_nothing(h))
        return n;
    if (out)
        *out = (prom__native_span){ 0, 0 };
    return 1;
}

size_t prom__native_deltas(const prom_native *h, bool negative, int64_t *out)
{
    prom__native_walk w = walk_of(h, negative);
    size_t n = 0;
    uint64_t before = 0;
    for (; prom__native_next(&w); n++) {
        uint64_t count = w.at ? w.at->n.count : 0;
        if (out)
            out[n] = (int64_t)(count - before);
        before = count;
    }
    return n;
}

size_t prom__native_weights(const prom_native *h, bool negative, double *out)
{
    prom__native_walk w = walk_of(h, negative);
    size_t n = 0;
    for (; prom__native_next(&w); n++)
        if (out)
            out[n] = w.at ? w.at->n.weight : 0;
    return n;
}

bool prom__native_classic_next(prom__native_classic *w)
{
    const prom_native *x = w->native;
    if (w->n == x->n_custom)
        return false;
    for (; w->bucket < x->n_positive && (size_t)x->positive[w->bucket].index <= w->n;
         w->bucket++) {
        if (x->is_float)
            w->weight += x->positive[w->bucket].n.weight;
        else
            w->count += x->positive[w->bucket].n.count;
    }
    w->upper = x->custom[w->n++];
    return true;
}
