// SPDX-License-Identifier: Apache-2.0
/* gzip_none.c - where zlib is missing. */
#include "compress.h"

const prom__coder *prom__coder_gzip(void)
{
    return NULL;
}
