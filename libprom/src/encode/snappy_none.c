// SPDX-License-Identifier: Apache-2.0
/* snappy_none.c - where libsnappy is missing. */
#include "snappy.h"

bool prom__snappy_is_built(void)
{
    return false;
}

prom_err prom__snappy(const char *p, size_t n, prom__bytes *out)
{
    (void)p;
    (void)n;
    (void)out;
    return prom_fail(PROM_E_UNSUPPORTED, "this build of libprom has no Snappy");
}
