// SPDX-License-Identifier: Apache-2.0
/* series.h - the flat record of one series, without a pointer in it.
 *
 *     head | created | 8-byte cells | length of each value | label text
 *
 * The label text is what stands between the braces of a line, escaped and complete with the
 * constant labels: `code="200",method="GET"`. It is written once, when the series is made, and
 * never changes; snapshots refer to it. Records speak of one another by offset, so the same
 * bytes can be read at any address and in any process. What the cells mean is for floor
 * metric/ to say; collectors build records without cells. */
#ifndef PROM_MODEL_SERIES_H
#define PROM_MODEL_SERIES_H

#include "shape.h"

#include <stdatomic.h>

typedef enum prom__record_kind {
    PROM__RECORD_NONE, /* zeroed memory that was never handed out */
    PROM__RECORD_FREE,
    PROM__RECORD_FAMILY,
    PROM__RECORD_SERIES,
    PROM__RECORD_CELLS,     /* more cells of a series */
    PROM__RECORD_LABELS,    /* what an info says */
    PROM__RECORD_EXEMPLARS, /* of a series: the table of them, or one */
    PROM__RECORD_HIDDEN     /* a series that is not exposed yet, or that others have replaced */
} prom__record_kind;

/* Every record in a store begins so. */
typedef struct prom__record {
    uint32_t size; /* with this head, a multiple of 16 */
    uint8_t kind;
    uint8_t escapes;         /* of a series: some value has an escape in its text */
    _Atomic uint8_t removed; /* of a series: no longer exposed */
    _Atomic uint8_t watch;   /* of a series: see metric/expire.h */
} prom__record;

typedef struct prom__series {
    prom__record head;
    uint32_t family; /* offset of the family record, in units of 16 */
    uint32_t text_length;
    _Atomic int64_t created; /* unix nanoseconds; 0: not known */
    uint16_t n_cells, n_values;
    /* The record with its exemplars, offset in units of 16; 0: none yet. */
    _Atomic uint32_t exemplars;
    _Atomic uint64_t cells[];
} prom__series;

/* What the text of these values will take; PROM_E_LABELS if one is not UTF-8. */
typedef struct prom__series_plan {
    size_t bytes; /* of the whole record */
    size_t text_length;
    bool escapes;
} prom__series_plan;

prom_err prom__series_plan_make(const prom__shape *shape, const char *metric,
                                const prom_str *values, size_t n_cells,
                                prom__series_plan *plan);

/* Bytes of label text that a record may have. */
enum { PROM__LONGEST_TEXT = UINT32_MAX / 4 };
prom_err prom__series_too_long(const char *metric);

/* Writes all but the record's head, into memory that is zeroed. */
void prom__series_write(prom__series *s, const prom__shape *shape, const prom_str *values,
                        size_t n_cells, const prom__series_plan *plan);

/* A record without cells and with the labels of `s`, to which `to` adds constant ones. NULL: no
 * memory. */
const prom__series *prom__series_with(const prom__series *s, const prom__shape *from,
                                      const prom__shape *to, prom__arena *a);

static inline const uint32_t *prom__series_lengths(const prom__series *s)
{
    return (const uint32_t *)(const void *)(s->cells + s->n_cells);
}

static inline prom_str prom__series_text(const prom__series *s)
{
    return (prom_str){ (const char *)(prom__series_lengths(s) + s->n_values), s->text_length };
}

/* Records lie in the order in which they were made and are read in that of their labels: a walk
 * asks for those it will come to next. */
enum { PROM__SERIES_AHEAD = 16 };

static inline void prom__series_prefetch(const prom__series *s)
{
    __builtin_prefetch(s);
    __builtin_prefetch((const char *)s + 64);
    __builtin_prefetch((const char *)s + 128);
}

bool prom__series_equal(const prom__series *s, const prom__shape *shape,
                        const prom_str *values);

/* A place among label values where any will do, or where there is none yet. */
#define PROM__ANY ((prom_str){ NULL, SIZE_MAX })

static inline bool prom__is_any(prom_str v)
{
    return v.n == SIZE_MAX;
}

/* The same, and it agrees with whatever is any. */
bool prom__series_match(const prom__series *s, const prom__shape *shape,
                        const prom_str *values);

/* The labels one after the other: begin with { shape, series }. Values are escaped. */
typedef struct prom__label_cursor {
    const prom__shape *shape;
    const prom__series *series;
    size_t i, value, at; /* next label, next length, where its name begins in the text */
} prom__label_cursor;

bool prom__label_next(prom__label_cursor *c, prom_str *name, prom_str *value);

/* By label values in the order of the line, as bytes of the unescaped text; a series with fewer
 * labels comes first. The order of client_golang's registry. */
int prom__series_compare(const prom__series *a, const prom__shape *a_shape,
                         const prom__series *b, const prom__shape *b_shape);

#endif
