// SPDX-License-Identifier: Apache-2.0
/* message_none.c - in place of message.c where there is no protobuf-c. */
#include <prom/protobuf.h>

prom_err prom_family_message(const prom_family *f, const struct Prom__Pb__MetricFamily **out)
{
    (void)f;
    *out = NULL;
    return prom_fail(PROM_E_UNSUPPORTED, "libprom was built without protobuf-c");
}

prom_err prom_metric_message(const prom_family *f, size_t i,
                             const struct Prom__Pb__Metric **out)
{
    (void)f, (void)i;
    *out = NULL;
    return prom_fail(PROM_E_UNSUPPORTED, "libprom was built without protobuf-c");
}
