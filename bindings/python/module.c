// SPDX-License-Identifier: Apache-2.0
/* module.c - libprom._native: state, types, capsules, and what happens at exit and fork. */
#include "native.h"

static PyModuleDef definition;

/* PyType_GetModuleByDef() is new in 3.11. Our types lie on the chain of bases. */
state *prom__py_state(PyTypeObject *type)
{
    for (; type; type = type->tp_base) {
        PyObject *module =
            type->tp_flags & Py_TPFLAGS_HEAPTYPE ? ((PyHeapTypeObject *)type)->ht_module : NULL;
        if (module && PyModule_GetDef(module) == &definition)
            return PyModule_GetState(module);
    }
    return NULL;
}

/* --- functions --------------------------------------------------------------------------- */

static PyObject *default_registry(PyObject *module, PyObject *unused)
{
    state *st = PyModule_GetState(module);
    prom_registry *r = st->api->registry_default();

    (void)unused;
    return r ? prom__py_registry_capsule(st, r) : PyErr_NoMemory();
}

/* _close_gate(patience=5): from here on no collector written in Python is called. */
static PyObject *close_gate(PyObject *module, PyObject *args)
{
    state *st = PyModule_GetState(module);
    double patience = 5;

    if (!PyArg_ParseTuple(args, "|d:_close_gate", &patience))
        return NULL;
    prom__py_gate_close(st->gate, patience);
    Py_RETURN_NONE;
}

static PyObject *after_fork(PyObject *module, PyObject *unused)
{
    state *st = PyModule_GetState(module);

    (void)unused;
    prom__py_gate_after_fork(st->gate);
    Py_RETURN_NONE;
}

static PyMethodDef functions[] = {
    { "default_registry", default_registry, METH_NOARGS,
      "default_registry()\n--\n\nThe registry of the process, as a capsule." },
    { "direct", prom__py_direct, METH_O,
      "direct(cls, /)\n--\n\nGive a metric class its inherited native methods as its own." },
    { "process_collector", prom__py_process_collector, METH_VARARGS, NULL },
    { "malloc_collector", prom__py_malloc_collector, METH_NOARGS, NULL },
    { "build_info_collector", prom__py_build_info_collector, METH_VARARGS, NULL },
    { "nested_collector", prom__py_nested_collector, METH_VARARGS, NULL },
    { "test_value", prom__py_test_value, METH_O, NULL },
    { "test_count", prom__py_test_count, METH_VARARGS, NULL },
    { "test_compare", prom__py_test_compare, METH_VARARGS, NULL },
    { "test_native", prom__py_test_native, METH_VARARGS, NULL },
    { "lint", prom__py_lint, METH_VARARGS, NULL },
    { "negotiate", prom__py_negotiate, METH_O, NULL },
    { "negotiate_coding", prom__py_negotiate_coding, METH_O, NULL },
    { "content_type", prom__py_content_type, METH_VARARGS, NULL },
    { "parse", prom__py_parse, METH_VARARGS, NULL },
    { "push_delete", prom__py_push_delete, METH_O, NULL },
    { "push_url", prom__py_push_url, METH_O, NULL },
    { "graphite_lines", prom__py_graphite_lines, METH_VARARGS, NULL },
    { "_stop_senders", prom__py_stop_senders, METH_O, NULL },
    { "_close_gate", close_gate, METH_VARARGS, NULL },
    { "_after_fork", after_fork, METH_NOARGS, NULL },
    { NULL, NULL, 0, NULL },
};

/* --- making ----------------------------------------------------------------------------------
 */

static int add_type(PyObject *m, PyType_Spec *spec, PyTypeObject *base, PyTypeObject **out)
{
    PyObject *bases = base ? PyTuple_Pack(1, base) : NULL;

    if (base && !bases)
        return -1;
    *out = (PyTypeObject *)PyType_FromModuleAndSpec(m, spec, bases);
    Py_XDECREF(bases);
    return *out ? PyModule_AddType(m, *out) : -1;
}

