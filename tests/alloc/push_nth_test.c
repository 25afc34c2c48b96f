// SPDX-License-Identifier: Apache-2.0
/* push_nth_test.c - Graphite and text files with the n-th allocation failing: see nth.h. */
#define _GNU_SOURCE /* mkdtemp */
#include "nth.h"

#include <prom/graphite.h>
#include <prom/textfile.h>

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

/* What fails in a collector is an error of that one. */
static void without_collector(world *w)
{
    CHECK_OK(prom_registry_remove(w->r, w->disk));
}

/* --- Graphite ---------------------------------------------------------------------- */

static char address[32]; /* of a socket that takes datagrams, and drops most */

static prom_err graphite_new(world *w)
{
    OUT(prom_sender);
    prom_err e = prom_graphite_new(
        w->r, PROM_GRAPHITE_OPTS(.address = address, .udp = true, .prefix = "a"), NULL, &out);
    w->out = out;
    return e;
}

static void prepare_graphite(world *w)
{
    without_collector(w);
    CHECK_OK(graphite_new(w));
    w->prepared = w->out;
    w->out = NULL;
}

static prom_err send_prepared(world *w)
{
    return prom_send(w->prepared);
}

static prom_err drop(void *data, const char *p, size_t n)
{
    (void)data, (void)p, (void)n;
    return PROM_OK;
}

static void prepare_snapshot(world *w)
{
    prom_counter *c = NULL;
    CHECK_OK(prom_counter_with(w->requests, PROM_VALUES("x"), &c));
    prom_unref(c);
    CHECK_OK(prom_counter_with(w->wide, wide_labels, &c)); /* many labels */
    prom_unref(c);
    prom_snapshot *s = NULL;
    CHECK_OK(prom_gather(w->r, &s));
    w->prepared = s;
}

static prom_err graphite_encode(world *w)
{
    const prom_writer to = { drop, NULL };
    return prom_graphite_encode(w->prepared, PROM_GRAPHITE_OPTS(.tags = true), 1, &to);
}

/* --- text files -------------------------------------------------------------------- */

static char folder[] = "/tmp/push-nth-XXXXXX", path[64];

static prom_err textfile_new(world *w)
{
    OUT(prom_sender);
    prom_err e = prom_textfile_new(
        w->r, PROM_TEXTFILE_OPTS(.path = path, .temporary_folder = folder), NULL, &out);
    w->out = out;
    return e;
}

static void prepare_textfile(world *w)
{
    without_collector(w);
    CHECK_OK(textfile_new(w));
    w->prepared = w->out;
    w->out = NULL;
}

static int files(void)
{
    int n = 0;
    DIR *d = opendir(folder);
    while (d && readdir(d))
        n++;
    if (d)
        closedir(d);
    return n - 2;
}

static prom_err textfile_write(world *w)
{
    prom_err e = prom_textfile_write(w->r, path);
    CHECK_INT(files(), access(path, F_OK) == 0); /* no temporary one */
    return e;
}

static const row rows[] = {
    { "graphite_new", NULL, graphite_new, 1, false },
    { "send to Graphite", prepare_graphite, send_prepared, 1, false },
    { "graphite_encode", prepare_snapshot, graphite_encode, 1, false },
    { "textfile_new", NULL, textfile_new, 1, false },
    { "send to a text file", prepare_textfile, send_prepared, 1, false },
    { "textfile_write", without_collector, textfile_write, 1, false },
};

static void test_push_without_memory(void)
{
    struct sockaddr_in a = { .sin_family = AF_INET };
    socklen_t n = sizeof a;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK_INT(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
    CHECK_INT(getsockname(fd, (struct sockaddr *)&a, &n), 0);
    snprintf(address, sizeof address, "127.0.0.1:%u", ntohs(a.sin_port));
    CHECK(mkdtemp(folder) != NULL);
    snprintf(path, sizeof path, "%s/a.prom", folder);
    CHECK_OK(prom_set_allocator(&failing_allocator));
    world_free(world_new(0)); /* what the process keeps */
    run_rows(rows, sizeof rows / sizeof *rows);
    unlink(path);
    rmdir(folder);
    close(fd);
}

TESTS(ROW(test_push_without_memory))
