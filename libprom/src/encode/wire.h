// SPDX-License-Identifier: Apache-2.0
/* wire.h - protobuf's wire format, written from the end to the beginning.
 *
 * A message stands behind its length. Written backwards, a message is there when its length is
 * asked for, so nothing is measured first. Fields are written in descending order, lists from
 * their last item on. What is zero or empty is left out, as proto3 wants it.
 * Source: protobuf.dev, "Encoding". */
#ifndef PROM_ENCODE_WIRE_H
#define PROM_ENCODE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { PROM__WIRE_VARINT, PROM__WIRE_FIXED64, PROM__WIRE_BYTES, PROM__WIRE_FIXED32 = 5 };

/* What is written stands from `at` to `end`. A zeroed one is empty and grows; one over memory
 * of somebody else (`borrowed`) does not, and must be large enough. */
typedef struct prom__wire {
    char *begin, *at, *end;
    bool borrowed;
    bool failed; /* no memory; nothing is written any more */
} prom__wire;

char *prom__wire_make_room(prom__wire *w, size_t n); /* for when there is none */
void prom__wire_free(prom__wire *w);

static inline void prom__wire_clear(prom__wire *w)
{
    w->at = w->end;
}

static inline size_t prom__wire_size(const prom__wire *w)
{
    return (size_t)(w->end - w->at);
}

/* Back to when it had this size. */
static inline void prom__wire_cut(prom__wire *w, size_t size)
{
    if (!w->failed && size < prom__wire_size(w))
        w->at = w->end - size;
}

/* Where n bytes go, before what is there already. NULL: no memory. */
static inline char *prom__wire_room(prom__wire *w, size_t n)
{
    if ((size_t)(w->at - w->begin) < n)
        return prom__wire_make_room(w, n);
    return w->at -= n;
}

/* Seven bits a byte: 1 to 10 of them. */
static inline size_t prom__varint_size(uint64_t v)
{
    return ((size_t)(63 - __builtin_clzll(v | 1)) * 9 + 73) / 64;
}

static inline char *prom__varint_write(char *p, uint64_t v)
{
    for (; v >= 0x80; v >>= 7)
        *p++ = (char)(v | 0x80);
    *p++ = (char)v;
    return p;
}

static inline void prom__wire_varint(prom__wire *w, uint64_t v)
{
    char *p = prom__wire_room(w, v < 0x80 ? 1 : prom__varint_size(v));
    if (p)
        prom__varint_write(p, v);
}

static inline uint64_t prom__zigzag(int64_t v)
{
    return (uint64_t)v << 1 ^ (v < 0 ? UINT64_MAX : 0);
}

static inline void prom__wire_tag(prom__wire *w, unsigned field, unsigned type)
{
    prom__wire_varint(w, field << 3 | type);
}

/* Behind its length: what was written since the size was `before`. */
static inline void prom__wire_close(prom__wire *w, unsigned field, size_t before)
{
    prom__wire_varint(w, prom__wire_size(w) - before);
    prom__wire_tag(w, field, PROM__WIRE_BYTES);
}

static inline void prom__wire_raw(prom__wire *w, const char *p, size_t n)
{
    char *to = n ? prom__wire_room(w, n) : NULL;
    if (to)
        memcpy(to, p, n);
}

static inline void prom__wire_bytes(prom__wire *w, unsigned field, const char *p, size_t n)
{
    if (!n)
        return;
    prom__wire_raw(w, p, n);
    prom__wire_varint(w, n);
    prom__wire_tag(w, field, PROM__WIRE_BYTES);
}

static inline void prom__wire_u64(prom__wire *w, unsigned field, uint64_t v)
{
    if (!v)
        return;
    prom__wire_varint(w, v);
    prom__wire_tag(w, field, PROM__WIRE_VARINT);
}

/* The NaN that marks the end of a series. */
#define PROM__WIRE_STALE UINT64_C(0x7FF0000000000002)

/* Without a field. */
static inline void prom__wire_bits64(prom__wire *w, uint64_t x)
{
    char *p = prom__wire_room(w, 8);
    if (!p)
        return;
    p[0] = (char)x, p[1] = (char)(x >> 8), p[2] = (char)(x >> 16), p[3] = (char)(x >> 24);
    p[4] = (char)(x >> 32), p[5] = (char)(x >> 40), p[6] = (char)(x >> 48);
    p[7] = (char)(x >> 56);
}

/* NaN is the one that Prometheus takes for an ordinary one: another one marks the end of a
 * series. */
static inline void prom__wire_fixed64(prom__wire *w, double v)
{
    uint64_t x = UINT64_C(0x7FF8000000000001);
    if (v == v)
        memcpy(&x, &v, sizeof x);
    prom__wire_bits64(w, x);
}

static inline void prom__wire_double(prom__wire *w, unsigned field, double v)
{
    if (v == 0)
        return;
    prom__wire_fixed64(w, v);
    prom__wire_tag(w, field, PROM__WIRE_FIXED64);
}

/* The body of a google.protobuf.Timestamp; of the largest one 17 bytes. */
void prom__wire_time(prom__wire *w, int64_t unix_ns);
size_t prom__wire_time_size(int64_t unix_ns);

#endif