static int add_types(PyObject *m, state *st)
{
    if (add_type(m, &prom__py_metric_spec, NULL, &st->metric) < 0 ||
        add_type(m, &prom__py_counter_spec, st->metric, &st->counter) < 0 ||
        add_type(m, &prom__py_gauge_spec, st->metric, &st->gauge) < 0 ||
        add_type(m, &prom__py_unknown_spec, st->metric, &st->unknown) < 0 ||
        add_type(m, &prom__py_histogram_spec, st->metric, &st->histogram) < 0 ||
        add_type(m, &prom__py_summary_spec, st->metric, &st->summary) < 0 ||
        add_type(m, &prom__py_info_spec, st->metric, &st->info) < 0 ||
        add_type(m, &prom__py_stateset_spec, st->metric, &st->stateset) < 0 ||
        add_type(m, &prom__py_enum_spec, st->metric, &st->enumeration) < 0 ||
        add_type(m, &prom__py_registry_spec, NULL, &st->registry) < 0 ||
        add_type(m, &prom__py_builder_spec, NULL, &st->builder) < 0 ||
        add_type(m, &prom__py_collector_spec, NULL, &st->collector) < 0 ||
        add_type(m, &prom__py_server_spec, NULL, &st->server) < 0 ||
        add_type(m, &prom__py_snapshot_spec, NULL, &st->snapshot) < 0 ||
        add_type(m, &prom__py_desc_spec, NULL, &st->desc) < 0 ||
        add_type(m, &prom__py_sender_spec, NULL, &st->sender) < 0 ||
        add_type(m, &prom__py_delivery_spec, NULL, &st->delivery) < 0 ||
        add_type(m, &prom__py_handler_spec, NULL, &st->handler) < 0 ||
        add_type(m, &prom__py_response_spec, NULL, &st->response) < 0 ||
        add_type(m, &prom__py_http_metrics_spec, NULL, &st->http_metrics) < 0 ||
        add_type(m, &prom__py_exchange_spec, NULL, &st->exchange) < 0)
        return -1;
#if PY_VERSION_HEX < 0x030A0000 /* there is no flag for it */
    st->builder->tp_new = NULL;
    st->collector->tp_new = NULL;
    st->delivery->tp_new = NULL;
    st->response->tp_new = NULL;
    st->exchange->tp_new = NULL;
#endif
    return 0;
}

static int add_object(PyObject *m, const char *name, PyObject *o)
{
    int failed = o ? PyObject_SetAttrString(m, name, o) : -1;

    Py_XDECREF(o);
    return failed;
}

static int add_exceptions(PyObject *m, state *st)
{
    st->error = PyErr_NewExceptionWithDoc("libprom.Error", "What fits no built-in exception.",
                                          PyExc_RuntimeError, NULL);
    st->duplicate = PyErr_NewExceptionWithDoc(
        "libprom.DuplicateTimeseries",
        "A name is taken by a metric of another description; `duplicates` holds it.",
        PyExc_ValueError, NULL);
    st->unsupported = st->error
                          ? PyErr_NewExceptionWithDoc("libprom.Unsupported",
                                                      "What this build of the library lacks.",
                                                      st->error, NULL)
                          : NULL;
    if (!st->unsupported || !st->duplicate)
        return -1;
    return add_object(m, "Error", Py_NewRef(st->error)) < 0 ||
                   add_object(m, "Unsupported", Py_NewRef(st->unsupported)) < 0 ||
                   add_object(m, "DuplicateTimeseries", Py_NewRef(st->duplicate)) < 0
               ? -1
               : 0;
}

/* A capsule can only be imported by the name it has, so the table is given under two. */
static int add_capsules(PyObject *m, state *st)
{
    void *table = (void *)(uintptr_t)st->api;

    return add_object(m, "_C_API", PyCapsule_New(table, "libprom._native._C_API", NULL)) < 0 ||
                   add_object(m, "_C_API_SHORT", PyCapsule_New(table, "libprom._C_API", NULL)) <
                       0
               ? -1
               : 0;
}

static int call_with(const char *module, const char *function, PyObject *m, const char *name,
                     const char *keyword)
{
    PyObject *imported = PyImport_ImportModule(module);
    PyObject *register_it = imported ? PyObject_GetAttrString(imported, function) : NULL;
    PyObject *callback = PyObject_GetAttrString(m, name);
    PyObject *args = keyword ? PyTuple_New(0) : Py_BuildValue("(O)", callback);
    PyObject *kwargs = keyword ? Py_BuildValue("{sO}", keyword, callback) : NULL;
    PyObject *result = register_it && callback && args && (kwargs || !keyword)
                           ? PyObject_Call(register_it, args, kwargs)
                           : NULL;

    Py_XDECREF(imported);
    Py_XDECREF(register_it);
    Py_XDECREF(callback);
    Py_XDECREF(args);
    Py_XDECREF(kwargs);
    Py_XDECREF(result);
    return result ? 0 : -1;
}

