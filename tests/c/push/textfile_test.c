// SPDX-License-Identifier: Apache-2.0
/* textfile_test.c - a file replaced as a whole: what is kept of the old one, and that nothing
 * of a failure is left, neither of a full disk nor of any other. */
#define _GNU_SOURCE /* getresuid, mkdtemp, O_PATH */
#include "kit.h"

#include <prom/textfile.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- a folder with files ------------------------------------------------------- */

static char folder[] = "/tmp/textfile-XXXXXX";

/* A path in it; four at a time. */
static const char *in(const char *name)
{
    static char paths[4][256];
    static int k;
    k = (k + 1) % 4;
    snprintf(paths[k], sizeof paths[k], "%s/%s", folder, name);
    return paths[k];
}

static void enter_folder(void)
{
    strcpy(folder, "/tmp/textfile-XXXXXX");
    CHECK(mkdtemp(folder) != NULL);
}

static size_t list(const char *path, void (*each)(const char *path))
{
    size_t n = 0;
    DIR *d = opendir(path);
    for (struct dirent *x; d && (x = readdir(d)) != NULL;) {
        char inner[512];
        if (strcmp(x->d_name, ".") == 0 || strcmp(x->d_name, "..") == 0)
            continue;
        n++;
        snprintf(inner, sizeof inner, "%s/%s", path, x->d_name);
        if (each)
            each(inner);
    }
    if (d)
        closedir(d);
    return n;
}

static size_t files(void)
{
    return list(folder, NULL);
}

static void delete_all(const char *path)
{
    if (unlink(path) != 0) {
        chmod(path, 0700);
        list(path, delete_all);
        rmdir(path);
    }
}

static void leave_folder(void)
{
    delete_all(folder);
}

static void put(const char *path, const char *text, mode_t mode)
{
    FILE *f = fopen(path, "w");
    if (CHECK(f != NULL)) {
        fputs(text, f);
        fclose(f);
    }
    CHECK_INT(chmod(path, mode), 0);
}

static const char *text_of(const char *path)
{
    static char text[4096];
    FILE *f = fopen(path, "r");
    size_t n = f ? fread(text, 1, sizeof text - 1, f) : 0;
    text[n] = '\0';
    if (f)
        fclose(f);
    return f ? text : NULL;
}

static unsigned mode_of(const char *path)
{
    struct stat s;
    return lstat(path, &s) == 0 ? s.st_mode & 07777 : 0;
}

/* --- a registry ------------------------------------------------------------------ */

static const char text_1[] = "# HELP x_total \n# TYPE x_total counter\nx_total 1\n";

static prom_registry *registry(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_counter *c;
    CHECK_OK(prom_counter_new(r, PROM_OPTS(.name = "x", .help = ""), &c));
    prom_counter_inc(c);
    prom_unref(c);
    return r;
}

#define NEW(r, out, ...) prom_textfile_new((r), PROM_TEXTFILE_OPTS(__VA_ARGS__), NULL, (out))

/* Sends once with these opts. */
static prom_err write_with(prom_registry *r, const prom_textfile_opts *o)
{
    prom_sender *s;
    prom_err e = prom_textfile_new(r, o, NULL, &s);
    if (e)
        return e;
    e = prom_send(s);
    prom_unref(s);
    return e;
}
#define WRITE(r, ...) write_with((r), PROM_TEXTFILE_OPTS(__VA_ARGS__))

/* --- what is written --------------------------------------------------------------- */

static void test_a_new_file(void)
{
    prom_registry *r = registry();
    enter_folder();
    mode_t mask = umask(077); /* is none of its business */
    CHECK_OK(prom_textfile_write(r, in("a.prom")));
    umask(mask);
    CHECK_STR(text_of(in("a.prom")), text_1);
    CHECK_INT(mode_of(in("a.prom")), 0644);
    CHECK_INT(files(), 1);
    leave_folder();
    prom_unref(r);
}

