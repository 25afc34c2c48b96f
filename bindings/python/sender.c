// SPDX-License-Identifier: Apache-2.0
/* sender.c - a sender of the library as an object. Its thread is not Python's.
 *
 * It owns its functions, as a collector does (collector.c); the library has tethers to them. */
#include "native.h"

#include <signal.h>

/* --- called by the library --------------------------------------------------------------- */

/* What it raises is for nobody, so it is shown. */
static void tell(state *st, PyObject *function, prom_err err, const char *sentence)
{
    PyObject *exception = prom__py_exception(st, err, sentence);
    PyObject *result =
        exception ? PyObject_CallFunctionObjArgs(function, exception, NULL) : NULL;

    if (!result)
        PyErr_WriteUnraisable(function);
    Py_XDECREF(exception);
    Py_XDECREF(result);
}

static void failed(void *data, prom_err err, const char *sentence)
{
    tether *l = data;
    PyObject *function;
    state *st;
    guest v;

    if (prom__py_tether_enter(l, &v, &st, &function))
        return; /* the interpreter has ended */
    if (function)
        tell(st, function, err, sentence);
    prom__py_tether_leave(l, &v, function);
}

/* --- making ------------------------------------------------------------------------------- */

static int tether_to(state *st, PyObject *function, PyObject **kept, tether **l)
{
    if (function == Py_None)
        return 0;
    if (!PyCallable_Check(function)) {
        PyErr_Format(PyExc_TypeError, "a function is wanted, not %.100s",
                     Py_TYPE(function)->tp_name);
        return -1;
    }
    *l = prom__py_tether_new(st, function);
    if (!*l)
        return -1;
    *kept = Py_NewRef(function);
    return 0;
}

static void drop_tether(tether **l)
{
    if (*l)
        prom__py_tether_free(*l);
    *l = NULL;
}

static int make(sender *self, PyObject *registry, const char *word, PyObject *options,
                PyObject *told, PyObject *deliver)
{
    prom_registry *r = prom__py_registry_of(registry);
    prom_sender_opts so = { .size = sizeof(so),
                            .failed = failed,
                            .free_data = prom__py_tether_free };

    if (!r || tether_to(self->st, told, &self->failed, &self->told) < 0 ||
        tether_to(self->st, deliver, &self->deliver, &self->transport) < 0)
        return -1;
    so.data = self->told;
    if (!so.data)
        so.failed = NULL, so.free_data = NULL;
    return prom__py_transport_make(self, r, word, options, &so);
}

/* Sender(kind, registry, options, failed=None, deliver=None) */
static int sender_init(sender *self, PyObject *args, PyObject *kwargs)
{
    static const char *const keywords[] = { "kind",   "registry", "options",
                                            "failed", "deliver",  NULL };
    PyObject *registry, *options, *told = Py_None, *deliver = Py_None;
    state *st = prom__py_state(Py_TYPE(self));
    const char *word;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "sO!O!|OO:Sender", (char **)keywords, &word,
                                     st->registry, &registry, &PyDict_Type, &options, &told,
                                     &deliver))
        return -1;
    if (self->registry) {
        PyErr_SetString(PyExc_RuntimeError, "a sender cannot be initialised twice");
        return -1;
    }
    self->st = st;
    self->registry = Py_NewRef(registry);
    if (make(self, registry, word, options, told, deliver) == 0)
        return 0;
    drop_tether(&self->told);
    drop_tether(&self->transport);
    return -1;
}

/* --- ending ---------------------------------------------------------------------------------
 */

/* The functions are there until it has ended. At exit one that is stuck must not keep the
 * process: it is left behind. */
static void end(sender *self)
{
    prom_sender *s = self->s;
    bool stuck = s && prom__py_gate_stuck(self->st->gate);
    PyObject *type, *pending, *traceback;

    if (!s)
        return;
    self->s = NULL;
    PyErr_Fetch(&type, &pending, &traceback);
    if (!stuck) {
        Py_BEGIN_ALLOW_THREADS;
        (void)self->st->api->sender_stop(s);
        Py_END_ALLOW_THREADS;
    }
    if (self->told)
        prom__py_tether_cut(self->told);
    if (self->transport)
        prom__py_tether_cut(self->transport);
    self->told = self->transport = NULL;
    if (!stuck) {
        Py_BEGIN_ALLOW_THREADS;
        self->st->api->unref(s);
        Py_END_ALLOW_THREADS;
    }
    PyErr_Restore(type, pending, traceback);
}

