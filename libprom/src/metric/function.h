// SPDX-License-Identifier: Apache-2.0
/* function.h - series whose value a user's function gives.
 *
 * A vec has its functions in a ring. A walk over them calls user code and so holds no lock: it
 * keeps its place by a node of its own in the ring, whatever comes and goes meanwhile. */
#ifndef PROM_METRIC_FUNCTION_H
#define PROM_METRIC_FUNCTION_H

#include "vec.h"

/* With one reference, which prom__function_drop gives back. */
prom_err prom__function_new(const prom_function *theirs, prom__function **out);
/* Makes it the function of the child, in place of any other, and no more that of another.
 * PROM_E_CLOSED: the series was removed. */
prom_err prom__function_attach(prom__function *f, prom__child *c);
/* `disown`: free_data is not called, for it never was the library's. */
void prom__function_drop(prom__function *f, bool disown);

/* Calls those that may run on this thread, and stores what they give; what is wrong is noted in
 * the snapshot. `left_out`: the gather is to end, and some were not called. */
prom_err prom__functions_gather(prom_vec *v, const prom__gathering *g, bool *left_out);
/* Calls that of one child, if it has one that may run on this thread. PROM_E_CALLBACK: it
 * fails, or did so when it was last called. */
prom_err prom__function_refresh(prom__child *c);
/* Calls those that may run only on this thread. The first error, and the others still run. */
prom_err prom__functions_poll(prom_vec *v);

#endif
