// SPDX-License-Identifier: Apache-2.0
/* proto_reader.h - a place in a protobuf message, field by field; nothing is copied.
 *
 * Errors are PROM_E_SYNTAX and name the byte, counted from 0; of a message whose bytes nobody
 * but us has seen, PROM_E_INVAL and no byte. */
#ifndef PROM_PARSE_PROTO_READER_H
#define PROM_PARSE_PROTO_READER_H

#include "base/arena.h"

#include <prom/model.h>

typedef struct prom__proto_reader {
    const char *text;     /* where byte 0 is; NULL: nobody has seen the bytes */
    const char *at, *end; /* the rest of this message */
} prom__proto_reader;

typedef struct prom__proto_field {
    const char *at; /* where it begins */
    uint32_t number;
    unsigned type;  /* PROM__WIRE_... of encode/wire.h */
    uint64_t value; /* of a number: as it stands there */
    prom_str bytes; /* of PROM__WIRE_BYTES */
} prom__proto_field;

prom_err prom__proto_fail(const prom__proto_reader *r, const char *at, const char *fmt, ...)
    PROM_PRINTF(3, 4);
/* Another function's error with the place where its cause stands. */
prom_err prom__proto_place(const prom__proto_reader *r, const char *at, prom_err e);

/* *more is false at the end of the message. */
prom_err prom__proto_next(prom__proto_reader *r, prom__proto_field *f, bool *more);
/* A length and so many bytes, as between the messages of a stream. */
prom_err prom__proto_delimited(prom__proto_reader *r, prom__proto_reader *message);

/* What a field holds; PROM_E_SYNTAX if it holds something else. */
prom_err prom__proto_u64(const prom__proto_reader *r, const prom__proto_field *f,
                         uint64_t *out);
prom_err prom__proto_double(const prom__proto_reader *r, const prom__proto_field *f,
                            double *out);
prom_err prom__proto_str(const prom__proto_reader *r, const prom__proto_field *f,
                         prom_str *out);
prom_err prom__proto_message(const prom__proto_reader *r, const prom__proto_field *f,
                             prom__proto_reader *out);

static inline int64_t prom__proto_unzigzag(uint64_t v)
{
    return (int64_t)(v >> 1 ^ (v & 1 ? UINT64_MAX : 0));
}

/* A repeated number: one, or packed ones. */
typedef struct prom__proto_numbers {
    uint64_t *item; /* as they stand there */
    size_t n, cap;
} prom__proto_numbers;

/* type: of one number. */
prom_err prom__proto_add_numbers(const prom__proto_reader *r, const prom__proto_field *f,
                                 unsigned type, prom__arena *a, prom__proto_numbers *l);

static inline double prom__proto_as_double(uint64_t bits)
{
    double v;
    __builtin_memcpy(&v, &bits, sizeof v);
    return v;
}

#endif
