// SPDX-License-Identifier: Apache-2.0
/* snappy.h - the block format of Snappy, which remote write is sent in: not the framed one.
 * Source: google/snappy, format_description.txt. */
#ifndef PROM_ENCODE_SNAPPY_H
#define PROM_ENCODE_SNAPPY_H

#include "base/bytes.h"

#include <prom/error.h>

/* Is it in this build? */
bool prom__snappy_is_built(void);

/* Appends the block. PROM_E_UNSUPPORTED: not in this build. */
prom_err prom__snappy(const char *p, size_t n, prom__bytes *out);

#endif
