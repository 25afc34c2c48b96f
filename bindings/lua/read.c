// SPDX-License-Identifier: Apache-2.0
/* read.c - numbers on their way out: the text, one value, one histogram or summary. */
#include "core.h"

#include <string.h>

#define CLASS_CHARS "prom.chars"

static int chars_gc(lua_State *L)
{
    box *b = lprom__block(L, 1, sizeof *b);
    if (b && b->magic == lprom__magic(KIND_CHARS)) {
        lprom__api->free(b->object);
        b->object = NULL;
    }
    return 0;
}

void lprom__read_classes(lua_State *L)
{
    static const luaL_Reg none[] = { { NULL, NULL } };
    static const luaL_Reg meta[] = { { "__gc", chars_gc }, { NULL, NULL } };
    lprom__class(L, CLASS_CHARS, none, meta);
}

/* A snapshot, held: it goes on the stack. It pins the records of removed series, and those who
 * call this let it go. */
static void **gather(lua_State *L, prom_registry *r)
{
    void **held = lprom__hold(L);
    prom_snapshot *s;
    prom_err e = lprom__api->gather(r, &s);
    if (e)
        lprom__raise(L, e);
    *held = s;
    return held;
}

/* A list of the sentences of failed collectors, or nil. */
static void push_errors(lua_State *L, const prom_snapshot *s)
{
    if (!lprom__api->snapshot_error(s, 0)) {
        lua_pushnil(L);
        return;
    }
    lua_newtable(L);
    const char *sentence;
    for (size_t i = 0; (sentence = lprom__api->snapshot_error(s, i)) != NULL; i++) {
        lua_pushstring(L, sentence);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
}

int lprom__read_text(lua_State *L)
{
    void **snapshot = gather(L, lprom__registry_check(L, 1));
    box *chars = lprom__box_push(L, CLASS_CHARS, KIND_CHARS);
    char *p;
    size_t n;
    prom_err e = lprom__api->encode_string(lprom__api->text, *snapshot, &p, &n);
    if (e)
        return lprom__raise(L, e);
    chars->object = p;
    lua_pushlstring(L, p, n);
    chars->object = NULL;
    lprom__api->free(p);
    push_errors(L, *snapshot);
    lprom__drop(snapshot);
    return 2;
}

static const prom_label *read_labels(lua_State *L, int table)
{
    if (lua_isnoneornil(L, table))
        return NULL;
    luaL_checktype(L, table, LUA_TTABLE);
    luaL_checkstack(L, 2 * LPROM_MAX_LABELS + 6, NULL);
    prom_label *labels = lprom__scratch(L, LPROM_MAX_LABELS + 1, sizeof *labels);
    size_t n = 0;
    for (lua_pushnil(L); lua_next(L, table); n++) {
        if (n == LPROM_MAX_LABELS)
            luaL_error(L, "more than %d labels", (int)LPROM_MAX_LABELS);
        lua_pushvalue(L, -2); /* name, value, and the name again to go on from */
        labels[n].name = lprom__text(L, -3);
        prom_str value = lprom__label_value(L, lua_gettop(L) - 1, labels[n].name);
        labels[n].value = value.p;
        if (strlen(value.p) != value.n)
            luaL_error(L, "label %s contains a zero byte", labels[n].name);
    }
    return labels;
}

int lprom__read_value(lua_State *L)
{
    prom_registry *r = lprom__registry_check(L, 1);
    const char *name = lprom__text(L, 2);
    const prom_label *labels = read_labels(L, 3);
    void **snapshot = gather(L, r);
    double v;
    prom_err e = lprom__api->snapshot_value(*snapshot, name, labels, &v);
    lprom__drop(snapshot);
    if (e)
        return lprom__result(L, e);
    lua_pushnumber(L, v);
    return 1;
}

/* --- one histogram or summary ---------------------------------------------------------- */

typedef struct mark {
    char text[32]; /* of a bound or quantile */
    double value;
} mark;

typedef struct reading {
    const prom_opts *opts;
    const prom_str *values; /* of the labels of the series wanted */
    int found;
    double sum, count;
    mark *marks;
    size_t n_marks, room;
} reading;

static int matches(const reading *r, const prom_sample *s)
{
    for (size_t i = 0; r->opts->labels && r->opts->labels[i]; i++) {
        const char *name = r->opts->labels[i];
        size_t n = strlen(name), at = 0;
        while (at < s->n_labels &&
               !(s->labels[at].name.n == n && memcmp(s->labels[at].name.p, name, n) == 0))
            at++;
        if (at == s->n_labels || s->labels[at].value.n != r->values[i].n ||
            memcmp(s->labels[at].value.p, r->values[i].p, r->values[i].n) != 0)
            return 0;
    }
    return 1;
}

static prom_err read_sample(void *data, const prom_sample *s)
{
    reading *r = data;
    if (!matches(r, s))
        return PROM_OK;
    r->found = 1;
    if (strcmp(s->suffix, "_sum") == 0) {
        r->sum = s->value;
    } else if (strcmp(s->suffix, "_count") == 0) {
        r->count = s->value;
    } else if (r->n_marks < r->room) {
        mark *m = &r->marks[r->n_marks++];
        prom_str text = s->labels[s->n_labels - 1].value;
        size_t n = text.n < sizeof m->text ? text.n : sizeof m->text - 1;
        memcpy(m->text, text.p, n); /* the rest is zero */
        m->value = s->value;
    }
    return PROM_OK;
}

/* A registry of its own sees the family even where it is in no other. */
static prom_err gather_alone(lua_State *L, prom_vec *vec, reading *r)
{
    void **held = lprom__hold(L);
    prom_registry *registry;
    prom_err e = lprom__api->registry_new(NULL, &registry);
    if (e)
        return e;
    *held = registry;
    e = lprom__api->registry_add(registry, vec);
    if (!e) {
        void **snapshot = gather(L, registry);
        const prom_snapshot *s = *snapshot;
        if (lprom__api->snapshot_size(s))
            e = lprom__api->family_samples(lprom__api->snapshot_at(s, 0), read_sample, r);
        lprom__drop(snapshot);
    }
    lprom__drop(held);
    return e;
}

static int push_reading(lua_State *L, const reading *r, int type)
{
    lua_createtable(L, 0, 3);
    lua_pushnumber(L, r->sum);
    lua_setfield(L, -2, "sum");
    lua_pushinteger(L, (lua_Integer)r->count);
    lua_setfield(L, -2, "count");
    lua_newtable(L);
    for (size_t i = 0; i < r->n_marks; i++) {
        if (strcmp(r->marks[i].text, "+Inf") == 0)
            lua_pushnumber(L, (lua_Number)INFINITY);
        else
            lua_stringtonumber(L, r->marks[i].text);
        lua_pushnumber(L, r->marks[i].value);
        lua_rawset(L, -3);
    }
    lua_setfield(L, -2, type == PROM_HISTOGRAM ? "buckets" : "quantiles");
    return 1;
}

/* The label values of the series, from arguments or from the series' own user values. */
static void series_values(lua_State *L, const metric *m, prom_str *out)
{
    if (m->children) {
        lprom__labels_push(L, m, 2, out);
        return;
    }
    luaL_checkstack(L, (int)m->n_labels, NULL);
    for (unsigned i = 0; i < m->n_labels; i++) {
        lua_getiuservalue(L, 1, (int)i + 1);
        out[i].p = lua_tolstring(L, -1, &out[i].n);
    }
}

int lprom__read_metric(lua_State *L)
{
    int top = lua_gettop(L);
    lprom__metric_target(L, 1u << PROM_HISTOGRAM | 1u << PROM_SUMMARY, 2);
    lua_settop(L, top);
    metric *m = lprom__metric(L, 1);
    prom_str values[LPROM_MAX_LABELS];
    series_values(L, m, values);
    void **held = lprom__hold(L);
    prom_vec *vec = m->vec;
    if (!vec) {
        prom_err closed = lprom__api->child_vec(m->child, &vec);
        if (closed)
            return lprom__result(L, closed);
        *held = vec;
    }
    reading r = { .opts = lprom__api->vec_opts(vec), .values = values, .room = 1 };
    while (r.opts->buckets && r.opts->buckets[r.room - 1] != INFINITY)
        r.room++;
    for (const prom_objective *o = r.opts->objectives; o && o->quantile >= 0; o++)
        r.room++;
    r.marks = lprom__scratch(L, r.room, sizeof *r.marks);
    prom_err e = gather_alone(L, vec, &r);
    if (e == PROM_OK && !r.found)
        e = lprom__api->fail(PROM_E_NOENT, "the series was removed");
    lprom__drop(held);
    return e ? lprom__result(L, e) : push_reading(L, &r, lprom__metric_type(m));
}
