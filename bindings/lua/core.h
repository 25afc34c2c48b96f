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
    KIND_FUNCTION,
    KIND_UNFILLED, /* a metric under construction */
    KIND_SENDER,
    KIND_CLOSING,
    KIND_SNAPSHOT,
    KIND_HANDLER,
    KIND_HTTP_METRICS,
    KIND_EXCHANGE,
    KIND_SERIES = 0x20, /* + prom_type: updates go to `child` */
    KIND_FAMILY = 0x40, /* + prom_type: updates need labels */
    KIND_CAREFUL = 0x80 /* + prom_type: a family whose series are looked up each time, as it
                         * has functions that say what labels become, or is a fresh one */
};

/* Grows when the layout of a box changes: copies of other layouts are strangers. */
#define LPROM_LAYOUT UINT64_C(0x70726f6d00000200)

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
    children *children; /* families: borrowed from user value 1 */
    unsigned n_labels;  /* KIND_SERIES from labels(): their values are the user values */
} metric;

/* User values of a family. */
enum { LPROM_VALUE_CHILDREN = 1, LPROM_VALUE_CONSTRAINTS, LPROM_FAMILY_VALUES = 2 };

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
int lprom__is_careful(const metric *m);
/* What types a method takes is said in bits; `types` of several gauges is named as a gauge. */
#define LPROM_MASK(type) (1u << (type))
enum {
    LPROM_GAUGES = LPROM_MASK(PROM_GAUGE) | LPROM_MASK(PROM_UNKNOWN),
    LPROM_NUMBERS = LPROM_GAUGES | LPROM_MASK(PROM_COUNTER),
    LPROM_OBSERVERS = LPROM_MASK(PROM_HISTOGRAM) | LPROM_MASK(PROM_SUMMARY),
    LPROM_ANY =
        LPROM_NUMBERS | LPROM_OBSERVERS | LPROM_MASK(PROM_INFO) | LPROM_MASK(PROM_STATESET)
};
/* The metric at 1, of one of these types; a family. */
metric *lprom__metric_check(lua_State *L, unsigned types);
metric *lprom__family_check(lua_State *L);

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

#define LPROM_REGISTRY     "prom.Registry"
#define LPROM_COLLECTOR    "prom.Collector"
#define LPROM_BUILDER      "prom.Builder"
#define LPROM_SERVER       "prom.Server"
#define LPROM_TIMER        "prom.Timer"
#define LPROM_SENDER       "prom.Sender"
#define LPROM_SNAPSHOT     "prom.Snapshot"
#define LPROM_HANDLER      "prom.Handler"
#define LPROM_HTTP_METRICS "prom.HttpMetrics"
#define LPROM_EXCHANGE     "prom.Exchange"

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
/* Raises in a finalizer: for what the library is to call, and what works by itself. */
void lprom__not_in_finalizer(lua_State *L);
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
/* What the family at 1 makes of the value of one label at i, in place. */
prom_str lprom__label_constrain(lua_State *L, const metric *m, int i, const char *label);
/* The names and values of a table at i, which stay on the stack, with scratch memory: as
 * strings of C, ended by NULL (nil: NULL), or with lengths. */
const prom_label *lprom__label_pairs(lua_State *L, int i);
prom_label_str *lprom__label_pairs_str(lua_State *L, int i, size_t *n);
/* What is above `top` goes below the arguments: returns where the labels are then, which were
 * at `first`. */
int lprom__labels_behind(lua_State *L, int top, int first);
/* A NULL-ended list of strings in the table at i; they stay on the stack. nil: NULL. */
const char *const *lprom__strings(lua_State *L, int i, const char *what);

/* --- children (children.c) ---------------------------------------------------- */

void lprom__children_classes(lua_State *L);
/* Gives the family at the absolute index its cache. */
void lprom__children_new(lua_State *L, int family);
/* The series of the family at index 1 with the labels from `first` on. Borrowed: valid until
 * the next call into Lua. */
void *lprom__children_with(lua_State *L, metric *family, int first);
/* The same for one that may be careful. */
void *lprom__children_look_up(lua_State *L, metric *family, int first);
/* The object that labels() gives for a series: pushes the one that was kept, if it was; keeps
 * the one at `series` for the labels at the top of the stack, from `at` on. */
int lprom__children_push_kept(lua_State *L, metric *family, int first);
void lprom__children_keep(lua_State *L, metric *family, int at, int series);
/* Forgets them all. */
void lprom__children_clear(metric *family);

/* --- descriptions (opts.c) ---------------------------------------------------- */

/* Reads name, help, labels and a table of options, or one table of all, from `first` on. May
 * leave values on the stack, which must stay while the opts are used. Returns the index of a
 * table of functions by label, or 0. */
int lprom__opts_read(lua_State *L, prom_type t, int first, prom_opts *o);
/* The same for a collector's family: only unit and const_labels are options, and `type` and
 * `path`, which the caller reads. */
