// SPDX-License-Identifier: Apache-2.0
#include "exemplar.h"

#include "base/utf8.h"

#include <string.h>

static prom_err check_name(const char *metric, prom_str name)
{
    if (!name.n)
        return prom_fail(PROM_E_LABELS, "'%s': an exemplar has a label with an empty name",
                         metric);
    if (!prom__utf8_valid(name.p, name.n))
        return prom_fail(PROM_E_LABELS,
                         "'%s': an exemplar has a label whose name is not valid UTF-8", metric);
    if (name.n >= 2 && name.p[0] == '_' && name.p[1] == '_')
        return prom_fail(PROM_E_LABELS,
                         "'%s': label '%.*s' of an exemplar begins with __, which is reserved",
                         metric, (int)prom__utf8_cut(name.p, name.n, 200), name.p);
    return PROM_OK;
}

static prom_err check_new(const char *metric, const prom_label_str *labels, size_t i)
{
    prom_str name = labels[i].name;
    for (size_t k = 0; k < i; k++)
        if (labels[k].name.n == name.n && memcmp(labels[k].name.p, name.p, name.n) == 0)
            return prom_fail(PROM_E_LABELS, "'%s': an exemplar has label '%.*s' twice", metric,
                             (int)name.n, name.p);
    return PROM_OK;
}

/* Prometheus' reader of OpenMetrics refuses the whole scrape for a NUL in an exemplar. */
static bool has_nul(prom_str s)
{
    return s.n && memchr(s.p, '\0', s.n);
}

prom_err prom__exemplar_check(const char *metric, const prom_label_str *labels, size_t n)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        prom_str name = labels[i].name, value = labels[i].value;
        prom_err e = check_name(metric, name);
        if (e)
            return e;
        if (!prom__utf8_valid(value.p, value.n))
            return prom_fail(PROM_E_LABELS,
                             "'%s': the value of label '%.*s' of an exemplar is not valid "
                             "UTF-8",
                             metric, (int)prom__utf8_cut(name.p, name.n, 200), name.p);
        if (has_nul(name) || has_nul(value))
            return prom_fail(PROM_E_LABELS, "'%s': an exemplar has a label with a NUL in it",
                             metric);
        count += prom__utf8_count(name.p, name.n) + prom__utf8_count(value.p, value.n);
        if (count > PROM__EXEMPLAR_MOST) /* also keeps the search for repeated names short */
            return prom_fail(PROM_E_LABELS,
                             "'%s': the labels of an exemplar have more than %d characters",
                             metric, PROM__EXEMPLAR_MOST);
        e = check_new(metric, labels, i);
        if (e)
            return e;
    }
    return PROM_OK;
}
