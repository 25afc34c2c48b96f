// SPDX-License-Identifier: Apache-2.0
/* scratch.c - memory that lives for one call: what the library borrows until it returns. */
#include "native.h"

#include <stddef.h>

struct block {
    struct block *next;
    max_align_t data[];
};

void *prom__py_take(scratch *s, size_t n, size_t size)
{
    struct block *b = PyMem_Calloc(1, sizeof(*b) + n * size);

    if (!b)
        return PyErr_NoMemory();
    b->next = s->blocks;
    s->blocks = b;
    return b->data;
}

PyObject *prom__py_keep(scratch *s, PyObject *owned)
{
    if (!owned)
        return NULL;
    if (!s->kept)
        s->kept = PyList_New(0);
    if (!s->kept || PyList_Append(s->kept, owned) < 0) {
        Py_DECREF(owned);
        return NULL;
    }
    Py_DECREF(owned); /* the list has it */
    return owned;
}

const char **prom__py_words(PyObject *tuple, const char *what, scratch *s)
{
    Py_ssize_t n = PyTuple_GET_SIZE(tuple);
    const char **words = prom__py_take(s, (size_t)n + 1, sizeof(*words));

    for (Py_ssize_t i = 0; words && i < n; i++) {
        words[i] = prom__py_name(PyTuple_GET_ITEM(tuple, i), what);
        if (!words[i])
            return NULL;
    }
    return words;
}

void prom__py_scratch_free(scratch *s)
{
    while (s->blocks) {
        struct block *b = s->blocks;
        s->blocks = b->next;
        PyMem_Free(b);
    }
    Py_CLEAR(s->kept);
    Py_CLEAR(s->constraints);
}
