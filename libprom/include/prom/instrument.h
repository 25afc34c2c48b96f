// SPDX-License-Identifier: Apache-2.0
/* instrument.h - what an HTTP server or client of yours is doing, as metrics.
 *
 *     prom_http_exchange x = prom_http_begin(m, "GET");
 *     ... prom_http_first_byte(&x, 200); ...
 *     prom_http_end(&x, PROM_HTTP_OUTCOME(.status = 200, .response_bytes = 512));
 *
 * Of a server: http_requests_in_flight, http_requests_total, http_request_duration_seconds,
 * http_request_size_bytes, http_response_size_bytes and http_time_to_first_byte_seconds, all
 * but the first with `code` and `method`; of a client the same with http_client_ for http_. The
 * begin of an exchange, its first byte and its end take no lock and allocate nothing once a
 * method, code and label set has been seen. */
#ifndef PROM_INSTRUMENT_H
#define PROM_INSTRUMENT_H

#include <prom/prom.h>

PROM_BEGIN

typedef struct prom_http_metrics prom_http_metrics; /* counted; used by any thread */

typedef struct prom_http_metrics_opts {
    size_t size;
    bool client;
    const char *namespace_; /* "shop": shop_http_requests_total; NULL: none */
    /* In small letters in `method` are GET, PUT, HEAD, POST, DELETE, CONNECT, OPTIONS, NOTIFY,
     * TRACE, PATCH and these, in all-upper or all-lower case; all others are "unknown". */
    const char *const *extra_methods; /* NULL-ended, or NULL */
    bool no_code, no_method;          /* without the label */
    const char *const *labels;        /* further ones, NULL-ended, said at the end; or NULL */
    const prom_label *const_labels;   /* {NULL, NULL}-ended, or NULL */
    const double *buckets;            /* of durations, as in prom_opts; NULL: the usual ones */
    const double *size_buckets;       /* NULL: 100 B to 100 MB by powers of 10 */
    bool native;                      /* durations and sizes are native histograms too */
} prom_http_metrics_opts;

#ifndef __cplusplus
#define PROM_HTTP_METRICS_OPTS(...) \
    (&(const prom_http_metrics_opts){ .size = sizeof(prom_http_metrics_opts), __VA_ARGS__ })
#endif

/* Where r has these families already, of the same description, they are shared. PROM_E_EXISTS:
 * r has one of the names for something else; nothing is registered then. NULL r: not
 * registered.
 */
prom_err prom_http_metrics_new(prom_registry *r, const prom_http_metrics_opts *o,
                               prom_http_metrics **out);

/* On the stack of whoever serves; its fields are the library's. */
typedef struct prom_http_exchange {
    prom_http_metrics *metrics;
    prom_timer timer;
    unsigned method;
    double first_byte; /* seconds; below 0: not yet */
    int first_status;
} prom_http_exchange;

typedef struct prom_http_outcome {
    size_t size;
    int status; /* 0: 200; outside 100 to 599: "unknown" */
    uint64_t request_bytes, response_bytes;
    const char *const *labels;  /* values for the further labels, in their order; NULL-ended */
    const prom_label *exemplar; /* {"trace_id", "..."}; {NULL, NULL}-ended, or NULL */
} prom_http_outcome;

#ifndef __cplusplus
#define PROM_HTTP_OUTCOME(...) \
    (&(const prom_http_outcome){ .size = sizeof(prom_http_outcome), __VA_ARGS__ })
#endif

/* Every begin needs one end or one abandon. NULL m: nothing is measured. NULL method: unknown.
 */
prom_http_exchange prom_http_begin(prom_http_metrics *m, const char *method);
/* The first byte of the answer was sent, or received; only the first call counts. */
void prom_http_first_byte(prom_http_exchange *x, int status);
/* An exemplar that is not valid leaves the rest as it is, and is the error. */
prom_err prom_http_end(prom_http_exchange *x, const prom_http_outcome *o);
/* The handler failed, or there was no answer: only in-flight goes down. */
void prom_http_abandon(prom_http_exchange *x);

PROM_END
#endif
