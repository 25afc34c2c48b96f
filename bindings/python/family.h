// SPDX-License-Identifier: Apache-2.0
/* family.h - the children of a family, as children.c keeps and lookup.c finds them. */
#ifndef PROM_PYTHON_FAMILY_H
#define PROM_PYTHON_FAMILY_H

#include "native.h"

#define FAST_SIZE 256 /* entries of the table of addresses; a power of two */

struct family {
    prom_vec *vec;         /* one reference */
    PyObject *names;       /* of the labels */
    PyObject *constraints; /* {label: frozenset or function}, or NULL */
    PyObject *children;    /* {values: child} */
    PyObject **fast;       /* FAST_SIZE entries of a child and its values; made on first use */
    Py_ssize_t n_labels, prune_at;
    bool expires; /* ttl: the library must hear of every look-up */
};

/* The child in the dict, one reference; NULL without an exception if there is none. */
static inline metric_box *prom__py_dict_find(const struct family *f, PyObject *values)
{
    PyObject *child = NULL;

#if PY_VERSION_HEX >= 0x030D0000
    if (PyDict_GetItemRef(f->children, values, &child) < 0)
        return NULL;
#else
    child = PyDict_GetItemWithError(f->children, values);
    Py_XINCREF(child);
#endif
    return (metric_box *)child;
}

/* Empties the table of addresses. */
void prom__py_fast_clear(struct family *f);

#endif
