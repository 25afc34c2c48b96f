// SPDX-License-Identifier: Apache-2.0
/* c_side.c - the job in C. count.lua and count.py do the same. */
#define _POSIX_C_SOURCE 200809L
#include "engine.h"

#include <prom/model.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_KINDS = 16 };

/* The handles are looked up once; an update through them costs a few nanoseconds. */
typedef struct counting {
    const job *job;
    struct {
        prom_counter *files, *bytes, *lines;
    } kinds[MOST_KINDS]; /* as engine_kinds */
    prom_counter *unreadable;
    prom_gauge *in_progress, *seen;
    prom_histogram *read_seconds; /* Python's */
    prom_summary *file_bytes;     /* Lua's */
    char *text;                   /* of the file at hand; kept for the next one */
    size_t room;
} counting;

/* --- series by name ----------------------------------------------------------------------- */

/* The series of C in a family that someone has made; with a NULL kind, of a family without
 * that label. The type is checked, as the someone may be a script. */
static void *find_series(const job *j, prom_type t, const char *name, const char *kind)
{
    const char *c = language_c.name;
    const prom_str values[] = { { c, strlen(c) }, { kind, kind ? strlen(kind) : 0 } };
    prom_vec *family;
    void *series = NULL;
    if (engine_failed(name, prom_registry_find(j->registry, name, &family)))
        return NULL;
    if (prom_vec_type(family) != t)
        engine_failed(name, prom_fail(PROM_E_TYPE, "is no %s", prom_type_name(t)));
    else
        engine_failed(name, prom_vec_with(family, values, kind ? 2 : 1, &series));
    prom_unref(family); /* the series keeps what it needs of it */
    return series;
}

static bool find_own(counting *c)
{
    bool ok = true;
    for (size_t i = 0; engine_kinds[i] && i < MOST_KINDS; i++) {
        const char *kind = engine_kinds[i];
        c->kinds[i].files = find_series(c->job, PROM_COUNTER, "demo_files_total", kind);
        c->kinds[i].bytes = find_series(c->job, PROM_COUNTER, "demo_bytes_total", kind);
        c->kinds[i].lines = find_series(c->job, PROM_COUNTER, "demo_lines_total", kind);
        ok = ok && c->kinds[i].files && c->kinds[i].bytes && c->kinds[i].lines;
    }
    c->unreadable = find_series(c->job, PROM_COUNTER, "demo_unreadable_files_total", NULL);
    c->in_progress = find_series(c->job, PROM_GAUGE, "demo_files_in_progress", NULL);
    c->seen = find_series(c->job, PROM_GAUGE, "demo_seen_files", NULL);
    return ok && c->unreadable && c->in_progress && c->seen;
}

/* Both are there by now: counting begins when all are loaded. */
static bool find_others(counting *c)
{
    c->read_seconds = find_series(c->job, PROM_HISTOGRAM, "demo_read_seconds", NULL);
    c->file_bytes = find_series(c->job, PROM_SUMMARY, "demo_file_bytes", NULL);
    return c->read_seconds && c->file_bytes;
}

/* --- reading ------------------------------------------------------------------------------ */

/* Reads what is left of the file into c->text. */
static bool read_rest(counting *c, FILE *f, size_t *n)
{
    size_t got;
    *n = 0;
    do {
        if (*n == c->room) {
            size_t room = c->room ? 2 * c->room : 1 << 16;
            char *text = realloc(c->text, room);
            if (!text)
                return false;
            c->text = text;
            c->room = room;
        }
        got = fread(c->text + *n, 1, c->room - *n, f);
        *n += got;
    } while (got > 0);
    return !ferror(f);
}

static bool read_file(counting *c, const char *path, size_t *n)
{
    prom_timer timer = prom_timer_start();
    FILE *f = fopen(path, "rb");
    bool ok = f && read_rest(c, f, n);
    if (f)
        fclose(f);
    prom_timer_observe(timer, c->read_seconds);
    return ok;
}

static size_t count_lines(const char *p, size_t n)
{
    const char *end = p + n;
    size_t lines = 0;
    while (p < end && (p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
        lines++;
        p++;
    }
    return lines;
}

static void count_file(counting *c, const char *path, size_t kind)
{
    size_t n;
    prom_gauge_add(c->in_progress, 1);
    if (read_file(c, path, &n)) {
        prom_counter_inc(c->kinds[kind].files);
        prom_counter_add(c->kinds[kind].bytes, (double)n);
        prom_counter_add(c->kinds[kind].lines, (double)count_lines(c->text, n));
        prom_summary_observe(c->file_bytes, (double)n);
    } else {
        prom_counter_inc(c->unreadable);
    }
    prom_gauge_add(c->in_progress, -1);
}

/* --- walking ------------------------------------------------------------------------------ */

/* Index of the kind, by the ending of the name; false if such files do not count. */
static bool find_kind(const char *name, size_t *kind)
{
    const char *dot = strrchr(name, '.');
    for (*kind = 0; dot && engine_kinds[*kind]; ++*kind)
        if (strcmp(dot + 1, engine_kinds[*kind]) == 0)
            return true;
    return false;
}

static void count_folder(counting *c, const char *folder)
{
    char path[PATH_MAX];
    const char *name;
    bool is_folder;
    size_t kind;
    DIR *d = opendir(folder);
    while (d && (name = engine_next_entry(d, &is_folder)) != NULL) {
        int n = snprintf(path, sizeof path, "%s/%s", folder, name);
        if (n < 0 || (size_t)n >= sizeof path)
            continue; /* no system call would take it */
        if (is_folder)
            count_folder(c, path);
        else if (find_kind(name, &kind))
            count_file(c, path, kind);
    }
    if (d)
        closedir(d);
}

/* --- the language --------------------------------------------------------------------------
 */

static void unload(void *self)
{
    counting *c = self;
    for (size_t i = 0; i < MOST_KINDS; i++) {
        prom_unref(c->kinds[i].files);
        prom_unref(c->kinds[i].bytes);
        prom_unref(c->kinds[i].lines);
    }
    prom_unref(c->unreadable);
    prom_unref(c->in_progress);
    prom_unref(c->seen);
    prom_unref(c->read_seconds);
    prom_unref(c->file_bytes);
    free(c->text);
    free(c);
}

static void *load(const job *j)
{
    counting *c = calloc(1, sizeof *c);
    if (!c) {
        perror("demo: C");
        return NULL;
    }
    c->job = j;
    if (find_own(c))
        return c;
    unload(c);
    return NULL;
}

static bool count(void *self)
{
    counting *c = self;
    if (!find_others(c))
        return false;
    for (size_t i = 0; i < c->job->n_folders; i++)
        count_folder(c, c->job->folders[i]);
    return true;
}

static prom_err add_sample(void *data, const prom_sample *s)
{
    *(double *)data += s->value;
    return PROM_OK;
}

/* Adds up the samples of all languages, out of one snapshot of the whole registry. */
static bool look(void *self)
{
    counting *c = self;
    prom_snapshot *s;
    double files = 0;
    if (engine_failed("look", prom_gather(c->job->registry, &s)))
        return false;
    for (size_t i = 0; i < prom_snapshot_size(s); i++) {
        const prom_family *f = prom_snapshot_at(s, i);
        if (strcmp(f->name, "demo_files_total") == 0)
            prom_family_samples(f, add_sample, &files);
    }
    prom_unref(s);
    prom_gauge_set(c->seen, files);
    return true;
}

const language language_c = {
    .name = "C", .load = load, .count = count, .look = look, .unload = unload
};
