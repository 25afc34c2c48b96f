// SPDX-License-Identifier: Apache-2.0
/* children.c - a family's series by label values, without hashing the values' bytes.
 *
 * Lua interns short strings, so `hits:inc(1, "GET", "200")` comes with the same two objects
 * each time: their addresses find the child in a small table. Each string in the table is
 * anchored, so its address cannot come to mean another text. Strings too long to be interned
 * are looked up by the library each time.
 *
 * The table is direct-mapped and bounded. It doubles when lines push each other out. The
 * anchors, user value 1 of the cache, are a Lua table of the same shape: for each line the
 * object that labels() gave, if it was asked for, then the strings. */
#include "core.h"

#include <string.h>

#define CLASS_CHILDREN "prom.children"

enum { CHILDREN_BITS_FIRST = 4, CHILDREN_BITS_MOST = 10 };

struct children {
    uint64_t magic;
    void *loose; /* one reference: the child last looked up that is in no line */
    unsigned n_labels, bits, evictions;
    /* Lines of 1 + n_labels words: the child (one reference; NULL: none), then identities. */
    const void *words[];
};

static size_t children_count(const children *c)
{
    return (size_t)1 << c->bits;
}

static const void **children_line(children *c, size_t i)
{
    return c->words + i * (c->n_labels + 1);
}

/* One step of the hash over identities. */
static inline uint64_t children_mix(uint64_t h, const void *identity)
{
    return h * 31 + (uint64_t)(uintptr_t)identity;
}

/* The line where series of this hash belong: the high bits of a product are the good ones. */
static inline size_t children_place(const children *c, uint64_t h)
{
    return (size_t)(h * UINT64_C(0x9e3779b97f4a7c15) >> (64 - c->bits));
}

static void children_drop(const void **word)
{
    void *child = (void *)(uintptr_t)*word;
    *word = NULL;
    lprom__api->unref(child);
}

static void children_drop_all(children *c)
{
    void *loose = c->loose;
    c->loose = NULL;
    lprom__api->unref(loose);
    for (size_t i = 0; i < children_count(c); i++)
        children_drop(children_line(c, i));
}

static int children_gc(lua_State *L)
{
    children *c = lua_touserdata(L, 1);
    if (lua_rawlen(L, 1) >= sizeof *c && c->magic == lprom__magic(KIND_CHILDREN)) {
        c->magic = KIND_DEAD;
        children_drop_all(c);
    }
    return 0;
}

void lprom__children_classes(lua_State *L)
{
    static const luaL_Reg none[] = { { NULL, NULL } };
    static const luaL_Reg meta[] = { { "__gc", children_gc }, { NULL, NULL } };
    lprom__class(L, CLASS_CHILDREN, none, meta);
}

static void children_make(lua_State *L, int family, unsigned bits)
{
    metric *m = lua_touserdata(L, family);
    size_t words = ((size_t)1 << bits) * (m->n_labels + 1);
    size_t size = sizeof(children) + words * sizeof(void *);
    children *c = lua_newuserdatauv(L, size, 1);
    memset(c, 0, size);
    c->magic = lprom__magic(KIND_CHILDREN);
    c->n_labels = m->n_labels;
    c->bits = bits;
    luaL_setmetatable(L, CLASS_CHILDREN);
    lua_createtable(L, (int)words, 0);
    lua_setiuservalue(L, -2, 1);
    lua_setiuservalue(L, family, LPROM_VALUE_CHILDREN);
    m->children = c;
}

void lprom__children_new(lua_State *L, int family)
{
    children_make(L, family, CHILDREN_BITS_FIRST);
}

void lprom__children_clear(metric *family)
{
    children_drop_all(family->children);
}

/* The line of these labels; of two, without a loop, or of any number. */
static inline const void **children_match_2(lua_State *L, children *c, int first)
{
    const void *a = lprom__identity(L, first), *b = lprom__identity(L, first + 1);
    uint64_t h = children_mix((uint64_t)(uintptr_t)a, b);
    const void **line = c->words + children_place(c, h) * 3;
    return line[1] == a && line[2] == b ? line : NULL;
}

static const void **children_match(lua_State *L, children *c, int first)
{
    const void *identities[LPROM_MAX_LABELS];
    uint64_t h = 0;
    for (unsigned i = 0; i < c->n_labels; i++) {
        identities[i] = lprom__identity(L, first + (int)i);
        h = children_mix(h, identities[i]);
    }
    const void **line = children_line(c, children_place(c, h));
    for (unsigned i = 0; i < c->n_labels; i++)
        if (line[i + 1] != identities[i])
            return NULL;
    return line;
}

/* The line of the series with the labels from `first` on; NULL if they are none that a line
 * has. */
