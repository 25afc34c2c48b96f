// SPDX-License-Identifier: Apache-2.0
/* ucum.h - units of Prometheus, which are words, in OpenTelemetry's notation, which is UCUM:
 * "bytes_per_second" is "By/s". What has no entry stays as it is.
 * Source: pkg/translator/prometheus of opentelemetry-collector-contrib, both ways; Prometheus'
 * receiver reads by the same tables (prometheus/otlptranslator). */
#ifndef PROM_ENCODE_UCUM_H
#define PROM_ENCODE_UCUM_H

#include <prom/model.h>

typedef struct prom__ucum {
    prom_str unit, per; /* per is empty, or stands behind a slash */
} prom__ucum;

prom__ucum prom__ucum_of(const char *unit); /* NULL: none */

#endif
