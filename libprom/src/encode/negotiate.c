// SPDX-License-Identifier: Apache-2.0
/* negotiate.c - from an Accept field to a format.
 *
 * Each offer is held against all clauses; its best one is that of the highest weight, then the
 * more exact, then the first. The offer with the best clause wins, so the time is that of one
 * pass for each offer, whatever the field says. */
#include "clause.h"

#include <prom/encode.h>

#include <string.h>

/* What a clause, or the Content-Type of an encoder, says. */
typedef struct media {
    prom_str type, subtype;
    prom_str version, proto, encoding, escaping; /* p is NULL: not said */
    int q;                                       /* in thousandths; -1: breaks the grammar */
} media;

/* How exactly a clause names an offer. */
enum { NOT_AT_ALL, ANYTHING, ANY_OF_TYPE, TYPE, TYPE_AND_VERSION };

typedef struct choice {
    const prom_encoder *encoder; /* NULL: none yet */
    prom_str escaping;
    int q, level;
    size_t place; /* of the clause in the field */
} choice;

static void read_parameter(media *m, prom_str parameter)
{
    prom_str name = prom__clause_cut(&parameter, '=');
    prom_str value = prom__clause_cut(&parameter, ';');
    if (prom__clause_is(name, "version"))
        m->version = value;
    else if (prom__clause_is(name, "proto"))
        m->proto = value;
    else if (prom__clause_is(name, "encoding"))
        m->encoding = value;
    else if (prom__clause_is(name, "escaping"))
        m->escaping = value;
    else if (prom__clause_is(name, "q"))
        m->q = m->q < 0 ? -1 : prom__clause_weight(value);
}

/* A second slash stays in the subtype, which then is nobody's. */
static media read_media(prom_str clause)
{
    media m = { .q = 1000 };
    prom_str range = prom__clause_cut(&clause, ';');
    m.type = prom__clause_cut(&range, '/');
    m.subtype = prom__clause_cut(&range, ';');
    while (clause.n)
        read_parameter(&m, prom__clause_cut(&clause, ';'));
    return m;
}

/* What an offer says of itself a clause must say too. */
static bool agrees(prom_str offered, prom_str asked)
{
    return !offered.p || (asked.p && prom__clause_same_value(offered, asked));
}

static int match(const prom_encoder *e, const media *offer, const media *clause)
{
    bool only_by_version = e == &prom_openmetrics_2; /* a candidate: nobody gets it unasked */
    bool any = prom__clause_is(clause->subtype, "*");
    if (any && !only_by_version && prom__clause_is(clause->type, "*"))
        return ANYTHING;
    if (!prom__clause_same_name(offer->type, clause->type))
        return NOT_AT_ALL;
    if (any && !only_by_version)
        return ANY_OF_TYPE;
    if (!prom__clause_same_name(offer->subtype, clause->subtype) ||
        !agrees(offer->proto, clause->proto) || !agrees(offer->encoding, clause->encoding))
        return NOT_AT_ALL;
    if (!offer->version.p || !clause->version.p)
        return only_by_version ? NOT_AT_ALL : TYPE;
    return agrees(offer->version, clause->version) ? TYPE_AND_VERSION : NOT_AT_ALL;
}

static bool is_better(const choice *a, const choice *b)
{
    if (!a->encoder || !b->encoder)
        return a->encoder != NULL;
    if (a->q != b->q)
        return a->q > b->q;
    int a_level = a->level < TYPE ? a->level : TYPE,
        b_level = b->level < TYPE ? b->level : TYPE;
    if (a_level != b_level)
        return a_level > b_level;
    if (a->place != b->place)
        return a->place < b->place;
    return a->encoder == &prom_text && b->encoder != &prom_text;
}

/* The best clause for this offer. None where the most exact of those that speak of it says no.
 */
static choice weigh(const prom_encoder *e, prom_str field)
{
    media offer = read_media((prom_str){ e->content_type, strlen(e->content_type) });
    choice best = { .encoder = NULL };
    int most = NOT_AT_ALL;
    bool barred = false;
    for (size_t place = 0; field.n; place++) {
        media m = read_media(prom__clause_cut(&field, ','));
        int level = m.q < 0 ? NOT_AT_ALL : match(e, &offer, &m);
        if (level == NOT_AT_ALL)
            continue;
        choice c = { m.q > 0 ? e : NULL, m.escaping, m.q, level, place };
        if (is_better(&c, &best))
            best = c;
        if (level >= most)
            barred = m.q == 0 || (barred && level == most);
        most = level > most ? level : most;
    }
    return barred ? (choice){ .encoder = NULL } : best;
}

static prom_escaping read_escaping(prom_str said)
{
    for (int e = PROM_UNDERSCORES; said.p && e <= PROM_ALLOW_UTF8; e++) {
        const char *name = prom_escaping_name((prom_escaping)e);
        if (prom__clause_same_value(said, (prom_str){ name, strlen(name) }))
            return (prom_escaping)e;
    }
    return PROM_UNDERSCORES;
}

static const prom_encoder *fallback(const prom_encoder *const *offer)
{
    for (size_t i = 0; offer[i]; i++)
        if (offer[i] == &prom_text)
            return offer[i];
    return offer[0] ? offer[0] : &prom_text;
}

static const prom_encoder *const usual[] = { &prom_text,        &prom_text_1,
                                             &prom_openmetrics, &prom_openmetrics_0,
                                             &prom_protobuf,    NULL };

void prom_negotiate(const char *accept, const prom_negotiate_opts *theirs, prom_format *out)
{
    prom_negotiate_opts o = { .size = sizeof o };
    if (theirs)
        memcpy(&o, theirs, theirs->size < sizeof o ? theirs->size : sizeof o);
    const prom_encoder *const *offer = o.offer ? o.offer : usual;
    prom_str field = { accept, accept ? strlen(accept) : 0 };
    choice best = { .encoder = NULL };
    for (size_t i = 0; offer[i]; i++) {
        choice c = weigh(offer[i], field);
        if (is_better(&c, &best))
            best = c;
    }
    if (!best.encoder)
        best.encoder = fallback(offer);
    out->encoder = best.encoder;
    out->escaping = read_escaping(best.escaping);
    prom_content_type(out->encoder, out->escaping, out->content_type, sizeof out->content_type);
}
