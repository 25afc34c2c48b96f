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

#include <pthread.h>
#include <string.h>
#include <time.h>
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
    PyObject *error, *duplicate, *unsupported;
    PyTypeObject *metric, *counter, *gauge, *unknown, *histogram, *summary;
    PyTypeObject *info, *stateset, *enumeration;
    PyTypeObject *registry, *collector, *builder, *server, *snapshot, *desc;
    PyTypeObject *sender, *delivery, *handler, *response, *http_metrics, *exchange;
} state;

/* --- module.c ----------------------------------------------------------- */

/* The state behind one of our types or a subclass of it. Cannot fail for those. */
state *prom__py_state(PyTypeObject *type);

/* --- errors.c ----------------------------------------------------------- */

/* Sets the exception of a failed call and returns NULL. */
PyObject *prom__py_raise(state *st, prom_err err);
/* The exception alone; NULL and another exception where it cannot be made. */
PyObject *prom__py_exception(state *st, prom_err err, const char *sentence);
/* The same; `name` is what a DuplicateTimeseries is about. */
PyObject *prom__py_raise_for(state *st, prom_err err, const char *name);
/* The pending exception as the sentence of a callback's failure; it is cleared. The
 * exception itself is given through `raised`, a new reference, unless that is NULL. */
prom_err prom__py_fail(state *st, PyObject **raised);
/* The same for a function written in Python that a gather called: if the gather began in
 * Python on this thread, it raises the exception itself. */
prom_err prom__py_callback_failed(state *st);

/* --- args.c ------------------------------------------------------------- */

/* Borrowed UTF-8 of a str without NUL, else NULL with an exception that names `what`. */
const char *prom__py_name(PyObject *str, const char *what);
/* The same with a length, NUL allowed. */
int prom__py_utf8(PyObject *str, prom_str *out);
/* The same of the str of a tuple, an array ended by NULL, for PyMem_Free. */
const char **prom__py_name_array(PyObject *tuple, const char *what);
/* A tuple of str from an iterable of str. */
PyObject *prom__py_names(PyObject *iterable);
/* A tuple of str whose items are str(x) of the n values. */
PyObject *prom__py_values(PyObject *const *values, Py_ssize_t n);
/* A float from anything float() takes; -1 and an exception on error. */
double prom__py_float(PyObject *number);
/* A count, which may come as a float. */
int prom__py_count(PyObject *number, uint64_t *out);
/* Milliseconds of seconds; 0 for None. */
int prom__py_timeout(PyObject *seconds, unsigned *ms);
/* What a fast call with at most two arguments looks like. */
typedef struct signature {
    const char *first, *second; /* names; second may be NULL */
    bool required;              /* the first one */
} signature;

/* The arguments, borrowed; NULL for what was left out. -1 and an exception on misuse. */
int prom__py_two_args(const signature *s, PyObject *const *args, Py_ssize_t n,
                      PyObject *kwnames, PyObject **first, PyObject **second);

/* For PyMem_Free, borrowing the text of a dict, whose name in messages is `what`: labels
 * ended by {NULL, NULL}. A NULL dict has none. NULL and an exception on error. */
prom_label *prom__py_label_array(PyObject *dict, const char *what);
/* The same of *n labels that may hold NUL; all values of the dict are str. */
prom_label_str *prom__py_label_strs(PyObject *dict, size_t *n);
/* A dict with str() of the values, which mostly is the same dict; a reference. To be had ahead
 * of all else: str() may run code that changes the dict. */
PyObject *prom__py_str_values(PyObject *labels);

/* --- kind.c: one row for each metric type --------------------------------- */

typedef struct kind {
    const char *word; /* "counter" */
    prom_type type;
    const char *format; /* of the constructor's positional arguments: eight, or nine with an
                         * option of the type */
    const char *const *keywords;
    int (*complete)(prom_opts *o); /* defaults and checks of the type */
} kind;

const kind *prom__py_kind(prom_type type);

/* --- scratch.c: memory that lives for one call ----------------------------- */

/* What the options of a call borrow until it is done; begins as zeros. */
typedef struct scratch {
    struct block *blocks;
    PyObject *kept;
    PyObject *constraints; /* {label: frozenset or function}, or NULL */
} scratch;