static void test_mode_and_owner_are_kept(void)
{
    prom_registry *r = registry();
    struct stat s;
    enter_folder();
    put(in("a"), "old", 0640);
    bool root = chown(in("a"), 12345, 23456) == 0;
    CHECK_OK(prom_textfile_write(r, in("a")));
    CHECK_STR(text_of(in("a")), text_1);
    CHECK_INT(mode_of(in("a")), 0640);
    CHECK_INT(stat(in("a"), &s), 0);
    if (root) {
        CHECK_INT(s.st_uid, 12345);
        CHECK_INT(s.st_gid, 23456);
    }
    CHECK_OK(WRITE(r, .path = in("a"), .mode = 0604));
    CHECK_INT(mode_of(in("a")), 0604);
    CHECK_OK(WRITE(r, .path = in("b"), .mode = 0600));
    CHECK_INT(mode_of(in("b")), 0600);
    CHECK_INT(files(), 2);
    leave_folder();
    prom_unref(r);
}

static void test_links_are_followed(void)
{
    prom_registry *r = registry();
    enter_folder();
    CHECK_INT(mkdir(in("d"), 0755), 0);
    put(in("d/file"), "old", 0600);
    CHECK_INT(symlink("d/link", in("a")), 0);
    CHECK_INT(symlink("file", in("d/link")), 0);
    CHECK_OK(prom_textfile_write(r, in("a")));
    CHECK_STR(text_of(in("d/file")), text_1);
    CHECK_INT(mode_of(in("d/file")), 0600);
    CHECK_INT(list(in("d"), NULL), 2);
    CHECK_INT(files(), 2);
    /* To where there is nothing yet, from the root on. */
    CHECK_INT(symlink(in("d/new"), in("b")), 0);
    CHECK_OK(prom_textfile_write(r, in("b")));
    CHECK_STR(text_of(in("d/new")), text_1);
    /* Round and round. */
    CHECK_INT(symlink("loop", in("loop")), 0);
    CHECK_ERR(prom_textfile_write(r, in("loop")), PROM_E_IO);
    CHECK(strstr(prom_error(PROM_E_IO), "loop' cannot be written: ") != NULL);
    leave_folder();
    prom_unref(r);
}

static void test_format(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_gauge *g;
    CHECK_OK(prom_gauge_new(r, PROM_OPTS(.name = "a.b", .help = ""), &g));
    enter_folder();
    CHECK_OK(WRITE(r, .path = in("a"), .encoder = &prom_openmetrics, .no_sync = true,
                   .escaping = PROM_DOTS));
    CHECK_STR(text_of(in("a")), "# TYPE a_dot_b gauge\n# HELP a_dot_b \na_dot_b 0.0\n# EOF\n");
    CHECK_OK(WRITE(r, .path = in("a"), .escaping = PROM_ALLOW_UTF8));
    CHECK_STR(text_of(in("a")), "# HELP \"a.b\" \n# TYPE \"a.b\" gauge\n{\"a.b\"} 0\n");
    leave_folder();
    prom_unref(g);
    prom_unref(r);
}

static void test_the_folder_of_the_process_may_change(void)
{
    prom_registry *r = registry();
    prom_sender *s;
    char before[512];
    enter_folder();
    CHECK(getcwd(before, sizeof before) != NULL);
    CHECK_INT(chdir(folder), 0);
    CHECK_OK(NEW(r, &s, .path = "a.prom", .temporary_folder = "."));
    CHECK_INT(chdir(before), 0);
    CHECK_OK(prom_send(s));
    CHECK_STR(text_of(in("a.prom")), text_1);
    prom_unref(s);
    leave_folder();
    prom_unref(r);
}

/* Each read finds one of the texts that were written, whole. */
static void test_periodic(void)
{
    prom_registry *r = registry();
    prom_sender *s;
    prom_counter *c;
    enter_folder();
    CHECK_OK(prom_counter_new(r, PROM_OPTS(.name = "x", .help = ""), &c));
    CHECK_OK(prom_textfile_write(r, in("a")));
    CHECK_OK(prom_textfile_new(r, PROM_TEXTFILE_OPTS(.path = in("a"), .no_sync = true),
                               PROM_SENDER_OPTS(.interval_ms = 1, .last = true), &s));
    double last = 0;
    for (int i = 0; i < 1000 || last < 5; i++) {
        double v = -1;
        prom_counter_inc(c);
        const char *text = text_of(in("a"));
        CHECK(text && strncmp(text, text_1, sizeof text_1 - 3) == 0);
        if (text)
            sscanf(text + sizeof text_1 - 3, "%lf", &v);
        CHECK(v >= last);
        last = v;
    }
    CHECK_OK(prom_sender_stop(s));
    double v = prom_counter_value(c);
    char want[128];
    snprintf(want, sizeof want, "%.*s%.0f\n", (int)sizeof text_1 - 3, text_1, v);
    if (v < 1e6) /* beyond, text has an exponent */
        CHECK_STR(text_of(in("a")), want);
    prom_unref(s);
    prom_unref(c);
    CHECK_INT(files(), 1);
    leave_folder();
    prom_unref(r);
}

