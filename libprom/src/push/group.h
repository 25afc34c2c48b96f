// SPDX-License-Identifier: Apache-2.0
/* group.h - the group of a Pushgateway that is pushed to: its job and further labels, checked;
 * its URL; and what may be pushed into it. */
#ifndef PROM_PUSH_GROUP_H
#define PROM_PUSH_GROUP_H

#include "base/arena.h"

#include <prom/push.h>

typedef struct prom__group_label {
    const char *name, *value;
    const char *path; /* the name as it stands in the URL */
} prom__group_label;

typedef struct prom__group {
    prom_escaping escaping;
    prom__group_label *labels; /* job, then the others by name */
    size_t n;
    char *url;
    prom__arena memory; /* of all that */
} prom__group;

/* A complete copy of opts that may be shorter, checked but for what the group is made of. */
prom_err prom__push_opts_read(const prom_push_opts *given, prom_push_opts *o);

/* o is complete. PROM_E_INVAL: no job, or a bad URL; PROM_E_LABELS, PROM_E_NAME: a label that
 * is none. On an error nothing is left to free. */
prom_err prom__group_init(prom__group *g, const prom_push_opts *o);
void prom__group_free(prom__group *g);

/* Whether the gateway will show these families as they are. PROM_E_LABELS: a label that is one
 * of the group's, which the gateway would overwrite; PROM_E_NAME: a name that it takes for its
 * own; PROM_E_INVAL: a timestamp. */
prom_err prom__group_check(const prom__group *g, const prom_snapshot *s);

#endif
