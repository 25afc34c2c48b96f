// SPDX-License-Identifier: Apache-2.0
/* instrument.c - metrics of HTTP exchanges.
 *
 * The children for a method and a code are kept, so that the end of an exchange finds them by
 * two loads; where there are further labels they are looked up, which takes no lock either. */
#include "base/alloc.h"
#include "base/bytes.h"
#include "base/object.h"
#include "base/utf8.h"

#include <prom/gather.h>
#include <prom/instrument.h>

#include <stdio.h>
#include <string.h>

/* What is known of an exchange that ended: one family each, with the same labels. */
enum { REQUESTS, DURATION, REQUEST_SIZE, RESPONSE_SIZE, FIRST_BYTE, FAMILIES };

enum {
    UNKNOWN_METHOD, /* the first of all methods */
    UNKNOWN_CODE = 0,
    FIRST_CODE = 100,
    CODES = 501, /* unknown, 100 to 599 */
    FEW = 16     /* labels without an allocation */
};

/* Children for one method and code, each from its first use on. A child stays here until the
 * end, also when it was removed: somebody may be updating it. */
typedef struct kept {
    _Atomic(void *) child[FAMILIES];
} kept;

typedef struct kept_codes {
    _Atomic(kept *) code[CODES];
} kept_codes;

struct prom_http_metrics {
    prom__object object;
    prom_gauge *in_flight;
    prom_vec *family[FAMILIES];
    bool code, method;                /* the labels are there */
    size_t n_more;                    /* further labels */
    size_t n_methods;                 /* with "unknown" */
    char **methods;                   /* in small letters, as the label's value */
    _Atomic(kept_codes *) *by_method; /* NULL where there are further labels */
};

/* --- methods, codes ------------------------------------------------------- */

static const char *const usual_methods[] = { "unknown", "get",    "put",     "head",
                                             "post",    "delete", "connect", "options",
                                             "notify",  "trace",  "patch" };
enum { USUAL_METHODS = sizeof usual_methods / sizeof *usual_methods };