/* --- what goes wrong ----------------------------------------------------------------- */

static prom_err fail_to_collect(prom_builder *b, void *data)
{
    (void)b, (void)data;
    return prom_fail(PROM_E_CALLBACK, "sensor is off");
}

static void test_errors_of_collectors(void)
{
    prom_registry *r = registry();
    prom_collector *c;
    CHECK_OK(prom_collector_new(
        r, PROM_COLLECTOR_OPTS(.name = "bad", .collect = fail_to_collect), &c));
    enter_folder();
    put(in("a"), "old", 0644);
    CHECK_ERR(prom_textfile_write(r, in("a")), PROM_E_CALLBACK);
    CHECK(strstr(prom_error(PROM_E_CALLBACK), "sensor is off") != NULL);
    CHECK_STR(text_of(in("a")), "old");
    CHECK_INT(files(), 1);
    prom_sender *s;
    CHECK_OK(prom_textfile_new(r, PROM_TEXTFILE_OPTS(.path = in("a")),
                               PROM_SENDER_OPTS(.on_error = PROM_ON_ERROR_CONTINUE), &s));
    CHECK_OK(prom_send(s));
    CHECK_STR(text_of(in("a")), text_1);
    prom_unref(s);
    prom_unref(c);
    leave_folder();
    prom_unref(r);
}

static prom_err encode_half(const prom_snapshot *s, const prom_encode_opts *o,
                            const prom_writer *w)
{
    (void)s, (void)o;
    prom_err e = w->write(w->data, "half", 4);
    return e ? e : prom_fail(PROM_E_CALLBACK, "no more");
}

static void test_an_encoder_that_fails(void)
{
    static const prom_encoder half = { .name = "half", .encode = encode_half };
    prom_registry *r = registry();
    enter_folder();
    put(in("a"), "old", 0644);
    CHECK_SAYS(WRITE(r, .path = in("a"), .encoder = &half), PROM_E_CALLBACK, "no more");
    CHECK_STR(text_of(in("a")), "old");
    CHECK_INT(files(), 1);
    leave_folder();
    prom_unref(r);
}

static void check_io(prom_err e, const char *part)
{
    CHECK_ERR(e, PROM_E_IO);
    if (!CHECK(strstr(prom_error(PROM_E_IO), part) != NULL))
        fprintf(stderr, "    %s\n", prom_error(PROM_E_IO));
}

static void test_paths_that_cannot_be(void)
{
    prom_registry *r = registry();
    static char longest[5000];
    enter_folder();
    check_io(prom_textfile_write(r, in("none/a")),
             "none/a' cannot have a temporary file beside it: No such file or directory");
    put(in("file"), "old", 0644);
    check_io(prom_textfile_write(r, in("file/a")),
             "file/a' cannot be written: Not a directory");
    check_io(prom_textfile_write(r, folder), "' is not a regular file");
    check_io(prom_textfile_write(r, in("")), "' is not a regular file");
    CHECK_INT(mkfifo(in("fifo"), 0600), 0);
    check_io(prom_textfile_write(r, in("fifo")), "fifo' is not a regular file");
    check_io(prom_textfile_write(r, "/dev/full"), "'/dev/full' is not a regular file");
    memset(longest, 'x', sizeof longest - 1);
    check_io(prom_textfile_write(r, longest), "xxx' cannot be written: File name too long");
    CHECK(strncmp(prom_error(PROM_E_IO), "'...xxx", 7) == 0);
    memcpy(longest, folder, sizeof folder - 1);
    longest[sizeof folder - 1] = '/';
    longest[sizeof folder + 256] = '\0'; /* a name of 256 */
    check_io(prom_textfile_write(r, longest), "' cannot be written: File name too long");
    longest[sizeof folder + 255] = '\0';
    CHECK_OK(prom_textfile_write(r, longest));
    CHECK_INT(unlink(longest), 0);
    check_io(WRITE(r, .path = in("a"), .temporary_folder = in("none")), "a' cannot have a");
    CHECK_INT(files(), 2);
    leave_folder();
    prom_unref(r);
}

