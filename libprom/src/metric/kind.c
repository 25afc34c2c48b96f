// SPDX-License-Identifier: Apache-2.0
#include "kind.h"

const prom__kind *prom__kind_of(prom_type t)
{
    switch (t) {
    case PROM_COUNTER:
        return &prom__counter_kind;
    case PROM_GAUGE:
    case PROM_UNKNOWN:
        return &prom__gauge_kind;
    case PROM_HISTOGRAM:
        return &prom__histogram_kind;
    case PROM_SUMMARY:
        return &prom__summary_kind;
    case PROM_INFO:
        return &prom__info_kind;
    case PROM_STATESET:
        return &prom__stateset_kind;
    case PROM_GAUGE_HISTOGRAM:
        break;
    }
    return NULL;
}

const prom__kind *prom__kind_for(const prom__desc *d)
{
    return d->native.on ? &prom__native_kind : prom__kind_of(d->type);
}