/* NULL and an exception where there is none: zeroed memory; the object itself, whose reference
 * is taken over; a NULL-ended array of the str of a tuple that is kept, named by `what`. */
void *prom__py_take(scratch *s, size_t n, size_t size);
PyObject *prom__py_keep(scratch *s, PyObject *owned);
const char **prom__py_words(PyObject *tuple, const char *what, scratch *s);
void prom__py_scratch_free(scratch *s);

/* --- options.c: what constructors take by name ----------------------------- */

/* Keyword arguments as two new dicts: options of the type, and all else. */
int prom__py_options_split(prom_type type, PyObject *keywords, PyObject **plain,
                           PyObject **taken);
int prom__py_options_read(prom_type type, PyObject *taken, prom_opts *o, scratch *s);

/* --- construct.c, metric.c ------------------------------------------------------------- */

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
    prom__py_unknown_spec, prom__py_histogram_spec, prom__py_summary_spec, prom__py_info_spec,
    prom__py_stateset_spec, prom__py_enum_spec;

/* How text signatures of constructors begin and, behind the ninth argument, go on. */
#define PROM_PYTHON_ARGS                                                         \
    "(name, documentation, labelnames=(), namespace='', subsystem='', unit='', " \
    "registry=..., _labelvalues=None"
#define PROM_PYTHON_OPTIONS \
    ", *, const_labels=None, max_series=None, overflow=None, ttl=None, constraints=None"

/* A type derived from MetricWrapperBase, which garbage collection and the rest come from. */
#define PROM_PYTHON_METRIC_SPEC(NAME, variable, table, own, text)                     \
    static PyType_Slot variable##_slots[] = {                                         \
        { Py_tp_doc, NAME PROM_PYTHON_ARGS own ")\n--\n\n" text },                    \
        { Py_tp_methods, table },                                                     \
        { 0, NULL },                                                                  \
    };                                                                                \
    PyType_Spec prom__py_##variable##_spec = {                                        \
        .name = "libprom._native." NAME,                                              \
        .basicsize = sizeof(metric_box),                                              \
        .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_IMMUTABLETYPE, \
        .slots = variable##_slots,                                                    \
    }

/* The vec of a family, borrowed; NULL and an exception for a child or a bare object. */
prom_vec *prom__py_metric_vec(metric_box *self);
/* A metric of a class around a vec, whose reference is taken over even on an exception. */
PyObject *prom__py_metric_around(state *st, PyTypeObject *type, prom_vec *vec);
/* The same of the class, and with the constraints, of another one. */
PyObject *prom__py_metric_like(metric_box *self, prom_vec *vec);
/* True for Enum, which unlike StateSet is always in one state. */
bool prom__py_is_enum(const metric_box *self);
/* "counter:hits", as messages call a metric. */
PyObject *prom__py_metric_str(PyObject *self);
/* The exception for an update of something that is no series. */
PyObject *prom__py_metric_no_series(metric_box *self);
/* tp_init of the native types: a subclass has another if it wrote __init__. */
int prom__py_metric_init(PyObject *self, PyObject *args, PyObject *kwargs);

/* A description from what the constructor of the type takes; an invalid one too, where the
 * library refuses it. NULL and an exception for what it is not even asked about. In any case
 * *constraints is owned, or NULL. */
prom_desc *prom__py_desc_of_args(state *st, const kind *k, PyObject *positional,
                                 PyObject *keywords, PyObject **constraints);
prom_desc *prom__py_desc(PyObject *desc); /* desc.c; borrowed */
/* A tuple of str of label names. */
PyObject *prom__py_names_of(const char *const *labels);

/* --- states.c, many.c, function.c ------------------------------------------- */

/* An Enum that nobody gave a state yet is in its first one. */
prom_err prom__py_enter_first(const prom_api *api, void *series);
PyObject *prom__py_observe_many(metric_box *self, PyObject *amounts);
PyObject *prom__py_set_function(metric_box *self, PyObject *function);

/* --- direct.c -------------------------------------------------------------- */

/* Gives a class what it inherits from our types as its own; the class comes back. */
PyObject *prom__py_direct(PyObject *module, PyObject *cls);

/* --- children.c, lookup.c: from label values to children --------------------- */

