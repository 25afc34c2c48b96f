// SPDX-License-Identifier: Apache-2.0
/* gzip.h - a writer that compresses into another writer. Kept and used again, as its tables
 * are large. Without zlib it hands the bytes on as they are, and says so. */
#ifndef PROM_ENCODE_GZIP_H
#define PROM_ENCODE_GZIP_H

#include <prom/encode.h>

#include <stdbool.h>

typedef struct prom__gzip prom__gzip;

bool prom__gzip_compresses(void); /* false: built without zlib */

prom_err prom__gzip_new(prom__gzip **out);
void prom__gzip_free(prom__gzip *z); /* NULL is fine */

/* Begins a stream into *to, which is copied: write the plain bytes to *from, then end. A
 * stream that was not ended is dropped by the next begin. The same bytes in the same pieces
 * give the same stream. */
prom_err prom__gzip_begin(prom__gzip *z, const prom_writer *to, prom_writer *from);
prom_err prom__gzip_end(prom__gzip *z);

#endif
