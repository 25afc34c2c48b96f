// SPDX-License-Identifier: Apache-2.0
/* textfile.c - an exposition as a file that is replaced as a whole.
 *
 * The new text is written to a temporary file, made durable, and renamed over the old one, so
 * whoever opens the file finds one of the two. Whatever goes wrong before the rename leaves the
 * old file as it was. */
#define _GNU_SOURCE /* mkostemp, O_PATH */
#include "base/alloc.h"
#include "base/bytes.h"
#include "base/hush.h"

#include <prom/textfile.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MODE = 0644, MOST_LINKS = 40, LONG_PATH = 300 };

typedef struct textfile {
    char *said;   /* the path as it was given, for sentences */
    char *path;   /* the same from the root on: the process may change its folder */
    char *folder; /* for the temporary file; NULL: that of the file */
    unsigned mode;
    bool no_sync;
    const prom_encoder *encoder;
    prom_escaping escaping;
} textfile;

/* One replacement under way. */
typedef struct change {
    const textfile *t;
    prom_delivery *d;
    char target[PATH_MAX]; /* the file, behind all symbolic links */
    char temporary[PATH_MAX];
    bool there; /* the file; then `old` tells of it */
    struct stat old;
    int fd; /* of the temporary file */
} change;

/* Of a long path the end is shown: a sentence has 511 bytes. */
static prom_err fail(const textfile *t, const char *what, int error)
{
    char text[128] = "";
    const char *why = strerror_r(error, text, sizeof text);
    size_t n = strlen(t->said), cut = n > LONG_PATH ? n - LONG_PATH : 0;
    return prom_fail(PROM_E_IO, "'%s%s' %s: %s", cut ? "..." : "", t->said + cut, what, why);
}

/* --- paths ---------------------------------------------------------------- */

static size_t folder_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash - path) + 1 : 0;
}

/* `link`, found at a path, is a path itself: it takes that one's place. */
static bool follow(char *path, const char *link)
{
    size_t folder = *link == '/' ? 0 : folder_length(path);
    if (folder + strlen(link) >= PATH_MAX)
        return false;
    strcpy(path + folder, link);
    return true;
}

/* Where the file is or will be: the last link may lead to nothing yet. */
static prom_err find_target(change *c)
{
    char link[PATH_MAX];
    if (strlen(c->t->path) >= sizeof c->target)
        return fail(c->t, "cannot be written", ENAMETOOLONG);
    strcpy(c->target, c->t->path);
    for (int i = 0; i < MOST_LINKS; i++) {
        ssize_t n = readlink(c->target, link, sizeof link - 1);
        if (n < 0)
            return PROM_OK; /* no link; if there is anything wrong with it, that shows soon */
        link[n] = '\0';
        if (!follow(c->target, link))
            return fail(c->t, "cannot be written", ENAMETOOLONG);
    }
    return fail(c->t, "cannot be written", ELOOP);
}

/* A folder or a device is not to be replaced by a file. */
static prom_err look_at_target(change *c)
{
    c->there = lstat(c->target, &c->old) == 0;
    if (!c->there && errno != ENOENT)
        return fail(c->t, "cannot be written", errno);
    if (c->there && !S_ISREG(c->old.st_mode))
        return prom_fail(PROM_E_IO, "'%s' is not a regular file", c->t->said);
    return PROM_OK;
}

/* --- the temporary file ----------------------------------------------------- */

static prom_err open_temporary(change *c)
{
    /* node_exporter reads what ends in .prom, so this does not. */
    static const char name[] = ".libprom-XXXXXX";
    const char *folder = c->t->folder ? c->t->folder : c->target;
    size_t n = c->t->folder ? strlen(folder) : folder_length(folder);
    if (n + sizeof name + 1 > sizeof c->temporary)
        return fail(c->t, "cannot be written", ENAMETOOLONG);
    sprintf(c->temporary, "%.*s%s%s", (int)n, folder, c->t->folder ? "/" : "", name);
    c->fd = mkostemp(c->temporary, O_CLOEXEC);
    return c->fd < 0 ? fail(c->t, "cannot have a temporary file beside it", errno) : PROM_OK;
}

/* A writer of prom_encode. */
static prom_err write_block(void *data, const char *p, size_t n)
{
    const change *c = data;
    if (!prom_delivery_left_ms(c->d))
        return prom_fail(PROM_E_TIMEOUT, "'%s' was not written in time", c->t->said);
    while (n) {
        ssize_t k = write(c->fd, p, n);
        if (k < 0 && errno != EINTR)
            return fail(c->t, "cannot be written", errno);
        p += k > 0 ? k : 0;
        n -= k > 0 ? (size_t)k : 0;
    }
    return PROM_OK;
}

/* The owner where that is allowed, else the group, which is more often; then the mode, which
 * loses bits when the owner changes. */
static prom_err dress(const change *c)
{
    mode_t mode = c->t->mode ? c->t->mode : c->there ? c->old.st_mode & 07777 : MODE;
    if (c->there && fchown(c->fd, c->old.st_uid, c->old.st_gid) &&
        fchown(c->fd, (uid_t)-1, c->old.st_gid))
        errno = 0;
    return fchmod(c->fd, mode) ? fail(c->t, "cannot have its mode", errno) : PROM_OK;
}