static int make_state(state *st)
{
    st->api = prom_api_find();
    if (!PROM_API_HAS(st->api, http_abandon)) {
        PyErr_Format(PyExc_ImportError,
                     "the libprom of this process (%s) is older than this module",
                     st->api->version);
        return -1;
    }
    st->gate = prom__py_gate_new();
    return st->gate ? 0 : -1;
}

static int execute(PyObject *m)
{
    state *st = PyModule_GetState(m);

    if (make_state(st) < 0 || add_exceptions(m, st) < 0 || add_types(m, st) < 0 ||
        add_capsules(m, st) < 0 ||
        PyModule_AddStringConstant(m, "__version__", st->api->version) < 0)
        return -1;
    if (call_with("atexit", "register", m, "_close_gate", NULL) < 0)
        return -1;
    return call_with("os", "register_at_fork", m, "_after_fork", "after_in_child");
}

/* --- unmaking
 * ---------------------------------------------------------------------------------- */

static int traverse(PyObject *m, visitproc visit, void *arg)
{
    state *st = PyModule_GetState(m);

    Py_VISIT(st->error);
    Py_VISIT(st->duplicate);
    Py_VISIT(st->unsupported);
    Py_VISIT(st->metric);
    Py_VISIT(st->counter);
    Py_VISIT(st->gauge);
    Py_VISIT(st->unknown);
    Py_VISIT(st->histogram);
    Py_VISIT(st->summary);
    Py_VISIT(st->info);
    Py_VISIT(st->stateset);
    Py_VISIT(st->enumeration);
    Py_VISIT(st->registry);
    Py_VISIT(st->builder);
    Py_VISIT(st->collector);
    Py_VISIT(st->server);
    Py_VISIT(st->snapshot);
    Py_VISIT(st->desc);
    Py_VISIT(st->sender);
    Py_VISIT(st->delivery);
    Py_VISIT(st->handler);
    Py_VISIT(st->response);
    Py_VISIT(st->http_metrics);
    Py_VISIT(st->exchange);
    return 0;
}

static int clear(PyObject *m)
{
    state *st = PyModule_GetState(m);

    Py_CLEAR(st->error);
    Py_CLEAR(st->duplicate);
    Py_CLEAR(st->unsupported);
    Py_CLEAR(st->metric);
    Py_CLEAR(st->counter);
    Py_CLEAR(st->gauge);
    Py_CLEAR(st->unknown);
    Py_CLEAR(st->histogram);
    Py_CLEAR(st->summary);
    Py_CLEAR(st->info);
    Py_CLEAR(st->stateset);
    Py_CLEAR(st->enumeration);
    Py_CLEAR(st->registry);
    Py_CLEAR(st->builder);
    Py_CLEAR(st->collector);
    Py_CLEAR(st->server);
    Py_CLEAR(st->snapshot);
    Py_CLEAR(st->desc);
    Py_CLEAR(st->sender);
    Py_CLEAR(st->delivery);
    Py_CLEAR(st->handler);
    Py_CLEAR(st->response);
    Py_CLEAR(st->http_metrics);
    Py_CLEAR(st->exchange);
    return 0;
}

static void release(void *module)
{
    state *st = PyModule_GetState(module);

    clear(module);
    prom__py_gate_unref(st->gate);
}

static PyModuleDef_Slot slots[] = {
    { Py_mod_exec, SLOT(execute) },
#if PY_VERSION_HEX >= 0x030C0000
    { Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED },
#endif
#if PY_VERSION_HEX >= 0x030D0000
    { Py_mod_gil, Py_MOD_GIL_NOT_USED },
#endif
    { 0, NULL },
};

static PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "libprom._native",
    .m_doc = "The native part of libprom; use the package.",
    .m_size = sizeof(state),
    .m_methods = functions,
    .m_slots = slots,
    .m_traverse = traverse,
    .m_clear = clear,
    .m_free = release,
};

PyMODINIT_FUNC PyInit__native(void);

PyMODINIT_FUNC PyInit__native(void)
{
    return PyModuleDef_Init(&definition);
}
