// SPDX-License-Identifier: Apache-2.0
/* states.c - Info, StateSet and Enum: metrics that say words, not numbers. */
#include "native.h"

/* --- info ---------------------------------------------------------------------------- */

static int refuse_none(PyObject *labels)
{
    PyObject *value;
    Py_ssize_t at = 0;

    while (PyDict_Check(labels) && PyDict_Next(labels, &at, NULL, &value)) {
        if (value == Py_None) {
            PyErr_SetString(PyExc_ValueError, "Label value cannot be None");
            return -1;
        }
    }
    return 0;
}

static PyObject *info_info(metric_box *self, PyObject *val)
{
    PyObject *strings;
    prom_label *labels;
    prom_err err;

    if (!self->handle)
        return prom__py_metric_no_series(self);
    strings = refuse_none(val) == 0 ? prom__py_str_values(val) : NULL;
    labels = strings ? prom__py_label_array(strings, "val") : NULL;
    if (!labels) {
        Py_XDECREF(strings);
        return NULL;
    }
    err = self->api->info_set(self->handle, labels);
    PyMem_Free(labels);
    Py_DECREF(strings);
    if (err)
        return prom__py_raise(self->st, err);
    Py_RETURN_NONE;
}

#define ONE(function) (PyCFunction)(void (*)(void))(function), METH_O

static PyMethodDef info_methods[] = {
    { "info", ONE(info_info),
      "info($self, val, /)\n--\n\nSay these labels, a dict, in place of those before." },
    { NULL, NULL, 0, NULL },
};

/* --- state sets ------------------------------------------------------------------------ */

static PyObject *switched(metric_box *self, prom_err err)
{
    if (err == PROM_E_NOENT) { /* KeyError would be the error of a look-up */
        PyErr_SetString(PyExc_ValueError, self->api->error(err));
        return NULL;
    }
    if (err)
        return prom__py_raise(self->st, err);
    Py_RETURN_NONE;
}

static PyObject *stateset_state(metric_box *self, PyObject *name)
{
    const char *utf8;

    if (!self->handle)
        return prom__py_metric_no_series(self);
    utf8 = prom__py_name(name, "state");
    return utf8 ? switched(self, self->api->stateset_enter(self->handle, utf8)) : NULL;
}

static PyObject *stateset_set(metric_box *self, PyObject *args, PyObject *kwargs)
{
    static const char *const keywords[] = { "state", "on", NULL };
    PyObject *name;
    const char *utf8;
    int on = 1;

    if (!self->handle)
        return prom__py_metric_no_series(self);
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|p:set", (char **)keywords, &name, &on))
        return NULL;
    utf8 = prom__py_name(name, "state");
    return utf8 ? switched(self, self->api->stateset_set(self->handle, utf8, on)) : NULL;
}

/* A prom_child_read callback: *data becomes whether any state is on. */
static prom_err any_on(void *data, const prom_metric *m)
{
    bool *on = data;

    for (size_t i = 0; i < m->n_states; i++)
        *on = *on || m->states[i].on;
    return PROM_OK;
}

prom_err prom__py_enter_first(const prom_api *api, void *series)
{
    prom_vec *vec = NULL;
    bool on = false;
    prom_err err = api->child_read(series, any_on, &on);

    if (!err && !on)
        err = api->child_vec(series, &vec);
    if (vec)
        err = api->stateset_enter(series, api->vec_opts(vec)->states[0]);
    api->unref(vec);
    return err;
}

static PyMethodDef stateset_methods[] = {
    { "state", ONE(stateset_state),
      "state($self, state, /)\n--\n\nSwitch this state on and all others off." },
    { "set", (PyCFunction)(void (*)(void))stateset_set, METH_VARARGS | METH_KEYWORDS,
      "set($self, /, state, on=True)\n--\n\nSwitch one state." },
    { NULL, NULL, 0, NULL },
};

static PyMethodDef enum_methods[] = {
    { "state", ONE(stateset_state), "state($self, state, /)\n--\n\nSet the state." },
    { NULL, NULL, 0, NULL },
};

/* --- types --------------------------------------------------------------------------- */

PROM_PYTHON_METRIC_SPEC("Info", info, info_methods, PROM_PYTHON_OPTIONS,
                        "Facts, as labels of a series that is always 1.");
PROM_PYTHON_METRIC_SPEC("StateSet", stateset, stateset_methods,
                        ", states=None" PROM_PYTHON_OPTIONS, "Which of some states are on.");
PROM_PYTHON_METRIC_SPEC("Enum", enum, enum_methods, ", states=None" PROM_PYTHON_OPTIONS,
                        "In which one of some states something is.");
