// SPDX-License-Identifier: Apache-2.0
/* message.c - a family or a metric as structs of protobuf-c: our bytes, unpacked by that
 * library, so that there is one place that knows how a metric becomes a message. */
#include "base/alloc.h"
#include "protobuf.h"

#include <prom/metrics.pb-c.h>
#include <prom/protobuf.h>

/* Hangs on the snapshot. */
typedef struct message {
    prom__kept kept; /* first: a prom__kept is one of these */
    prom__arena arena;
    ProtobufCMessage *root;
} message;

static void *allocate(void *arena, size_t n)
{
    return prom__arena_alloc(arena, n);
}

static void release(void *arena, void *p)
{
    (void)arena, (void)p;
}

static void free_message(prom__kept *kept)
{
    message *m = (message *)(void *)kept;
    prom__arena_free(&m->arena);
    prom__free(m);
}

static prom_err unpack(const ProtobufCMessageDescriptor *what, const char *p, size_t n,
                       message **out)
{
    message *m = prom__alloc_zero(sizeof *m);
    if (!m)
        return prom__no_memory("a message");
    ProtobufCAllocator a = { .alloc = allocate, .free = release, .allocator_data = &m->arena };
    m->kept.free = free_message;
    m->root = protobuf_c_message_unpack(what, &a, n, (const uint8_t *)p);
    if (!m->root) {
        free_message(&m->kept);
        return prom__no_memory("a message");
    }
    *out = m;
    return PROM_OK;
}

/* --- families ------------------------------------------------------------ */

static prom_err family_bytes(const prom__family *f, prom__bytes *to)
{
    prom_writer w = prom__bytes_writer(to);
    prom__protobuf x = { .metric.labels.escaping = PROM_ALLOW_UTF8 };
    prom_err e = prom__out_open(&x.out, &w);
    if (e)
        return e;
    e = prom__protobuf_family(&x, f);
    prom_err end = prom__out_close(&x.out);
    prom__protobuf_free(&x);
    return e ? e : end;
}

static prom_err make_family(const prom__family *f, message **out)
{
    prom__bytes b = { .p = NULL };
    prom_err e = family_bytes(f, &b);
    if (!e) {
        size_t skip = 1; /* its length */
        while ((unsigned char)b.p[skip - 1] >= 0x80)
            skip++;
        e = unpack(&prom__pb__metric_family__descriptor, b.p + skip, b.n - skip, out);
    }
    prom__bytes_free(&b);
    return e;
}

/* Of two threads that make it at once the first one's stays. */
prom_err prom_family_message(const prom_family *family,
                             const struct Prom__Pb__MetricFamily **out)
{
    prom__family *f = (prom__family *)(uintptr_t)family;
    *out = NULL;
    if (!f)
        return prom_fail(PROM_E_INVAL, "there is no family to make a message of");
    void *there = atomic_load_explicit(&f->message, memory_order_acquire);
    message *made = there;
    prom_err e = there ? PROM_OK : make_family(f, &made);
    if (e)
        return e;
    if (!there) {
        if (atomic_compare_exchange_strong(&f->message, &there, made)) {
            prom__snapshot_keep(f->snapshot, &made->kept);
        } else {
            free_message(&made->kept);
            made = there;
        }
    }
    *out = (const Prom__Pb__MetricFamily *)(const void *)made->root;
    return PROM_OK;
}

/* --- metrics ------------------------------------------------------------- */

static prom_err make_metric(const prom__family *f, const prom__point *p, message **out)
{
    prom__proto_metric m = { .labels.escaping = PROM_ALLOW_UTF8 };
    prom_str name;
    int64_t created = 0;
    if (prom__proto_has_created(f->pub.type))
        created = atomic_load_explicit(&p->series->created, memory_order_relaxed);
    prom_err e = prom__proto_metric_begin(&m, &f->pub, &name);
    if (!e)
        e = prom__proto_metric_put(&m, p, 0, created);
    if (!e)
        e = unpack(&prom__pb__metric__descriptor, m.wire.at, prom__wire_size(&m.wire), out);
    prom__proto_metric_free(&m);
    return e;
}

prom_err prom_metric_message(const prom_family *family, size_t i,
                             const struct Prom__Pb__Metric **out)
{
    const prom__family *f = (const prom__family *)(const void *)family;
    message *m;
    *out = NULL;
    if (!f)
        return prom_fail(PROM_E_INVAL, "there is no family to make a message of");
    if (i >= f->pub.n_metrics)
        return prom_fail(PROM_E_NOENT, "'%s' has %zu metrics, and none is number %zu",
                         f->pub.name, f->pub.n_metrics, i);
    if (prom__proto_metric_count(f->pub.type, &f->points[i]) > 1)
        return prom_fail(PROM_E_TYPE, "'%s' is a stateset, of which each state is a message",
                         f->pub.name);
    prom_err e = make_metric(f, &f->points[i], &m);
    if (e)
        return e;
    prom__snapshot_keep(f->snapshot, &m->kept);
    *out = (const Prom__Pb__Metric *)(const void *)m->root;
    return PROM_OK;
}