void lprom__opts_read_family(lua_State *L, int first, prom_opts *o);
/* Field `name` of the table, or what goes without saying. */
double lprom__opts_number(lua_State *L, int table, const char *name, double otherwise);
int lprom__opts_bool(lua_State *L, int table, const char *name);
int lprom__opts_flag(lua_State *L, int table, const char *name); /* whatever is true */
unsigned lprom__opts_whole(lua_State *L, int table, const char *name, unsigned most);
prom_on_error lprom__opts_on_error(lua_State *L, int table);
/* The string stays on the stack, or nil does. */
const char *lprom__opts_text(lua_State *L, int table, const char *name);
/* Bounds, in scratch memory that stays on the stack, or NULL. */
const double *lprom__opts_buckets(lua_State *L, int table, const char *name);
/* Seconds as milliseconds. */
unsigned lprom__opts_seconds(lua_State *L, int table, const char *name);
/* The type of this name at i. */
prom_type lprom__type_check(lua_State *L, int i);
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
void lprom__handler_classes(lua_State *L);
void lprom__sender_classes(lua_State *L);
void lprom__snapshot_classes(lua_State *L);
void lprom__exchange_classes(lua_State *L);

/* Pushes a metric of this type with room for user values, to be filled: the library stores its
 * vec, then _fill; `careful` as in KIND_CAREFUL. */
metric *lprom__metric_push(lua_State *L, prom_type t, unsigned n_values);
void lprom__metric_fill(lua_State *L, int i, metric *m, int careful);
/* The same for a family with these functions (0: none); takes the reference over at once. */
void lprom__metric_of(lua_State *L, prom_vec *vec, int constraints, int careful);
/* The child that an update of the metric at 1 goes to, by the labels from `first` on. The
 * metric must be of one of these types. Borrowed, as a cached child. */
void *lprom__metric_target(lua_State *L, unsigned types, int first);
/* Finds the library and makes the classes; again and again, if need be. */
void lprom__load(lua_State *L);
prom_registry *lprom__registry_check(lua_State *L, int i);
/* Pushes this state's default. */
void lprom__registry_push_default(lua_State *L);

/* Sets prom.counter(...) and the like in the table on top: the methods on the default. */
void lprom__registry_functions(lua_State *L);

/* --- callbacks (visit.c) -------------------------------------------------------------- */

/* A call of the library that calls back for each item: f(item, table) runs protected, and after
 * the call _end raises what one of them raised. */
typedef struct visit {
    lua_State *L;
    lua_CFunction f;
    int table; /* absolute index of the second argument */
    int failed;
} visit;
/* Pushes a new table, the visit's. */
visit lprom__visit_begin(lua_State *L, lua_CFunction f);
prom_err lprom__visit_item(visit *v, const void *item);
/* Raises, or leaves the table on top. */
void lprom__visit_end(visit *v, prom_err e);

/* --- collectors, functions ---------------------------------------------------------- */

typedef struct bridge bridge; /* what the library has of a collector */
/* Registers what `make` makes, with a box for it that holds the values at `function` and,
 * unless 0, `describes`. Pushes it. */
typedef prom_err collector_maker(prom_registry *r, void *opts, void *data,
                                 void (*free_data)(void *), prom_collector **out);
int lprom__collector_make(lua_State *L, prom_registry *r, int function, int describes,
                          collector_maker *make, void *opts);
/* For callbacks of the library, with what `make` got as data: f(box of the collector, item),
 * protected. */
prom_err lprom__collector_call(void *data, lua_CFunction f, void *item);
/* The main coroutine: the one that asks now may be gone when the library calls. */
lua_State *lprom__main_state(lua_State *L);
prom_collector *lprom__collector_check(lua_State *L, int i);
/* Pushes a box for a collector that needs no state; takes the reference over. */
void lprom__collector_push(lua_State *L, void **held);
int lprom__collector_new(lua_State *L);        /* registry, name, function, options */
int lprom__collector_register(lua_State *L);   /* registry, collector */
int lprom__collector_unregister(lua_State *L); /* the same */
void lprom__collector_forget(lua_State *L, prom_registry *r); /* all that r had */
/* Pushes the box of this collector: that of this state, if there is one, else a new one. */
void lprom__collector_find(lua_State *L, prom_collector *object);

int lprom__nested_new(lua_State *L);     /* registry, name, source, options */
int lprom__process_new(lua_State *L);    /* registry, options */
int lprom__malloc_new(lua_State *L);     /* registry */
int lprom__build_info_new(lua_State *L); /* registry, program, labels */

void lprom__function_classes(lua_State *L);
int lprom__function_set(lua_State *L); /* metric, function or nil, labels */
/* Lets those functions of this state go that the library let go. */
void lprom__functions_sweep(lua_State *L);