static int sender_traverse(sender *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(self->registry);
    Py_VISIT(self->failed);
    Py_VISIT(self->deliver);
    return 0;
}

static int sender_clear(sender *self)
{
    end(self);
    Py_CLEAR(self->registry);
    Py_CLEAR(self->failed);
    Py_CLEAR(self->deliver);
    return 0;
}

static void sender_dealloc(sender *self)
{
    PyTypeObject *type = Py_TYPE(self);

    PyObject_GC_UnTrack(self);
    sender_clear(self);
    type->tp_free(self);
    Py_DECREF(type);
}

/* --- methods --------------------------------------------------------------------------------
 */

static int check(const sender *self)
{
    if (self->s)
        return 0;
    PyErr_SetString(PyExc_ValueError, "sender is not initialised");
    return -1;
}

static PyObject *sender_send(sender *self, PyObject *unused)
{
    catcher c;
    prom_err err;

    (void)unused;
    if (check(self) < 0)
        return NULL;
    prom__py_catcher_push(&c);
    err = self->st->api->send(self->s);
    prom__py_catcher_pop(&c);
    return prom__py_caught(self->st, err, &c);
}

static PyObject *sender_start(sender *self, PyObject *unused)
{
    prom_err err;

    (void)unused;
    if (check(self) < 0)
        return NULL;
    Py_BEGIN_ALLOW_THREADS;
    err = self->st->api->sender_start(self->s);
    Py_END_ALLOW_THREADS;
    return err ? prom__py_raise(self->st, err) : Py_NewRef(Py_None);
}

static PyObject *sender_stop(sender *self, PyObject *unused)
{
    catcher c;
    prom_err err;

    (void)unused;
    if (check(self) < 0)
        return NULL;
    if (prom__py_gate_stuck(self->st->gate))
        Py_RETURN_NONE;
    prom__py_catcher_push(&c);
    err = self->st->api->sender_stop(self->s);
    prom__py_catcher_pop(&c);
    return prom__py_caught(self->st, err, &c);
}

/* (sent, failed, last success in nanoseconds, sentence of the last failure or None) */
static PyObject *sender_stats(sender *self, PyObject *unused)
{
    prom_sender_stats stats = { .size = sizeof(stats) };
    PyObject *sentence;
    prom_err err;

    (void)unused;
    if (check(self) < 0)
        return NULL;
    err = self->st->api->sender_stats_read(self->s, &stats);
    if (err)
        return prom__py_raise(self->st, err);
    sentence = stats.last_error
                   ? PyUnicode_DecodeUTF8(stats.sentence, (Py_ssize_t)strlen(stats.sentence),
                                          "replace")
                   : Py_NewRef(Py_None);
    if (!sentence)
        return NULL;
    return Py_BuildValue("(KKLN)", (unsigned long long)stats.sent,
                         (unsigned long long)stats.failed, (long long)stats.last_success_ns,
                         sentence);
}

/* --- at exit
 * ---------------------------------------------------------------------------------- */

/* Senders that are ended side by side, and who waits for them; who is late is left behind with
 * it. */
typedef struct party {
    pthread_mutex_t lock;
    pthread_cond_t ended;
    size_t under_way, refs;
} party;

typedef struct leaver {
    party *all;
    const prom_api *api;
    prom_sender *s; /* one reference */
} leaver;

static party *party_new(void)
{
    party *p = PyMem_RawCalloc(1, sizeof(*p));

    if (!p)
        return NULL;
    p->refs = 1;
    prom__py_locks_init(&p->lock, &p->ended);
    return p;
}

static void party_leave(party *p, bool has_ended)
{
    pthread_mutex_lock(&p->lock);
    p->under_way -= has_ended;
    bool is_last = --p->refs == 0;
    pthread_cond_broadcast(&p->ended);
    pthread_mutex_unlock(&p->lock);
    if (!is_last)
        return;
    pthread_cond_destroy(&p->ended);
    pthread_mutex_destroy(&p->lock);
    PyMem_RawFree(p);
}