static prom_err fill(change *c, const prom_snapshot *s)
{
    const prom_writer w = { write_block, c };
    prom_err e =
        prom_encode(c->t->encoder, PROM_ENCODE_OPTS(.escaping = c->t->escaping), s, &w);
    if (!e)
        e = dress(c);
    if (!e && !c->t->no_sync && fsync(c->fd))
        e = fail(c->t, "cannot be synced", errno);
    if (close(c->fd) && !e) /* some file systems say only now that the disk is full */
        e = fail(c->t, "cannot be written", errno);
    return e;
}

/* --- the whole -------------------------------------------------------------- */

/* The name is durable once its folder is. That this fails is not told, for the file is replaced
 * already; there are folders that cannot be opened, and file systems that cannot do it. */
static void sync_folder(const change *c)
{
    char folder[PATH_MAX];
    size_t n = folder_length(c->target);
    memcpy(folder, c->target, n);
    folder[n] = '\0';
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    (void)fsync(fd);
    close(fd);
}

static prom_err replace(change *c, const prom_snapshot *s)
{
    prom_err e = open_temporary(c);
    if (e)
        return e;
    e = fill(c, s);
    if (!e && rename(c->temporary, c->target))
        e = fail(c->t, "cannot be replaced", errno);
    if (e)
        unlink(c->temporary);
    else if (!c->t->no_sync)
        sync_folder(c);
    return e;
}

static prom_err send_snapshot(prom_delivery *d, const prom_snapshot *s, void *data)
{
    prom__hush hush;
    change *c = prom__alloc(sizeof *c);
    if (!c)
        return prom__no_memory("a text file");
    c->t = data;
    c->d = d;
    prom_err e = find_target(c);
    if (!e)
        e = look_at_target(c);
    if (!e) {
        prom__hush_begin(&hush, SIGXFSZ); /* a limit of the process is an error like others */
        e = replace(c, s);
        prom__hush_end(&hush);
    }
    prom__free(c);
    return e;
}

/* --- making ----------------------------------------------------------------- */

static void free_textfile(void *data)
{
    textfile *t = data;
    prom__free(t->said);
    prom__free(t->path);
    prom__free(t->folder);
    prom__free(t);
}

static char *copy(const char *s)
{
    char *out = prom__alloc(strlen(s) + 1);
    return out ? strcpy(out, s) : NULL;
}

/* From the root on; as it is where there is no telling what folder this is. */
static char *absolute(const char *path)
{
    char here[PATH_MAX];
    if (*path == '/' || !getcwd(here, sizeof here))
        return copy(path);
    char *out = prom__alloc(strlen(here) + strlen(path) + 2);
    if (out)
        sprintf(out, "%s/%s", here, path);
    return out;
}

static prom_err take_opts(const prom_textfile_opts *theirs, prom_textfile_opts *o)
{
    if (!theirs || theirs->size < offsetof(prom_textfile_opts, mode))
        return prom_fail(PROM_E_INVAL,
                         "prom_textfile_opts.size is not set: use PROM_TEXTFILE_OPTS");
    *o = (prom_textfile_opts){ .size = 0 };
    memcpy(o, theirs, theirs->size < sizeof *o ? theirs->size : sizeof *o);
    if (!o->path || !*o->path)
        return prom_fail(PROM_E_INVAL, "a text file needs a path");
    if (o->mode > 07777)
        return prom_fail(PROM_E_INVAL, "'%s': %o are no permissions", o->path, o->mode);
    if (!prom_escaping_name(o->escaping))
        return prom_fail(PROM_E_INVAL, "%d is not an escaping", (int)o->escaping);
    return PROM_OK;
}

static prom_err make(const prom_textfile_opts *o, textfile **out)
{
    textfile *t = prom__alloc_zero(sizeof *t);
    if (!t)
        return prom__no_memory("a text file");
    t->mode = o->mode;
    t->no_sync = o->no_sync;
    t->encoder = o->encoder ? o->encoder : &prom_text;
    t->escaping = o->escaping;
    t->said = copy(o->path);
    t->path = absolute(o->path);
    if (o->temporary_folder)
        t->folder = absolute(o->temporary_folder);
    if (!t->said || !t->path || (o->temporary_folder && !t->folder)) {
        free_textfile(t);
        return prom__no_memory("a text file");
    }
    *out = t;
    return PROM_OK;
}

prom_err prom_textfile_new(prom_registry *r, const prom_textfile_opts *theirs,
                           const prom_sender_opts *so, prom_sender **out)
{
    prom_textfile_opts o;
    textfile *t = NULL;
    *out = NULL;
    prom_err e = take_opts(theirs, &o);
    if (!e)
        e = make(&o, &t);
    if (e)
        return e;
    e = prom_sender_new(r,
                        PROM_TRANSPORT(.name = "textfile", .send = send_snapshot, .data = t,
                                       .free_data = free_textfile,
                                       .on_error = PROM_ON_ERROR_FAIL),
                        so, out);
    if (e)
        free_textfile(t);
    return e;
}

prom_err prom_textfile_write(prom_registry *r, const char *path)
{
    prom_sender *s;
    prom_err e = prom_textfile_new(r, PROM_TEXTFILE_OPTS(.path = path), NULL, &s);
    if (e)
        return e;
    e = prom_send(s);
    prom_unref(s);
    return e;
}
