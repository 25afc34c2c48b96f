// SPDX-License-Identifier: Apache-2.0
/* object.h - the counted head with which everything behind a public handle begins. */
#ifndef PROM_BASE_OBJECT_H
#define PROM_BASE_OBJECT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct prom__class {
    const char *name;
    void (*destroy)(void *self); /* when the last reference goes, on that thread, unlocked */
    /* Where a class counts in its own way (child.c); else NULL. */
    void (*ref)(void *self);
    void (*unref)(void *self);
} prom__class;

typedef struct prom__object {
    const prom__class *class;
    _Atomic uint32_t refs;
    _Atomic uint32_t tag; /* for the class's own use: it would be padding else */
} prom__object;

void prom__object_init(prom__object *o, const prom__class *class); /* with one reference */

/* One reference more, unless the last one is gone: for who knows only that the memory is there.
 * Not for classes that count in their own way. */
bool prom__object_ref_living(prom__object *o);

#endif
