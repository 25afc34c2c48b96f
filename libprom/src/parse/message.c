// SPDX-License-Identifier: Apache-2.0
/* message.c - structs of protobuf-c into a builder: packed by that library, read as any bytes
 * are. The struct itself says how it is packed, so any program's will do. */
#include "base/alloc.h"
#include "protobuf.h"

#include <prom/metrics.pb-c.h>
#include <prom/protobuf.h>

prom_err prom_build_message(prom_builder *b, const struct Prom__Pb__MetricFamily *m)
{
    prom_err e = prom__builder_check_open(b);
    if (!e && (!m || !m->base.descriptor))
        e = prom_fail(PROM_E_INVAL, m ? "the message to build was not initialized"
                                      : "there is no message to build");
    if (e)
        return e;
    size_t n = protobuf_c_message_get_packed_size(&m->base);
    char *bytes = prom__alloc(n + 1);
    if (!bytes)
        return prom__no_memory("a message");
    protobuf_c_message_pack(&m->base, (uint8_t *)bytes);
    prom_builder before = *b;
    size_t families = b->snapshot->n_families;
    prom__proto_parser x = { .b = b };
    e = prom__proto_parse_family(&x, (prom__proto_reader){ NULL, bytes, bytes + n });
    if (e) {
        *b = before;
        b->snapshot->n_families = families;
    }
    prom__arena_free(&x.memory);
    prom__free(bytes);
    return e;
}
