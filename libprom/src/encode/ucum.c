// SPDX-License-Identifier: Apache-2.0
#include "ucum.h"

#include <string.h>

typedef struct word {
    const char *word, *code;
} word;

static const word units[] = {
    { "days", "d" },         { "hours", "h" },         { "minutes", "min" },
    { "seconds", "s" },      { "milliseconds", "ms" }, { "microseconds", "us" },
    { "nanoseconds", "ns" }, { "bytes", "By" },        { "kibibytes", "KiBy" },
    { "mebibytes", "MiBy" }, { "gibibytes", "GiBy" },  { "tibibytes", "TiBy" },
    { "kilobytes", "KBy" },  { "megabytes", "MBy" },   { "gigabytes", "GBy" },
    { "terabytes", "TBy" },  { "meters", "m" },        { "volts", "V" },
    { "amperes", "A" },      { "joules", "J" },        { "watts", "W" },
    { "grams", "g" },        { "celsius", "Cel" },     { "hertz", "Hz" },
    { "percent", "%" },      { "ratio", "1" },
};

static const word per_units[] = {
    { "second", "s" }, { "minute", "m" }, { "hour", "h" }, { "day", "d" },
    { "week", "w" },   { "month", "mo" }, { "year", "y" },
};

static prom_str code_of(const word *words, size_t n, prom_str unit)
{
    for (size_t i = 0; i < n; i++)
        if (strlen(words[i].word) == unit.n && memcmp(words[i].word, unit.p, unit.n) == 0)
            return (prom_str){ words[i].code, strlen(words[i].code) };
    return unit;
}

prom__ucum prom__ucum_of(const char *unit)
{
    static const char between[] = "_per_";
    const char *at = unit ? strstr(unit, between) : NULL;
    prom__ucum u = { { unit, unit ? strlen(unit) : 0 }, { NULL, 0 } };
    if (at) {
        u.per.p = at + sizeof between - 1;
        u.per.n = strlen(u.per.p);
        u.per = code_of(per_units, sizeof per_units / sizeof *per_units, u.per);
        u.unit.n = (size_t)(at - unit);
    }
    u.unit = code_of(units, sizeof units / sizeof *units, u.unit);
    return u;
}
