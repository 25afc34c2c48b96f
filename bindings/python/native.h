// SPDX-License-Identifier: Apache-2.0
/* native.h - what the files of libprom._native share.
 *
 * There is no mutable static: everything of an interpreter hangs on its module's state, and
 * the library is called only through the table kept there. Objects keep the table's and the
 * state's address; both live as long as the module, which every heap type keeps alive. */
#ifndef PROM_PYTHON_NATIVE_H
#define PROM_PYTHON_NATIVE_H

/* Python.h wants to be the first. */
// clang-format off
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <prom/api.h>
// clang-format on

#ifndef Py_TPFLAGS_IMMUTABLETYPE /* new in 3.10 */
#define Py_TPFLAGS_IMMUTABLETYPE 0
#endif
#ifndef Py_TPFLAGS_DISALLOW_INSTANTIATION
#define Py_TPFLAGS_DISALLOW_INSTANTIATION 0 /* module.c clears tp_new instead */
#endif
#if PY_VERSION_HEX < 0x030A0000
static inline PyObject *Py_NewRef(PyObject *o)
{
    Py_INCREF(o);
    return o;
}
#endif

#define SLOT(function) \
    ((void *)(uintptr_t)(function)) /* a slot's value is no function pointer */

/* What is rarely needed, kept out of the frame of a hot function: saved registers and the
 * canary of a frame are stores, and an atomic update waits for every store before it. */
#define SLOW __attribute__((noinline))

#define PROM_PYTHON_REGISTRY "prom.registry" /* the name of the capsule of a registry */

struct gate;

typedef struct state {
    const prom_api *api;
    struct gate *gate; /* between collectors in Python and the interpreter's end */
    PyObject *error, *duplicate;
    PyTypeObject *metric, *counter, *gauge, *histogram, *summary;
    PyTypeObject *registry, *collector, *builder, *server;
} state;

/* --- module.c ----------------------------------------------------------- */

/* The state behind one of our types or a subclass of it. Cannot fail for those. */
state *prom__py_state(PyTypeObject *type);

/* --- errors.c ----------------------------------------------------------- */

/* Sets the exception of a failed call and returns NULL. */
PyObject *prom__py_raise(state *st, prom_err err);
/* The same; `name` is what a DuplicateTimeseries is about. */
PyObject *prom__py_raise_for(state *st, prom_err err, const char *name);
/* The pending exception as the sentence of a callback's failure; it is cleared. The
 * exception itself is given through `raised`, a new reference, unless that is NULL. */
prom_err prom__py_fail(state *st, PyObject **raised);

/* --- args.c ------------------------------------------------------------- */

/* Borrowed UTF-8 of a str without NUL, else NULL with an exception that names `what`. */
const char *prom__py_name(PyObject *str, const char *what);
/* The same with a length, NUL allowed. */
int prom__py_utf8(PyObject *str, prom_str *out);
/* A tuple of str from an iterable of str. */
PyObject *prom__py_names(PyObject *iterable);
/* A tuple of str whose items are str(x) of the n values. */
PyObject *prom__py_values(PyObject *const *values, Py_ssize_t n);
/* A float from anything float() takes; -1 and an exception on error. */
double prom__py_float(PyObject *number);
/* What a fast call with one argument that counts looks like. */
typedef struct signature {
    const char *name;
    const char *later; /* a second one that only None may be given for yet, or NULL */
    bool required;
} signature;

/* The argument, borrowed; NULL if it was left out. -1 and an exception on misuse. */
int prom__py_one_arg(const signature *s, PyObject *const *args, Py_ssize_t n, PyObject *kwnames,
                     PyObject **out);

/* --- kind.c: one row for each metric type --------------------------------- */

#define PROM_PYTHON_EXTRAS 4 /* most arguments that a type has of its own */

/* Arrays that prom_opts borrows until the call is done. */
typedef struct scratch {
    double *buckets;
    prom_objective *objectives;
} scratch;

typedef struct kind {
    const char *word; /* "counter" */
    prom_type type;
    const char *format; /* of the constructor's arguments, the common ones first */
    const char *const *keywords;
    int (*fill)(PyObject *const *extras, prom_opts *o, scratch *s);
} kind;

const kind *prom__py_kind(prom_type type);
void prom__py_scratch_free(scratch *s);

/* --- metric.c ------------------------------------------------------------- */

enum desc { /* what a tuple `desc` holds, as the attributes _name, ... show it */
            DESC_NAME,
            DESC_ORIGINAL_NAME,
            DESC_DOCUMENTATION,
            DESC_LABELNAMES,
            DESC_NAMESPACE,
            DESC_SUBSYSTEM,
            DESC_UNIT,
            DESC_KWARGS,
            DESC_SIZE
};

/* A family, or one series of it. Which one it is, and everything else but the children,
 * never changes after __init__, so that updates need no lock in any build of CPython. */
