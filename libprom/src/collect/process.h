// SPDX-License-Identifier: Apache-2.0
/* process.h - between process.c and process_more.c. */
#ifndef PROM_COLLECT_PROCESS_H
#define PROM_COLLECT_PROCESS_H

#include "row.h"

typedef enum prom__process_family {
    PROM__PROCESS_CPU,
    PROM__PROCESS_START,
    PROM__PROCESS_VIRTUAL,
    PROM__PROCESS_VIRTUAL_MAX,
    PROM__PROCESS_RESIDENT,
    PROM__PROCESS_THREADS,
    PROM__PROCESS_OPEN_FDS,
    PROM__PROCESS_MAX_FDS,
    PROM__PROCESS_MORE, /* the families from here on are shown where `extended` is set */
    PROM__PROCESS_MINOR_FAULTS = PROM__PROCESS_MORE,
    PROM__PROCESS_MAJOR_FAULTS,
    PROM__PROCESS_SWITCHES,
    PROM__PROCESS_READ_BYTES,
    PROM__PROCESS_WRITE_BYTES,
    PROM__PROCESS_READ_CALLS,
    PROM__PROCESS_WRITE_CALLS,
    PROM__PROCESS_STORAGE_READ,
    PROM__PROCESS_STORAGE_WRITE,
    PROM__PROCESS_WAITING,
    PROM__PROCESS_STALLED,
    PROM__PROCESS_FAMILIES
} prom__process_family;

/* One gather under way. */
typedef struct prom__process_walk {
    prom_builder *b;
    const char *const *names; /* of all families; NULL: their own */
    int pid;                  /* 0: this process */
    const char *stat;         /* its stat file */
} prom__process_walk;

prom_err prom__process_open(const prom__process_walk *w, prom__process_family f);
/* A family with one value. */
prom_err prom__process_one(const prom__process_walk *w, prom__process_family f, double v);
/* The same, of a field of the stat file, times `unit`. */
prom_err prom__process_field(const prom__process_walk *w, prom__process_family f, int field,
                             double unit);

prom_err prom__process_more(const prom__process_walk *w);

#endif
