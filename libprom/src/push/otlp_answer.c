// SPDX-License-Identifier: Apache-2.0
#include "otlp_answer.h"

#include "encode/wire.h"

enum { RESPONSE_PARTIAL = 1 };
enum { PARTIAL_REJECTED = 1, PARTIAL_WORDS };
enum { STATUS_WORDS = 2 };

typedef struct field {
    uint64_t number, value; /* a value where the type is a varint */
    unsigned type;
    prom_str bytes; /* what there is of them */
} field;

/* False: there is no whole number. */
static bool take_varint(prom_str *rest, uint64_t *out)
{
    *out = 0;
    for (unsigned i = 0; i < 10 && rest->n; i++) {
        unsigned char byte = (unsigned char)*rest->p;
        rest->p++;
        rest->n--;
        *out |= (uint64_t)(byte & 0x7F) << 7 * i;
        if (byte < 0x80)
            return true;
    }
    return false;
}

static prom_str take_bytes(prom_str *rest, uint64_t n)
{
    prom_str s = { rest->p, n < rest->n ? (size_t)n : rest->n };
    rest->p += s.n;
    rest->n -= s.n;
    return s;
}

/* False: there is no further one that makes sense. */
static bool take_field(prom_str *rest, field *f)
{
    uint64_t tag;
    *f = (field){ 0 };
    if (!take_varint(rest, &tag))
        return false;
    f->number = tag >> 3;
    f->type = (unsigned)(tag & 7);
    switch (f->type) {
    case PROM__WIRE_VARINT:
        return take_varint(rest, &f->value);
    case PROM__WIRE_FIXED64:
        take_bytes(rest, 8);
        return true;
    case PROM__WIRE_FIXED32:
        take_bytes(rest, 4);
        return true;
    case PROM__WIRE_BYTES:
        if (!take_varint(rest, &f->value))
            return false;
        f->bytes = take_bytes(rest, f->value);
        return true;
    default:
        return false;
    }
}

static bool is_bytes(const field *f, unsigned number)
{
    return f->type == PROM__WIRE_BYTES && f->number == number;
}

/* A negative number of points is none. */
static void read_partial(prom_str rest, prom__otlp_answer *a)
{
    field f;
    while (take_field(&rest, &f)) {
        if (f.type == PROM__WIRE_VARINT && f.number == PARTIAL_REJECTED)
            a->rejected = f.value <= INT64_MAX ? f.value : 0;
        else if (is_bytes(&f, PARTIAL_WORDS))
            a->words = f.bytes;
    }
}

prom__otlp_answer prom__otlp_answer_partial(prom_str body)
{
    prom__otlp_answer a = { 0, { "", 0 } };
    field f;
    while (take_field(&body, &f))
        if (is_bytes(&f, RESPONSE_PARTIAL))
            read_partial(f.bytes, &a);
    return a;
}

prom_str prom__otlp_answer_status(prom_str body)
{
    prom_str words = { "", 0 };
    field f;
    while (take_field(&body, &f))
        if (is_bytes(&f, STATUS_WORDS))
            words = f.bytes;
    return words;
}
