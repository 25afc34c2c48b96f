// SPDX-License-Identifier: Apache-2.0
/* Proof that no pointer hides in a store: its bytes, copied elsewhere and made read-only, with
 * the registry gone, or in another process, give the text that the registry gave.
 *
 * The reader of images is this test's own, as a reader of the shared backings will be. */
#define _GNU_SOURCE /* mmap, mkstemp, fork */
#include "kit.h"
#include "metric/exemplar.h"
#include "metric/family.h"
#include "registry/registry.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- the reader ---------------------------------------------------------------- */

typedef struct image {
    const char *p;
    uint64_t size;
} image;

/* The record at *at or after it, and *at behind it; NULL: there is none. */
static const prom__record *next_record(const image *m, uint64_t *at, uint64_t *offset)
{
    while (*at < m->size) {
        const prom__record *record = (const prom__record *)(const void *)(m->p + *at);
        *offset = *at;
        if (record->size) {
            *at += record->size;
            return record;
        }
        *at = (*at / PROM__STORE_STEP + 1) * PROM__STORE_STEP;
    }
    return NULL;
}

static prom_err read_series(const image *m, uint64_t family, prom__desc *d, prom_snapshot *s,
                            prom__family *f)
{
    prom__source source = { .desc = d, .image = m->p };
    const prom__record *record;
    for (uint64_t at = 16, offset; (record = next_record(m, &at, &offset));) {
        const prom__series *x = (const prom__series *)(const void *)record;
        if (record->kind != PROM__RECORD_SERIES || record->removed ||
            x->family * 16ull != family)
            continue;
        prom_err e = prom__family_reserve(s, f, 1);
        if (e)
            return e;
        prom__point *p = &f->points[f->pub.n_metrics++];
        *p = (prom__point){ .series = x, .shape = d->shape };
        e = prom__series_read(prom__kind_for(d), &source, x, &s->arena, p);
        if (e)
            return e;
    }
    return PROM_OK;
}

static prom_err read_family(const image *m, const prom__record *record, uint64_t offset,
                            prom_snapshot *s)
{
    prom__desc *d;
    prom__family *f;
    prom_err e = prom__family_read((const prom__family_record *)(const void *)record, &d);
    if (e)
        return e;
    e = prom__snapshot_hold(s, prom_unref, d);
    if (e)
        return e;
    prom_family pub = {
        .name = d->opts.name, .help = d->opts.help, .unit = d->opts.unit, .type = d->type
    };
    e = prom__snapshot_add_family(s, &pub, &f);
    return e ? e : read_series(m, offset, d, s, f);
}

static void print_native(FILE *to, const prom_native *n)
{
    fprintf(to, "# %d %g %llu", n->schema, n->zero_threshold,
            (unsigned long long)n->zero_count);
    for (size_t i = 0; i < n->n_positive; i++)
        fprintf(to, " %d:%llu", n->positive[i].index,
                (unsigned long long)n->positive[i].n.count);
    for (size_t i = 0; i < n->n_negative; i++)
        fprintf(to, " -%d:%llu", n->negative[i].index,
                (unsigned long long)n->negative[i].n.count);
    fputc('\n', to);
}

static prom_err print_more(void *data, const prom_metric *m)
{
    FILE *to = data;
    if (m->native)
        print_native(to, m->native);
    for (size_t i = 0; i < m->n_exemplars + m->n_native_exemplars; i++) {
        const prom_exemplar *x =
            i < m->n_exemplars ? &m->exemplars[i] : &m->native_exemplars[i - m->n_exemplars];
        fprintf(to, "# %s %g at %lld:", m->family->name, x->value, (long long)x->timestamp_ns);
        for (size_t k = 0; k < x->n_labels; k++)
            fprintf(to, " %.*s=%.*s", (int)x->labels[k].name.n, x->labels[k].name.p,
                    (int)x->labels[k].value.n, x->labels[k].value.p);
        fputc('\n', to);
    }
    return PROM_OK;
}

/* The text, and below it the native buckets and exemplars, of which it has none; for free().
 * NULL: it failed. */
