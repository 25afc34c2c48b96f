// SPDX-License-Identifier: Apache-2.0
/* meter.h - how many scrapes are in flight and may be, and what promhttp tells of itself:
 * promhttp_metric_handler_requests_total, _requests_in_flight and _errors_total. */
#ifndef PROM_SERVE_METER_H
#define PROM_SERVE_METER_H

#include <prom/prom.h>

enum { PROM__METER_CODES = 3 }; /* 200, 500, 503 */

typedef enum prom__cause { PROM__GATHERING, PROM__ENCODING, PROM__CAUSES } prom__cause;

typedef struct prom__meter {
    unsigned most; /* scrapes in flight; 0: no limit */

    /* All NULL where nobody wants to know. */
    prom_vec *requests, *errors;
    prom_counter *by_code[PROM__METER_CODES], *by_cause[PROM__CAUSES];
    prom_gauge *in_flight;

    /* Under the lock of base/lock.h. */
    size_t now;
    uint32_t forks; /* of the process in which they are in flight */
} prom__meter;

/* NULL r: nobody wants to know. PROM_E_EXISTS: r has one of the names with another meaning, and
 * is as it was. */
prom_err prom__meter_init(prom__meter *m, prom_registry *r, unsigned most);
void prom__meter_free(prom__meter *m);

/* One scrape in flight; zeroed: none. */
typedef struct prom__ticket {
    bool held;
    uint32_t forks;
} prom__ticket;

bool prom__meter_enter(prom__meter *m, prom__ticket *t); /* false: there are too many */
void prom__meter_leave(prom__meter *m, prom__ticket *t); /* safe to repeat */

void prom__meter_answered(prom__meter *m, unsigned status);
void prom__meter_failed(prom__meter *m, prom__cause why);

#endif
