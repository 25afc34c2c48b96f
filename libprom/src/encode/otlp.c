// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE /* program_invocation_short_name */
#include "otlp.h"

#include "base/alloc.h"
#include "base/utf8.h"
#include "out.h"
#include "ucum.h"

#include <prom/version.h>

#include <errno.h>

enum { REQUEST_RESOURCE_METRICS = 1 };
enum { RESOURCE_METRICS_RESOURCE = 1, RESOURCE_METRICS_SCOPE_METRICS };
enum { RESOURCE_ATTRIBUTE = 1 };
enum { SCOPE_METRICS_SCOPE = 1, SCOPE_METRICS_METRIC };
enum { SCOPE_NAME = 1, SCOPE_VERSION };
enum { METRIC_NAME = 1, METRIC_DESCRIPTION, METRIC_UNIT, METRIC_METADATA = 12 };
enum { KIND_TEMPORALITY = 2, KIND_MONOTONIC };
enum { CUMULATIVE = 2 };

static prom_str str_of(const char *s)
{
    return (prom_str){ s, s ? strlen(s) : 0 };
}

/* --- what is sent for whom ------------------------------------------------ */

static bool is_text(const char *s)
{
    return prom__utf8_valid(s, strlen(s));
}

static prom_err check_attribute(const prom_label *all, const prom_label *l)
{
    if (!*l->name || !l->value)
        return prom_fail(PROM_E_LABELS, "resource attribute '%s' lacks its %s", l->name,
                         l->value ? "name" : "value");
    if (!is_text(l->name) || !is_text(l->value))
        return prom_fail(PROM_E_LABELS, "resource attribute '%s' is not UTF-8", l->name);
    for (const prom_label *other = all; other < l; other++)
        if (strcmp(other->name, l->name) == 0)
            return prom_fail(PROM_E_LABELS, "resource attribute '%s' is there twice", l->name);
    return PROM_OK;
}

prom_err prom__otlp_check(const prom_otlp_opts *theirs, prom_otlp_opts *ours)
{
    *ours = (prom_otlp_opts){ .size = 0 };
    if (theirs && theirs->size < offsetof(prom_otlp_opts, resource))
        return prom_fail(PROM_E_INVAL, "prom_otlp_opts.size is not set");
    if (theirs)
        memcpy(ours, theirs, theirs->size < sizeof *ours ? theirs->size : sizeof *ours);
    ours->size = sizeof *ours;
    if (!ours->scope_name) {
        ours->scope_name = "libprom";
        ours->scope_version = ours->scope_version ? ours->scope_version : PROM_VERSION;
    }
    if (!is_text(ours->scope_name) || (ours->scope_version && !is_text(ours->scope_version)))
        return prom_fail(PROM_E_INVAL, "the scope's name or version is not UTF-8");
    prom_err e = PROM_OK;
    for (const prom_label *l = ours->resource; l && l->name && !e; l++)
        e = check_attribute(ours->resource, l);
    return e;
}

/* --- around the metrics --------------------------------------------------- */

/* What the specification wants of who has no name. */
static void put_unknown_service(prom__wire *w)
{
    static const char unknown[] = "unknown_service:";
    const char *program = program_invocation_short_name;
    char name[256];
    size_t n = strlen(program), before = sizeof unknown - 1;
    n = n < sizeof name - before ? n : sizeof name - before;
    memcpy(name, unknown, before);
    memcpy(name + before, program, n);
    n = prom__utf8_valid(program, n) ? before + n : before - 1;
    prom__otlp_attribute_put(w, RESOURCE_ATTRIBUTE, str_of("service.name"),
                             (prom_str){ name, n });
}

static void put_resource(prom__wire *w, const prom_label *attributes)
{
    size_t before = prom__wire_size(w), n = 0;
    bool named = false;
    while (attributes && attributes[n].name)
        n++;
    for (; n-- > 0;) {
        named = named || strcmp(attributes[n].name, "service.name") == 0;
        prom__otlp_attribute_put(w, RESOURCE_ATTRIBUTE, str_of(attributes[n].name),
                                 str_of(attributes[n].value));
    }
    if (!named)
        put_unknown_service(w);
    prom__wire_close(w, RESOURCE_METRICS_RESOURCE, before);
}

