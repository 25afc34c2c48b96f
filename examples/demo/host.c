// SPDX-License-Identifier: Apache-2.0
/* host.c - a small game engine in C with a Lua script and a Python script in it.
 *
 *     host FRAMES LUA_SCRIPT PYTHON_SCRIPT
 *
 * All three count into one family of the process's default registry, without telling each
 * other about it. The host prints where it can be scraped, runs its frames, says "done" and
 * goes on serving until its standard input ends. */
#define PY_SSIZE_T_CLEAN
#include <prom/http.h>

#include <Python.h>
#include <lauxlib.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

typedef struct metrics {
    prom_vec *ticks;
    prom_counter *own_ticks;
    prom_histogram *frame_seconds;
} metrics;

typedef struct scripts {
    lua_State *lua;
    PyObject *python_tick;
} scripts;

static bool failed(const char *what, prom_err err)
{
    if (err)
        fprintf(stderr, "host: %s: %s\n", what, prom_error(err));
    return err != PROM_OK;
}

/* The scripts give the same description, and so get the same family. */
static bool make_metrics(metrics *m)
{
    prom_registry *r = prom_registry_default();
    return !failed("ticks",
                   prom_vec_new(r, PROM_COUNTER,
                                PROM_OPTS(.name = "demo_ticks_total",
                                          .help = "Times that a part of the game was run.",
                                          .labels = PROM_LABELS("language")),
                                &m->ticks)) &&
           !failed("child", prom_counter_with(m->ticks, PROM_VALUES("C"), &m->own_ticks)) &&
           !failed("frames", prom_histogram_new(
                                 r,
                                 PROM_OPTS(.name = "demo_frame_seconds",
                                           .help = "Time that the scripts take for a frame.",
                                           .buckets = PROM_BUCKETS(1e-5, 1e-4, 1e-3, 1e-2)),
                                 &m->frame_seconds));
}

static bool load_lua(scripts *s, const char *path)
{
    s->lua = luaL_newstate();
    if (!s->lua)
        return false;
    luaL_openlibs(s->lua);
    /* The script returns its tick function, which stays on the stack. */
    if (luaL_dofile(s->lua, path) == LUA_OK && lua_isfunction(s->lua, -1))
        return true;
    fprintf(stderr, "host: %s\n", luaL_tolstring(s->lua, -1, NULL));
    return false;
}

static bool load_python(scripts *s, const char *path)
{
    Py_InitializeEx(0);
    FILE *f = fopen(path, "r");
    PyObject *main_module = PyImport_AddModule("__main__"); /* borrowed */
    if (f && main_module && PyRun_SimpleFileEx(f, path, 1) == 0)
        s->python_tick = PyObject_GetAttrString(main_module, "tick");
    if (!s->python_tick)
        fprintf(stderr, "host: %s: no function tick\n", path);
    return s->python_tick != NULL;
}

static bool run_frame(const scripts *s, const metrics *m, int frame)
{
    prom_timer t = prom_timer_start();
    prom_counter_inc(m->own_ticks);
    lua_pushvalue(s->lua, -1);
    lua_pushinteger(s->lua, frame);
    if (lua_pcall(s->lua, 1, 0, 0) != LUA_OK) {
        fprintf(stderr, "host: %s\n", luaL_tolstring(s->lua, -1, NULL));
        return false;
    }
    PyObject *result = PyObject_CallFunction(s->python_tick, "i", frame);
    if (!result) {
        PyErr_Print();
        return false;
    }
    Py_DECREF(result);
    prom_timer_observe(t, m->frame_seconds);
    return true;
}

static bool run(const scripts *s, const metrics *m, int frames)
{
    prom_http *server;
    if (failed("server", prom_http_start(prom_registry_default(), NULL, &server)))
        return false;
    printf("http://127.0.0.1:%d/metrics\n", prom_http_port(server));
    fflush(stdout);
    bool ok = true;
    for (int frame = 1; ok && frame <= frames; frame++) {
        ok = run_frame(s, m, frame);
        nanosleep(&(struct timespec){ .tv_nsec = 2000000 }, NULL);
    }
    printf("done\n");
    fflush(stdout);
    while (ok && getchar() != EOF)
        ;
    prom_unref(server);
    return ok;
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: host FRAMES LUA_SCRIPT PYTHON_SCRIPT\n");
        return 2;
    }
    metrics m = { 0 };
    scripts s = { 0 };
    bool ok = make_metrics(&m) && load_lua(&s, argv[2]) && load_python(&s, argv[3]) &&
              run(&s, &m, atoi(argv[1]));
    Py_XDECREF(s.python_tick);
    if (Py_IsInitialized())
        Py_FinalizeEx();
    if (s.lua)
        lua_close(s.lua);
    prom_unref(m.frame_seconds);
    prom_unref(m.own_ticks);
    prom_unref(m.ticks);
    return ok ? 0 : 1;
}
