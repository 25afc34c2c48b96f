// SPDX-License-Identifier: Apache-2.0
/* build_info.c - <program>_build_info, whose value is 1 and whose labels are what counts. */
#include "base/alloc.h"

#include <prom/collect.h>

#include <stdio.h>
#include <string.h>

#if defined(__clang__)
#define COMPILER "clang " __clang_version__
#elif defined(__GNUC__)
#define COMPILER "gcc " __VERSION__
#else
#define COMPILER "unknown"
#endif

#if __STDC_VERSION__ > 201710L
#define STANDARD "C23"
#elif __STDC_VERSION__ > 201112L
#define STANDARD "C17"
#else
#define STANDARD "C11"
#endif

enum { OURS = 3 };

static const prom_label ours[OURS] = { { "compiler", COMPILER },
                                       { "c_standard", STANDARD },
                                       { "libprom_version", PROM_VERSION } };

/* The collector's data is a metric of no registry: it has checked and copied the description.
 */
static prom_err describe(prom_builder *b, void *data)
{
    return prom_build_family(b, PROM_GAUGE, prom_vec_opts(data));
}

static prom_err collect(prom_builder *b, void *data)
{
    prom_err e = describe(b, data);
    return e ? e : prom_build_value(b, NULL, 1);
}

static prom_err describe_program(const char *program, const prom_label *labels, size_t n,
                                 prom_vec **out)
{
    prom_label *all = prom__alloc_zero((n + OURS + 1) * sizeof *all);
    char *name = prom__alloc(strlen(program) + sizeof "_build_info");
    prom_err e = all && name ? PROM_OK : prom__no_memory("build information");
    if (!e) {
        sprintf(name, "%s_build_info", program);
        if (n)
            memcpy(all, labels, n * sizeof *all);
        memcpy(all + n, ours, sizeof ours);
        e = prom_vec_new(NULL, PROM_GAUGE,
                         PROM_OPTS(.name = name, .help = "How the program was built; always 1.",
                                   .const_labels = all),
                         out);
    }
    prom__free(all);
    prom__free(name);
    return e;
}

prom_err prom_build_info_collector_new(prom_registry *r, const char *program,
                                       const prom_label *labels, prom_collector **out)
{
    prom_vec *v;
    size_t n = 0;
    *out = NULL;
    if (!program || !*program)
        return prom_fail(PROM_E_NAME, "build information needs the name of the program");
    while (labels && labels[n].name)
        n++;
    prom_err e = describe_program(program, labels, n, &v);
    if (e)
        return e;
    e = prom_collector_new(r,
                           PROM_COLLECTOR_OPTS(.name = "build_info", .collect = collect,
                                               .describe = describe, .data = v,
                                               .free_data = prom_unref),
                           out);
    if (e)
        prom_unref(v);
    return e;
}
