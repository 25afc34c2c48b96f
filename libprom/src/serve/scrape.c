// SPDX-License-Identifier: Apache-2.0
#include "scrape.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/tally.h"
#include "encode/clause.h"
#include "encode/compress.h"

#include <prom/gather.h>

#include <string.h>

/* Clients that ask for much and read nothing pin a body each. Beyond both of these at once the
 * oldest is cut and the newest told to come again. */
#define BODIES_MAX        8
#define BODIES_BLOCKS_MAX ((64 << 20) / PROM__BODY_BLOCK)

struct prom__scrape {
    prom__scrape *next; /* while it waits */
    struct MHD_Connection *connection;
    prom__answer *answer; /* one reference */
    prom_format format;
    prom_coding coding;
    size_t n_names;
    const char *names[]; /* the connection's; ended by NULL */
};

/* --- what a request asks for -------------------------------------------- */

/* A header field; where it comes several times, its values joined by commas. */
typedef struct field {
    const char *name;
    const char *first; /* NULL: it does not come */
    prom__bytes all;   /* empty while there is only the first */
    bool no_memory;    /* to join: then the first has to do */
} field;

static bool join(field *f, const char *value)
{
    return (f->all.n || prom__bytes_add(&f->all, f->first, strlen(f->first))) &&
           prom__bytes_add(&f->all, ",", 1) && prom__bytes_add(&f->all, value, strlen(value));
}

static prom__mhd_result on_header(void *data, enum MHD_ValueKind kind, const char *name,
                                  const char *value)
{
    field *f = data;
    (void)kind;
    if (!value || !prom__clause_is((prom_str){ name, strlen(name) }, f->name))
        return MHD_YES;
    if (!f->first)
        f->first = value;
    else if (!join(f, value))
        f->no_memory = true;
    return MHD_YES;
}

/* Borrowed from f and from the connection; NULL: the field does not come. */
static const char *read_field(struct MHD_Connection *c, const char *name, field *f)
{
    *f = (field){ .name = name };
    MHD_get_connection_values(c, MHD_HEADER_KIND, on_header, f);
    bool joined = f->all.n && !f->no_memory && prom__bytes_add(&f->all, "", 1);
    return joined ? f->all.p : f->first;
}

static void read_headers(const prom__scrapes *s, prom__scrape *x)
{
    const prom_negotiate_opts o = { sizeof o, s->offer };
    field f;
    prom_negotiate(read_field(x->connection, "accept", &f), &o, &x->format);
    prom__bytes_free(&f.all);
    x->coding = PROM_IDENTITY;
    if (s->no_compression)
        return;
    x->coding = prom_negotiate_coding(read_field(x->connection, "accept-encoding", &f));
    prom__bytes_free(&f.all);
}

static prom__mhd_result on_argument(void *data, enum MHD_ValueKind kind, const char *name,
                                    const char *value)
{
    prom__scrape *x = data;
    (void)kind;
    if (value && strcmp(name, "name[]") == 0)
        x->names[x->n_names++] = value;
    return MHD_YES;
}

prom__scrape *prom__scrape_new(prom__scrapes *s, struct MHD_Connection *c)
{
    int n = MHD_get_connection_values(c, MHD_GET_ARGUMENT_KIND, NULL, NULL);
    size_t room = (n > 0 ? (size_t)n : 0) + 1;
    prom__scrape *x = prom__alloc_zero(sizeof *x + room * sizeof *x->names);
    if (!x)
        return NULL;
    x->connection = c;
    read_headers(s, x);
    MHD_get_connection_values(c, MHD_GET_ARGUMENT_KIND, on_argument, x);
    x->next = s->waiting;
    s->waiting = x;
    MHD_suspend_connection(c);
    return x;
}

void prom__scrape_free(prom__scrape *x)
{
    if (x)
        prom__answer_unref(x->answer);
    prom__free(x);
}

prom__answer *prom__scrape_answer(const prom__scrape *x)
{
    return x->answer;
}

static bool same_names(const prom__scrape *a, const prom__scrape *b)
{
    for (size_t i = 0; i < a->n_names && a->n_names == b->n_names; i++)
        if (strcmp(a->names[i], b->names[i]) != 0)
            return false;
    return a->n_names == b->n_names;
}

static bool same_body(const prom__scrape *a, const prom__scrape *b)
{
    return a->format.encoder == b->format.encoder && a->format.escaping == b->format.escaping &&
           a->coding == b->coding;
}

/* --- making an answer --------------------------------------------------- */

/* Passes on what stays within the limit. An encoder of a user's may not heed an error: what is
 * broken off is an error all the same. */
typedef struct limit {
    prom_writer to;
    size_t max, left;
    bool exceeded;
    prom_err error; /* the first; nothing is passed on after it */
} limit;

