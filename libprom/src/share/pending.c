// SPDX-License-Identifier: Apache-2.0
/* pending.c - functions that are declared and not yet written: weak, so that a real one wins.
 */
#include <prom/api.h>

#define WEAK          __attribute__((weak))
#define PENDING(name) prom_fail(PROM_E_UNSUPPORTED, "%s is not written yet", name)

static prom_err pending(const prom_snapshot *s, const prom_encode_opts *o, const prom_writer *w)
{
    (void)s, (void)o, (void)w;
    return PENDING("this encoder");
}

#define ENCODER(name, type, escapes) \
    WEAK const prom_encoder name = { #name, type, escapes, pending };
ENCODER(prom_protobuf_text, "text/plain; charset=utf-8", false)
