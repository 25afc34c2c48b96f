// SPDX-License-Identifier: Apache-2.0
/* function.c - series whose value a function written in Lua gives.
 *
 * The box (userdata) holds the function and is anchored in the state as long as the library may
 * call it. The source is what the library calls; box and library have one reference each. When
 * the library lets it go, on whichever thread, the source is put on a stack of its state, which
 * the state empties when it comes by: then the box is no longer anchored.
 *
 * When the state closes, the box takes the function from its series, which keeps its value.
 * That of a metric without labels is what keeps the metric, so the box does not have it: there
 * the source stays, and gives the last value.
 *
 * Functions are bound: the library calls them only on the thread that set them. */
#include "core.h"

#include <stdatomic.h>
#include <stdlib.h>

#define CLASS_FUNCTION "prom.function"
#define CLASS_LET_GO   "prom.let_go"

typedef struct source source;

/* What the library let go of one state. It outlives the state where the library lasts longer.
 */
typedef struct let_go {
    atomic_int refs;
    _Atomic(source *) first; /* see `closed` */
} let_go;

struct source {
    atomic_int refs;
    atomic_bool gone; /* the library let it go */
    bool set;         /* the library has it */
    lua_State *L;     /* NULL: the state is gone. The state's thread only */
    const void *box;  /* key of the anchor */
    double last;      /* what it gave last, shown when the state is gone */
    let_go *let_go;   /* one reference */
    source *next;
};

typedef struct function_box {
    uint64_t magic;
    source *source; /* one reference */
    void *child;    /* one reference, or NULL */
} function_box;

static source closed; /* the first of a state that is closed */
static const char let_go_key;

static void let_go_unref(let_go *g)
{
    if (atomic_fetch_sub(&g->refs, 1) == 1)
        free(g);
}

static void source_unref(source *s)
{
    if (s && atomic_fetch_sub(&s->refs, 1) == 1) {
        let_go_unref(s->let_go);
        free(s);
    }
}

/* --- called by the library ------------------------------------------------------------ */

static void source_let_go(void *data)
{
    source *s = data;
    atomic_store(&s->gone, true);
    source *first = atomic_load(&s->let_go->first);
    do {
        if (first == &closed) {
            source_unref(s);
            return;
        }
        s->next = first;
    } while (!atomic_compare_exchange_weak(&s->let_go->first, &first, s));
}

/* Protected: calls the function of the box at 1 and returns its number. */
static int call(lua_State *L)
{
    if (lua_isnil(L, 1))
        return luaL_error(L, "its function is gone");
    lua_getiuservalue(L, 1, 1);
    lua_call(L, 0, 1);
    if (lua_type(L, -1) != LUA_TNUMBER)
        return luaL_error(L, "its function gave a %s, not a number", luaL_typename(L, -1));
    return 1;
}

static prom_err value(void *data, double *out)
{
    source *s = data;
    lua_State *L = s->L;
    if (!L) {
        *out = s->last;
        return PROM_OK;
    }
    if (!lua_checkstack(L, 8))
        return lprom__api->fail(PROM_E_NOMEM, "no room on the Lua stack");
    int top = lua_gettop(L);
    lprom__anchors_push(L, s->box); /* below the call: it holds the box, and that the source */
    lua_pushcfunction(L, call);
    lua_pushvalue(L, -2);
    int status = lua_pcall(L, 1, 1, 0);
    prom_err e = PROM_OK;
    if (status == LUA_OK) {
        *out = s->last = lua_tonumber(L, -1);
    } else {
        const char *why = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : NULL;
        e = lprom__api->fail(PROM_E_CALLBACK, "%s", why ? why : "error without a message");
    }
    lua_settop(L, top);
    return e;
}

/* --- letting go --------------------------------------------------------------------------- */

static let_go *let_go_of(lua_State *L)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &let_go_key);
    box *b = lprom__block(L, -1, sizeof *b);
    lua_pop(L, 1);
    return b ? b->object : NULL;
}

static void empty(lua_State *L, source *s)
{
    while (s && s != &closed) {
        source *next = s->next;
        if (L)
            lprom__anchors_remove(L, s->box);
        source_unref(s);
        s = next;
    }
}

void lprom__functions_sweep(lua_State *L)
{
    luaL_checkstack(L, 8, NULL);
    let_go *g = let_go_of(L);
    if (g && atomic_load_explicit(&g->first, memory_order_relaxed))
        empty(L, atomic_exchange(&g->first, NULL));
}

