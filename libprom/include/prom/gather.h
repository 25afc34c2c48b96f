// SPDX-License-Identifier: Apache-2.0
/* gather.h - the advanced uses of registries: wrapping, listing, and gathers that are filtered,
 * limited in time or joined. The rules at the top of prom.h hold here too. */
#ifndef PROM_GATHER_H
#define PROM_GATHER_H

#include <prom/model.h>

PROM_BEGIN

/* --- gathering ---------------------------------------------------------- */

/* What becomes of a scrape or a push when collectors have failed. */
typedef enum prom_on_error {
    PROM_ON_ERROR_DEFAULT,
    PROM_ON_ERROR_FAIL,    /* nothing is shown or sent but the errors */
    PROM_ON_ERROR_CONTINUE /* what the others gave, unless that is nothing */
} prom_on_error;

typedef struct prom_gather_opts {
    size_t size;

    /* Only families of these names, as exposed ("hits_total") or by their base ("hits");
     * NULL-ended, or NULL for all. What is not asked for is not collected: metrics and
     * collectors that describe themselves are left out, others can ask prom_build_wants(),
     * and whatever else they build is dropped. A name that nothing has is no error. */
    const char *const *names;

    /* When so long has passed the gather leaves out what is still to be collected, and the
     * snapshot says so; a collector or function under way is not broken off (but see
     * `timeout_ms` of collectors, which then is this if it is shorter). 0: no limit. */
    unsigned timeout_ms;

    /* Asked now and then; true: the gather ends with PROM_E_CANCELLED and no snapshot. May be
     * NULL. */
    bool (*cancelled)(void *data);
    void *data;
} prom_gather_opts;

#ifndef __cplusplus
#define PROM_GATHER_OPTS(...) \
    (&(const prom_gather_opts){ .size = sizeof(prom_gather_opts), __VA_ARGS__ })
#endif

/* prom_gather() with options; NULL: none. */
prom_err prom_gather_with(prom_registry *r, const prom_gather_opts *o, prom_snapshot **out);

/* Several registries in one snapshot; earlier ones win where two have a series or disagree
 * about a family, and the snapshot says what was dropped. To have it lastingly, add the
 * registries to one registry. */
prom_err prom_gather_merged(prom_registry *const *r, size_t n, const prom_gather_opts *o,
                            prom_snapshot **out);

/* --- wrapping ----------------------------------------------------------- */

typedef struct prom_wrap_opts {
    size_t size;
    const char *prefix;       /* in front of every metric's name, as it is; or NULL */
    const prom_label *labels; /* for every series; ended by {NULL, NULL}; or NULL */
} prom_wrap_opts;

#ifndef __cplusplus
#define PROM_WRAP_OPTS(...) \
    (&(const prom_wrap_opts){ .size = sizeof(prom_wrap_opts), __VA_ARGS__ })
#endif

/* A registry that passes on to r all that is added or made in it, under names with the prefix
 * and with the labels added; gathering from it gives just that. Wraps may be wrapped. What is
 * made through it (prom_counter_new, ...) costs a gather nothing more; what was made elsewhere
 * and is added is copied at each gather.
 * A metric or collector that has one of the labels already is refused (PROM_E_LABELS), one that
 * does not describe itself when it builds.
 * Opts are those of r. Removing and clearing is of what was added through it; through r all can
 * be removed. prom_registry_find() knows names with and without the prefix. The wrapped
 * registry keeps r, and may go before what was made through it. NULL opts: nothing is added.
 * PROM_E_LABELS: r is wrapped with one of the labels already. */
prom_err prom_registry_wrap(prom_registry *r, const prom_wrap_opts *o, prom_registry **out);

/* --- listing ------------------------------------------------------------ */

typedef enum prom_registered_kind {
    PROM_REGISTERED_METRIC,
    PROM_REGISTERED_COLLECTOR,
    PROM_REGISTERED_REGISTRY
} prom_registered_kind;

typedef struct prom_registered {
    prom_registered_kind kind;
    const char *name;      /* of the family as exposed, or of the collector; "" of a registry */
    const prom_opts *opts; /* of a metric, else NULL */
    prom_type type;        /* of a metric */
    void *object;          /* borrowed */
} prom_registered;

/* Calls each() for all that is registered, in the order of registration, until it returns
 * something else than PROM_OK, which is returned. It may add and remove; no lock is held. */
prom_err prom_registry_each(prom_registry *r,
                            prom_err (*each)(void *data, const prom_registered *x), void *data);

PROM_END
#endif