static void test_a_temporary_folder_elsewhere(void)
{
    prom_registry *r = registry();
    struct stat here, there;
    enter_folder();
    CHECK_INT(mkdir(in("t"), 0755), 0);
    CHECK_OK(WRITE(r, .path = in("a"), .temporary_folder = in("t")));
    CHECK_STR(text_of(in("a")), text_1);
    CHECK_INT(list(in("t"), NULL), 0);
    if (stat(folder, &here) == 0 && stat("/dev/shm", &there) == 0 &&
        here.st_dev != there.st_dev && access("/dev/shm", W_OK) == 0) {
        size_t before = list("/dev/shm", NULL);
        put(in("a"), "old", 0644);
        check_io(WRITE(r, .path = in("a"), .temporary_folder = "/dev/shm"),
                 "a' cannot be replaced: Invalid cross-device link");
        CHECK_STR(text_of(in("a")), "old");
        CHECK_INT(list("/dev/shm", NULL), before);
    } else {
        printf("one file system: not tried across two\n");
    }
    leave_folder();
    prom_unref(r);
}

/* In a child, so that what it gives up or limits stays with it; its exit code are failures. */
static void in_child(void (*work)(prom_registry *r), prom_registry *r)
{
    int status = -1;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        check_failures = 0;
        work(r);
        fflush(NULL);
        _exit(check_failures ? 1 : 0);
    }
    CHECK_INT(waitpid(child, &status, 0), child);
    CHECK_INT(status, 0);
}

static void write_as_nobody(prom_registry *r)
{
    if (geteuid() == 0) {
        CHECK_INT(chmod(folder, 0755), 0);
        CHECK_INT(setgid(65534), 0);
        CHECK_INT(setuid(65534), 0);
    } else {
        CHECK_INT(chmod(folder, 0555), 0);
    }
    check_io(prom_textfile_write(r, in("a")), "a' cannot have a temporary file beside it: "
                                              "Permission denied");
    CHECK_STR(text_of(in("a")), "old");
    CHECK_INT(files(), 1);
}

static void test_a_folder_that_is_not_ours(void)
{
    prom_registry *r = registry();
    enter_folder();
    put(in("a"), "old", 0644);
    in_child(write_as_nobody, r);
    leave_folder();
    prom_unref(r);
}

/* Others' files can be replaced in a folder that all may write to; they are ours then. */
static void write_others_file(prom_registry *r)
{
    struct stat s;
    CHECK_INT(setgid(65534), 0);
    CHECK_INT(setuid(65534), 0);
    CHECK_OK(prom_textfile_write(r, in("a")));
    CHECK_STR(text_of(in("a")), text_1);
    CHECK_INT(stat(in("a"), &s), 0);
    CHECK_INT(s.st_uid, 65534);
    CHECK_INT(s.st_mode & 07777, 0644);
}

static void test_a_file_that_is_not_ours(void)
{
    if (geteuid() != 0) {
        printf("not root: files of others are not tried\n");
        return;
    }
    prom_registry *r = registry();
    enter_folder();
    put(in("a"), "old", 0644);
    CHECK_INT(chmod(folder, 0777), 0);
    in_child(write_others_file, r);
    leave_folder();
    prom_unref(r);
}

static prom_registry *large_registry(void)
{
    prom_registry *r = registry();
    prom_vec *v;
    CHECK_OK(prom_vec_new(
        r, PROM_GAUGE, PROM_OPTS(.name = "large", .help = "", .labels = PROM_LABELS("i")), &v));
    for (int i = 0; i < 20000; i++) {
        char text[16];
        prom_gauge *g = NULL;
        snprintf(text, sizeof text, "%d", i);
        CHECK_OK(prom_gauge_with(v, PROM_VALUES(text), &g));
        prom_unref(g);
    }
    prom_unref(v);
    return r;
}