static void put_scope(prom__wire *w, const prom_otlp_opts *o)
{
    size_t before = prom__wire_size(w);
    prom_str name = str_of(o->scope_name), version = str_of(o->scope_version);
    prom__wire_bytes(w, SCOPE_VERSION, version.p, version.n);
    prom__wire_bytes(w, SCOPE_NAME, name.p, name.n);
    prom__wire_close(w, SCOPE_METRICS_SCOPE, before);
}

/* --- a family ------------------------------------------------------------- */

/* A histogram has native points or others, or some of each. */
enum { PASSES = 2 };

static prom__otlp_kind kind_of_pass(prom_type t, unsigned pass)
{
    static const prom__otlp_kind kinds[][PASSES] = {
        [PROM_UNKNOWN] = { PROM__OTLP_GAUGE },
        [PROM_COUNTER] = { PROM__OTLP_SUM },
        [PROM_GAUGE] = { PROM__OTLP_GAUGE },
        [PROM_HISTOGRAM] = { PROM__OTLP_EXPONENTIAL, PROM__OTLP_HISTOGRAM },
        [PROM_SUMMARY] = { PROM__OTLP_SUMMARY },
        [PROM_INFO] = { PROM__OTLP_SUM },
        [PROM_STATESET] = { PROM__OTLP_SUM },
        [PROM_GAUGE_HISTOGRAM] = { PROM__OTLP_NONE },
    };
    return kinds[t][pass];
}

/* Types that are of no other kind are said beside it. */
static void put_type(prom__wire *w, prom_type t)
{
    if (t == PROM_UNKNOWN || t == PROM_INFO || t == PROM_STATESET)
        prom__otlp_attribute_put(w, METRIC_METADATA, str_of("prometheus.type"),
                                 str_of(prom_type_name(t)));
}

static void put_kind(prom__wire *w, prom__otlp_kind kind, prom_type t)
{
    if (kind == PROM__OTLP_SUM)
        prom__wire_u64(w, KIND_MONOTONIC, t == PROM_COUNTER);
    if (kind != PROM__OTLP_GAUGE && kind != PROM__OTLP_SUMMARY)
        prom__wire_u64(w, KIND_TEMPORALITY, CUMULATIVE);
}

static void put_unit(prom__wire *w, const char *unit)
{
    size_t before = prom__wire_size(w);
    prom__ucum u = prom__ucum_of(unit);
    prom__wire_raw(w, u.per.p, u.per.n);
    prom__wire_raw(w, "/", u.per.n > 0);
    prom__wire_raw(w, u.unit.p, u.unit.n);
    if (prom__wire_size(w) > before)
        prom__wire_close(w, METRIC_UNIT, before);
}

/* The name is not altered: what Prometheus adds to names (_total, units) it does not add twice.
 */
static void put_head(prom__wire *w, const prom_family *f)
{
    prom_str name = str_of(f->name), help = str_of(f->help);
    put_unit(w, f->unit);
    prom__wire_bytes(w, METRIC_DESCRIPTION, help.p, help.n);
    prom__wire_bytes(w, METRIC_NAME, name.p, name.n);
}

static bool has_room(const prom__otlp *x, size_t most)
{
    return !x->points || prom__wire_size(&x->point.wire) < most;
}

static prom_err put_points(prom__otlp *x, const prom__family *f, prom__otlp_kind kind,
                           size_t most)
{
    bool room = true; /* for a metric is for one point of it, whatever is said beside it */
    prom_err e = PROM_OK;
    for (; x->left && !e && room; x->left--) {
        const prom__point *p = &f->points[x->left - 1];
        if (prom__otlp_kind_of(f->pub.type, p) == kind) {
            e = prom__otlp_point_put(&x->point, kind, &f->pub, p);
            x->points++;
            room = has_room(x, most);
        }
    }
    return e;
}

