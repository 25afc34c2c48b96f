// SPDX-License-Identifier: Apache-2.0
/* nth.h - runs rows: each is a call that is tried with its n-th allocation failing, and with
 * the n-th and all later ones, for n = 1, 2, ... until it gets through. Each time: the right
 * error with its sentence, nothing changed, a second try that succeeds, nothing left allocated.
 */
#ifndef NTH_H
#define NTH_H

#include "world.h"

typedef struct row {
    const char *name;
    void (*prepare)(world *w); /* NULL: nothing */
    prom_err (*call)(world *w);
    int params;    /* the row is run for param 0 .. params - 1 */
    bool tolerant; /* it may do without the memory and succeed */
} row;

#define OUT(type) type *out = (type *)w /* to be overwritten, on failure too */

/* A gather that notes an error, which is none of its own, has failed here. */
static inline prom_err gather(world *w)
{
    OUT(prom_snapshot);
    prom_err e = prom_gather(w->r, &out);
    w->out = out;
    const char *noted = e ? NULL : prom_snapshot_error(out, 0);
    if (!noted)
        return e;
    e = prom_fail(PROM_E_NOMEM, "%s", noted);
    prom_unref(out);
    w->out = NULL;
    return e;
}

static world *prepared_world(const row *x, int param)
{
    world *w = world_new(param);
    if (x->prepare)
        x->prepare(w);
    return w;
}

/* The exposition of the row's world, before or after an undisturbed call. */
static char *reference(const row *x, int param, bool called)
{
    world *w = prepared_world(x, param);
    if (called)
        CHECK_OK(x->call(w));
    char *text = world_text(w);
    world_free(w);
    return text;
}

static void check_same(const world *w, const char *want, const char *when)
{
    char *text = world_text(w);
    if (!CHECK_STR(text, want))
        fprintf(stderr, "    %s\n", when);
    free(text);
}

static void check_error(const row *x, const world *w, prom_err e)
{
    if (!e) {
        CHECK(x->tolerant);
        return;
    }
    CHECK_ERR(e, PROM_E_NOMEM);
    CHECK(strstr(prom_error(e), "out of memory") != NULL);
    CHECK(w->out == NULL);
}

/* false: the call got through without the n-th allocation. */
static bool run_once(const row *x, int param, long n, failing_mode mode, const char *before,
                     const char *after)
{
    world *w = prepared_world(x, param);
    failing_arm(n, mode);
    prom_err e = x->call(w);
    bool failed = failing_disarm() > 0;
    if (failed)
        check_error(x, w, e);
    else
        CHECK_OK(e);
    check_same(w, e ? before : after, "after the call");
    if (e) {
        CHECK_OK(x->call(w));
        check_same(w, after, "after the second try");
    }
    world_free(w);
    return failed;
}

static void run_row(const row *x, int param)
{
    char *before = reference(x, param, false), *after = reference(x, param, true);
    for (int mode = TRANSIENT; mode <= PERSISTENT; mode++) {
        long live = live_blocks, n = 1;
        int failures = check_failures;
        while (run_once(x, param, n, (failing_mode)mode, before, after)) {
            CHECK_INT(live_blocks, live);
            n++;
            if (check_failures != failures)
                break;
        }
        CHECK_INT(live_blocks, live);
        if (check_failures != failures)
            fprintf(stderr, "    in row '%s', param %d, %s allocation %ld\n", x->name, param,
                    mode == TRANSIENT ? "only" : "from", n);
    }
    free(before);
    free(after);
}

/* Before the first row, unless the test has done so itself; what the process keeps is made. */
static inline void take_allocator(void)
{
    if (failing_used || !CHECK_OK(prom_set_allocator(&failing_allocator)))
        return;
    world_free(world_new(0));
    CHECK(failing_used);
}

static void run_rows(const row *rows, size_t n)
{
    take_allocator();
    for (size_t i = 0; i < n; i++)
        for (int param = 0; param < rows[i].params; param++)
            run_row(&rows[i], param);
}

#endif
