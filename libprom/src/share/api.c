// SPDX-License-Identifier: Apache-2.0
/* api.c - the table of this copy of the library. */
#include <prom/api.h>

// clang-format off
const prom_api prom_api_v1 = {
    .size = sizeof(prom_api),
    .abi = PROM_ABI,
    .version = PROM_VERSION,
    .text = &prom_text,
#define MEMBER(result, name, parameters) .name = prom_##name,
    PROM_API_FUNCTIONS(MEMBER)
};
// clang-format on