static void *leave(void *data)
{
    leaver *l = data;

    (void)l->api->sender_stop(l->s);
    l->api->unref(l->s);
    party_leave(l->all, true);
    PyMem_RawFree(l);
    return NULL;
}

/* On a thread of its own, or where there is none, on this one. Without the GIL. */
static void see_off(party *p, const prom_api *api, prom_sender *s)
{
    leaver *l = PyMem_RawMalloc(sizeof(*l));
    sigset_t all, before;
    pthread_t thread;
    int failed;

    if (!l)
        return;
    *l = (leaver){ p, api, api->ref(s) };
    pthread_mutex_lock(&p->lock);
    p->under_way++;
    p->refs++;
    pthread_mutex_unlock(&p->lock);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    failed = pthread_create(&thread, NULL, leave, l);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed)
        leave(l);
    else
        pthread_detach(thread);
}

static bool all_ended(party *p, unsigned ms)
{
    struct timespec until = prom__py_after(ms / 1e3);
    int waited = 0;

    pthread_mutex_lock(&p->lock);
    while (p->under_way && waited == 0)
        waited = pthread_cond_timedwait(&p->ended, &p->lock, &until);
    bool all = p->under_way == 0;
    pthread_mutex_unlock(&p->lock);
    return all;
}

static bool end_all(party *p, PyObject *tuple)
{
    unsigned longest = 0;
    bool all;

    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(tuple); i++) {
        sender *self = (sender *)PyTuple_GET_ITEM(tuple, i);
        unsigned ms = self->last_timeout_ms ? self->last_timeout_ms : 5000;
        if (self->s)
            see_off(p, self->st->api, self->s);
        longest = ms > longest ? ms : longest;
    }
    all = all_ended(p, longest);
    party_leave(p, false);
    return all;
}

/* _stop_senders(tuple): side by side, for no longer than the largest last_timeout; whether all
 * have ended. */
PyObject *prom__py_stop_senders(PyObject *module, PyObject *tuple)
{
    state *st = PyModule_GetState(module);
    bool all;
    party *p;

    if (!PyTuple_Check(tuple))
        return PyErr_Format(PyExc_TypeError, "a tuple of senders is wanted");
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(tuple); i++) {
        if (!PyObject_TypeCheck(PyTuple_GET_ITEM(tuple, i), st->sender))
            return PyErr_Format(PyExc_TypeError, "a tuple of senders is wanted");
    }
    p = party_new();
    if (!p)
        return PyErr_NoMemory();
    Py_BEGIN_ALLOW_THREADS;
    all = end_all(p, tuple);
    Py_END_ALLOW_THREADS;
    return PyBool_FromLong(all);
}

/* --- type
 * ------------------------------------------------------------------------------------- */

#define NOARGS(function) (PyCFunction)(void (*)(void))(function), METH_NOARGS

static PyMethodDef sender_methods[] = {
    { "send", NOARGS(sender_send),
      "send($self, /)\n--\n\nSend now, on this thread, after one that is under way." },
    { "start", NOARGS(sender_start),
      "start($self, /)\n--\n\nSend periodically again, after a stop or in a forked child." },
    { "stop", NOARGS(sender_stop),
      "stop($self, /)\n--\n\nEnd: break off the send that is under way, and send once more if "
      "that is wanted. An error of the last send is raised." },
    { "_stats", NOARGS(sender_stats), NULL },
    { NULL, NULL, 0, NULL },
};

static PyType_Slot sender_slots[] = {
    { Py_tp_doc,
      "Sender(kind, registry, options, failed=None, deliver=None)\n--\n\nSends what a "
      "registry has." },
    { Py_tp_new, SLOT(PyType_GenericNew) },
    { Py_tp_init, SLOT(sender_init) },
    { Py_tp_traverse, SLOT(sender_traverse) },
    { Py_tp_clear, SLOT(sender_clear) },
    { Py_tp_dealloc, SLOT(sender_dealloc) },
    { Py_tp_methods, sender_methods },
    { 0, NULL },
};

PyType_Spec prom__py_sender_spec = {
    .name = "libprom._native.Sender",
    .basicsize = sizeof(sender),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC |
             Py_TPFLAGS_IMMUTABLETYPE,
    .slots = sender_slots,
};
