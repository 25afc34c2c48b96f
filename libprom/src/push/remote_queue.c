// SPDX-License-Identifier: Apache-2.0
#include "remote_queue.h"

#include "base/alloc.h"

#include <string.h>

static size_t size_of(const prom__remote_item *x)
{
    return sizeof *x + x->n;
}

void prom__remote_queue_pop(prom__remote_queue *q)
{
    prom__remote_item *x = q->first;
    q->first = x->next;
    if (!q->first)
        q->last = NULL;
    q->bytes -= size_of(x);
    q->n--;
    prom__free(x);
}

static void drop_first(prom__remote_queue *q)
{
    q->dropped++;
    q->lost += q->first->samples;
    prom__remote_queue_pop(q);
}

prom_err prom__remote_queue_add(prom__remote_queue *q, unsigned version, size_t samples,
                                const char *p, size_t n)
{
    prom__remote_item *x = NULL;
    bool fits = q->most > sizeof *x && n <= q->most - sizeof *x;
    while (fits && q->first && q->bytes > q->most - sizeof *x - n)
        drop_first(q);
    if (fits)
        x = prom__alloc(sizeof *x + n);
    if (!x) {
        q->dropped++;
        q->lost += samples;
        return fits ? prom__no_memory("a request") : PROM_OK;
    }
    *x = (prom__remote_item){ .version = version, .samples = samples, .n = n };
    memcpy(x->bytes, p, n);
    if (q->last)
        q->last->next = x;
    else
        q->first = x;
    q->last = x;
    q->bytes += size_of(x);
    q->n++;
    return PROM_OK;
}

void prom__remote_queue_drop(prom__remote_queue *q, unsigned version)
{
    prom__remote_item *x = q->first;
    q->first = q->last = NULL;
    q->bytes = q->n = 0;
    while (x) {
        prom__remote_item *next = x->next;
        x->next = NULL;
        if (x->version == version) {
            q->dropped++;
            q->lost += x->samples;
            prom__free(x);
        } else {
            if (q->last)
                q->last->next = x;
            else
                q->first = x;
            q->last = x;
            q->bytes += size_of(x);
            q->n++;
        }
        x = next;
    }
}

void prom__remote_queue_free(prom__remote_queue *q)
{
    while (q->first)
        prom__remote_queue_pop(q);
}
