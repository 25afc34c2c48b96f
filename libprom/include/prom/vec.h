// SPDX-License-Identifier: Apache-2.0
/* vec.h - families with labels: all that can be done beyond finding and removing one child.
 *
 * Label values are views of bytes (prom_str, prom_label_str), so they may hold NUL. What is
 * said at the top of prom.h holds here too. */
#ifndef PROM_VEC_H
#define PROM_VEC_H

#include <prom/model.h>

PROM_BEGIN

/* --- finding ------------------------------------------------------------ */

/* prom_vec_with by names: labels in any order, each of the family's once.
 * PROM_E_LABELS: one is missing, unknown or given twice. */
prom_err prom_vec_with_labels(prom_vec *v, const prom_label_str *labels, size_t n, void **out);

/* The child with these values if there is one; never makes one. PROM_E_NOENT: there is none. */
prom_err prom_vec_get(prom_vec *v, const prom_str *values, size_t n, void **out);
prom_err prom_vec_get_labels(prom_vec *v, const prom_label_str *labels, size_t n, void **out);

/* Calls each() for every child that was exposed at the moment of the call, in the order of
 * exposition, until it returns something else than PROM_OK, which is returned. One that is
 * removed or replaced before its turn is passed over. The child is borrowed and may be updated,
 * kept (prom_ref) and removed; labels are those of the family that vary, in the order of
 * `labels`, and live only during the call. No lock is held. It is no look-up: idle series
 * expire all the same. */
prom_err prom_vec_each(prom_vec *v,
                       prom_err (*each)(void *data, void *child, const prom_label_str *labels,
                                        size_t n),
                       void *data);

/* The name and all values of one label. */
typedef struct prom_label_values {
    const char *name;
    const char *const *values; /* NULL-ended, see PROM_VALUES */
} prom_label_values;

/* Makes the children of all combinations, so that they show before they are first used: n must
 * be the number of labels. PROM_E_LABELS as above, or a value is not UTF-8: then none is made.
 * PROM_E_INVAL: more than a million. */
prom_err prom_vec_preset(prom_vec *v, const prom_label_values *labels, size_t n);

/* --- removing ----------------------------------------------------------- */

prom_err prom_vec_remove_labels(prom_vec *v, const prom_label_str *labels, size_t n);

/* Removes all children that have these values of these labels, and says how many they were
 * (removed may be NULL). No labels match nothing: to remove all is prom_vec_clear.
 * PROM_E_LABELS: the family has no such label. */
prom_err prom_vec_remove_matching(prom_vec *v, const prom_label_str *labels, size_t n,
                                  size_t *removed);

/* --- views -------------------------------------------------------------- */

/* The family with some labels set: a vec with only the others, over the same children. All
 * functions take it, and those that look at many children see only those with these values;
 * views may be made of views and of fresh vecs. It keeps what it is made of. A view is not
 * registered (PROM_E_TYPE): its family is.
 * PROM_E_LABELS: the family has no such label, or it is set already; not UTF-8. */
prom_err prom_vec_curry(prom_vec *v, const prom_label_str *labels, size_t n, prom_vec **out);

/* --- replacing all at once ---------------------------------------------- */

/* An empty vec of the same description, not exposed; fill it as any other. Its children are
 * not exposed either, until they are put in place; those of one that is dropped never are. It
 * has the family's max_series for itself.
 * PROM_E_INVAL: v has no labels, or is a view or a fresh vec itself. */
prom_err prom_vec_fresh(prom_vec *v, prom_vec **out);

/* Puts the children of `fresh`, which must come from prom_vec_fresh(v), in the place of all of
 * v's. Every gather shows either the old ones or the new ones; look-ups find old, then new
 * ones. A child that was held is as one that was removed: the fresh one of the same values is
 * another. `fresh` is empty afterwards and may be filled and used again. PROM_E_INVAL: it is
 * not a fresh vec of v. */
prom_err prom_vec_replace(prom_vec *v, prom_vec *fresh);

/* --- reading ------------------------------------------------------------ */

/* Reads one series as a gather would, as prom_family_metrics() shows it; the metric lives only
 * during the call. Returns what each() does. PROM_E_CALLBACK: the function of the series fails,
 * where a gather would leave it out. */
prom_err prom_child_read(void *child, prom_err (*each)(void *data, const prom_metric *m),
                         void *data);

/* --- descriptions ------------------------------------------------------- */

/* A checked description as an object, which may also be an invalid one: it says so when asked,
 * and whatever is made from it fails with its error. */
typedef struct prom_desc prom_desc;

/* Fails only with PROM_E_NOMEM. */
prom_err prom_desc_new(prom_type t, const prom_opts *o, prom_desc **out);
prom_err prom_desc_invalid(prom_err error, const char *sentence, prom_desc **out);

prom_err prom_desc_error(const prom_desc *d); /* PROM_OK: it is valid; else with its sentence */
prom_type prom_desc_type(const prom_desc *d);
const prom_opts *prom_desc_opts(const prom_desc *d); /* completed; NULL: invalid; borrowed */

/* `desc{name="x_total", type=counter, help="...", unit="", const_labels={a="1"},
 * labels={b,c}}`; an invalid one is its sentence. For prom_free(). */
prom_err prom_desc_string(const prom_desc *d, char **out);

/* Of a vec, or of the vec that a series belongs to; one reference. */
prom_err prom_desc_of(void *object, prom_desc **out);

/* prom_vec_new by a description. */
prom_err prom_vec_of(prom_registry *r, const prom_desc *d, prom_vec **out);

PROM_END
#endif
