// SPDX-License-Identifier: Apache-2.0
#include "name.h"

#include "base/utf8.h"

#include <string.h>

bool prom__name_legacy(prom__name_kind kind, const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!prom__name_legal(kind, p[i], i == 0))
            return false;
    return n > 0;
}

prom_err prom__name_check_metric(const char *name, bool legacy_only)
{
    if (!name)
        return prom_fail(PROM_E_NAME, "a metric needs a name");
    size_t n = strlen(name);
    if (!n)
        return prom_fail(PROM_E_NAME, "a metric's name is empty");
    if (!prom__utf8_valid(name, n))
        return prom_fail(PROM_E_NAME, "a metric's name is not valid UTF-8");
    if (legacy_only && !prom__name_legacy(PROM__METRIC_NAME, name, n))
        return prom_fail(PROM_E_NAME,
                         "'%s' is not a metric name of letters, digits, _ and :", name);
    return PROM_OK;
}

static bool is(prom_str s, const char *word)
{
    return s.n == strlen(word) && memcmp(s.p, word, s.n) == 0;
}

prom_err prom__name_check_foreign_label(const char *metric, prom_type t, prom_str label)
{
    if (!label.n)
        return prom_fail(PROM_E_NAME, "'%s' has a label with an empty name", metric);
    if (!prom__utf8_valid(label.p, label.n))
        return prom_fail(PROM_E_NAME, "'%s' has a label whose name is not valid UTF-8", metric);
    int n = (int)prom__utf8_cut(label.p, label.n, 200);
    bool histogram = t == PROM_HISTOGRAM || t == PROM_GAUGE_HISTOGRAM;
    if ((histogram && is(label, "le")) || (t == PROM_SUMMARY && is(label, "quantile")))
        return prom_fail(PROM_E_NAME, "'%s': label '%.*s' is reserved in a %s", metric, n,
                         label.p, prom_type_name(t));
    if (is(label, "__name__"))
        return prom_fail(PROM_E_NAME, "'%s': label '__name__' is the metric's name", metric);
    return PROM_OK;
}

prom_err prom__name_check_label(const char *metric, prom_type t, prom_str label,
                                bool legacy_only)
{
    int n = (int)prom__utf8_cut(label.p, label.n, 200);
    if (label.n >= 2 && label.p[0] == '_' && label.p[1] == '_' &&
        prom__utf8_valid(label.p, label.n))
        return prom_fail(PROM_E_NAME, "'%s': label '%.*s' begins with __, which is reserved",
                         metric, n, label.p);
    prom_err e = prom__name_check_foreign_label(metric, t, label);
    if (e)
        return e;
    if (legacy_only && !prom__name_legacy(PROM__LABEL_NAME, label.p, label.n))
        return prom_fail(PROM_E_NAME,
                         "'%s': '%.*s' is not a label name of letters, digits and _", metric, n,
                         label.p);
    return PROM_OK;
}
