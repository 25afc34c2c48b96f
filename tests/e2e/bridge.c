// SPDX-License-Identifier: Apache-2.0
/* bridge.c - sends the same few families with their last values at its end:
 *
 *     e2e_bridge tcp|udp ADDRESS PREFIX paths|tags
 *     e2e_bridge textfile PATH                       now, and each time a line is read */
#include <prom/graphite.h>
#include <prom/textfile.h>
#include <prom/vec.h>

#include <stdio.h>
#include <string.h>

static prom_err fill(prom_registry *r)
{
    prom_vec *requests = NULL;
    prom_gauge *level = NULL;
    prom_histogram *seconds = NULL;
    prom_counter *child = NULL;
    prom_err e = prom_vec_new(r, PROM_COUNTER,
                              PROM_OPTS(.name = "e2e_requests", .help = "Requests.",
                                        .labels = PROM_LABELS("path", "code")),
                              &requests);
    if (!e)
        e = prom_counter_with(requests, PROM_VALUES("/a b;c", "200"), &child);
    if (!e)
        e = prom_counter_add(child, 17);
    prom_unref(child);
    if (!e)
        e = prom_gauge_new(r, PROM_OPTS(.name = "e2e_level", .help = "Level."), &level);
    if (!e)
        prom_gauge_set(level, -2.5);
    if (!e)
        e = prom_histogram_new(
            r,
            PROM_OPTS(.name = "e2e_seconds", .help = "Seconds.", .buckets = PROM_BUCKETS(0.5)),
            &seconds);
    prom_histogram_observe(seconds, 0.25);
    prom_histogram_observe(seconds, 4);
    prom_unref(seconds);
    prom_unref(level);
    prom_unref(requests);
    return e;
}

/* A periodic sender that never comes to its first turn: what arrives is its last send. */
static prom_err send_lines(prom_registry *r, char **argv)
{
    prom_sender *s;
    prom_err e = prom_graphite_new(
        r,
        PROM_GRAPHITE_OPTS(.address = argv[2], .udp = strcmp(argv[1], "udp") == 0,
                           .prefix = argv[3], .tags = strcmp(argv[4], "tags") == 0),
        PROM_SENDER_OPTS(.interval_ms = 3600000, .last = true), &s);
    if (!e)
        e = prom_sender_stop(s);
    prom_unref(s);
    return e;
}

static prom_err write_file(prom_registry *r, char **argv)
{
    char line[16];
    prom_gauge *level = NULL;
    prom_err e = prom_gauge_new(r, PROM_OPTS(.name = "e2e_level", .help = "Level."), &level);
    do {
        if (!e)
            e = prom_textfile_write(r, argv[2]);
        puts(prom_err_name(e));
        fflush(stdout);
        prom_gauge_add(level, 1);
    } while (!e && fgets(line, sizeof line, stdin));
    prom_unref(level);
    return e;
}

int main(int argc, char **argv)
{
    prom_registry *r;
    bool file = argc == 3 && strcmp(argv[1], "textfile") == 0;
    if (argc != 5 && !file)
        return 2;
    prom_err e = prom_registry_new(NULL, &r);
    if (!e)
        e = fill(r);
    if (!e)
        e = file ? write_file(r, argv) : send_lines(r, argv);
    if (e)
        fprintf(stderr, "e2e_bridge: %s\n", prom_error(e));
    prom_unref(r);
    return e != PROM_OK;
}
