// SPDX-License-Identifier: Apache-2.0
#include "remote.h"

#include "base/alloc.h"
#include "out.h"
#include "remote_series.h"

#include <prom/remote_write.h>

prom_err prom__remote_check(const prom_label *labels)
{
    return prom__remote_labels_check(labels);
}

/* The symbols stand before the series that refer to them. */
prom_err prom__remote_flush(prom__remote *r)
{
    prom__bytes *all = &r->series;
    if (!r->series.n)
        return PROM_OK;
    if (r->opts->version == 2) {
        all = &r->symbols.wire;
        if (!prom__bytes_add(all, r->series.p, r->series.n))
            return prom__no_memory("a request");
    }
    r->count.p = all->p;
    r->count.n = all->n;
    prom_err e = r->opts->put(r->opts->data, &r->count);
    r->count = (prom__remote_request){ NULL, 0, 0, 0, 0 };
    r->series.n = 0;
    r->described = false;
    prom__symbols_clear(&r->symbols);
    return e;
}

/* What was sent of a series has this time at most. */
static int64_t last_time(const prom__remote *r, const prom__run *before)
{
    int64_t last = INT64_MIN;
    for (size_t i = 0; i < before->n; i++) {
        int64_t t = prom__remote_time(before->point[i], r->before_ms);
        last = t > last ? t : last;
    }
    return last;
}

static int64_t last_exemplar(const prom__run *before)
{
    int64_t last = PROM_NO_TIME;
    for (size_t i = 0; i < before->n; i++) {
        int64_t t = prom__remote_newest_exemplar(before->point[i]);
        last = t > last ? t : last;
    }
    return last;
}

static prom_err put_pair(void *data, const prom__run *now, const prom__run *before)
{
    prom__remote *r = data;
    prom_err e = PROM_OK;
    if (now->n)
        e = prom__remote_run(r, now, last_time(r, before), last_exemplar(before));
    if (!e && before->n && !r->opts->no_stale_markers)
        e = prom__remote_stale(r, before, now);
    return e;
}

static void free_all(prom__remote *r)
{
    prom__remote_labels_free(&r->labels);
    prom__remote_once_free(&r->once);
    prom__symbols_free(&r->symbols);
    prom__bytes_free(&r->series);
    prom__wire_free(&r->wire);
    prom__arena_free(&r->memory);
}

prom_err prom__remote_encode(const prom__remote_opts *o, prom__remote_moment now,
                             prom__remote_moment before)
{
    prom__remote r = {
        .opts = o,
        .now_ms = now.ms,
        .before_ms = before.ms,
        .labels = { .escaping = o->version == 2 ? PROM_ALLOW_UTF8 : PROM_UNDERSCORES,
                    .sender = o->labels },
    };
    r.may_meet = prom__remote_may_meet(now.snapshot, &r.labels) ||
                 prom__remote_may_meet(before.snapshot, &r.labels);
    prom_err e = prom__pairs_each(now.snapshot, before.snapshot, put_pair, &r);
    if (!e)
        e = prom__remote_flush(&r);
    free_all(&r);
    return e;
}

/* --- the whole as one ----------------------------------------------------- */

static prom_err put(void *data, const prom__remote_request *q)
{
    prom__out *out = data;
    prom__out_put(out, q->p, q->n);
    return out->error;
}

prom_err prom_remote_write_encode(const prom_snapshot *s, const prom_remote_write_opts *theirs,
                                  int64_t now_ms, const prom_writer *w)
{
    prom_remote_write_opts o = { .size = 0 };
    prom__out out;
    if (!s || !w || !w->write)
        return prom_fail(PROM_E_INVAL, "a snapshot and a writer are needed to encode");
    if (theirs)
        memcpy(&o, theirs, theirs->size < sizeof o ? theirs->size : sizeof o);
    if (o.version > 2)
        return prom_fail(PROM_E_INVAL, "remote write has no version %u, only 1 and 2",
                         o.version);
    prom_err e = prom__remote_check(o.labels);
    if (!e)
        e = prom__out_open(&out, w);
    if (e)
        return e;
    const prom__remote_opts opts = {
        .version = o.version ? o.version : 1, .labels = o.labels, .put = put, .data = &out
    };
    e = prom__remote_encode(&opts, (prom__remote_moment){ s, now_ms },
                            (prom__remote_moment){ NULL, 0 });
    prom_err end = prom__out_close(&out);
    return e ? e : end;
}
