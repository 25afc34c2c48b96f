// SPDX-License-Identifier: Apache-2.0
/* core.h - what the files of the Lua module share.
 *
 * Three rules keep Lua and the library apart:
 *   Box first, fill second. The userdata with its metatable exists before the library is
 *     called, so that a Lua error (a longjmp) never loses a reference.
 *   No lock and no memory of malloc is held across a call that may raise.
 *   No Lua error crosses a frame of the library: callbacks run under lua_pcall. */
#ifndef LPROM_CORE_H
#define LPROM_CORE_H

#include "compat.h"
#include "lprom.h"

#include <prom/api.h>

#include <stdint.h>

#if defined(__GNUC__)
#define LPROM_NOINLINE __attribute__((noinline))
#pragma GCC visibility push(hidden) /* whatever flags a rock is built with */
#else
#define LPROM_NOINLINE
#endif

/* The only way to the library, and the module's only state. Set once, by lprom__load. */
extern const prom_api *lprom__api;

/* --- boxes: userdata that hold references -------------------------------- */

/* What a box is. Its first word is the kind mixed with the address of the API table: one
 * comparison tells type and aliveness; a script cannot know the address; and two copies of
 * this module agree on it, as they agree on the table. */
enum {
    KIND_DEAD, /* closed by the garbage collector */
    KIND_HELD, /* anything that lives for one call */
    KIND_REGISTRY,
    KIND_COLLECTOR,
    KIND_BUILDER,
    KIND_SERVER,
    KIND_TIMER,
    KIND_CHILDREN,
    KIND_CHARS,
    KIND_UNFILLED,      /* a metric under construction */
    KIND_SERIES = 0x20, /* + prom_type: updates go to `child` */
    KIND_FAMILY = 0x40  /* + prom_type: updates need labels */
};

/* Grows when the layout of a box changes: copies of other layouts are strangers. */
#define LPROM_LAYOUT UINT64_C(0x70726f6d00000100)

static inline uint64_t lprom__magic(unsigned kind)
{
    return (uint64_t)(uintptr_t)lprom__api ^ (LPROM_LAYOUT + kind);
}

typedef struct box {
    uint64_t magic;
    void *object; /* one reference; NULL: closed */
} box;

typedef struct children children;

typedef struct metric {
    uint64_t magic;
    void *child;        /* KIND_SERIES: one reference */
    prom_vec *vec;      /* one reference; NULL in what labels() gave */
    children *children; /* KIND_FAMILY: borrowed from user value 1 */
    unsigned n_labels;  /* KIND_SERIES from labels(): their values are the user values */
} metric;

/* The block of the userdata at i if it has this size; light userdata have none. */
static inline void *lprom__block(lua_State *L, int i, size_t size)
{
    return lua_rawlen(L, i) == size ? lua_touserdata(L, i) : NULL;
}

static inline metric *lprom__metric(lua_State *L, int i)
{
    return lprom__block(L, i, sizeof(metric));
}

/* The type of a metric, whatever it is a series or a family of; -1 if it is neither. */
int lprom__metric_type(const metric *m);

/* Pushes an empty box of this class and kind. */
box *lprom__box_push(lua_State *L, const char *class, unsigned kind);
/* The open box at i; raises for anything else. */
box *lprom__box_check(lua_State *L, int i, const char *class, unsigned kind);
/* Pushes a box for an object that is needed for one call; _drop lets it go at once, the garbage
 * collector only after an error. */
void **lprom__hold(lua_State *L);
void lprom__drop(void **held);
/* Zeroed memory for n items that lasts as long as it is on the stack. */
void *lprom__scratch(lua_State *L, size_t n, size_t size);

#define LPROM_REGISTRY  "prom.Registry"
#define LPROM_COLLECTOR "prom.Collector"
#define LPROM_BUILDER   "prom.Builder"
#define LPROM_SERVER    "prom.Server"
#define LPROM_TIMER     "prom.Timer"

/* Makes the metatable of this name unless this state has it. */
void lprom__class(lua_State *L, const char *name, const luaL_Reg *methods,
                  const luaL_Reg *meta);

/* --- objects kept alive until the state closes ------------------------------- */

/* Boxes that work without being held by the script: collectors and servers. */
void lprom__anchors_open(lua_State *L);
void lprom__anchors_add(lua_State *L, int i);
void lprom__anchors_remove(lua_State *L, const void *block);
/* Pushes the box or nil, without raising. */
void lprom__anchors_push(lua_State *L, const void *block);
/* Pushes the table, block -> box. */
void lprom__anchors_table(lua_State *L);

