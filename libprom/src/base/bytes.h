// SPDX-License-Identifier: Apache-2.0
/* bytes.h - a growable buffer. A zeroed prom__bytes is an empty one. */
#ifndef PROM_BASE_BYTES_H
#define PROM_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>

typedef struct prom__bytes {
    char *p; /* owned; NULL while cap is 0; not ended by NUL */
    size_t n, cap;
} prom__bytes;

/* Where at least n more bytes may be written, before n is added to b->n. NULL: no memory,
 * and the buffer is as it was. */
char *prom__bytes_room(prom__bytes *b, size_t n);
bool prom__bytes_add(prom__bytes *b, const char *p, size_t n); /* false: no memory */
void prom__bytes_free(prom__bytes *b);                         /* empty again */

#endif
