// SPDX-License-Identifier: Apache-2.0
/* kit.h - what tests of the core do again and again. */
#ifndef KIT_H
#define KIT_H

#include "check.h"

#include <prom/encode.h>

#include <math.h>
#include <stdlib.h>

/* The call fails with this code, and says this sentence. */
#define CHECK_SAYS(call, code, sentence)                                     \
    do {                                                                     \
        prom_err says_ = (call);                                             \
        check_str(prom_err_name(says_), #code, __FILE__, __LINE__, #call);   \
        check_str(prom_error(says_), (sentence), __FILE__, __LINE__, #call); \
    } while (0)

static inline prom_registry *kit_registry(prom_order order)
{
    prom_registry_opts o = { .size = sizeof o, .order = order };
    prom_registry *r;
    CHECK_OK(prom_registry_new(&o, &r));
    return r;
}

/* What this collector builds, in the order in which it does. */
static inline prom_snapshot *kit_built(prom_err (*build)(prom_builder *b, void *data),
                                       void *data)
{
    prom_registry *r = kit_registry(PROM_ORDER_CREATED);
    prom_collector *c;
    prom_snapshot *s;
    prom_collector_opts o = {
        .size = sizeof o, .name = "test", .collect = build, .data = data
    };
    CHECK_OK(prom_collector_new(r, &o, &c));
    CHECK_OK(prom_gather(r, &s));
    CHECK_STR(prom_snapshot_error(s, 0), NULL);
    prom_unref(c);
    prom_unref(r);
    return s;
}

/* The snapshot, which is given back, in this format; for prom_free. */
static inline char *kit_encoded(prom_snapshot *s, const prom_encoder *e, prom_escaping escaping)
{
    char *text = NULL;
    prom_encode_opts o = { .size = sizeof o, .escaping = escaping };
    CHECK_OK(prom_encode_string_with(e, &o, s, &text, NULL));
    prom_unref(s);
    return text;
}

/* The exposition, for free() of the C library. */
static inline char *kit_text(prom_registry *r)
{
    char *text = NULL, *copy = NULL;
    size_t n;
    if (CHECK_OK(prom_expose(r, &prom_text, &text, &n))) {
        copy = malloc(n + 1);
        memcpy(copy, text, n + 1);
    }
    prom_free(text);
    return copy;
}

static inline void kit_check_text(prom_registry *r, const char *want, const char *file,
                                  int line)
{
    char *text = kit_text(r);
    check_str(text, want, file, line, "the exposition");
    free(text);
}
#define CHECK_TEXT(registry, want) kit_check_text((registry), (want), __FILE__, __LINE__)

/* Label values may hold NUL, so this looks by length. */
static inline bool kit_find(const char *text, size_t n, const char *part)
{
    size_t k = strlen(part);
    for (size_t i = 0; i + k <= n; i++)
        if (memcmp(text + i, part, k) == 0)
            return true;
    return false;
}

static inline void kit_check_has(prom_registry *r, const char *part, bool has, const char *file,
                                 int line)
{
    char *text = NULL;
    size_t n = 0;
    prom_err e = prom_expose(r, &prom_text, &text, &n);
    bool ok = !e && kit_find(text, n, part) == has;
    if (!check_report(ok, file, line, has ? "is exposed" : "is not exposed"))
        fprintf(stderr, "    looked for \"%s\" in \"%s\"\n", part, text ? text : "(NULL)");
    prom_free(text);
}
#define CHECK_HAS(registry, part) kit_check_has((registry), (part), true, __FILE__, __LINE__)
#define CHECK_HAS_NOT(registry, part) \
    kit_check_has((registry), (part), false, __FILE__, __LINE__)

/* The value of one sample in a gather of its own; -12345 where there is none. */
static inline double kit_value(prom_registry *r, const char *name, const prom_label *labels)
{
    prom_snapshot *s;
    double v = -12345;
    if (prom_gather(r, &s) != PROM_OK)
        return v;
    prom_snapshot_value(s, name, labels, &v);
    prom_unref(s);
    return v;
}

/* Numbers that look random and are the same each time (splitmix64). */
static inline uint64_t kit_random(uint64_t *state)
{
    uint64_t x = *state += 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

/* In [0, 1). */
static inline double kit_unit(uint64_t *state)
{
    return (double)(kit_random(state) >> 11) / 9007199254740992.0;
}

#endif
