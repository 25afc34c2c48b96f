// SPDX-License-Identifier: Apache-2.0
/* message_none.c - in place of message.c where there is no protobuf-c. */
#include <prom/protobuf.h>

prom_err prom_build_message(prom_builder *b, const struct Prom__Pb__MetricFamily *m)
{
    (void)b, (void)m;
    return prom_fail(PROM_E_UNSUPPORTED, "libprom was built without protobuf-c");
}