static inline const void **children_find(lua_State *L, children *c, int first)
{
    if (lua_gettop(L) - first + 1 != (int)c->n_labels)
        return NULL;
    const void **line =
        c->n_labels == 2 ? children_match_2(L, c, first) : children_match(L, c, first);
    void *child = line ? (void *)(uintptr_t)*line : NULL;
    /* A removed one takes no part in a scrape any more, whoever removed it. */
    return child && lprom__api->child_exposed(child) ? line : NULL;
}

/* Pushes the anchors of the family at 1. */
static void push_anchors(lua_State *L)
{
    lua_getiuservalue(L, 1, LPROM_VALUE_CHILDREN);
    lua_getiuservalue(L, -1, 1);
    lua_remove(L, -2);
}

/* Where in the anchors the object of a line stands; its strings follow. */
static lua_Integer anchor_of(children *c, const void **line)
{
    return (lua_Integer)(line - c->words) + 1;
}

static void children_set_loose(children *c, void *child)
{
    void *before = c->loose;
    c->loose = child;
    lprom__api->unref(before);
}

/* The loose child gets a line. It is emptied first and filled last, so that an error in between
 * leaves it empty. */
static void children_fill(lua_State *L, metric *m, int at)
{
    children *c = m->children;
    const void *identities[LPROM_MAX_LABELS];
    uint64_t h = 0;
    for (unsigned i = 0; i < c->n_labels; i++) {
        identities[i] = lprom__identity(L, at + (int)i);
        h = children_mix(h, identities[i]);
    }
    const void **line = children_line(c, children_place(c, h));
    if (*line && ++c->evictions > children_count(c) && c->bits < CHILDREN_BITS_MOST) {
        children_make(L, 1, c->bits + 1);
        m->children->loose = c->loose; /* the old one is garbage, but not collected yet */
        c->loose = NULL;
        children_fill(L, m, at);
        return;
    }
    children_drop(line);
    push_anchors(L);
    lua_Integer anchor = anchor_of(c, line);
    lua_pushboolean(L, 0); /* not nil: the table keeps its shape */
    lua_rawseti(L, -2, anchor);
    for (unsigned i = 0; i < c->n_labels; i++) {
        lua_pushvalue(L, at + (int)i);
        lua_rawseti(L, -2, anchor + 1 + (lua_Integer)i);
    }
    memcpy(line + 1, identities, c->n_labels * sizeof *identities);
    *line = c->loose;
    c->loose = NULL;
}

static prom_err get(metric *m, const prom_str *values, void **out)
{
    return lprom__api->vec_get(m->vec, values, m->n_labels, out);
}

/* Makes the series the loose one. True if it is that of these values for good: not where it is
 * the one that all share who came too late. */
static int children_find_loose(lua_State *L, metric *m, const prom_str *values)
{
    void *child, *again = NULL;
    prom_err e = get(m, values, &child);
    int surely = e == PROM_OK;
    if (e == PROM_E_NOENT) {
        e = lprom__api->vec_with(m->vec, values, m->n_labels, &child);
        surely = e == PROM_OK && get(m, values, &again) == PROM_OK && again == child;
        lprom__api->unref(again);
    }
    if (e)
        lprom__raise(L, e);
    children_set_loose(m->children, child);
    return surely;
}

void *lprom__children_look_up(lua_State *L, metric *m, int first)
{
    prom_str values[LPROM_MAX_LABELS];
    int at = lprom__labels_push(L, m, first, values);
    int keep = !lprom__is_careful(m);
    const void **line = keep ? children_find(L, m->children, at) : NULL;
    if (line) /* now that they are strings */
        return (void *)(uintptr_t)*line;
    for (unsigned i = 0; i < m->n_labels; i++)
        keep &= values[i].n <= LPROM_INTERNED;
    int surely = children_find_loose(L, m, values);
    void *child = m->children->loose;
    if (keep && surely)
        children_fill(L, m, at);
    return child;
}

void *lprom__children_with(lua_State *L, metric *family, int first)
{
    const void **line = children_find(L, family->children, first);
    return line ? (void *)(uintptr_t)*line : lprom__children_look_up(L, family, first);
}

int lprom__children_push_kept(lua_State *L, metric *family, int first)
{
    if (lprom__is_careful(family))
        return 0;
    const void **line = children_find(L, family->children, first);
    if (!line)
        return 0;
    push_anchors(L);
    return lua_rawgeti(L, -1, anchor_of(family->children, line)) == LUA_TUSERDATA;
}

void lprom__children_keep(lua_State *L, metric *family, int at, int series)
{
    if (lprom__is_careful(family))
        return;
    const void **line = children_find(L, family->children, at);
    if (!line)
        return;
    push_anchors(L);
    lua_pushvalue(L, series);
    lua_rawseti(L, -2, anchor_of(family->children, line));
    lua_pop(L, 1);
}