#define PROM_PYTHON_SMALL 8 /* labels that need no memory of their own */

/* Takes over the reference to the vec, if it does not fail. */
struct family *prom__py_family_new(const prom_api *api, prom_vec *vec, PyObject *names,
                                   PyObject *constraints);
void prom__py_family_free(const prom_api *api, struct family *f);
prom_vec *prom__py_family_vec(struct family *f);
PyObject *prom__py_family_constraints(struct family *f); /* borrowed; or NULL */
void prom__py_family_constrain(struct family *f, PyObject *constraints);
int prom__py_family_traverse(struct family *f, visitproc visit, void *arg);
void prom__py_family_clear(struct family *f);
/* Drops a child from the tables, if it is there. */
int prom__py_family_forget(struct family *f, PyObject *values);
/* Drops all children whose series are gone. */
int prom__py_forget_removed(metric_box *self);

/* The str of label values, as the family's constraints let them be: a tuple. */
PyObject *prom__py_family_values(metric_box *self, PyObject *const *args, Py_ssize_t n);
/* Views of a tuple of str, in `small` if they fit. */
int prom__py_strings(PyObject *values, prom_str *small, prom_str **out);
void prom__py_strings_free(const prom_str *small, prom_str *strings);

PyObject *prom__py_find_or_make(metric_box *self, PyObject *const *args, Py_ssize_t n);
PyObject *prom__py_find(metric_box *self, PyObject *const *args, Py_ssize_t n);
/* The child around a series of these values; takes over the reference to the series. */
PyObject *prom__py_child_of_series(metric_box *self, PyObject *values, void *series);

/* --- labels.c, views.c: methods of families --------------------------------- */

/* A family with labels, or an exception and -1. */
int prom__py_check_family(metric_box *self);
PyObject *prom__py_labels(metric_box *self, PyObject *const *args, Py_ssize_t n,
                          PyObject *kwnames);
PyObject *prom__py_child(metric_box *self, PyObject *const *args, Py_ssize_t n,
                         PyObject *kwnames);
PyObject *prom__py_remove(metric_box *self, PyObject *const *args, Py_ssize_t n);
PyObject *prom__py_clear(metric_box *self, PyObject *unused);
PyObject *prom__py_each(metric_box *self, PyObject *unused);
PyObject *prom__py_preset(metric_box *self, PyObject *all);
PyObject *prom__py_remove_matching(metric_box *self, PyObject *labels);
PyObject *prom__py_curry(metric_box *self, PyObject *labels);
PyObject *prom__py_fresh(metric_box *self, PyObject *unused);
PyObject *prom__py_replace(metric_box *self, PyObject *fresh);

/* --- values.c: what was read, as Python's values ------------------------------ */

PyObject *prom__py_labels_dict(const prom_label_str *labels, size_t n);
PyObject *prom__py_metric_value(const prom_metric *m); /* values.c tells of what */
PyObject *prom__py_read(metric_box *self, PyObject *unused);

/* --- snapshot.c ------------------------------------------------------------- */

/* A gather without the GIL; an exception that a collector in Python raised comes out as it
 * was, another collector's error as libprom.Error. NULL on an exception. */
prom_snapshot *prom__py_gather(state *st, prom_registry *r);
prom_snapshot *prom__py_snapshot_of(PyObject *snapshot); /* borrowed */
/* A Snapshot or a subclass of it; takes over the reference to s, which may be NULL. */
PyObject *prom__py_snapshot_around(state *st, prom_snapshot *s, PyTypeObject *type);
PyObject *prom__py_family(state *st, const prom_family *f); /* one of these: */
/* [(type, name, help, unit, [metric as values.c has it])] */
PyObject *prom__py_families(state *st, prom_registry *r);

/* --- formats.c --------------------------------------------------------------- */

