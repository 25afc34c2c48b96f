// SPDX-License-Identifier: Apache-2.0
#include "row.h"

prom_err prom__row_open(prom_builder *b, const prom__row *row, const char *name)
{
    const char *const labels[] = { row->label, NULL };
    return prom_build_family(
        b, row->type,
        PROM_OPTS(.name = name ? name : row->name, .help = row->help, .labels = labels));
}

prom_err prom__rows_describe(prom_builder *b, const prom__row *rows, size_t n)
{
    prom_err e = PROM_OK;
    for (size_t i = 0; i < n && !e; i++)
        e = prom__row_open(b, &rows[i], NULL);
    return e;
}