/* --- errors ---------------------------------------------------------------- */

/* Raises the library's sentence. */
int lprom__raise(lua_State *L, prom_err e);
/* What a call returns: `true`; nil, sentence, code where a program can only react (network,
 * absent things); an error where the program is wrong. */
int lprom__result(lua_State *L, prom_err e);
/* A number, not a string that looks like one. */
double lprom__number(lua_State *L, int i);
/* A string without zero bytes: for names and help. */
const char *lprom__text(lua_State *L, int i);

/* --- labels (labels.c) -------------------------------------------------------- */

enum { LPROM_MAX_LABELS = 32 };

/* Leaves m->n_labels strings at the top of the stack, from the index returned on, and their
 * bytes in out: from the trailing arguments at `first`, or from one table of values, or of
 * names and values, there. */
int lprom__labels_push(lua_State *L, const metric *m, int first, prom_str *out);
/* The values from `first` on as strings, in place. */
size_t lprom__labels_read(lua_State *L, int first, prom_str *out);
/* Turns the string or number at i into a string, in place. The label's name may be NULL. */
prom_str lprom__label_value(lua_State *L, int i, const char *label);

/* --- children (children.c) ---------------------------------------------------- */

void lprom__children_classes(lua_State *L);
/* Gives the family at the absolute index its cache. */
void lprom__children_new(lua_State *L, int family);
/* The series of the family at index 1 with the labels from `first` on. Borrowed: valid until
 * the next call into Lua. */
void *lprom__children_with(lua_State *L, metric *family, int first);
/* The object that labels() gives for a series: pushes the one that was kept, if it was; keeps
 * the one at `series` for the labels at the top of the stack, from `at` on. */
int lprom__children_push_kept(lua_State *L, metric *family, int first);
void lprom__children_keep(lua_State *L, metric *family, int at, int series);
/* Forgets them all. */
void lprom__children_clear(metric *family);

/* --- descriptions (opts.c) ---------------------------------------------------- */

/* Reads name, help, labels and a table of options, or one table of all, from `first` on. May
 * leave values on the stack, which must stay while the opts are used. */
void lprom__opts_read(lua_State *L, int first, prom_opts *o);
/* The same for a collector's family: only unit and const_labels are options. */
void lprom__opts_read_family(lua_State *L, int first, prom_opts *o);
/* The options of a table at i must be among the NULL-ended names. */
void lprom__opts_known(lua_State *L, int i, const char *const *names);

/* --- classes -------------------------------------------------------------------- */

void lprom__metric_classes(lua_State *L);
void lprom__registry_classes(lua_State *L);
void lprom__read_classes(lua_State *L);
void lprom__collector_classes(lua_State *L);
void lprom__builder_classes(lua_State *L);
void lprom__server_classes(lua_State *L);
void lprom__timer_classes(lua_State *L);

/* Pushes a metric of this type with room for user values (a family needs one), to be filled:
 * the library stores its vec, then _fill. */
metric *lprom__metric_push(lua_State *L, prom_type t, unsigned n_values);
void lprom__metric_fill(lua_State *L, int i, metric *m);
/* The child that an update of the metric at 1 goes to, by the labels from `first` on. The
 * metric must be of one of these types (bits 1 << prom_type). Borrowed, as a cached child. */
void *lprom__metric_target(lua_State *L, unsigned types, int first);

/* Finds the library and makes the classes; again and again, if need be. */
void lprom__load(lua_State *L);
prom_registry *lprom__registry_check(lua_State *L, int i);
/* Pushes this state's default. */
void lprom__registry_push_default(lua_State *L);

/* Sets prom.counter(...) and the like in the table on top: the methods on the default. */
void lprom__registry_functions(lua_State *L);

int lprom__collector_new(lua_State *L);        /* registry, name, function, options */
int lprom__collector_register(lua_State *L);   /* registry, collector */
int lprom__collector_unregister(lua_State *L); /* the same */
void lprom__collector_forget(lua_State *L, prom_registry *r); /* all that r had */
int lprom__server_start(lua_State *L);                        /* registry, options */
int lprom__timer_start(lua_State *L);                         /* metric, labels */
int lprom__read_text(lua_State *L);                           /* registry */
int lprom__read_value(lua_State *L);                          /* registry, name, labels */
int lprom__read_metric(lua_State *L);                         /* histogram or summary, labels */

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#endif