static prom_err write_within(void *data, const char *p, size_t n)
{
    limit *l = data;
    if (!l->error && n > l->left)
        l->exceeded = true;
    if (l->exceeded)
        l->error = prom_fail(PROM_E_IO, "the body is larger than max_body_bytes (%zu)", l->max);
    if (l->error)
        return l->error;
    l->left -= n;
    l->error = l->to.write(l->to.data, p, n);
    return l->error;
}

/* A compressor that writes to *to; NULL for identity. */
static prom_err begin_compressor(prom__scrapes *s, prom_coding c, const prom_writer *to,
                                 prom_compressor **out)
{
    *out = NULL;
    if (c == PROM_IDENTITY)
        return PROM_OK;
    prom_compressor **kept = &s->compressors[c];
    prom_err err =
        *kept ? prom__compressor_begin(*kept, to) : prom_compressor_new(c, 0, to, kept);
    *out = err ? NULL : *kept;
    return err;
}

static prom_err encode(prom__scrapes *s, const prom__scrape *x, const prom_snapshot *of,
                       prom__body *b)
{
    const prom_encode_opts o = { .size = sizeof o, .escaping = x->format.escaping };
    prom_writer plain = prom__body_writer(b);
    prom_compressor *z;
    prom_err err = begin_compressor(s, x->coding, &plain, &z);
    if (err)
        return err;
    size_t max = s->max_body_bytes ? s->max_body_bytes : SIZE_MAX;
    limit l = { z ? prom_compressor_writer(z) : plain, max, max, false, PROM_OK };
    err = prom_encode(x->format.encoder, &o, of, &(prom_writer){ write_within, &l });
    if (!err)
        err = l.error;
    if (l.exceeded)
        atomic_fetch_add_explicit(&prom__bodies_too_large, 1, memory_order_relaxed);
    return err || !z ? err : prom_compressor_finish(z);
}

static prom__answer *make_answer(prom__scrapes *s, const prom__scrape *x,
                                 const prom_snapshot *of)
{
    if (s->blocks.bodies >= BODIES_MAX && s->blocks.lent >= BODIES_BLOCKS_MAX) {
        prom__guard_cut_answering(s->guard);
        return prom__answer_words(MHD_HTTP_SERVICE_UNAVAILABLE, "too many scrapes under way\n");
    }
    prom__body *b = NULL;
    prom_err err = prom__body_new(&s->blocks, &b);
    if (!err)
        err = encode(s, x, of, b);
    if (!err)
        return prom__answer_body(b, x->format.content_type, x->coding);
    prom__body_free(b);
    return prom__answer_errors(NULL, err);
}

/* --- rounds ------------------------------------------------------------- */

/* Takes the one that has waited longest, and all that want the same names, off the list. */
static prom__scrape *take_group(prom__scrapes *s)
{
    prom__scrape *first = s->waiting, *group = NULL;
    while (first && first->next)
        first = first->next;
    for (prom__scrape **at = &s->waiting, *x; (x = *at);)
        if (same_names(first, x)) {
            *at = x->next;
            x->next = group;
            group = x;
        } else {
            at = &x->next;
        }
    return group;
}

static prom__answer *answer_of_another(const prom__scrape *group, const prom__scrape *x)
{
    while (group != x && !same_body(group, x))
        group = group->next;
    return group == x ? NULL : prom__answer_ref(group->answer);
}

static void answer_group(prom__scrapes *s, prom__scrape *group)
{
    prom_snapshot *of = NULL;
    const prom_gather_opts o = { .size = sizeof o,
                                 .names = group->n_names ? group->names : NULL };
    prom_err err = prom_gather_with(s->registry, &o, &of);
    bool failed = err || prom_snapshot_error(of, 0);
    prom__answer *errors = failed ? prom__answer_errors(of, err) : NULL;
    for (prom__scrape *x = group; x; x = x->next) {
        x->answer = failed ? prom__answer_ref(errors) : answer_of_another(group, x);
        if (!failed && !x->answer)
            x->answer = make_answer(s, x, of);
    }
    prom__answer_unref(errors);
    prom_unref(of);
    for (prom__scrape *x = group, *next; x; x = next) {
        next = x->next;
        MHD_resume_connection(x->connection);
    }
}

prom__work prom__scrapes_step(prom__scrapes *s)
{
    if (!s->waiting)
        return (prom__work){ false, false };
    uint64_t start = prom__clock_steady();
    answer_group(s, take_group(s));
    s->guard->ours_ns += prom__clock_steady() - start;
    return (prom__work){ prom__scrapes_waiting(s), true };
}

bool prom__scrapes_waiting(const prom__scrapes *s)
{
    return s->waiting != NULL;
}

void prom__scrapes_abandon(prom__scrapes *s)
{
    for (prom__scrape *x = s->waiting; x; x = x->next)
        MHD_resume_connection(x->connection);
    s->waiting = NULL;
}

void prom__scrapes_free(prom__scrapes *s)
{
    for (size_t i = 0; i < PROM__CODINGS; i++) {
        prom_unref(s->compressors[i]);
        s->compressors[i] = NULL;
    }
    prom__blocks_free(&s->blocks);
}
