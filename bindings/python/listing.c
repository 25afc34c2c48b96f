// SPDX-License-Identifier: Apache-2.0
/* listing.c - what is in a registry: all of it, and by name. */
#include "native.h"

typedef struct listing {
    state *st;
    PyObject *classes, *list;
} listing;

PyObject *prom__py_metric_of(state *st, PyObject *classes, prom_vec *vec)
{
    const char *word = st->api->type_name(st->api->vec_type(vec));
    PyObject *cls = PyDict_GetItemString(classes, word);

    if (!cls || !PyType_Check(cls)) {
        PyErr_Format(PyExc_TypeError, "there is no class for '%s'",
                     st->api->vec_opts(vec)->name);
        return NULL;
    }
    return prom__py_metric_around(st, (PyTypeObject *)cls, st->api->ref(vec));
}

static PyObject *listed(listing *l, const prom_registered *x)
{
    prom_vec *vec = NULL;
    PyObject *metric;

    if (x->kind == PROM_REGISTERED_REGISTRY)
        return prom__py_registry_capsule(l->st, x->object);
    if (x->kind == PROM_REGISTERED_COLLECTOR)
        return PyLong_FromVoidPtr(x->object);
    /* A metric without labels may be listed as its one series. */
    if (l->st->api->child_vec(x->object, &vec))
        return prom__py_metric_of(l->st, l->classes, x->object);
    metric = prom__py_metric_of(l->st, l->classes, vec);
    l->st->api->unref(vec);
    return metric;
}

/* A prom_registry_each callback. */
static prom_err append_registered(void *data, const prom_registered *x)
{
    static const char *const kinds[] = { "metric", "collector", "registry" };
    listing *l = data;
    PyObject *item = Py_BuildValue("(ssN)", kinds[x->kind], x->name, listed(l, x));
    int failed = item ? PyList_Append(l->list, item) : -1;

    Py_XDECREF(item);
    return failed ? PROM_E_CALLBACK : PROM_OK;
}

/* [(kind, name, metric, capsule or address of a collector)] */
PyObject *prom__py_registry_each(registry_box *self, PyObject *classes)
{
    prom_registry *r = prom__py_registry_of((PyObject *)self);
    listing l = { self->st, classes, NULL };
    prom_err err;

    if (!r)
        return NULL;
    if (!PyDict_Check(classes)) {
        PyErr_SetString(PyExc_TypeError, "a dict of classes is wanted");
        return NULL;
    }
    l.list = PyList_New(0);
    err = l.list ? self->st->api->registry_each(r, append_registered, &l) : PROM_OK;
    if (err)
        Py_CLEAR(l.list);
    if (err && !PyErr_Occurred())
        prom__py_raise(self->st, err);
    return l.list;
}

/* The metric of this name, of the class that {"counter": Counter, ...} has for its type. */
PyObject *prom__py_registry_find(registry_box *self, PyObject *args)
{
    prom_registry *r = prom__py_registry_of((PyObject *)self);
    PyObject *name, *classes, *metric;
    const char *utf8;
    prom_vec *vec;
    prom_err err;

    if (!r || !PyArg_ParseTuple(args, "OO!", &name, &PyDict_Type, &classes))
        return NULL;
    utf8 = prom__py_name(name, "name");
    if (!utf8)
        return NULL;
    err = self->st->api->registry_find(r, utf8, &vec);
    if (err)
        return prom__py_raise(self->st, err);
    metric = prom__py_metric_of(self->st, classes, vec);
    self->st->api->unref(vec);
    return metric;
}

typedef struct search {
    state *st;
    const char *name;
    prom_collector *found;
} search;

/* A prom_registry_each callback. */
static prom_err match_collector(void *data, const prom_registered *x)
{
    search *s = data;

    if (!s->found && x->kind == PROM_REGISTERED_COLLECTOR && strcmp(x->name, s->name) == 0)
        s->found = s->st->api->ref(x->object);
    return PROM_OK;
}

/* The first collector of this name, or None. */
PyObject *prom__py_registry_named(registry_box *self, PyObject *name)
{
    prom_registry *r = prom__py_registry_of((PyObject *)self);
    search s = { self->st, r ? prom__py_name(name, "name") : NULL, NULL };
    prom_err err;

    if (!s.name)
        return NULL;
    err = self->st->api->registry_each(r, match_collector, &s);
    if (err)
        return prom__py_raise(self->st, err);
    return s.found ? prom__py_collector_around(self->st, s.found, NULL) : Py_NewRef(Py_None);
}

/* Whether a family of this name, as registered or exposed, is there. */
PyObject *prom__py_registry_has(registry_box *self, PyObject *name)
{
    prom_registry *r = prom__py_registry_of((PyObject *)self);
    const char *utf8 = r ? prom__py_name(name, "name") : NULL;
    prom_vec *vec = NULL;
    prom_err err;

    if (!utf8)
        return NULL;
    err = self->st->api->registry_find(r, utf8, &vec);
    self->st->api->unref(vec);
    if (err && err != PROM_E_NOENT)
        return prom__py_raise(self->st, err);
    return PyBool_FromLong(!err);
}