static int let_go_gc(lua_State *L)
{
    box *b = lprom__block(L, 1, sizeof *b);
    if (b && b->magic == lprom__magic(KIND_HELD) && b->object) {
        let_go *g = b->object;
        b->object = NULL;
        empty(NULL, atomic_exchange(&g->first, &closed));
        let_go_unref(g);
    }
    return 0;
}

static void let_go_open(lua_State *L)
{
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &let_go_key) == LUA_TNIL) {
        box *b = lprom__box_push(L, CLASS_LET_GO, KIND_HELD);
        let_go *g = malloc(sizeof *g);
        if (!g)
            lprom__raise(L, PROM_E_NOMEM);
        else {
            atomic_init(&g->refs, 1);
            atomic_init(&g->first, NULL);
        }
        b->object = g;
        lua_rawsetp(L, LUA_REGISTRYINDEX, &let_go_key);
    }
    lua_pop(L, 1);
}

/* --- the box ---------------------------------------------------------------------------------
 */

/* Before the state closes it is collected only when the library has let it go. */
static int function_gc(lua_State *L)
{
    function_box *b = lprom__block(L, 1, sizeof *b);
    if (!b || b->magic != lprom__magic(KIND_FUNCTION))
        return 0;
    b->magic = KIND_DEAD;
    source *s = b->source;
    void *child = b->child;
    if (s && s->set && child && !atomic_load(&s->gone))
        lprom__api->function_set(child, NULL); /* the state closes */
    if (s)
        s->L = NULL;
    lprom__api->unref(child);
    source_unref(s);
    return 0;
}

/* A box for the function at 2, with a source of one reference. */
static function_box *function_push(lua_State *L)
{
    lprom__not_in_finalizer(L);
    let_go_open(L);
    function_box *b = lua_newuserdatauv(L, sizeof *b, 1);
    *b = (function_box){ .magic = lprom__magic(KIND_FUNCTION) };
    luaL_setmetatable(L, CLASS_FUNCTION);
    lprom__senders_outlast(L);
    lua_pushvalue(L, 2);
    lua_setiuservalue(L, -2, 1);
    source *s = malloc(sizeof *s);
    if (!s) {
        lprom__raise(L, PROM_E_NOMEM);
        return b;
    }
    *s = (source){ .L = lprom__main_state(L), .box = b, .let_go = let_go_of(L) };
    atomic_init(&s->refs, 1);
    atomic_init(&s->gone, false);
    atomic_fetch_add(&s->let_go->refs, 1);
    b->source = s;
    return b;
}

static int set(lua_State *L)
{
    luaL_checktype(L, 2, LUA_TFUNCTION);
    int top = lua_gettop(L);
    function_box *b = function_push(L);
    int first = lprom__labels_behind(L, top, 3);
    b->child = lprom__api->ref(lprom__metric_target(L, LPROM_NUMBERS, first));
    lprom__anchors_add(L, 2);
    atomic_fetch_add(&b->source->refs, 1);
    b->source->set = true;
    prom_function f = { .size = sizeof f,
                        .value = value,
                        .data = b->source,
                        .free_data = source_let_go,
                        .bound = true };
    prom_err e = lprom__api->function_set(b->child, &f);
    if (e) {
        b->source->set = false;
        lprom__anchors_remove(L, b);
        source_unref(b->source);
        return lprom__raise(L, e);
    }
    if (lua_gettop(L) < first) { /* no labels */
        void *child = b->child;
        b->child = NULL;
        lprom__api->unref(child);
    }
    return 0;
}

/* m:set_function(f, labels...); with nil it keeps the value that it has. */
int lprom__function_set(lua_State *L)
{
    prom_err e = PROM_OK;
    luaL_checkany(L, 2);
    if (!lua_isnil(L, 2))
        set(L);
    else
        e = lprom__api->function_set(lprom__metric_target(L, LPROM_NUMBERS, 3), NULL);
    lprom__functions_sweep(L);
    return e ? lprom__raise(L, e) : 0;
}

void lprom__function_classes(lua_State *L)
{
    static const luaL_Reg none[] = { { NULL, NULL } };
    static const luaL_Reg meta[] = { { "__gc", function_gc }, { NULL, NULL } };
    static const luaL_Reg state_meta[] = { { "__gc", let_go_gc }, { NULL, NULL } };
    lprom__class(L, CLASS_FUNCTION, none, meta);
    lprom__class(L, CLASS_LET_GO, none, state_meta);
}
