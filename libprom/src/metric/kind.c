// SPDX-License-Identifier: Apache-2.0
#include "kind.h"

const prom__kind *prom__kind_of(prom_type t)
{
    switch (t) {
    case PROM_COUNTER:
        return &prom__counter_kind;
    case PROM_GAUGE:
        return &prom__gauge_kind;
    case PROM_HISTOGRAM:
        return &prom__histogram_kind;
    case PROM_SUMMARY:
        return &prom__summary_kind;
    case PROM_UNKNOWN:
    case PROM_INFO:
    case PROM_STATESET:
    case PROM_GAUGE_HISTOGRAM:
        break;
    }
    return NULL;
}
