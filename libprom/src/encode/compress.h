// SPDX-License-Identifier: Apache-2.0
/* compress.h - compressors, kept and begun again, as their tables are large; and the codings
 * they are made of, each of which a build may lack. */
#ifndef PROM_ENCODE_COMPRESS_H
#define PROM_ENCODE_COMPRESS_H

#include <prom/encode.h>

#include <stdbool.h>

/* What passes on comes in pieces of at most this. */
enum { PROM__COMPRESS_BLOCK = 16 * 1024 };

typedef struct prom__coder {
    int most; /* levels are 1 to this */
    prom_err (*make)(int level, void **state);
    void (*drop)(void *state);
    prom_err (*reset)(void *state); /* a new stream; one under way is dropped */
    /* Compresses all n bytes, and with `last` ends the stream. */
    prom_err (*run)(void *state, const char *p, size_t n, bool last, const prom_writer *to);
} prom__coder;

/* NULL: not in this build. */
const prom__coder *prom__coder_gzip(void);
const prom__coder *prom__coder_zstd(void);

bool prom__coding_is_built(prom_coding c);

/* Another stream with the same coding and level, into *to, which is copied; one that was not
 * finished is dropped. The same bytes in the same pieces give the same stream. */
prom_err prom__compressor_begin(prom_compressor *z, const prom_writer *to);

#endif