/* By the library's words for them; NULL and -1: an exception says which there is not. */
const prom_encoder *prom__py_encoder_of(const state *st, const char *word);
int prom__py_escaping_of(const state *st, const char *word, prom_escaping *out);
/* The bytes of a snapshot, made without the GIL; `args` are (format, escaping, created). */
PyObject *prom__py_encode(state *st, const prom_snapshot *s, PyObject *args);
PyObject *prom__py_negotiate(PyObject *module, PyObject *accept);
PyObject *prom__py_negotiate_coding(PyObject *module, PyObject *accept);
PyObject *prom__py_content_type(PyObject *module, PyObject *args);
PyObject *prom__py_parse(PyObject *module, PyObject *args);

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
/* None, or the exception of err: that of the collector, if it is what has failed. */
PyObject *prom__py_caught(state *st, prom_err err, const catcher *c);
catcher *prom__py_catcher_current(PyInterpreterState *interpreter);

/* A visit of a library's thread, or of a thread that let go of the GIL, to the interpreter. */
typedef struct guest {
    PyThreadState *made, *left;
    bool inside;
} guest;

prom_err prom__py_visit_begin(struct gate *g, guest *v); /* PROM_E_CLOSED: the end is near */
void prom__py_visit_end(struct gate *g, guest *v);

/* Of CLOCK_MONOTONIC, by which a condition made here waits. */
struct timespec prom__py_after(double seconds);
void prom__py_locks_init(pthread_mutex_t *lock, pthread_cond_t *condition);

struct gate *prom__py_gate_new(void);
struct gate *prom__py_gate_ref(struct gate *g);
void prom__py_gate_unref(struct gate *g);
/* Waits, without the GIL, for visitors to leave, so many seconds at most; only once. */
void prom__py_gate_close(struct gate *g, double patience);
bool prom__py_gate_stuck(struct gate *g);      /* closed, but somebody did not leave */
void prom__py_gate_after_fork(struct gate *g); /* the visitors stayed in the parent */
void prom__py_gate_lock(struct gate *g);
void prom__py_gate_unlock(struct gate *g);

/* --- registry.c, builder.c, collector.c, server.c -------------------------- */

typedef struct registry_box {
    PyObject_HEAD prom_registry *r; /* one reference; NULL before __init__ */
    state *st;
} registry_box;

extern PyType_Spec prom__py_registry_spec, prom__py_builder_spec, prom__py_collector_spec,
    prom__py_server_spec, prom__py_snapshot_spec, prom__py_desc_spec;

/* In listing.c: a metric around a vec, of the class that {"counter": Counter, ...} has for its
 * type; and methods. */
PyObject *prom__py_metric_of(state *st, PyObject *classes, prom_vec *vec);
PyObject *prom__py_registry_each(registry_box *self, PyObject *classes);
PyObject *prom__py_registry_find(registry_box *self, PyObject *args);
PyObject *prom__py_registry_named(registry_box *self, PyObject *name);
PyObject *prom__py_registry_has(registry_box *self, PyObject *name);

/* The registry behind a native registry object, borrowed; NULL and an exception if it has
 * none yet. */
prom_registry *prom__py_registry_of(PyObject *self);
/* A capsule with a reference of its own. */
PyObject *prom__py_registry_capsule(state *st, prom_registry *r);

/* What a collector written in Python writes to. */
typedef struct builder {
    PyObject_HEAD state *st;
    prom_builder *b; /* lent for one call of the collector; NULL once that is over */
} builder;

/* What may be said about a metric behind it; borrowed; NULL and None: nothing. */
typedef struct more {
    PyObject *timestamp, *created, *exemplar, *exemplars;
    prom_err (*build_exemplar)(prom_builder *, const prom_exemplar *); /* NULL: the usual */
} more;

/* A type by its word. */
int prom__py_type_of(const state *st, const char *word, prom_type *out);
PyObject *prom__py_builder_new(state *st, prom_builder *b);
void prom__py_builder_close(PyObject *builder); /* using it from then on is an error */
int prom__py_builder_check(const builder *self);
/* Gives the labels of the metric that is built next; `labels` is a dict, or NULL. */
int prom__py_builder_labels(builder *self, PyObject *labels);
/* Ends a call that built a metric: its error, or all that is said behind it and None. */
PyObject *prom__py_builder_finish(builder *self, prom_err err, const more *m);
PyObject *prom__py_builder_histogram(builder *self, PyObject *args, PyObject *kwargs);
PyObject *prom__py_builder_summary(builder *self, PyObject *args, PyObject *kwargs);

/* A collector: `function(builder)` is called at each gather of r for as long as the object
 * that is returned lives and is not closed, describe(builder) now, unless it is None. */
