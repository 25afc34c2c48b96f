// SPDX-License-Identifier: Apache-2.0
/* hash.h - a keyed hash of sequences of strings.
 *
 * Each string goes in with its length, so ("ab","c") and ("a","bc") differ. The key is random
 * for each process: label values are often chosen by strangers. Equal hashes prove nothing;
 * whoever looks up compares the bytes. */
#ifndef PROM_BASE_HASH_H
#define PROM_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

__extension__ typedef unsigned __int128 prom__u128;

uint64_t prom__hash_key(void); /* of this process; never changes */

static inline uint64_t prom__hash_mix(uint64_t a, uint64_t b)
{
    prom__u128 r = (prom__u128)a * b;
    return (uint64_t)r ^ (uint64_t)(r >> 64);
}

static inline uint64_t prom__hash_read(const char *p, size_t n)
{
    uint64_t w = 0;
    memcpy(&w, p, n);
    return w;
}

/* Folds a string into h. Begin with prom__hash_key(). */
static inline uint64_t prom__hash_add(uint64_t h, const char *p, size_t n)
{
    const uint64_t k0 = 0xa0761d6478bd642fu, k1 = 0xe7037ed1a0b428dbu;
    h ^= n * k1;
    while (n > 16) {
        h = prom__hash_mix(prom__hash_read(p, 8) ^ k0 ^ h, prom__hash_read(p + 8, 8) ^ k1 ^ h);
        p += 16;
        n -= 16;
    }
    uint64_t a, b;
    if (n >= 8) {
        a = prom__hash_read(p, 8);
        b = prom__hash_read(p + n - 8, 8);
    } else if (n >= 4) {
        a = prom__hash_read(p, 4);
        b = prom__hash_read(p + n - 4, 4);
    } else if (n) {
        a = (uint64_t)(unsigned char)p[0] << 16 | (uint64_t)(unsigned char)p[n >> 1] << 8 |
            (unsigned char)p[n - 1];
        b = 0;
    } else {
        a = b = 0;
    }
    return prom__hash_mix(a ^ k0 ^ h, b ^ k1 ^ (h >> 32 | h << 32));
}

#endif