/* The signal that goes with it would end the process. */
static void write_beyond_the_limit(prom_registry *r)
{
    const struct rlimit limit = { 100000, 100000 };
    sigset_t pending;
    signal(SIGXFSZ, SIG_DFL);
    CHECK_INT(setrlimit(RLIMIT_FSIZE, &limit), 0);
    check_io(prom_textfile_write(r, in("a")), "a' cannot be written: File too large");
    CHECK_STR(text_of(in("a")), "old");
    CHECK_INT(files(), 1);
    CHECK_INT(sigpending(&pending), 0);
    CHECK(!sigismember(&pending, SIGXFSZ));
}

static void test_a_limit_of_files(void)
{
    prom_registry *r = large_registry();
    enter_folder();
    put(in("a"), "old", 0644);
    in_child(write_beyond_the_limit, r);
    leave_folder();
    prom_unref(r);
}

static void test_a_full_disk(void)
{
    prom_registry *r = large_registry();
    enter_folder();
    if (mount("none", folder, "tmpfs", 0, "size=128k") != 0) {
        printf("no file system can be mounted here: a full one is not tried\n");
    } else {
        put(in("a"), "old", 0644);
        check_io(prom_textfile_write(r, in("a")),
                 "a' cannot be written: No space left on device");
        CHECK_STR(text_of(in("a")), "old");
        CHECK_INT(files(), 1);
        prom_registry *small = registry();
        CHECK_OK(prom_textfile_write(small, in("a"))); /* there is room again */
        CHECK_STR(text_of(in("a")), text_1);
        prom_unref(small);
        CHECK_INT(umount(folder), 0);
    }
    leave_folder();
    prom_unref(r);
}

static void test_no_time(void)
{
    prom_registry *r = large_registry();
    prom_sender *s;
    enter_folder();
    put(in("a"), "old", 0644);
    CHECK_OK(prom_textfile_new(r, PROM_TEXTFILE_OPTS(.path = in("a")),
                               PROM_SENDER_OPTS(.timeout_ms = 1), &s));
    prom_err e = PROM_OK;
    for (int i = 0; i < 50 && !e; i++)
        e = prom_send(s);
    if (e) { /* 20,000 series in a millisecond: not here */
        CHECK_ERR(e, PROM_E_TIMEOUT);
        CHECK_INT(files(), 1);
    }
    prom_unref(s);
    leave_folder();
    prom_unref(r);
}

static void test_what_is_refused(void)
{
    prom_registry *r = registry();
    prom_sender *s;
    CHECK_SAYS(prom_textfile_new(r, NULL, NULL, &s), PROM_E_INVAL,
               "prom_textfile_opts.size is not set: use PROM_TEXTFILE_OPTS");
    CHECK_SAYS(prom_textfile_write(r, NULL), PROM_E_INVAL, "a text file needs a path");
    CHECK_SAYS(prom_textfile_write(r, ""), PROM_E_INVAL, "a text file needs a path");
    CHECK_SAYS(NEW(r, &s, .path = "a", .mode = 010000), PROM_E_INVAL,
               "'a': 10000 are no permissions");
    CHECK_SAYS(NEW(r, &s, .path = "a", .escaping = (prom_escaping)9), PROM_E_INVAL,
               "9 is not an escaping");
    CHECK(s == NULL);
    CHECK_ERR(prom_textfile_write(NULL, in("a")), PROM_E_INVAL);
    prom_unref(r);
}

TESTS(ROW(test_a_new_file), ROW(test_mode_and_owner_are_kept), ROW(test_links_are_followed),
      ROW(test_format), ROW(test_the_folder_of_the_process_may_change), ROW(test_periodic),
      ROW(test_errors_of_collectors), ROW(test_an_encoder_that_fails),
      ROW(test_paths_that_cannot_be), ROW(test_a_temporary_folder_elsewhere),
      ROW(test_a_folder_that_is_not_ours), ROW(test_a_file_that_is_not_ours),
      ROW(test_a_limit_of_files), ROW(test_a_full_disk), ROW(test_no_time),
      ROW(test_what_is_refused))