static char *say(const prom_snapshot *s)
{
    char *text = NULL, *all = NULL;
    size_t n;
    prom_err e = prom_encode_string(&prom_text, s, &text, NULL);
    FILE *to = open_memstream(&all, &n);
    fputs(e ? "" : text, to);
    for (size_t i = 0; !e && i < prom_snapshot_size(s); i++)
        e = prom_family_metrics(prom_snapshot_at(s, i), print_more, to);
    fclose(to);
    prom_free(text);
    if (!e)
        return all;
    free(all);
    return NULL;
}

/* What an image says, for free(); NULL: it failed. */
static char *text_of(const image *m)
{
    prom_snapshot *s;
    const prom__record *record;
    char *text = NULL;
    prom_err e = prom__snapshot_new(NULL, &s);
    for (uint64_t at = 16, offset; !e && (record = next_record(m, &at, &offset));)
        if (record->kind == PROM__RECORD_FAMILY)
            e = read_family(m, record, offset, s);
    if (!e)
        e = prom__snapshot_seal(s, PROM_ORDER_SORTED);
    if (!e)
        text = say(s);
    prom_unref(s);
    return text;
}

/* --- a registry with everything in it ---------------------------------------------- */

static void fill_plain(prom_registry *r)
{
    prom_counter *c;
    prom_gauge *g;
    CHECK_OK(prom_counter_new(
        r, PROM_OPTS(.name = "hits", .help = "Hits \\ and \n more.", .unit = "pages"), &c));
    CHECK_OK(prom_counter_add(c, 12.5));
    prom_counter_inc(c);
    CHECK_OK(prom_gauge_new(r, PROM_OPTS(.name = "temperature.now", .help = ""), &g));
    prom_gauge_set(g, -273.15);
    prom_unref(c), prom_unref(g);
}

static void fill_labelled(prom_registry *r, prom_gauge **held)
{
    static const char *const values[] = { "plain", "q\"q", "b\\b", "l\nl", "", "caf\xC3\xA9" };
    for (int env = 0; env < 2; env++) {
        prom_vec *v;
        CHECK_OK(prom_vec_new(
            r, PROM_GAUGE,
            PROM_OPTS(.name = "labelled", .help = "h", .labels = PROM_LABELS("x", "a.b"),
                      .const_labels = PROM_CONST_LABELS({ "env", env ? "p\"r" : "dev" })),
            &v));
        for (int i = 0; i < 36; i++) {
            prom_gauge *g;
            CHECK_OK(prom_gauge_with(v, PROM_VALUES(values[i % 6], values[i / 6]), &g));
            prom_gauge_set(g, i * 1.25 - env);
            prom_unref(g);
        }
        CHECK_OK(prom_vec_remove(v, PROM_VALUES("plain", "plain")));
        CHECK_OK(prom_gauge_with(v, PROM_VALUES("", ""), &held[env]));
        CHECK_OK(prom_vec_remove(v, PROM_VALUES("", ""))); /* held, so its record stays */
        prom_unref(v);
    }
}

static void fill_histograms(prom_registry *r)
{
    static const char *const values[] = { "", "x\"y", "\"y", "y", "\n" };
    prom_vec *v;
    for (int n = 0; n < 3; n++) {
        double bounds[101];
        char name[24];
        CHECK_OK(prom_buckets_linear(-5, 0.5, n == 0 ? 1 : n == 1 ? 12 : 100, bounds));
        snprintf(name, sizeof name, "histogram_%d", n);
        CHECK_OK(prom_vec_new(r, PROM_HISTOGRAM,
                              PROM_OPTS(.name = name, .help = "h", .labels = PROM_LABELS("x"),
                                        .buckets = bounds,
                                        .nan = n == 2 ? PROM_NAN_COUNT : PROM_NAN_DROP),
                              &v));
        for (int k = 0; k < 5; k++) {
            prom_histogram *h;
            CHECK_OK(prom_histogram_with(v, PROM_VALUES(values[k]), &h));
            for (int i = 0; i < 300; i++)
                prom_histogram_observe(h, i * 0.17 - 6 + k);
            prom_histogram_observe(h, k == 1 ? INFINITY : (double)NAN);
            prom_unref(h);
        }
        prom_unref(v);
    }
}

