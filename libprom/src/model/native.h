// SPDX-License-Identifier: Apache-2.0
/* native.h - the arithmetic of native histograms: buckets that are powers of 2^(2^-schema).
 *
 * The bounds of a schema are among those of every finer one, so there is one way to an index:
 * through that of the finest. Source: specs/native_histograms of prometheus/docs; which doubles
 * the bounds are is told in native_table.py. */
#ifndef PROM_MODEL_NATIVE_H
#define PROM_MODEL_NATIVE_H

#include <prom/model.h>

#include <string.h>

enum { PROM__NATIVE_FINEST = 8, PROM__NATIVE_COARSEST = -4 };

/* The significands (52 bits, the leading one left out) of the finest schema's 256 bounds within
 * a power of two, then one that is below none; and for the upper 8 bits of a significand the
 * first bound that can be its upper one: the right one is at most two further. */
extern const uint64_t prom__native_bounds[257];
extern const uint16_t prom__native_guesses[256];

/* The bucket that an index of one schema lies in, in one coarser by so many steps. */
static inline int32_t prom__native_coarser(int32_t index, unsigned steps)
{
    return (index + (1 << steps) - 1) >> steps; /* rounds up, below zero too */
}

/* The index of v's magnitude in the schema that is so many steps from the finest (0..12). v is
 * neither NaN nor 0; the infinities belong behind the bucket of the largest double. */
static inline int32_t prom__native_index(double v, unsigned steps)
{
    uint64_t x;
    int32_t exponent, below = 1023;
    memcpy(&x, &v, sizeof x);
    exponent = (int32_t)(x >> 52 & 0x7FF);
    if (__builtin_expect(exponent == 0, 0)) { /* subnormal: as a normal number, further down */
        v *= 0x1p54;
        memcpy(&x, &v, sizeof x);
        exponent = (int32_t)(x >> 52 & 0x7FF);
        below += 54;
    }
    uint64_t significand = x & ((UINT64_C(1) << 52) - 1);
    int32_t i = prom__native_guesses[significand >> 44];
    i += prom__native_bounds[i] < significand;
    i += prom__native_bounds[i] < significand;
    i += exponent == 0x7FF;
    return prom__native_coarser((exponent - below) * 256 + i, steps);
}

/* The schema for a growth factor above 1: the coarsest whose buckets do not grow faster. */
int prom__native_schema(double factor);

/* The upper bound of a bucket; of that of the largest double itself, and infinite behind it. */
double prom__native_upper(int schema, int32_t index);

/* --- as the formats want the buckets ------------------------------------- */

/* A run of buckets of neighbouring indices; gaps of one or two are bridged by empty buckets, as
 * in client_golang. */
typedef struct prom__native_span {
    int32_t offset; /* from the end of the span before; of the first one, its index */
    uint32_t length;
} prom__native_span;

/* Walks the buckets, those that bridge gaps included: begin with { buckets, n }. */
typedef struct prom__native_walk {
    const prom_native_bucket *bucket;
    size_t n;
    bool sparse;                  /* no gap is bridged */
    const prom_native_bucket *at; /* NULL: an empty one */
    int32_t index;
    bool begins; /* a span */
    int32_t end; /* of the span so far: one behind its last index */
    bool under_way;
} prom__native_walk;

bool prom__native_next(prom__native_walk *w);

/* Writes the spans of one side and returns how many there are; only that where out is NULL. A
 * histogram in which nothing says that it is native (zero threshold and zero count 0, no
 * buckets) has one empty span on the positive side. */
size_t prom__native_spans(const prom_native *h, bool negative, prom__native_span *out);

/* The counts of one side's walk as differences, each from the one before; as above. */
size_t prom__native_deltas(const prom_native *h, bool negative, int64_t *out);
/* Where it is_float: the weights of one side's walk, not their differences. */
size_t prom__native_weights(const prom_native *h, bool negative, double *out);

/* The buckets of custom bounds as classic ones, which is how formats without them show them:
 * begin with { h }. */
typedef struct prom__native_classic {
    const prom_native *native;
    size_t n, bucket; /* bounds so far, populated buckets so far */
    double upper;
    uint64_t count; /* cumulative, as is the weight where it is_float */
    double weight;
} prom__native_classic;

bool prom__native_classic_next(prom__native_classic *w);

#endif
