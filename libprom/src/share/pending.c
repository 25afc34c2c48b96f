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

__attribute__((weak)) bool prom_build_wants(const prom_builder *b, const char *name)
{
    (void)b;
    (void)name;
    return 0;
}

__attribute__((weak)) bool prom_build_stopped(const prom_builder *b)
{
    (void)b;
    return 0;
}

__attribute__((weak)) prom_err prom_gather_with(prom_registry *r, const prom_gather_opts *o,
                                                prom_snapshot **out)
{
    (void)r;
    (void)o;
    (void)out;
    return prom_fail(PROM_E_UNSUPPORTED, "prom_gather_with is not written yet");
}

__attribute__((weak)) prom_err prom_gather_merged(prom_registry *const *r, size_t n,
                                                  const prom_gather_opts *o,
                                                  prom_snapshot **out)
{
    (void)r;
    (void)n;
    (void)o;
    (void)out;
    return prom_fail(PROM_E_UNSUPPORTED, "prom_gather_merged is not written yet");
}

__attribute__((weak)) prom_err prom_registry_wrap(prom_registry *r, const prom_wrap_opts *o,
                                                  prom_registry **out)
{
    (void)r;
    (void)o;
    (void)out;
    return prom_fail(PROM_E_UNSUPPORTED, "prom_registry_wrap is not written yet");
}

__attribute__((weak)) prom_err
prom_registry_each(prom_registry *r, prom_err (*each)(void *data, const prom_registered *x),
                   void *data)
{
    (void)r;
    (void)each;
    (void)data;
    return prom_fail(PROM_E_UNSUPPORTED, "prom_registry_each is not written yet");
}
