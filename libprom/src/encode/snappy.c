// SPDX-License-Identifier: Apache-2.0
/* snappy.c - by the C interface of libsnappy. Its own memory is not from our allocator. */
#include "snappy.h"

#include "base/alloc.h"

#include <snappy-c.h>
#include <stdint.h>

bool prom__snappy_is_built(void)
{
    return true;
}

prom_err prom__snappy(const char *p, size_t n, prom__bytes *out)
{
    if (n > UINT32_MAX)
        return prom_fail(PROM_E_INVAL, "a block of Snappy holds at most 4 GiB");
    size_t size = snappy_max_compressed_length(n);
    char *room = prom__bytes_room(out, size);
    if (!room)
        return prom__no_memory("a request");
    if (snappy_compress(n ? p : "", n, room, &size) != SNAPPY_OK)
        return prom_fail(PROM_E_IO, "Snappy does not compress");
    out->n += size;
    return PROM_OK;
}
