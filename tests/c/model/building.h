// SPDX-License-Identifier: Apache-2.0
/* building.h - a builder without a registry, and what it has built. */
#ifndef BUILDING_H
#define BUILDING_H

#include "kit.h"
#include "model/builder.h"

static prom_snapshot *snapshot;
static prom_builder builder, *const b = &builder;

static inline void begin(prom_order order)
{
    CHECK_OK(prom__snapshot_new(NULL, &snapshot));
    prom__builder_open(b, snapshot, order);
}

/* Closes, seals, and compares the text. */
static inline void end_at(const char *want, const char *file, int line)
{
    char *text = NULL;
    prom__builder_close(b, true);
    CHECK_OK(prom__snapshot_seal(snapshot, b->order));
    CHECK_OK(prom_encode_string(&prom_text, snapshot, &text, NULL));
    check_str(text, want, file, line, "the text");
    prom_free(text);
    prom_unref(snapshot);
}
#define end(want) end_at((want), __FILE__, __LINE__)

static inline prom_err family(prom_type t, const char *name, const char *const *labels)
{
    return prom_build_family(b, t, PROM_OPTS(.name = name, .help = "h", .labels = labels));
}

static inline prom_str str(const char *s)
{
    return (prom_str){ s, strlen(s) };
}

#endif
