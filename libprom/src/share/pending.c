// SPDX-License-Identifier: Apache-2.0
/* pending.c - functions that are declared and not yet written: weak, so that a real one wins.
 */
#include <prom/api.h>

__attribute__((weak)) prom_err prom_function_set(void *child, const prom_function *f)
{
    (void)child;
    (void)f;
    return prom_fail(PROM_E_UNSUPPORTED, "prom_function_set is not written yet");
}

__attribute__((weak)) prom_err prom_function_new(prom_registry *r, prom_type t,
                                                 const prom_opts *o, const prom_function *f,
                                                 void **out)
{
    (void)r;
    (void)t;
    (void)o;
    (void)f;
    (void)out;
    return prom_fail(PROM_E_UNSUPPORTED, "prom_function_new is not written yet");
}

