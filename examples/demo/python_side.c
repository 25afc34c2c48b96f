// SPDX-License-Identifier: Apache-2.0
/* python_side.c - Python in the engine: what a script is given, and how it is called.
 *
 * The main thread makes the interpreter, lets go of the GIL and takes it again only to end
 * the interpreter. In between the GIL belongs to whoever calls into Python: the language's own
 * thread and, for the time of a collector, the server's. Whoever waits for a thread that may
 * want the GIL must not hold it. */
#define PY_SSIZE_T_CLEAN
#include "engine.h"

#include <prom/api.h>

#include <Python.h>
#include <stdio.h>

static PyThreadState *main_thread; /* NULL: there is no interpreter */

/* --- the interpreter
 * -------------------------------------------------------------------------- */

/* Isolated: the engine's Python looks at no variables, arguments or settings of the user, and
 * leaves the process's locale and signals alone. */
static PyStatus configure(PyConfig *config)
{
    PyPreConfig early;
    PyPreConfig_InitIsolatedConfig(&early);
    early.utf8_mode = 1; /* names of files, whatever the locale */
    PyStatus status = Py_PreInitialize(&early);
    if (PyStatus_Exception(status))
        return status;
    PyConfig_InitIsolatedConfig(config);
    config->write_bytecode = 0;
    /* Without it the standard library would be looked for around the first python3 in PATH. */
    return PyConfig_SetBytesString(config, &config->home, DEMO_PYTHON_HOME);
}

static bool begin(void)
{
    PyConfig config;
    PyStatus status = configure(&config);
    if (!PyStatus_Exception(status))
        status = Py_InitializeFromConfig(&config);
    PyConfig_Clear(&config);
    if (PyStatus_Exception(status)) {
        fprintf(stderr, "demo: Python: %s\n", status.err_msg ? status.err_msg : "no start");
        return false;
    }
    main_thread = PyEval_SaveThread();
    return true;
}

static void end(void)
{
    PyEval_RestoreThread(main_thread);
    /* The module's collectors leave the registry now; the registry itself is still there. */
    if (Py_FinalizeEx() < 0)
        fputs("demo: Python: could not flush its files\n", stderr);
}

/* --- what a script finds
 * ---------------------------------------------------------------------- */

static PyObject *list_of(char *const *strings, size_t n)
{
    PyObject *list = PyList_New((Py_ssize_t)n);
    for (size_t i = 0; list && i < n; i++) {
        PyObject *s = PyUnicode_DecodeFSDefault(strings[i]);
        if (s)
            PyList_SET_ITEM(list, (Py_ssize_t)i, s); /* the list owns it now */
        else
            Py_CLEAR(list);
    }
    return list;
}

static PyObject *kinds(void)
{
    size_t n = 0;
    while (engine_kinds[n])
        n++;
    return list_of((char *const *)(uintptr_t)engine_kinds, n);
}

static PyObject *languages(void)
{
    PyObject *list = PyList_New(0);
    for (size_t i = 0; list && engine_languages[i]; i++) {
        PyObject *s = PyUnicode_FromString(engine_languages[i]->name);
        if (!s || PyList_Append(list, s) < 0)
            Py_CLEAR(list);
        Py_XDECREF(s);
    }
    return list;
}

/* Sets an attribute and drops the value, which may be NULL where it could not be made. */
static bool give(PyObject *o, const char *name, PyObject *value)
{
    bool ok = value && PyObject_SetAttrString(o, name, value) == 0;
    Py_XDECREF(value);
    return ok;
}

/* The module `engine`. The capsule needs no destructor: the registry outlives Python. */
static bool make_engine(const job *j)
{
    PyObject *engine = PyImport_AddModule("engine"); /* borrowed from sys.modules */
    return engine &&
           give(engine, "registry", PyCapsule_New(j->registry, "prom.registry", NULL)) &&
           give(engine, "languages", languages()) && give(engine, "kinds", kinds()) &&
           give(engine, "folders", list_of(j->folders, j->n_folders));
}

static bool add_path(const char *folder)
{
    PyObject *path = PySys_GetObject("path"); /* borrowed */
    PyObject *s = PyUnicode_DecodeFSDefault(folder);
    bool ok = path && s && PyList_Append(path, s) == 0;
    Py_XDECREF(s);
    return ok;
}

/* A pointer means something only to the copy of the library that made it. Copies in a process
 * agree on the first one by themselves, unless their versions differ too much. */
static bool same_library(void)
{
    PyObject *module = PyImport_ImportModule("libprom");
    const void *theirs = module ? PyCapsule_Import("libprom._C_API", 0) : NULL;
    Py_XDECREF(module);
    if (theirs && theirs != prom_api_find())
        PyErr_SetString(PyExc_ImportError, "libprom for Python is another library's");
    return theirs == prom_api_find();
}

/* --- the language
 * ------------------------------------------------------------------------------- */

static PyObject *import_script(const job *j)
{
    if (!add_path(j->scripts) || !add_path(j->modules) || !same_library() || !make_engine(j))
        return NULL;
    return PyImport_ImportModule("count");
}

static void *load(const job *j)
{
    PyGILState_STATE gil = PyGILState_Ensure();
    PyObject *script = import_script(j);
    if (!script)
        PyErr_Print();
    PyGILState_Release(gil);
    return script;
}

static bool call_script(PyObject *script, const char *function)
{
    PyGILState_STATE gil = PyGILState_Ensure();
    PyObject *result = PyObject_CallMethod(script, function, NULL);
    if (!result)
        PyErr_Print();
    Py_XDECREF(result);
    PyGILState_Release(gil);
    return result != NULL;
}

static bool count(void *self)
{
    return call_script(self, "count");
}

static bool look(void *self)
{
    return call_script(self, "look");
}

static void unload(void *self)
{
    PyGILState_STATE gil = PyGILState_Ensure();
    Py_DECREF((PyObject *)self);
    PyGILState_Release(gil);
}

const language language_python = { .name = "Python",
                                   .begin = begin,
                                   .end = end,
                                   .load = load,
                                   .count = count,
                                   .look = look,
                                   .unload = unload };
