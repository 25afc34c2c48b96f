// SPDX-License-Identifier: Apache-2.0
/* hello.c - greets, counts whom, and prints what Prometheus would be told. */
#include <prom/encode.h>
#include <prom/prom.h>

#include <stdio.h>
#include <string.h>

static void greet(prom_vec *greetings, prom_histogram *lengths, const char *name)
{
    prom_counter *mine;
    if (prom_counter_with(greetings, PROM_VALUES(name), &mine) == PROM_OK)
        prom_counter_inc(mine);
    prom_unref(mine);
    prom_histogram_observe(lengths, (double)strlen(name));
}

static prom_err hello(prom_registry *r)
{
    prom_vec *greetings = NULL;
    prom_histogram *lengths = NULL;
    char *text = NULL;
    prom_err e =
        prom_vec_new(r, PROM_COUNTER,
                     PROM_OPTS(.name = "hello_greetings_total", .help = "Who was greeted.",
                               .labels = PROM_LABELS("name")),
                     &greetings);
    if (!e)
        e = prom_histogram_new(r,
                               PROM_OPTS(.name = "hello_name_length",
                                         .help = "Letters in a name.",
                                         .buckets = PROM_BUCKETS(4, 8)),
                               &lengths);
    if (!e) {
        greet(greetings, lengths, "Ada");
        greet(greetings, lengths, "Prometheus");
        greet(greetings, lengths, "Ada");
        e = prom_expose(r, &prom_text, &text, NULL);
    }
    if (!e)
        fputs(text, stdout);
    prom_free(text);
    prom_unref(lengths);
    prom_unref(greetings);
    return e;
}

int main(void)
{
    /* One's own; prom_registry_default() is shared with all scripts of the process. */
    prom_registry *r;
    prom_err e = prom_registry_new(NULL, &r);
    if (!e)
        e = hello(r);
    if (e)
        fprintf(stderr, "hello: %s\n", prom_error(e));
    prom_unref(r);
    return e != PROM_OK;
}