/* Native histograms in all resolutions, with pages in several directories and blocks. */
static void fill_native(prom_registry *r)
{
    static const char *const values[] = { "few", "all", "none", "gone" };
    prom_vec *v;
    prom_histogram *h;
    CHECK_OK(prom_vec_new(r, PROM_HISTOGRAM,
                          PROM_OPTS(.name = "native", .help = "h", .labels = PROM_LABELS("x"),
                                    .native_factor = 1.01, .native_max_buckets = 30,
                                    .native_max_zero_threshold = 1e-300,
                                    .buckets = PROM_BUCKETS(0, 1e10)),
                          &v));
    for (int k = 0; k < 4; k++) {
        CHECK_OK(prom_histogram_with(v, PROM_VALUES(values[k]), &h));
        for (int i = 0; i < 300 && k != 2; i++)
            prom_histogram_observe(h,
                                   k ? (i % 2 ? 1 : -1) * ldexp(1.1, i * 7 - 1074) : i * 1e9);
        prom_unref(h);
    }
    CHECK_OK(prom_vec_remove(v, PROM_VALUES("gone")));
    prom_unref(v);
}

/* Windows with many pages, in several directories, of both signs, to the ends of the doubles.
 */
static void fill_summaries(prom_registry *r)
{
    prom_vec *v;
    prom_summary *s;
    CHECK_OK(
        prom_vec_new(r, PROM_SUMMARY,
                     PROM_OPTS(.name = "summary", .help = "h", .labels = PROM_LABELS("x"),
                               .objectives = PROM_OBJECTIVES({ 0, 0 }, { .1, .01 }, { .5, 0 },
                                                             { .9, 0 }, { .999, 0 }, { 1, 0 }),
                               .accuracy = 0.02, .age_buckets = 3),
                     &v));
    for (int k = 0; k < 4; k++) {
        CHECK_OK(prom_summary_with(v,
                                   PROM_VALUES(k == 0   ? "few"
                                               : k == 1 ? "all"
                                               : k == 2 ? "empty\n"
                                                        : "gone"),
                                   &s));
        for (int i = 0; i < 150 && k != 2; i++)
            prom_summary_observe(s, k ? (i % 2 ? 1 : -1) * ldexp(1.1, i * 14 - 1074) : i * 0.1);
        static const double extremes[] = { 0, -0.0, INFINITY, -INFINITY, 5e-324, -5e-324 };
        for (int i = 0; i < 6 && k == 1; i++)
            prom_summary_observe(s, extremes[i]);
        prom_unref(s);
    }
    CHECK_OK(prom_vec_remove(v, PROM_VALUES("gone")));
    prom_unref(v);
    CHECK_OK(prom_summary_new(r, PROM_OPTS(.name = "sum_only", .help = "h"), &s));
    prom_summary_observe(s, 7);
    prom_unref(s);
}

/* Infos, state sets and exemplars, of which a text of plain lines shows the first two. */
static void fill_the_others(prom_registry *r)
{
    prom_vec *v;
    prom_info *i;
    prom_stateset *s;
    prom_gauge *u;
    CHECK_OK(prom_vec_new(r, PROM_INFO,
                          PROM_OPTS(.name = "disk", .help = "h", .labels = PROM_LABELS("name")),
                          &v));
    for (int k = 0; k < 3; k++) {
        CHECK_OK(prom_info_with(v, PROM_VALUES(k ? k == 1 ? "sda" : "q\"" : ""), &i));
        if (k)
            CHECK_OK(prom_info_set(i, PROM_CONST_LABELS({ "model", "a\nb" }, { "a", "1" })));
        prom_unref(i);
    }
    prom_unref(v);
    CHECK_OK(prom_stateset_new(
        r, PROM_OPTS(.name = "phase", .help = "h", .states = PROM_VALUES("on", "o\"ff")), &s));
    CHECK_OK(prom_stateset_enter(s, "o\"ff"));
    prom_unref(s);
    CHECK_OK(prom_unknown_new(r, PROM_OPTS(.name = "what", .help = "h"), &u));
    prom_gauge_set(u, 1.5);
    prom_unref(u);
}

