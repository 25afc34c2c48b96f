// SPDX-License-Identifier: Apache-2.0
#include "openmetrics_parts.h"

#include "model/name.h"
#include "model/type.h"

void prom__openmetrics_end(void *t)
{
    prom__flat_put(t, "# EOF\n");
}

bool prom__openmetrics_named(const prom__flat *t, prom_type type)
{
    const char *own = prom__type_own_suffix(type);
    size_t n = strlen(own);
    return !n || (t->name.n > n && memcmp(t->name.p + t->name.n - n, own, n) == 0);
}

void prom__openmetrics_metadata(prom__flat *t, const prom_family *f, prom_type type,
                                const char *unit, size_t n)
{
    prom__flat_metadata(t, "TYPE", n, prom_type_name(type));
    if (unit)
        prom__flat_metadata(t, "UNIT", n, unit);
    if (f->help)
        prom__flat_help(t, n, f->help, true);
}

const char *prom__openmetrics_unit(const prom_family *f)
{
    if (!f->unit || !*f->unit || f->type == PROM_INFO || f->type == PROM_STATESET)
        return NULL;
    for (const char *c = f->unit; *c; c++)
        if (!prom__name_legal(PROM__METRIC_NAME, *c, false))
            return NULL;
    return f->unit;
}

prom_str prom__openmetrics_mark(prom_str mark, char *room)
{
    for (size_t i = 0; i < mark.n; i++)
        if (mark.p[i] != '-' && (mark.p[i] < '0' || mark.p[i] > '9'))
            return mark;
    char *end = prom__flat_copy(room, mark.p, mark.n);
    memcpy(end, ".0", 2);
    return (prom_str){ room, mark.n + 2 };
}

prom_err prom__openmetrics_exemplar(prom__flat *t, const prom_exemplar *x,
                                    size_t (*number)(char *buf, double v))
{
    prom__flat_put(t, " # ");
    prom_err e = prom__flat_labels(t, x->labels, x->n_labels);
    char *at = e ? NULL : prom__out_room(&t->out, 2 * PROM__NUMBER_MAX + 2);
    if (!at)
        return t->out.error;
    *at++ = ' ';
    at += number(at, x->value);
    if (x->timestamp_ns != PROM_NO_TIME) {
        *at++ = ' ';
        at += prom__number_ns(at, x->timestamp_ns);
    }
    t->out.at = at;
    return PROM_OK;
}
