// SPDX-License-Identifier: Apache-2.0
#include "described.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "name.h"

#include <string.h>

static void destroy(void *self)
{
    prom_desc *d = self;
    prom_unref(d->valid);
    prom__free(d);
}

static const prom__class described_class = { .name = "desc", .destroy = destroy };

static prom_desc *make(prom_type t, prom_err error, const char *sentence)
{
    size_t n = strlen(sentence) + 1;
    prom_desc *d = prom__alloc_zero(sizeof *d + n);
    if (!d)
        return NULL;
    prom__object_init(&d->object, &described_class);
    d->type = t;
    d->error = error;
    memcpy(d->sentence, sentence, n);
    return d;
}

prom_err prom__described(prom__desc *valid, prom_desc **out)
{
    *out = make(valid->type, PROM_OK, "");
    if (!*out)
        return prom__no_memory("a description");
    (*out)->valid = prom_ref(valid);
    return PROM_OK;
}

prom_err prom_desc_new(prom_type t, const prom_opts *o, prom_desc **out)
{
    prom__desc *valid;
    *out = NULL;
    prom_err e = PROM_OK;
    if (!prom_type_name(t))
        e = prom_fail(PROM_E_TYPE, "%d is not a metric type", (int)t);
    if (!e)
        e = prom__desc_new(t, o, false, &valid);
    if (e && e != PROM_E_NOMEM)
        return prom_desc_invalid(e, prom_error(e), out);
    if (e)
        return e;
    e = prom__described(valid, out);
    prom_unref(valid);
    return e;
}

prom_err prom_desc_invalid(prom_err error, const char *sentence, prom_desc **out)
{
    *out = NULL;
    if (error == PROM_OK)
        return prom_fail(PROM_E_INVAL, "an invalid description needs an error");
    *out = make(PROM_UNKNOWN, error, sentence ? sentence : prom_err_name(error));
    return *out ? PROM_OK : prom__no_memory("a description");
}

prom_err prom_desc_error(const prom_desc *d)
{
    if (!d)
        return prom_fail(PROM_E_INVAL, "there is no description");
    return d->error ? prom_fail(d->error, "%s", d->sentence) : PROM_OK;
}

prom_type prom_desc_type(const prom_desc *d)
{
    return d ? d->type : PROM_UNKNOWN;
}

const prom_opts *prom_desc_opts(const prom_desc *d)
{
    return d && d->valid ? &d->valid->opts : NULL;
}

/* --- as a string --------------------------------------------------------- */

typedef struct printing {
    prom__bytes bytes;
    bool failed;
} printing;

static void put(printing *p, const char *s)
{
    p->failed = p->failed || !prom__bytes_add(&p->bytes, s, strlen(s));
}

/* In quotes, escaped as label values are; "" for NULL. */
static void put_quoted(printing *p, const char *s)
{
    size_t n = s ? strlen(s) : 0, length = s ? prom__escaped_length(s, n) : 0;
    char *room = p->failed ? NULL : prom__bytes_room(&p->bytes, length + 2);
    if (!room) {
        p->failed = true;
        return;
    }
    *room++ = '"';
    room = prom__escape(s, n, room);
    *room = '"';
    p->bytes.n += length + 2;
}

/* As in the text format: quoted only where it must be. */
static void put_label_name(printing *p, const char *s)
{
    if (prom__name_legacy(PROM__LABEL_NAME, s, strlen(s)))
        put(p, s);
    else
        put_quoted(p, s);
}

static void put_desc(printing *p, const prom__desc *d)
{
    put(p, "desc{name=");
    put_quoted(p, d->opts.name);
    put(p, ", type=");
    put(p, prom_type_name(d->type));
    put(p, ", help=");
    put_quoted(p, d->opts.help);
    put(p, ", unit=");
    put_quoted(p, d->opts.unit);
    put(p, ", const_labels={");
    for (const prom_label *l = d->opts.const_labels; l->name; l++) {
        put(p, l == d->opts.const_labels ? "" : ",");
        put_label_name(p, l->name);
        put(p, "=");
        put_quoted(p, l->value);
    }
    put(p, "}, labels={");
    for (const char *const *l = d->opts.labels; *l; l++) {
        put(p, l == d->opts.labels ? "" : ",");
        put_label_name(p, *l);
    }
    put(p, "}}");
}

prom_err prom_desc_string(const prom_desc *d, char **out)
{
    printing p = { .failed = false };
    *out = NULL;
    if (!d)
        return prom_fail(PROM_E_INVAL, "there is no description");
    if (d->valid)
        put_desc(&p, d->valid);
    else
        put(&p, d->sentence);
    p.failed = p.failed || !prom__bytes_add(&p.bytes, "", 1);
    if (p.failed) {
        prom__bytes_free(&p.bytes);
        return prom__no_memory("a description");
    }
    *out = p.bytes.p;
    return PROM_OK;
}
