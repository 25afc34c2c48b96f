// SPDX-License-Identifier: Apache-2.0
/* serve.c - as many counters as it is told, over HTTP, for scrapes.py. Usage: serve --serve
 * SERIES It prints its port and serves until its input ends. */
#include "wide.h"

#include <prom/http.h>

int main(int argc, char **argv)
{
    if (argc != 3)
        bench_fail("usage: serve --serve SERIES");
    prom_registry *r;
    must(prom_registry_new(NULL, &r));
    prom_vec *v = wide_vec(r, PROM_COUNTER, "c_total");
    wide_fill(v, strtoul(argv[2], NULL, 10));
    prom_http *h;
    must(prom_http_start(r, NULL, &h));
    printf("%u\n", prom_http_port(h));
    fflush(stdout);
    while (getchar() != EOF)
        ;
    prom_unref(h);
    prom_unref(v);
    prom_unref(r);
    return 0;
}
