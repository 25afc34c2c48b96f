// SPDX-License-Identifier: Apache-2.0
/* host.c - the engine's main program.
 *
 *     demo_host SCRIPTS MODULES C FOLDER... Lua FOLDER... Python FOLDER...
 *
 * It prints where it can be scraped, lets the languages work when it is told "go", says "done"
 * and goes on serving until its standard input ends. */
#include "crew.h"

#include <prom/collect.h>
#include <prom/http.h>

#include <stdio.h>
#include <string.h>

/* --- the registry ------------------------------------------------------------------------- */

/* C's own collector: what is known anyway need not be kept in a gauge. */
static prom_err collect_languages(prom_builder *b, void *data)
{
    crew *c = data;
    unsigned busy = stage_busy(&c->stage);
    prom_err e = prom_build_family(b, PROM_GAUGE,
                                   PROM_OPTS(.name = "demo_languages",
                                             .help = "Languages that work and that wait.",
                                             .labels = PROM_LABELS("state")));
    if (!e)
        e = prom_build_value(b, PROM_VALUES("working"), busy);
    if (!e)
        e = prom_build_value(b, PROM_VALUES("waiting"), c->n - busy);
    return e;
}

static bool add_collectors(prom_registry *r, crew *c)
{
    const prom_collector_opts opts = {
        .size = sizeof opts, .name = "languages", .collect = collect_languages, .data = c
    };
    prom_collector *languages, *process;
    if (engine_failed("languages", prom_collector_new(r, &opts, &languages)))
        return false;
    prom_unref(languages); /* the registry has one too */
    prom_err e = prom_process_collector_new(r, &process);
    prom_unref(process);
    return e == PROM_E_UNSUPPORTED || !engine_failed("process", e);
}

/* --- the course of things ------------------------------------------------------------------
 */

static void say(const char *line)
{
    puts(line);
    fflush(stdout);
}

static bool told_to_go(void)
{
    char line[16];
    return fgets(line, sizeof line, stdin) && strcmp(line, "go\n") == 0;
}

static bool lead(crew *c)
{
    if (!told_to_go())
        return true; /* whoever started us has changed its mind */
    if (!crew_do(c, COUNT) || !crew_do(c, LOOK))
        return false;
    say("done");
    while (getchar() != EOF)
        ;
    return true;
}

static bool serve(prom_registry *r, crew *c)
{
    prom_http *server;
    char address[64];
    if (engine_failed("server", prom_http_start(r, NULL, &server)))
        return false;
    snprintf(address, sizeof address, "http://127.0.0.1:%d/metrics", prom_http_port(server));
    say(address);
    bool ok = lead(c);
    /* Before the interpreters end: from here on no scrape waits for one of their collectors. */
    prom_unref(server);
    return ok;
}

static bool run(prom_registry *r, crew *c)
{
    for (unsigned i = 0; i < c->n; i++)
        c->workers[i].job.registry = r;
    /* Served only when all have loaded, so that the first scrape shows every series, at zero:
     * Prometheus sees a counter grow only from a value that it knows. */
    bool ok = engine_families(r) && crew_start(c) && crew_await(c) && add_collectors(r, c) &&
              serve(r, c);
    crew_end(c);
    return ok;
}

/* --- arguments ------------------------------------------------------------------------------
 */

static const language *language_of(const char *name)
{
    size_t i = 0;
    while (engine_languages[i] && strcmp(engine_languages[i]->name, name) != 0)
        i++;
    return engine_languages[i];
}

static bool read_arguments(crew *c, int argc, char **argv)
{
    for (int i = 3; i < argc; i++) {
        const language *l = language_of(argv[i]);
        job j = { .scripts = argv[1], .modules = argv[2], .folders = &argv[i + 1] };
        if (l && !crew_add(c, l, &j))
            return false;
        if (!l && c->n > 0)
            c->workers[c->n - 1].job.n_folders++;
    }
    return c->n > 0;
}

int main(int argc, char **argv)
{
    crew c = { .n = 0 };
    prom_registry *registry;
    if (!read_arguments(&c, argc, argv)) {
        fputs("usage: demo_host SCRIPTS MODULES LANGUAGE FOLDER... [LANGUAGE FOLDER...]...\n",
              stderr);
        return 2;
    }
    if (engine_failed("registry", prom_registry_new(NULL, &registry)))
        return 1;
    bool ok = run(registry, &c);
    /* Last of all: metrics of both interpreters are in it, and their collectors have left it.
     */
    prom_unref(registry);
    return ok ? 0 : 1;
}