static char small(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static char large(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

/* Is s the word, which is in small letters, in either all small or all large ones? */
static bool is_method(const char *s, const char *word)
{
    bool in_small = true, in_large = true;
    for (; *s && *word; s++, word++) {
        in_small &= *s == *word;
        in_large &= *s == large(*word);
        if (!in_small && !in_large)
            return false;
    }
    return *s == *word;
}

static unsigned method_of(const prom_http_metrics *m, const char *s)
{
    for (unsigned i = UNKNOWN_METHOD + 1; s && i < m->n_methods; i++)
        if (is_method(s, m->methods[i]))
            return i;
    return UNKNOWN_METHOD;
}

static unsigned code_of(int status)
{
    if (status == 0)
        status = 200;
    return status >= FIRST_CODE && status < FIRST_CODE + CODES - 1
               ? (unsigned)(status - FIRST_CODE) + 1
               : UNKNOWN_CODE;
}

/* --- making --------------------------------------------------------------- */

static void free_kept(prom_http_metrics *m)
{
    for (size_t i = 0; m->by_method && i < m->n_methods; i++) {
        kept_codes *codes = atomic_load_explicit(&m->by_method[i], memory_order_acquire);
        for (size_t c = 0; codes && c < CODES; c++) {
            kept *k = atomic_load_explicit(&codes->code[c], memory_order_acquire);
            for (size_t f = 0; k && f < FAMILIES; f++)
                prom_unref(atomic_load_explicit(&k->child[f], memory_order_acquire));
            prom__free(k);
        }
        prom__free(codes);
    }
    prom__free(m->by_method);
}

static void destroy(void *self)
{
    prom_http_metrics *m = self;
    free_kept(m);
    for (size_t i = 0; i < FAMILIES; i++)
        prom_unref(m->family[i]);
    prom_unref(m->in_flight);
    for (size_t i = 0; m->methods && i < m->n_methods; i++)
        prom__free(m->methods[i]);
    prom__free(m->methods);
    prom__free(m);
}

static const prom__class class = { "HTTP metrics", destroy, NULL, NULL };

static prom_err add_method(prom_http_metrics *m, const char *name)
{
    size_t n = strlen(name);
    if (!n || !prom__utf8_valid(name, n))
        return prom_fail(PROM_E_LABELS, "an extra method is %s", n ? "not UTF-8" : "empty");
    char *copy = prom__alloc(n + 1);
    if (!copy)
        return prom__no_memory("HTTP metrics");
    for (size_t i = 0; i <= n; i++)
        copy[i] = small(name[i]);
    m->methods[m->n_methods++] = copy;
    return PROM_OK;
}

static prom_err add_methods(prom_http_metrics *m, const char *const *more)
{
    size_t n = USUAL_METHODS;
    for (const char *const *x = more; x && *x; x++)
        n++;
    m->methods = prom__alloc_zero(n * sizeof *m->methods);
    if (!m->methods)
        return prom__no_memory("HTTP metrics");
    prom_err e = PROM_OK;
    for (size_t i = 0; i < USUAL_METHODS && !e; i++)
        e = add_method(m, usual_methods[i]);
    for (; more && *more && !e; more++)
        if (method_of(m, *more) == UNKNOWN_METHOD)
            e = add_method(m, *more);
    if (!e && !m->n_more) {
        m->by_method = prom__alloc_zero(m->n_methods * sizeof *m->by_method);
        if (!m->by_method)
            e = prom__no_memory("HTTP metrics");
    }
    return e;
}

/* --- families ------------------------------------------------------------- */

typedef struct family_row {
    prom_type type;
    const char *name, *unit, *server_help, *client_help;
} family_row;

static const family_row in_flight_row = { PROM_GAUGE, "requests_in_flight", NULL,
                                          "HTTP requests that are being served.",
                                          "HTTP requests that are under way." };

static const family_row rows[FAMILIES] = {
    { PROM_COUNTER, "requests_total", NULL, "HTTP requests that were served.",
      "HTTP requests that were answered." },
    { PROM_HISTOGRAM, "request_duration_seconds", "seconds",
      "Time it took to serve HTTP requests.", "Time it took to have HTTP requests answered." },
    { PROM_HISTOGRAM, "request_size_bytes", "bytes", "Sizes of HTTP requests.",
      "Sizes of HTTP requests." },
    { PROM_HISTOGRAM, "response_size_bytes", "bytes", "Sizes of HTTP responses.",
      "Sizes of HTTP responses." },
    { PROM_HISTOGRAM, "time_to_first_byte_seconds", "seconds",
      "Time until the first byte of an HTTP response was sent.",
      "Time until the first byte of an HTTP response came." },
};

/* Said here because without them a native histogram would have no classic buckets. */
static const double seconds_buckets[] = { .005, .01, .025, .05, .1, .25,
                                          .5,   1,   2.5,  5,   10, INFINITY };
static const double size_buckets[] = { 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, INFINITY };

/* How all families are made, and which of them are new in the registry: to take them out again
 * when a later one cannot be made. */
typedef struct making {
    const prom_http_metrics_opts *o;
    prom_registry *r;
    const char **labels; /* "code", "method" and the further ones */
    prom__bytes before;  /* void * each: what the registry had already */
    void *made[FAMILIES + 1];
    size_t n_made;
} making;

static prom_err note(void *data, const prom_registered *x)
{
    making *k = data;
    return prom__bytes_add(&k->before, (const char *)&x->object, sizeof x->object)
               ? PROM_OK
               : prom__no_memory("HTTP metrics");
}

static bool was_before(const making *k, const void *object)
{
    for (size_t i = 0; i < k->before.n; i += sizeof object)
        if (memcmp(k->before.p + i, &object, sizeof object) == 0)
            return true;
    return false;
}

static prom_err make_family(making *k, const family_row *row, bool labelled, prom_vec **out)
{
    const prom_http_metrics_opts *o = k->o;
    char name[64];
    snprintf(name, sizeof name, "%s%s", o->client ? "http_client_" : "http_", row->name);
    prom_opts opts = { .size = sizeof opts,
                       .name = name,
                       .help = o->client ? row->client_help : row->server_help,
                       .unit = row->unit,
                       .namespace_ = o->namespace_,
                       .const_labels = o->const_labels,
                       .labels = labelled ? k->labels : NULL };
    if (row->type == PROM_HISTOGRAM) {
        bool bytes = row->unit[0] == 'b';
        const double *theirs = bytes ? o->size_buckets : o->buckets;
        opts.buckets = theirs ? theirs : bytes ? size_buckets : seconds_buckets;
        opts.native_factor = o->native ? 1.1 : 0;
    }
    prom_err e = prom_vec_new(k->r, row->type, &opts, out);
    if (!e && k->r && !was_before(k, *out))
        k->made[k->n_made++] = *out;
    return e;
}

static prom_err make_families(prom_http_metrics *m, making *k)
{
    prom_vec *gauge = NULL;
    prom_err e = k->r ? prom_registry_each(k->r, note, k) : PROM_OK;
    if (!e)
        e = make_family(k, &in_flight_row, false, &gauge);
    if (!e)
        e = prom_gauge_with(gauge, NULL, &m->in_flight);
    for (size_t i = 0; i < FAMILIES && !e; i++)
        e = make_family(k, &rows[i], true, &m->family[i]);
    while (e && k->n_made)
        prom_registry_remove(k->r, k->made[--k->n_made]);
    prom_unref(gauge);
    prom__bytes_free(&k->before);
    return e;
}

static prom_err make_with_labels(prom_http_metrics *m, prom_registry *r,
                                 const prom_http_metrics_opts *o)
{
    making k = { .o = o, .r = r };
    size_t n = 0;
    m->code = !o->no_code;
    m->method = !o->no_method;
    while (o->labels && o->labels[m->n_more])
        m->n_more++;
    k.labels = prom__alloc((m->n_more + 3) * sizeof *k.labels);
    if (!k.labels)
        return prom__no_memory("HTTP metrics");
    if (m->code)
        k.labels[n++] = "code";
    if (m->method)
        k.labels[n++] = "method";
    for (size_t i = 0; i < m->n_more; i++)
        k.labels[n++] = o->labels[i];
    k.labels[n] = NULL;
    prom_err e = add_methods(m, o->extra_methods);
    if (!e)
        e = make_families(m, &k);
    prom__free(k.labels);
    return e;
}

prom_err prom_http_metrics_new(prom_registry *r, const prom_http_metrics_opts *theirs,
                               prom_http_metrics **out)
{
    prom_http_metrics_opts o = { .size = sizeof o };
    *out = NULL;
    if (theirs && theirs->size < offsetof(prom_http_metrics_opts, namespace_))
        return prom_fail(PROM_E_INVAL,
                         "prom_http_metrics_opts.size is not set: use PROM_HTTP_METRICS_OPTS");
    if (theirs)
        memcpy(&o, theirs, theirs->size < sizeof o ? theirs->size : sizeof o);
    prom_http_metrics *m = prom__alloc_zero(sizeof *m);
    if (!m)
        return prom__no_memory("HTTP metrics");
    prom__object_init(&m->object, &class);
    prom_err e = make_with_labels(m, r, &o);
    if (e)
        prom_unref(m);
    else
        *out = m;
    return e;
}

/* --- children ------------------------------------------------------------- */

/* Where the children of a method and code are kept; NULL: nowhere. */
static kept *kept_for(prom_http_metrics *m, unsigned method, unsigned code)
{
    if (!m->by_method)
        return NULL;
    _Atomic(kept_codes *) *row = &m->by_method[method];
    kept_codes *codes = atomic_load_explicit(row, memory_order_acquire);
    if (!codes) {
        kept_codes *mine = prom__alloc_zero(sizeof *mine);
        if (!mine)
            return NULL;
        /* Release, for whoever loads it sees it whole; of two, the second gives way. */
        if (atomic_compare_exchange_strong_explicit(row, &codes, mine, memory_order_acq_rel,
                                                    memory_order_acquire))
            codes = mine;
        else
            prom__free(mine);
    }
    kept *k = atomic_load_explicit(&codes->code[code], memory_order_acquire);
    if (k)
        return k;
    kept *mine = prom__alloc_zero(sizeof *mine);
    if (!mine)
        return NULL;
    if (atomic_compare_exchange_strong_explicit(&codes->code[code], &k, mine,
                                                memory_order_acq_rel, memory_order_acquire))
        return mine;
    prom__free(mine);
    return k;
}

/* All label values of an exchange, in the order of the labels. */
typedef struct values {
    prom_str few[FEW], *p;
    size_t n;
    char code[4];
} values;

static void add_value(values *v, const char *s)
{
    v->p[v->n++] = (prom_str){ s, strlen(s) };
}

static prom_err take_values(values *v, const prom_http_metrics *m, unsigned method,
                            unsigned code, const char *const *more)
{
    size_t n = 0;
    while (more && more[n])
        n++;
    v->n = 0;
    v->p = n + 2 <= FEW ? v->few : prom__alloc((n + 2) * sizeof *v->p);
    if (!v->p)
        return prom__no_memory("label values");
    if (m->code) {
        unsigned number = code - 1 + FIRST_CODE;
        v->code[0] = (char)('0' + number / 100);
        v->code[1] = (char)('0' + number / 10 % 10);
        v->code[2] = (char)('0' + number % 10);
        v->code[3] = '\0';
        add_value(v, code == UNKNOWN_CODE ? "unknown" : v->code);
    }
    if (m->method)
        add_value(v, m->methods[method]);
    for (size_t i = 0; i < n; i++)
        add_value(v, more[i]);
    return PROM_OK;
}

static void drop_values(values *v)
{
    if (v->p != v->few)
        prom__free(v->p);
}

/* The children that an outcome is for; those that are not kept are held. */
typedef struct found {
    void *child[FAMILIES];
    bool held[FAMILIES];
} found;

static void let_go(found *f)
{
    for (size_t i = 0; i < FAMILIES; i++)
        if (f->held[i])
            prom_unref(f->child[i]);
}

/* A child that was removed meanwhile is looked up again each time, which makes it anew. */
static bool find_kept(const kept *k, size_t family, found *f)
{
    void *child = k ? atomic_load_explicit(&k->child[family], memory_order_acquire) : NULL;
    if (!prom_child_exposed(child))
        return false;
    f->child[family] = child;
    return true;
}

static prom_err look_up(prom_http_metrics *m, const values *v, kept *k, size_t family, found *f)
{
    void *none = NULL;
    prom_err e = prom_vec_with(m->family[family], v->p, v->n, &f->child[family]);
    if (!e)
        f->held[family] = !k || !atomic_compare_exchange_strong_explicit(
                                    &k->child[family], &none, f->child[family],
                                    memory_order_acq_rel, memory_order_relaxed);
    return e;
}

/* Finds the children of these families. */
static prom_err find(prom_http_metrics *m, unsigned method, unsigned code,
                     const char *const *more, size_t first, size_t end, found *f)
{
    /* Labels that there should not be are not found either, and make the error. */
    kept *k = more && *more ? NULL : kept_for(m, m->method ? method : 0, m->code ? code : 0);
    bool all = true;
    for (size_t i = first; i < end; i++)
        all &= find_kept(k, i, f);
    if (all)
        return PROM_OK;
    values v;
    prom_err e = take_values(&v, m, method, code, more);
    if (e)
        return e;
    for (size_t i = first; i < end && !e; i++)
        if (!f->child[i])
            e = look_up(m, &v, k, i, f);
    drop_values(&v);
    return e;
}

/* --- exchanges ------------------------------------------------------------ */

prom_http_exchange prom_http_begin(prom_http_metrics *m, const char *method)
{
    prom_http_exchange x = { .metrics = m, .first_byte = -1 };
    if (!m)
        return x;
    prom_ref(m);
    prom_gauge_add(m->in_flight, 1);
    x.method = method_of(m, method);
    x.timer = prom_timer_start();
    return x;
}

void prom_http_first_byte(prom_http_exchange *x, int status)
{
    if (!x || !x->metrics || x->first_byte >= 0)
        return;
    x->first_byte = prom_timer_seconds(x->timer);
    x->first_status = status;
}

/* Without the exemplar where that is not valid, or there is no memory for it. */
static prom_err observe(prom_histogram *h, double v, const prom_label *exemplar)
{
    prom_err e = exemplar ? prom_histogram_observe_exemplar(h, v, exemplar) : PROM_OK;
    if (!exemplar || e)
        prom_histogram_observe(h, v);
    return e;
}

static prom_err count(prom_counter *c, const prom_label *exemplar)
{
    prom_err e = exemplar ? prom_counter_add_exemplar(c, 1, exemplar) : PROM_OK;
    if (!exemplar || e)
        prom_counter_inc(c);
    return e;
}

static prom_err record(const found *f, const prom_http_exchange *x, double seconds,
                       const prom_http_outcome *o)
{
    const double v[FAMILIES] = { 0, seconds, (double)o->request_bytes,
                                 (double)o->response_bytes, x->first_byte };
    prom_err first = count(f->child[REQUESTS], o->exemplar);
    for (size_t i = DURATION; i < FAMILIES; i++) {
        prom_err e = f->child[i] ? observe(f->child[i], v[i], o->exemplar) : PROM_OK;
        first = first ? first : e;
    }
    return first;
}

static void leave(prom_http_exchange *x)
{
    prom_gauge_add(x->metrics->in_flight, -1);
    prom_unref(x->metrics);
    x->metrics = NULL;
}

prom_err prom_http_end(prom_http_exchange *x, const prom_http_outcome *theirs)
{
    prom_http_outcome o = { .size = sizeof o };
    if (!x || !x->metrics)
        return PROM_OK;
    prom_http_metrics *m = x->metrics;
    double seconds = prom_timer_seconds(x->timer);
    found f = { .child = { NULL } };
    prom_err e = PROM_OK;
    if (theirs && theirs->size < offsetof(prom_http_outcome, status))
        e = prom_fail(PROM_E_INVAL, "prom_http_outcome.size is not set: use PROM_HTTP_OUTCOME");
    else if (theirs)
        memcpy(&o, theirs, theirs->size < sizeof o ? theirs->size : sizeof o);
    if (!e)
        e = find(m, x->method, code_of(o.status), o.labels, REQUESTS, FIRST_BYTE, &f);
    if (!e && x->first_byte >= 0)
        e = find(m, x->method, code_of(x->first_status), o.labels, FIRST_BYTE, FAMILIES, &f);
    if (!e)
        e = record(&f, x, seconds, &o);
    let_go(&f);
    leave(x);
    return e;
}

void prom_http_abandon(prom_http_exchange *x)
{
    if (x && x->metrics)
        leave(x);
}
