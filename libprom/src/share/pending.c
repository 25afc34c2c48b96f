// SPDX-License-Identifier: Apache-2.0
/* pending.c - functions that are declared and not yet written: weak, so that a real one wins.
 */
#include <prom/api.h>

__attribute__((weak)) prom_err prom_otlp_new(prom_registry *r, const prom_otlp_opts *o,
                                             const prom_sender_opts *so, prom_sender **out)
{
    (void)r;
    (void)o;
    (void)so;
    (void)out;
    *out = NULL;
    return prom_fail(PROM_E_UNSUPPORTED, "prom_otlp_new is not written yet");
}
