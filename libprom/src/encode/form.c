// SPDX-License-Identifier: Apache-2.0
#include "form.h"

#include "base/alloc.h"

/* Metrics between two looks at whether a block is full, and metrics that are measured in a
 * step: that takes about as long as to write a block. */
enum { FEW = 32, MEASURED_IN_A_STEP = 1024 };

static prom__out *out_of(const prom__walk *x)
{
    return x->state;
}

/* --- open, close -------------------------------------------------------- */

prom_err prom__walk_open(prom__walk *x, const prom__form *form, const prom_snapshot *s,
                         const prom_encode_opts *o, const prom_writer *w)
{
    *x = (prom__walk){ .form = form, .snapshot = s, .opts = *o };
    x->state = prom__alloc_zero(form->size);
    if (!x->state)
        return prom__no_memory("an exposition");
    prom_err e = prom__out_open(x->state, w);
    if (e) {
        prom__free(x->state);
        x->state = NULL;
    }
    return e;
}

prom_err prom__walk_close(prom__walk *x, prom_err e)
{
    prom_err end = prom__out_close(x->state);
    if (x->form->free)
        x->form->free(x->state);
    prom__free(x->state);
    x->state = NULL;
    return e ? e : end;
}

/* --- families ----------------------------------------------------------- */

static bool is_target(const prom_family *f)
{
    return f->type == PROM_INFO && strcmp(f->name, "target_info") == 0;
}

/* From x->family on, the next one whose turn it is. */
static void find_family(prom__walk *x)
{
    const prom_snapshot *s = x->snapshot;
    for (;; x->family++) {
        if (x->family < s->n_families) {
            if (x->form->target_first && is_target(&s->families[x->family]->pub) == x->others)
                continue;
            x->place = x->form->measure ? PROM__MEASURE : PROM__FAMILY;
            x->metric = 0;
            return;
        }
        if (!x->form->target_first || x->others) {
            x->place = PROM__BEHIND_ALL;
            return;
        }
        x->others = true;
        x->family = (size_t)-1; /* and from the first one again */
    }
}

/* --- one piece ---------------------------------------------------------- */

static size_t cut(const prom__walk *x, const prom__family *f, size_t most)
{
    size_t left = f->pub.n_metrics - x->metric;
    return x->metric + (left < most ? left : most);
}

static prom_err measure(prom__walk *x, const prom__family *f, size_t most)
{
    size_t to = cut(x, f, most);
    prom_err e = x->form->measure(x->state, f, x->metric, to);
    x->metric = to;
    if (to == f->pub.n_metrics)
        x->place = PROM__FAMILY;
    return e;
}

static prom_err put_family(prom__walk *x, const prom__family *f)
{
    x->metric = 0;
    x->place = PROM__METRICS;
    return x->form->family(x->state, f);
}

static prom_err put_metrics(prom__walk *x, const prom__family *f, size_t most)
{
    size_t to = cut(x, f, most);
    prom_err e = x->form->metrics(x->state, f, x->metric, to);
    x->metric = to;
    if (to < f->pub.n_metrics)
        return e;
    if (x->form->family_end && !e)
        x->form->family_end(x->state, f);
    x->family++;
    find_family(x);
    return e;
}

static prom_err put_one(prom__walk *x, size_t most)
{
    const prom__family *f =
        x->family < x->snapshot->n_families ? x->snapshot->families[x->family] : NULL;
    switch (x->place) {
    case PROM__BEFORE_ALL:
        if (x->form->open)
            x->form->open(x->state, &x->opts);
        find_family(x);
        return PROM_OK;
    case PROM__MEASURE:
        return measure(x, f, most);
    case PROM__FAMILY:
        return put_family(x, f);
    case PROM__METRICS:
        return put_metrics(x, f, most);
    case PROM__BEHIND_ALL:
        if (x->form->close)
            x->form->close(x->state);
        x->place = PROM__OVER;
        return PROM_OK;
    case PROM__OVER:
        break;
    }
    return PROM_OK;
}

/* --- walks -------------------------------------------------------------- */

prom_err prom__walk_all(prom__walk *x)
{
    prom_err e = PROM_OK;
    while (!e && x->place != PROM__OVER) {
        e = put_one(x, SIZE_MAX);
        e = e ? e : out_of(x)->error;
    }
    return e;
}

prom_err prom__walk_some(prom__walk *x)
{
    size_t blocks = out_of(x)->blocks, measured = 0;
    prom_err e = PROM_OK;
    while (!e && x->place != PROM__OVER && out_of(x)->blocks == blocks &&
           measured < MEASURED_IN_A_STEP) {
        measured += x->place == PROM__MEASURE ? FEW : 0;
        e = put_one(x, FEW);
        e = e ? e : out_of(x)->error;
    }
    return e;
}

prom_err prom__form_encode(const prom__form *form, const prom_snapshot *s,
                           const prom_encode_opts *o, const prom_writer *w)
{
    prom__walk x;
    prom_err e = prom__walk_open(&x, form, s, o, w);
    return e ? e : prom__walk_close(&x, prom__walk_all(&x));
}
