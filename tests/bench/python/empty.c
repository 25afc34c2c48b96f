// SPDX-License-Identifier: Apache-2.0
/* empty.c - what a call of a method of a C type costs when the method does nothing. */
#include <Python.h>

static PyObject *empty(PyObject *self, PyObject *unused)
{
    (void)self, (void)unused;
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    { "empty", empty, METH_NOARGS, NULL },
    { NULL, NULL, 0, NULL },
};

static PyType_Slot slots[] = { { Py_tp_methods, methods }, { 0, NULL } };

static PyType_Spec spec = {
    .name = "empty.Empty",
    .basicsize = sizeof(PyObject),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .slots = slots,
};

static int execute(PyObject *module)
{
    PyObject *type = PyType_FromModuleAndSpec(module, &spec, NULL);
    int failed = type ? PyModule_AddType(module, (PyTypeObject *)type) : -1;

    Py_XDECREF(type);
    return failed;
}

static PyModuleDef_Slot module_slots[] = {
    { Py_mod_exec, (void *)(uintptr_t)execute },
    { 0, NULL },
};

static PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "empty",
    .m_slots = module_slots,
};

PyMODINIT_FUNC PyInit_empty(void);

PyMODINIT_FUNC PyInit_empty(void)
{
    return PyModuleDef_Init(&definition);
}
