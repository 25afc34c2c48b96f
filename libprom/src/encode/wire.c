// SPDX-License-Identifier: Apache-2.0
#include "wire.h"

#include "base/alloc.h"

enum { FIRST_SIZE = 1024 };

char *prom__wire_make_room(prom__wire *w, size_t n)
{
    size_t have = prom__wire_size(w), cap = (size_t)(w->end - w->begin);
    size_t wanted = cap ? prom__size_times(cap, 2) : FIRST_SIZE;
    if (wanted - have < n)
        wanted = n < SIZE_MAX - have ? have + n : SIZE_MAX;
    char *begin = w->failed || w->borrowed ? NULL : prom__alloc(wanted);
    if (!begin) {
        w->failed = true;
        w->at = w->begin; /* so that every room comes here, and fails */
        return NULL;
    }
    if (have)
        memcpy(begin + wanted - have, w->at, have);
    prom__free(w->begin);
    w->begin = begin;
    w->end = begin + wanted;
    w->at = w->end - have - n;
    return w->at;
}

void prom__wire_free(prom__wire *w)
{
    prom__free(w->begin);
    *w = (prom__wire){ .begin = NULL };
}

/* --- times -------------------------------------------------------------- */

/* Nanoseconds count forward from the second, before 1970 too. */
static int64_t split(int64_t unix_ns, uint64_t *nanos)
{
    int64_t seconds = unix_ns / 1000000000, rest = unix_ns % 1000000000;
    if (rest < 0) {
        rest += 1000000000;
        seconds--;
    }
    *nanos = (uint64_t)rest;
    return seconds;
}

void prom__wire_time(prom__wire *w, int64_t unix_ns)
{
    uint64_t nanos;
    int64_t seconds = split(unix_ns, &nanos);
    prom__wire_u64(w, 2, nanos);
    prom__wire_u64(w, 1, (uint64_t)seconds);
}

size_t prom__wire_time_size(int64_t unix_ns)
{
    uint64_t nanos;
    int64_t seconds = split(unix_ns, &nanos);
    return (seconds ? 1 + prom__varint_size((uint64_t)seconds) : 0) +
           (nanos ? 1 + prom__varint_size(nanos) : 0);
}
