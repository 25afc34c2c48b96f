// SPDX-License-Identifier: Apache-2.0
#include "type.h"

#include <string.h>

typedef struct type_row {
    const char *name, *text;
    const char *own_suffix; /* part of the name in text, not of the base name */
    const char *suffixes[6];
} type_row;

static const type_row rows[PROM__TYPES] = {
    [PROM_UNKNOWN] = { "unknown", "untyped", "", { NULL } },
    [PROM_COUNTER] = { "counter", "counter", "_total", { "_total", "_created", NULL } },
    [PROM_GAUGE] = { "gauge", "gauge", "", { NULL } },
    [PROM_HISTOGRAM] = { "histogram",
                         "histogram",
                         "",
                         { "_bucket", "_sum", "_count", "_created", NULL } },
    [PROM_SUMMARY] = { "summary", "summary", "", { "_sum", "_count", "_created", NULL } },
    [PROM_INFO] = { "info", "gauge", "_info", { "_info", NULL } },
    [PROM_STATESET] = { "stateset", "gauge", "", { NULL } },
    [PROM_GAUGE_HISTOGRAM] = { "gaugehistogram",
                               "histogram",
                               "",
                               { "_bucket", "_gsum", "_gcount", "_sum", "_count", NULL } },
};

const char *prom_type_name(prom_type t)
{
    return (unsigned)t < PROM__TYPES ? rows[t].name : NULL;
}

const char *prom__type_text(prom_type t)
{
    return rows[t].text;
}

const char *const *prom__type_suffixes(prom_type t)
{
    return rows[t].suffixes;
}

const char *prom__type_article(prom_type t)
{
    return t == PROM_INFO || t == PROM_UNKNOWN ? "an" : "a";
}

const char *prom__type_own_suffix(prom_type t)
{
    return rows[t].own_suffix;
}

size_t prom__type_base(prom_type t, const char *name)
{
    size_t n = strlen(name), own = strlen(rows[t].own_suffix);
    bool has = n > own && strcmp(name + n - own, rows[t].own_suffix) == 0;
    return has ? n - own : n;
}
