// SPDX-License-Identifier: Apache-2.0
#include "proto_reader.h"

#include "base/alloc.h"
#include "encode/wire.h"

#include <stdarg.h>
#include <stdio.h>

enum { SAID = 400, LONGEST_VARINT = 10, MOST_NUMBER = (1 << 29) - 1 };

prom_err prom__proto_fail(const prom__proto_reader *r, const char *at, const char *fmt, ...)
{
    char said[SAID];
    va_list args;
    va_start(args, fmt);
    vsnprintf(said, sizeof said, fmt, args);
    va_end(args);
    if (!r->text)
        return prom_fail(PROM_E_INVAL, "%s", said);
    return prom_fail(PROM_E_SYNTAX, "byte %zu: %s", (size_t)(at - r->text), said);
}

prom_err prom__proto_place(const prom__proto_reader *r, const char *at, prom_err e)
{
    if (e == PROM_OK || e == PROM_E_NOMEM || !r->text)
        return e;
    return prom__proto_fail(r, at, "%s", prom_error(e));
}

static prom_err read_varint(prom__proto_reader *r, uint64_t *out)
{
    uint64_t v = 0;
    const char *begin = r->at;
    for (unsigned i = 0; i < LONGEST_VARINT; i++) {
        if (r->at == r->end)
            return prom__proto_fail(r, begin, "the message ends within a number");
        uint64_t byte = (unsigned char)*r->at++;
        if (i == LONGEST_VARINT - 1 && byte > 1)
            break;
        v |= (byte & 0x7F) << 7 * i;
        if (byte < 0x80) {
            *out = v;
            return PROM_OK;
        }
    }
    return prom__proto_fail(r, begin, "this number has more than 64 bits");
}

static uint64_t fixed(const char *p, unsigned bytes)
{
    uint64_t v = 0;
    for (unsigned i = 0; i < bytes; i++)
        v |= (uint64_t)(unsigned char)p[i] << 8 * i;
    return v;
}

static prom_err read_fixed(prom__proto_reader *r, unsigned bytes, uint64_t *out)
{
    if ((size_t)(r->end - r->at) < bytes)
        return prom__proto_fail(r, r->at, "the message ends within a number");
    *out = fixed(r->at, bytes);
    r->at += bytes;
    return PROM_OK;
}

static prom_err read_bytes(prom__proto_reader *r, prom_str *out)
{
    uint64_t n;
    const char *begin = r->at;
    prom_err e = read_varint(r, &n);
    if (e)
        return e;
    if (n > (size_t)(r->end - r->at))
        return prom__proto_fail(r, begin, "the length is %llu, but %zu bytes follow",
                                (unsigned long long)n, (size_t)(r->end - r->at));
    *out = (prom_str){ r->at, (size_t)n };
    r->at += n;
    return PROM_OK;
}

prom_err prom__proto_next(prom__proto_reader *r, prom__proto_field *f, bool *more)
{
    uint64_t tag;
    *more = r->at < r->end;
    if (!*more)
        return PROM_OK;
    *f = (prom__proto_field){ .at = r->at };
    prom_err e = read_varint(r, &tag);
    if (e)
        return e;
    if (tag >> 3 == 0 || tag >> 3 > MOST_NUMBER)
        return prom__proto_fail(r, f->at, "%llu is not the number of a field",
                                (unsigned long long)(tag >> 3));
    f->number = (uint32_t)(tag >> 3);
    f->type = tag & 7;
    if (f->type == PROM__WIRE_VARINT)
        return read_varint(r, &f->value);
    if (f->type == PROM__WIRE_FIXED64)
        return read_fixed(r, 8, &f->value);
    if (f->type == PROM__WIRE_FIXED32)
        return read_fixed(r, 4, &f->value);
    if (f->type == PROM__WIRE_BYTES)
        return read_bytes(r, &f->bytes);
    return prom__proto_fail(r, f->at, "field %u is of wire type %u, which nothing here has",
                            (unsigned)f->number, f->type);
}

prom_err prom__proto_delimited(prom__proto_reader *r, prom__proto_reader *message)
{
    prom_str bytes = { NULL, 0 };
    prom_err e = read_bytes(r, &bytes);
    if (!e)
        *message = (prom__proto_reader){ r->text, bytes.p, bytes.p + bytes.n };
    return e;
}

/* --- what a field holds -------------------------------------------------- */

static prom_err check_type(const prom__proto_reader *r, const prom__proto_field *f,
                           unsigned type)
{
    if (f->type == type)
        return PROM_OK;
    return prom__proto_fail(r, f->at, "field %u is of wire type %u, not %u",
                            (unsigned)f->number, f->type, type);
}

prom_err prom__proto_u64(const prom__proto_reader *r, const prom__proto_field *f, uint64_t *out)
{
    *out = f->value;
    return check_type(r, f, PROM__WIRE_VARINT);
}

prom_err prom__proto_double(const prom__proto_reader *r, const prom__proto_field *f,
                            double *out)
{
    *out = prom__proto_as_double(f->value);
    return check_type(r, f, PROM__WIRE_FIXED64);
}

prom_err prom__proto_str(const prom__proto_reader *r, const prom__proto_field *f, prom_str *out)
{
    *out = f->bytes;
    return check_type(r, f, PROM__WIRE_BYTES);
}

prom_err prom__proto_message(const prom__proto_reader *r, const prom__proto_field *f,
                             prom__proto_reader *out)
{
    prom_err e = check_type(r, f, PROM__WIRE_BYTES);
    if (!e)
        *out = (prom__proto_reader){ r->text, f->bytes.p, f->bytes.p + f->bytes.n };
    return e;
}

/* --- repeated numbers ---------------------------------------------------- */

static prom_err add_number(prom__arena *a, prom__proto_numbers *l, uint64_t v)
{
    uint64_t *item = prom__arena_grow(a, l->item, l->n, &l->cap, sizeof *item);
    if (!item)
        return prom__no_memory("a snapshot");
    l->item = item;
    l->item[l->n++] = v;
    return PROM_OK;
}

prom_err prom__proto_add_numbers(const prom__proto_reader *r, const prom__proto_field *f,
                                 unsigned type, prom__arena *a, prom__proto_numbers *l)
{
    prom__proto_reader packed;
    uint64_t v;
    if (f->type == type)
        return add_number(a, l, f->value);
    prom_err e = prom__proto_message(r, f, &packed);
    while (!e && packed.at < packed.end) {
        e = type == PROM__WIRE_VARINT ? read_varint(&packed, &v) : read_fixed(&packed, 8, &v);
        if (!e)
            e = add_number(a, l, v);
    }
    return e;
}