/* --- senders ---------------------------------------------------------------------------- */

int lprom__senders_pusher(lua_State *L);         /* registry, options */
int lprom__senders_push(lua_State *L);           /* the same, at once */
int lprom__senders_push_add(lua_State *L);       /* the same */
int lprom__senders_push_delete(lua_State *L);    /* the same */
int lprom__senders_push_url(lua_State *L);       /* options */
int lprom__senders_graphite(lua_State *L);       /* registry, options */
int lprom__senders_textfile(lua_State *L);       /* registry, options */
int lprom__senders_write_textfile(lua_State *L); /* registry, path, options */
int lprom__senders_remote_write(lua_State *L);   /* registry, options */
int lprom__senders_otlp(lua_State *L);           /* registry, options */
int lprom__senders_own(lua_State *L);            /* registry, options */
/* Sends by those of this state that are due, have a transport in Lua and this registry. Pushes
 * nothing, or nil, sentence and code of the first that failed: how many. */
int lprom__senders_poll(lua_State *L, prom_registry *r);
/* To be called when something that gives numbers has got its metatable: senders will end before
 * it does when the state closes. */
void lprom__senders_outlast(lua_State *L);

/* --- methods of metrics -------------------------------------------------------------- */

extern const luaL_Reg lprom__family_methods[]; /* of every type */
int lprom__observe_n(lua_State *L);
int lprom__observe_many(lua_State *L);
int lprom__add_exemplar(lua_State *L);
int lprom__observe_exemplar(lua_State *L);
int lprom__info_set(lua_State *L);
int lprom__stateset_set(lua_State *L);
int lprom__stateset_enter(lua_State *L);
int lprom__metric_labels(lua_State *L); /* family, labels */

/* --- reading -------------------------------------------------------------------------- */

int lprom__server_start(lua_State *L); /* registry, options */
int lprom__handler_new(lua_State *L);  /* the same */
/* The options of a server or handler for r in the table at this index, or none. */
void lprom__http_options(lua_State *L, int table, int is_server, prom_registry *r,
                         prom_http_opts *o);
int lprom__timer_start(lua_State *L);      /* metric, labels */
int lprom__http_metrics_new(lua_State *L); /* registry, options */
int lprom__read_text(lua_State *L);        /* registry, options */
int lprom__read_gather(lua_State *L);      /* registry, options */
int lprom__read_value(lua_State *L);       /* registry, name, labels */
int lprom__read_metric(lua_State *L);      /* metric, labels: all that is known */
int lprom__read_numbers(lua_State *L);     /* histogram or summary, labels: sum, count, ... */
/* Pushes the families of a snapshot as tables. */
void lprom__families_push(lua_State *L, const prom_snapshot *s);

/* A snapshot encoded as a string, and its errors: a list of sentences, or nil. */
void lprom__snapshot_push_text(lua_State *L, const prom_snapshot *s, const prom_encoder *e,
                               const prom_encode_opts *o);
void lprom__snapshot_push_errors(lua_State *L, const prom_snapshot *s);
/* Pushes a value for it, which _close ends. Takes a reference. */
box *lprom__snapshot_push(lua_State *L, const prom_snapshot *s);
void lprom__snapshot_close(box *b);

/* --- wire formats (formats.c) ------------------------------------------------------------- */

int lprom__formats_list(lua_State *L);
int lprom__formats_negotiate(lua_State *L); /* Accept, names of formats */
int lprom__formats_coding(lua_State *L);    /* Accept-Encoding */
int lprom__formats_parse(lua_State *L);     /* body, format or Content-Type */
/* The encoder that a field of the table names, or the NULL-ended list of them, which lies in
 * scratch memory on the stack; NULL: the field is nil. */
const prom_encoder *lprom__format_option(lua_State *L, int table, const char *field);
const prom_encoder *const *lprom__formats_option(lua_State *L, int table, const char *field);
prom_escaping lprom__escaping_option(lua_State *L, int table);
/* `compression` */
prom_coding lprom__coding_option(lua_State *L, int table);
/* `format`, text if there is none, `escaping` and `no_created`. */
const prom_encoder *lprom__encode_options(lua_State *L, int table, prom_encode_opts *o);

/* Pushes a string of the library's, which is then freed. NULL: nil. */
void lprom__chars_push(lua_State *L, void **held);
/* A box for such a string, as lprom__hold. */
void **lprom__chars_hold(lua_State *L);
/* Appends to the table at 2 the table of the prom_metric at 1: for visits. */
int lprom__metric_table(lua_State *L);
/* A table of a native histogram from and to the library. */
void lprom__native_push(lua_State *L, const prom_native *n);
void lprom__native_read(lua_State *L, int table, prom_native *n);
void lprom__testing_functions(lua_State *L); /* sets `testing` in the table on top */

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#endif