static void fill_exemplars(prom_registry *r)
{
    prom_histogram *h;
    prom_counter *c;
    char longer[100];
    memset(longer, 'x', 99);
    longer[99] = '\0';
    CHECK_OK(prom_counter_new(r, PROM_OPTS(.name = "traced", .help = "h"), &c));
    CHECK_OK(prom_counter_add_exemplar(c, 1, PROM_EXEMPLAR({ "a", "b" })));
    CHECK_OK(prom_counter_add_exemplar(c, 1, PROM_EXEMPLAR({ "a", longer })));
    CHECK_OK(prom_histogram_new(r,
                                PROM_OPTS(.name = "traced_sizes", .help = "h",
                                          .native_factor = 1.5, .buckets = PROM_BUCKETS(1, 2)),
                                &h));
    for (int i = 0; i < 20; i++)
        CHECK_OK(
            prom_histogram_observe_exemplar(h, i, PROM_EXEMPLAR({ "i", i % 2 ? "" : longer })));
    prom_unref(c), prom_unref(h);
}

/* What came and went leaves free records between the others. */
static void fill_gaps(prom_registry *r)
{
    prom_vec *v;
    CHECK_OK(prom_vec_new(r, PROM_COUNTER,
                          PROM_OPTS(.name = "gone", .help = "", .labels = PROM_LABELS("x")),
                          &v));
    for (int i = 0; i < 400; i++) {
        char value[400];
        snprintf(value, sizeof value, "%0*d", 1 + i * 7 % 350, i);
        prom_counter *c;
        CHECK_OK(prom_counter_with(v, PROM_VALUES(value), &c));
        prom_unref(c);
    }
    CHECK_OK(prom_registry_remove(r, v));
    prom_unref(v);
}

typedef struct copied {
    char *live; /* the text of the registry, for free() */
    char *bytes;
    uint64_t size;
} copied;

/* Words of records in use that would be addresses in the store they were copied from. */
static size_t count_addresses(const copied *c, const prom__store *store)
{
    const image m = { c->bytes, c->size };
    const prom__record *record;
    size_t n = 0;
    for (uint64_t at = 16, offset; (record = next_record(&m, &at, &offset));) {
        const uint64_t *word = (const uint64_t *)(const void *)record;
        for (uint32_t i = 1; i < record->size / 8 && record->kind != PROM__RECORD_FREE; i++)
            for (unsigned k = 0; k < 40; k++) {
                uint64_t start = (uintptr_t)store->segments[k];
                n += start && word[i] >= start &&
                     word[i] < start + ((uint64_t)PROM__STORE_STEP << k / 8);
            }
    }
    return n;
}

static copied make(void)
{
    copied c;
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_gauge *held[2] = { NULL };
    prom_snapshot *s;
    fill_gaps(r);
    fill_plain(r);
    fill_labelled(r, held);
    fill_histograms(r);
    fill_native(r);
    fill_summaries(r);
    fill_the_others(r);
    fill_exemplars(r);
    CHECK_OK(prom_gather(r, &s));
    c.live = say(s);
    prom_unref(s);
    c.size = prom__store_size(r->store);
    c.bytes = malloc(c.size);
    prom__store_copy(r->store, c.bytes, c.size);
    CHECK_INT(count_addresses(&c, r->store), 0);
    prom_unref(held[0]), prom_unref(held[1]);
    prom_unref(r); /* whatever could still point there must not be needed */
    return c;
}

static void drop(copied *c)
{
    free(c->live);
    free(c->bytes);
}

/* --- tests --------------------------------------------------------------------------- */

