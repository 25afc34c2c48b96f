// SPDX-License-Identifier: Apache-2.0
#include "keep.h"

#include "base/alloc.h"

#include <string.h>

bool prom__keep_text(prom__arena *a, const char *s, const char **out)
{
    *out = s ? prom__arena_copy(a, s, strlen(s)) : NULL;
    return *out || !s;
}

const prom_label *prom__keep_labels(prom__arena *a, const prom_label *from)
{
    size_t n = 0;
    while (from && from[n].name)
        n++;
    prom_label *to = prom__arena_alloc(a, prom__size_times(n + 1, sizeof *to));
    if (!to)
        return NULL;
    for (size_t i = 0; i < n; i++)
        if (!prom__keep_text(a, from[i].name, &to[i].name) ||
            !prom__keep_text(a, from[i].value, &to[i].value))
            return NULL;
    to[n] = (prom_label){ NULL, NULL };
    return to;
}
