// SPDX-License-Identifier: Apache-2.0
/* child.h - the local handle of one series; every prom_counter *, prom_gauge *, ... is one.
 *
 * A child lives as long as it is linked (found by look-ups), listed (its record stands in a
 * list that gathers walk) or used (references that users hold). All three are kept in one word,
 * so that whoever clears the last of them knows it. Then its record waits until no snapshot can
 * refer to it, and both are used again: the child's memory only within the same vec, and it is
 * given back only with the vec. So a look-up without a lock may touch a child that is gone:
 * it is still a child of this vec, and the look-up finds out by the word and the labels. */
#ifndef PROM_METRIC_CHILD_H
#define PROM_METRIC_CHILD_H

#include "kind.h"

typedef struct prom__child {
    prom__object object; /* refs: the word; tag: the hash of its label values */
    prom__series *series;
    struct prom_vec *vec; /* its memory outlives the child, even when it is closed */
    union {
        struct prom__function *function; /* of one that is in a table; mostly NULL */
        /* Of one that is not: also links it in the vec's lists of dead and of free. */
        prom__store_waiting waiting;
    };
} prom__child;

#define PROM__CHILD_USER   1u
#define PROM__CHILD_LISTED 0x40000000u
#define PROM__CHILD_LINKED 0x80000000u

extern const prom__class prom__child_class, prom__only_child_class;

static inline bool prom__is_child(const void *object)
{
    const prom__class *class = ((const prom__object *)object)->class;
    return class == &prom__child_class || class == &prom__only_child_class;
}

#endif