typedef struct metric_box {
    PyObject_HEAD const prom_api *api;
    void *handle; /* the series, one reference; NULL: a family whose label values are missing */
    state *st;
    const kind *kind;
    struct family *family; /* NULL in a child */
    PyObject *desc;        /* shared by a family and its children */
    PyObject *values;      /* a child's label values, else NULL */
} metric_box;

extern PyType_Spec prom__py_metric_spec, prom__py_counter_spec, prom__py_gauge_spec,
    prom__py_histogram_spec, prom__py_summary_spec;

/* The vec of a family, borrowed; NULL and an exception for a child or a bare object. */
prom_vec *prom__py_metric_vec(metric_box *self);
/* A metric of a class around a vec, whose reference is taken over even on an exception. */
PyObject *prom__py_metric_around(state *st, PyTypeObject *type, prom_vec *vec);
/* "counter:hits", as messages call a metric. */
PyObject *prom__py_metric_str(PyObject *self);
/* The exception for an update of something that is no series. */
PyObject *prom__py_metric_no_series(metric_box *self);
/* tp_init of the native types: a subclass has another if it wrote __init__. */
int prom__py_metric_init(PyObject *self, PyObject *args, PyObject *kwargs);

/* --- update.c -------------------------------------------------------------- */

/* Gives a class what it inherits from our types as its own; the class comes back. */
PyObject *prom__py_direct(PyObject *module, PyObject *cls);

/* --- labels.c: from label values to children -------------------------------- */

struct family *prom__py_family_new(prom_vec *vec); /* takes over the reference */
void prom__py_family_free(const prom_api *api, struct family *f);
prom_vec *prom__py_family_vec(struct family *f);
int prom__py_family_traverse(struct family *f, visitproc visit, void *arg);
void prom__py_family_clear(struct family *f);
PyObject *prom__py_labels(metric_box *self, PyObject *const *args, Py_ssize_t n,
                          PyObject *kwnames);
PyObject *prom__py_remove(metric_box *self, PyObject *const *args, Py_ssize_t n);
PyObject *prom__py_clear(metric_box *self, PyObject *unused);

/* --- snapshot.c ------------------------------------------------------------- */

/* A gather without the GIL; an exception that a collector in Python raised comes out as it
 * was, another collector's error as libprom.Error. NULL on an exception. */
prom_snapshot *prom__py_gather(state *st, prom_registry *r);
/* [(type, name, help, unit, [(name, {label: value}, value, timestamp)])] */
PyObject *prom__py_families(state *st, prom_registry *r);

/* --- registry.c, builder.c, collector.c, server.c -------------------------- */

typedef struct registry_box {
    PyObject_HEAD prom_registry *r; /* one reference; NULL before __init__ */
    state *st;
} registry_box;

extern PyType_Spec prom__py_registry_spec, prom__py_builder_spec, prom__py_collector_spec,
    prom__py_server_spec;

/* The registry behind a native registry object, borrowed; NULL and an exception if it has
 * none yet. */
prom_registry *prom__py_registry_of(PyObject *self);
/* A capsule with a reference of its own. */
PyObject *prom__py_registry_capsule(state *st, prom_registry *r);

PyObject *prom__py_builder_new(state *st, prom_builder *b);
void prom__py_builder_close(PyObject *builder); /* using it from then on is an error */

/* A collector: `function(builder)` is called at each gather of r for as long as the object
 * that is returned lives and is not closed. */
PyObject *prom__py_collector_new(state *st, prom_registry *r, PyObject *name,
                                 PyObject *function);

/* --- gate.c ------------------------------------------------------------------ */

/* Which interpreter thread a gather that this thread began in Python can go on with, and
 * where a collector leaves the exception that this gather is to raise. */
typedef struct catcher {
    PyThreadState *thread;
    PyObject *raised;
    struct catcher *outer;
} catcher;

void prom__py_catcher_push(catcher *c); /* lets go of the GIL */
void prom__py_catcher_pop(catcher *c);  /* takes it again */
catcher *prom__py_catcher_current(PyInterpreterState *interpreter);

/* A visit of a library's thread, or of a thread that let go of the GIL, to the interpreter. */
typedef struct guest {
    PyThreadState *made, *left;
    bool inside;
} guest;

prom_err prom__py_visit_begin(struct gate *g, guest *v); /* PROM_E_CLOSED: the end is near */
void prom__py_visit_end(struct gate *g, guest *v);

struct gate *prom__py_gate_new(void);
struct gate *prom__py_gate_ref(struct gate *g);
void prom__py_gate_unref(struct gate *g);
void prom__py_gate_close(struct gate *g); /* waits, without the GIL, for visitors to leave */
void prom__py_gate_after_fork(struct gate *g); /* the visitors stayed in the parent */
void prom__py_gate_lock(struct gate *g);
void prom__py_gate_unlock(struct gate *g);

#endif