/* Points of one kind, as many as there is room for; nothing if there are none. */
static prom_err put_metric(prom__otlp *x, const prom__family *f, size_t most)
{
    prom__wire *w = &x->point.wire;
    prom__otlp_kind kind = kind_of_pass(f->pub.type, x->pass);
    size_t whole = prom__wire_size(w), points = x->points;
    if (kind == PROM__OTLP_NONE) {
        x->left = 0;
        return PROM_OK;
    }
    put_type(w, f->pub.type);
    size_t data = prom__wire_size(w);
    put_kind(w, kind, f->pub.type);
    prom_err e = put_points(x, f, kind, most);
    if (x->points == points) {
        prom__wire_cut(w, whole);
        return e;
    }
    prom__wire_close(w, (unsigned)kind, data);
    put_head(w, &f->pub);
    prom__wire_close(w, SCOPE_METRICS_METRIC, whole);
    return e;
}

/* --- requests ------------------------------------------------------------- */

static const prom__family *family_of(const prom__otlp *x)
{
    return x->snapshot->families[x->families - 1];
}

/* On to the next pass of the family, or to the family before it. */
static void step(prom__otlp *x)
{
    x->pass++;
    if (x->pass == PASSES || kind_of_pass(family_of(x)->pub.type, x->pass) == PROM__OTLP_NONE) {
        x->pass = 0;
        x->families--;
    }
    x->left = x->families ? family_of(x)->pub.n_metrics : 0;
}

static prom_err put_metrics(prom__otlp *x, size_t most)
{
    prom_err e = PROM_OK;
    while (x->families && !e && has_room(x, most)) {
        e = put_metric(x, family_of(x), most);
        if (!x->left)
            step(x);
    }
    return e;
}

void prom__otlp_begin(prom__otlp *x, const prom_snapshot *s, const prom_otlp_opts *checked,
                      int64_t now_ns)
{
    *x = (prom__otlp){
        .snapshot = s, .opts = checked, .point = { .now_ns = now_ns }, .families = s->n_families
    };
    x->left = x->families ? family_of(x)->pub.n_metrics : 0;
}

prom_err prom__otlp_next(prom__otlp *x, size_t most, bool *more)
{
    prom__wire *w = &x->point.wire;
    prom__wire_clear(w);
    x->points = 0;
    prom_err e = put_metrics(x, most);
    *more = !e && x->points;
    if (!*more)
        return !e && w->failed ? prom__no_memory("a request") : e;
    put_scope(w, x->opts);
    prom__wire_close(w, RESOURCE_METRICS_SCOPE_METRICS, 0);
    put_resource(w, x->opts->resource);
    prom__wire_close(w, REQUEST_RESOURCE_METRICS, 0);
    x->p = w->at;
    x->n = prom__wire_size(w);
    return w->failed ? prom__no_memory("a request") : PROM_OK;
}

void prom__otlp_free(prom__otlp *x)
{
    prom__wire_free(&x->point.wire);
    prom__metric_reader_free(&x->point.reader);
}

/* --- the whole as one ----------------------------------------------------- */

static prom_err write_out(const prom_writer *w, const char *p, size_t n)
{
    prom_err e = PROM_OK;
    for (size_t part; n && !e; p += part, n -= part) {
        part = n < PROM__OUT_BLOCK ? n : PROM__OUT_BLOCK;
        e = w->write(w->data, p, part);
    }
    return e;
}

prom_err prom_otlp_encode(const prom_snapshot *s, const prom_otlp_opts *theirs, int64_t now_ns,
                          const prom_writer *w)
{
    prom_otlp_opts o;
    prom__otlp x;
    bool more;
    if (!s || !w || !w->write)
        return prom_fail(PROM_E_INVAL, "a snapshot and a writer are needed to encode");
    prom_err e = prom__otlp_check(theirs, &o);
    if (e)
        return e;
    prom__otlp_begin(&x, s, &o, now_ns);
    e = prom__otlp_next(&x, SIZE_MAX, &more);
    if (!e && more)
        e = write_out(w, x.p, x.n);
    prom__otlp_free(&x);
    return e;
}
