// SPDX-License-Identifier: Apache-2.0
/* gate.c - how threads of the library enter an interpreter, and when they no longer may.
 *
 * A thread that asks a dying interpreter for the GIL is killed or hangs, in the middle of
 * the library. So every visit goes through the interpreter's gate: at exit the gate is
 * closed, those inside are waited for, and nobody enters afterwards. The gate outlives the
 * interpreter with the last collector that knows it. */
#include "native.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

struct gate {
    PyInterpreterState *interpreter;
    _Atomic(size_t) refs;
    pthread_mutex_t lock;
    pthread_cond_t left;
    size_t inside;
    bool closed;
};

/* The gathers that this thread began in Python, innermost first. Points to stack frames
 * that are there for as long as it does. */
static _Thread_local catcher *catching;

/* --- catchers ------------------------------------------------------------------------ */

void prom__py_catcher_push(catcher *c)
{
    c->raised = NULL;
    c->outer = catching;
    catching = c;
    c->thread = PyEval_SaveThread();
}

void prom__py_catcher_pop(catcher *c)
{
    PyEval_RestoreThread(c->thread);
    catching = c->outer;
}

catcher *prom__py_catcher_current(PyInterpreterState *interpreter)
{
    catcher *c = catching;

    return c && PyThreadState_GetInterpreter(c->thread) == interpreter ? c : NULL;
}

/* --- visits ---------------------------------------------------------------------------- */

/* The thread state with which this thread is in an interpreter now, or NULL. */
static PyThreadState *attached(void)
{
#if PY_VERSION_HEX >= 0x030D0000
    return PyThreadState_GetUnchecked();
#elif PY_VERSION_HEX >= 0x030C0000
    return _PyThreadState_UncheckedGet();
#else
    /* Here the current state is the process's, so it may be another thread's: compare only. */
    PyThreadState *mine = PyGILState_GetThisThreadState();
    return mine && mine == _PyThreadState_UncheckedGet() ? mine : NULL;
#endif
}

static prom_err enter(struct gate *g, guest *v)
{
    PyThreadState *here = attached();
    catcher *c;

    *v = (guest){ NULL, NULL, false };
    if (here && PyThreadState_GetInterpreter(here) == g->interpreter) {
        v->inside = true;
        return PROM_OK;
    }
    c = prom__py_catcher_current(g->interpreter);
    v->made = c ? NULL : PyThreadState_New(g->interpreter);
    if (!c && !v->made)
        return PROM_E_NOMEM;
    v->left = here ? PyEval_SaveThread() : NULL;
    PyEval_RestoreThread(c ? c->thread : v->made);
    return PROM_OK;
}

prom_err prom__py_visit_begin(struct gate *g, guest *v)
{
    prom_err err = PROM_E_CLOSED;

    pthread_mutex_lock(&g->lock);
    if (!g->closed) {
        g->inside++;
        err = PROM_OK;
    }
    pthread_mutex_unlock(&g->lock);
    if (!err) {
        err = enter(g, v);
        if (err)
            prom__py_visit_end(g, NULL);
    }
    return err;
}

void prom__py_visit_end(struct gate *g, guest *v)
{
    if (v && v->made) {
        PyThreadState_Clear(v->made);
        PyThreadState_DeleteCurrent();
    } else if (v && !v->inside) {
        PyEval_SaveThread();
    }
    if (v && v->left)
        PyEval_RestoreThread(v->left);
    pthread_mutex_lock(&g->lock);
    if (g->inside > 0) /* 0 where this visit forked and we are the child */
        g->inside--;
    pthread_cond_broadcast(&g->left);
    pthread_mutex_unlock(&g->lock);
}

/* --- the gate ---------------------------------------------------------------------------- */

struct timespec prom__py_after(double seconds)
{
    struct timespec at;
    long nanoseconds;

    clock_gettime(CLOCK_MONOTONIC, &at);
    nanoseconds = at.tv_nsec + (long)((seconds - (double)(long)seconds) * 1e9);
    at.tv_sec += (long)seconds + nanoseconds / 1000000000;
    at.tv_nsec = nanoseconds % 1000000000;
    return at;
}

void prom__py_locks_init(pthread_mutex_t *lock, pthread_cond_t *condition)
{
    pthread_condattr_t monotonic;

    pthread_mutex_init(lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(condition, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

struct gate *prom__py_gate_new(void)
{
    struct gate *g = PyMem_RawCalloc(1, sizeof(*g));

    if (!g) {
        PyErr_NoMemory();
        return NULL;
    }
    g->interpreter = PyThreadState_GetInterpreter(PyThreadState_Get());
    atomic_init(&g->refs, 1);
    prom__py_locks_init(&g->lock, &g->left);
    return g;
}

struct gate *prom__py_gate_ref(struct gate *g)
{
    atomic_fetch_add_explicit(&g->refs, 1, memory_order_relaxed);
    return g;
}

/* PyMem_Raw, because the last to let go may be a thread that never saw an interpreter. */
void prom__py_gate_unref(struct gate *g)
{
    if (!g || atomic_fetch_sub_explicit(&g->refs, 1, memory_order_acq_rel) != 1)
        return;
    pthread_cond_destroy(&g->left);
    pthread_mutex_destroy(&g->lock);
    PyMem_RawFree(g);
}

void prom__py_gate_close(struct gate *g, double patience)
{
    struct timespec until = prom__py_after(patience);
    int waited = 0;

    Py_BEGIN_ALLOW_THREADS;
    pthread_mutex_lock(&g->lock);
    if (g->closed)
        waited = 1; /* whoever is inside has been waited for */
    g->closed = true;
    while (g->inside > 0 && waited == 0)
        waited = pthread_cond_timedwait(&g->left, &g->lock, &until);
    pthread_mutex_unlock(&g->lock);
    Py_END_ALLOW_THREADS;
}

bool prom__py_gate_stuck(struct gate *g)
{
    pthread_mutex_lock(&g->lock);
    bool stuck = g->closed && g->inside > 0;
    pthread_mutex_unlock(&g->lock);
    return stuck;
}

void prom__py_gate_after_fork(struct gate *g)
{
    prom__py_locks_init(&g->lock,
                        &g->left); /* a thread that is not here any more may have held them */
    g->inside = 0;
}

void prom__py_gate_lock(struct gate *g)
{
    pthread_mutex_lock(&g->lock);
}

void prom__py_gate_unlock(struct gate *g)
{
    pthread_mutex_unlock(&g->lock);
}