PyObject *prom__py_collector_new(state *st, prom_registry *r, PyObject *name,
                                 PyObject *function, PyObject *describe, PyObject *timeout);

/* A function as a callback of the library has it: not owned, and gone once its owner is. */
typedef struct tether tether;

tether *prom__py_tether_new(state *st, PyObject *function);
void prom__py_tether_free(void *tether);
void prom__py_tether_cut(tether *l); /* the function is called no more */
/* Enters the interpreter; *function is a reference, or NULL if it is gone. */
prom_err prom__py_tether_enter(tether *l, guest *v, state **st, PyObject **function);
void prom__py_tether_leave(tether *l, guest *v, PyObject *function);

/* A collector of no registry, whose reference is taken over, and the function that it has a
 * tether to, if any. */
PyObject *prom__py_collector_around(state *st, prom_collector *c, PyObject *function);
PyObject *prom__py_collector_tethered(state *st, prom_collector *c, PyObject *function,
                                      tether *t);
prom_collector *prom__py_collector_of(PyObject *collector); /* borrowed; NULL: closed */

/* --- native_histogram.c ---------------------------------------------------------- */

/* A NativeHistogram, with what `n` points to. */
typedef struct native_parts {
    prom_native n;
    double sum;
    uint64_t count;
    PyObject *exemplars; /* borrowed */
    prom_native_bucket *positive, *negative;
    double *custom;
} native_parts;

/* -1 and an exception on error; to be freed in any case. */
int prom__py_native_read(PyObject *tuple, native_parts *p);
void prom__py_native_free(native_parts *p);

/* --- testing.c ------------------------------------------------------------------- */

PyObject *prom__py_test_value(PyObject *module, PyObject *op);
PyObject *prom__py_test_count(PyObject *module, PyObject *args);
PyObject *prom__py_test_compare(PyObject *module, PyObject *args);
PyObject *prom__py_test_native(PyObject *module, PyObject *args);
PyObject *prom__py_lint(PyObject *module, PyObject *args);

/* --- shipped.c ------------------------------------------------------------------ */

PyObject *prom__py_process_collector(PyObject *module, PyObject *args);
PyObject *prom__py_malloc_collector(PyObject *module, PyObject *unused);
PyObject *prom__py_build_info_collector(PyObject *module, PyObject *args);
PyObject *prom__py_nested_collector(PyObject *module, PyObject *args);

/* --- sender.c, transports.c -------------------------------------------------------- */

typedef struct sender {
    PyObject_HEAD state *st;
    prom_sender *s;             /* one reference; NULL before __init__ */
    PyObject *registry;         /* owns the collectors written in Python */
    PyObject *failed, *deliver; /* functions, or NULL */
    tether *told, *transport;   /* to them; the library's, so there for as long as s is */
    unsigned last_timeout_ms;
} sender;

extern PyType_Spec prom__py_sender_spec, prom__py_delivery_spec;

/* Makes self->s of the kind ("push", ...); -1 and an exception on error. The tethers of *so
 * and of the transport are the library's then. */
int prom__py_transport_make(sender *self, prom_registry *r, const char *word, PyObject *options,
                            prom_sender_opts *so);
PyObject *prom__py_push_delete(PyObject *module, PyObject *options);
PyObject *prom__py_push_url(PyObject *module, PyObject *options);
PyObject *prom__py_graphite_lines(PyObject *module, PyObject *args);
PyObject *prom__py_stop_senders(PyObject *module, PyObject *senders);

/* In delivery.c: a prom_transport's functions, whose data is a tether to
 * function(delivery, snapshot or None at the end). */
prom_err prom__py_deliver(prom_delivery *d, const prom_snapshot *s, void *tether);
prom_err prom__py_deliver_end(prom_delivery *d, void *tether);

/* --- http_options.c, handler.c, exchange.c
 * ----------------------------------------------------------- */

/* From a dict; -1 and an exception on error. Without `created` no _created lines are shown. */
int prom__py_http_options(state *st, PyObject *dict, bool created, prom_http_opts *o,
                          scratch *s);
extern PyType_Spec prom__py_handler_spec, prom__py_response_spec, prom__py_http_metrics_spec,
    prom__py_exchange_spec;

#endif
