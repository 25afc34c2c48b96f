// SPDX-License-Identifier: Apache-2.0
/* row.h - a family of a collector we ship, as a row of a table: what describe() says of it and
 * collect() opens are then the same. */
#ifndef PROM_COLLECT_ROW_H
#define PROM_COLLECT_ROW_H

#include <prom/collect.h>

typedef struct prom__row {
    prom_type type;
    const char *name, *help;
    const char *label; /* NULL: none */
} prom__row;

/* Opens the family; `name` in place of its own unless NULL. */
prom_err prom__row_open(prom_builder *b, const prom__row *row, const char *name);
prom_err prom__rows_describe(prom_builder *b, const prom__row *rows, size_t n);

#endif
