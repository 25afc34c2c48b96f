// SPDX-License-Identifier: Apache-2.0
/* direct.c - classes written in Python that are called as fast as ours. */
#include "native.h"

/* Not what the class itself overrides. */
static int give_method(PyTypeObject *cls, PyMethodDef *def)
{
    PyObject *method;
    int failed;

    if (PyDict_GetItemString(cls->tp_dict, def->ml_name))
        return 0;
    method = PyDescr_NewMethod(cls, def);
    failed = method ? PyObject_SetAttrString((PyObject *)cls, def->ml_name, method) : -1;
    Py_XDECREF(method);
    return failed;
}

/* From 3.11 on the interpreter calls a method of a C type at half the cost, but only if the
 * method belongs to the very type of the object. The types that programs use are classes in
 * Python, so these get the methods once more, as their own. */
PyObject *prom__py_direct(PyObject *module, PyObject *cls)
{
    state *st = PyModule_GetState(module);
    PyTypeObject *type = (PyTypeObject *)cls;

    if (!PyType_Check(cls) || !PyType_IsSubtype(type, st->metric)) {
        PyErr_Format(PyExc_TypeError, "%R is no metric type", cls);
        return NULL;
    }
    for (PyTypeObject *base = type; base != st->metric;) {
        base = base->tp_base;
        for (PyMethodDef *def = base->tp_methods; def && def->ml_name; def++) {
            if (give_method(type, def) < 0)
                return NULL;
        }
    }
    return Py_NewRef(cls);
}