static void test_image_has_what_it_should(void)
{
    copied c = make();
    static const char *const parts[] = {
        "hits_pages_total 13.5\n",
        "temperature_now -273.15\n",
        "labelled{a_b=\"q\\\"q\",env=\"p\\\"r\",x=\"b\\\\b\"} ",
        "histogram_2_bucket{x=\"\",le=\"+Inf\"} 301\n",
        "native_bucket{x=\"few\",le=\"1e+10\"} 11\n",
        "native_count{x=\"all\"} 300\n",
        "\n# -4 ",
        "summary{x=\"all\",quantile=\"0\"} -Inf\n",
        "summary{x=\"empty\\n\",quantile=\"1\"} NaN\n",
        "sum_only_count 1\n",
        "disk_info{name=\"\"} 1\n",
        "disk_info{a=\"1\",model=\"a\\nb\",name=\"q\\\"\"} 1\n",
        "phase{phase=\"on\"} 0\nphase{phase=\"o\\\"ff\"} 1\n",
        "what 1.5\n",
        "\n# traced_total 1 at ",
        ": a=xxxxxxxxxxxxxxx",
        "\n# traced_sizes 1 at ",
        "\n# traced_sizes 19 at ",
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (!CHECK(strstr(c.live, parts[i])))
            fprintf(stderr, "    %s", parts[i]);
    CHECK(!strstr(c.live, "gone"));
    drop(&c);
}

static void test_image_read_only_at_other_addresses(void)
{
    copied c = make();
    for (int i = 0; i < 3; i++) {
        char *map =
            mmap(NULL, c.size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (!CHECK(map != MAP_FAILED))
            break;
        memcpy(map, c.bytes, c.size);
        CHECK(mprotect(map, c.size, PROT_READ) == 0);
        if (i == 2)
            memset(c.bytes, 0xDD, c.size);
        const image m = { map, c.size };
        char *text = text_of(&m);
        CHECK_STR(text, c.live);
        free(text);
        munmap(map, c.size);
    }
    drop(&c);
}

static bool write_file(char *path, const char *p, size_t n)
{
    int fd = mkstemp(path);
    bool ok = fd >= 0;
    for (ssize_t k; ok && n; p += k, n -= (size_t)k)
        ok = (k = write(fd, p, n)) > 0;
    return close(fd) == 0 && ok;
}

/* The text that this program prints when it is started with an image. */
static char *text_from_elsewhere(const char *path)
{
    char self[4096], *text = calloc(1, 1 << 20);
    size_t n = 0;
    int ends[2], status = 1;
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1), k;
    self[length > 0 ? length : 0] = '\0';
    CHECK(pipe(ends) == 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], 1);
        execl(self, self, "--read", path, (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    while (n < (1 << 20) - 1 && (k = read(ends[0], text + n, (1 << 20) - 1 - n)) > 0)
        n += (size_t)k;
    close(ends[0]);
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    return text;
}

static void test_image_in_another_process(void)
{
    copied c = make();
    char path[] = "/tmp/image_test_XXXXXX";
    CHECK(write_file(path, c.bytes, c.size));
    char *text = text_from_elsewhere(path);
    CHECK_STR(text, c.live);
    free(text);
    unlink(path);
    drop(&c);
}

static int read_and_print(const char *path)
{
    struct stat st;
    int fd = open(path, O_RDONLY);
    if (fd < 0 || fstat(fd, &st) != 0)
        return 2;
    image m = { mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0),
                (uint64_t)st.st_size };
    if (m.p == MAP_FAILED)
        return 3;
    char *text = text_of(&m);
    int result = text && fputs(text, stdout) >= 0 && fflush(stdout) == 0 ? 0 : 4;
    free(text);
    return result;
}

int main(int argc, char **argv)
{
    static const check_row rows[] = { ROW(test_image_has_what_it_should),
                                      ROW(test_image_read_only_at_other_addresses),
                                      ROW(test_image_in_another_process) };
    if (argc > 2 && strcmp(argv[1], "--read") == 0)
        return read_and_print(argv[2]);
    return check_main(rows, sizeof rows / sizeof *rows, argc > 1 ? argv[1] : NULL);
}
