// SPDX-License-Identifier: Apache-2.0
/* exemplar.c - labels of any bytes for an exemplar, for an info, and as names of states: either
 * they are refused, rightly, and nothing has changed, or they read back.
 *
 * Input: fields separated by '|': names and values of labels in turn. */
#include "entry.h"

#include <prom/vec.h>

enum { MOST = 140 };

typedef struct input {
    char *memory;
    prom_label label[MOST + 1];
    const char *field[2 * MOST + 1];
    size_t n, n_fields;
} input;

static void split(input *x, const uint8_t *data, size_t n)
{
    x->memory = malloc(n + 1);
    memcpy(x->memory, data, n);
    x->memory[n] = '\0';
    for (size_t i = 0; i < n; i++)
        if (!x->memory[i])
            x->memory[i] = '0';
    char *p = x->memory;
    x->n_fields = 0;
    while (p && x->n_fields < (size_t)2 * MOST) {
        x->field[x->n_fields++] = p;
        p = strchr(p, '|');
        if (p)
            *p++ = '\0';
    }
    x->field[x->n_fields] = NULL;
    x->n = x->n_fields / 2;
    for (size_t i = 0; i < x->n; i++)
        x->label[i] = (prom_label){ x->field[2 * i], x->field[2 * i + 1] };
    x->label[x->n] = (prom_label){ NULL, NULL };
}

/* --- what should happen ---------------------------------------------------- */

/* Characters of well-formed UTF-8, by decoding; SIZE_MAX: it is not. */
static size_t characters(const char *s)
{
    static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 };
    size_t count = 0;
    for (const unsigned char *p = (const unsigned char *)s; *p; count++) {
        unsigned c = *p++, more = c < 0x80 ? 0 : c < 0xE0 ? 1 : c < 0xF0 ? 2 : 3;
        uint32_t point = more ? c & (0x3Fu >> more) : c;
        if ((c >= 0x80 && c < 0xC0) || c >= 0xF8)
            return SIZE_MAX;
        for (unsigned k = 0; k < more; k++, p++) {
            if ((*p & 0xC0) != 0x80)
                return SIZE_MAX;
            point = point << 6 | (*p & 0x3F);
        }
        if (point < least[more] || point > 0x10FFFF || (point >= 0xD800 && point < 0xE000))
            return SIZE_MAX;
    }
    return count;
}

static bool labels_are_good(const input *x)
{
    for (size_t i = 0; i < x->n; i++) {
        const prom_label *l = &x->label[i];
        if (!*l->name || strncmp(l->name, "__", 2) == 0 || characters(l->name) == SIZE_MAX ||
            characters(l->value) == SIZE_MAX)
            return false;
        for (size_t k = 0; k < i; k++)
            if (strcmp(x->label[k].name, l->name) == 0)
                return false;
    }
    return true;
}

static bool is_short(const input *x)
{
    size_t count = 0;
    for (size_t i = 0; i < x->n; i++)
        count += characters(x->label[i].name) + characters(x->label[i].value);
    return count <= 128;
}

static bool states_are_good(const input *x)
{
    for (size_t i = 0; i < x->n_fields; i++) {
        if (!*x->field[i] || characters(x->field[i]) == SIZE_MAX)
            return false;
        for (size_t k = 0; k < i; k++)
            if (strcmp(x->field[k], x->field[i]) == 0)
                return false;
    }
    return true;
}

/* --- reading back ------------------------------------------------------------ */

static bool is(prom_str s, const char *text)
{
    return s.n == strlen(text) && memcmp(s.p, text, s.n) == 0;
}

static prom_err see_exemplar(void *data, const prom_metric *m)
{
    const input *x = data;
    REQUIRE(m->n_exemplars == 1 && m->exemplars[0].n_labels == x->n, "%zu labels", x->n);
    for (size_t i = 0; i < x->n; i++)
        REQUIRE(is(m->exemplars[0].labels[i].name, x->label[i].name) &&
                    is(m->exemplars[0].labels[i].value, x->label[i].value),
                "label %zu", i);
    return PROM_OK;
}

static prom_err see_first(void *data, const prom_metric *m)
{
    (void)data;
    REQUIRE(m->value > 0 && m->value < 2 && m->n_exemplars == 1 &&
                m->exemplars[0].n_labels == 1 && is(m->exemplars[0].labels[0].value, "first"),
            "it has changed");
    return PROM_OK;
}

/* Sorted by name, so in any order. */
static prom_err see_info(void *data, const prom_metric *m)
{
    const input *x = data;
    REQUIRE(m->n_labels == x->n, "%zu labels, not %zu", m->n_labels, x->n);
    for (size_t i = 0; i < x->n; i++) {
        bool found = false;
        for (size_t k = 0; k < m->n_labels && !found; k++)
            found = is(m->labels[k].name, x->label[i].name) &&
                    is(m->labels[k].value, x->label[i].value);
        REQUIRE(found, "label %zu", i);
    }
    return PROM_OK;
}

static prom_err see_first_info(void *data, const prom_metric *m)
{
    (void)data;
    REQUIRE(m->n_labels == 1 && is(m->labels[0].value, "first"), "it has changed");
    return PROM_OK;
}

static prom_err see_states(void *data, const prom_metric *m)
{
    const input *x = data;
    REQUIRE(m->n_states == x->n_fields, "%zu states", m->n_states);
    for (size_t i = 0; i < x->n_fields; i++)
        REQUIRE(is(m->states[i].name, x->field[i]) && m->states[i].on == (i == x->n_fields / 2),
                "state %zu", i);
    return PROM_OK;
}

/* --- the three ------------------------------------------------------------------ */

static void try_exemplar(input *x)
{
    prom_counter *c;
    REQUIRE(!prom_counter_new(NULL, PROM_OPTS(.name = "c", .help = ""), &c), "no counter");
    REQUIRE(!prom_counter_add_exemplar(c, 1, PROM_EXEMPLAR({ "a", "first" })), "refused");
    prom_err e = prom_counter_add_exemplar(c, 1, x->label);
    bool good = labels_are_good(x) && is_short(x);
    REQUIRE(e == (good ? PROM_OK : PROM_E_LABELS), "%s", prom_error(e));
    REQUIRE(!prom_child_read(c, good ? see_exemplar : see_first, x), "not read");
    prom_unref(c);
}

/* Names that would be one in older formats are refused too, so a refusal may be right. */
static void try_info(input *x)
{
    prom_info *i;
    REQUIRE(!prom_info_new(NULL, PROM_OPTS(.name = "i", .help = ""), &i), "no info");
    REQUIRE(!prom_info_set(i, PROM_CONST_LABELS({ "a", "first" })), "refused");
    prom_err e = prom_info_set(i, x->label);
    REQUIRE(!e || e == PROM_E_LABELS, "%s", prom_error(e));
    REQUIRE(e || labels_are_good(x), "bad labels are taken");
    REQUIRE(!prom_child_read(i, e ? see_first_info : see_info, x), "not read");
    prom_unref(i);
}

static void try_states(input *x)
{
    prom_stateset *s;
    prom_err e =
        prom_stateset_new(NULL, PROM_OPTS(.name = "s", .help = "", .states = x->field), &s);
    REQUIRE(e == (states_are_good(x) ? PROM_OK : PROM_E_INVAL), "%s", prom_error(e));
    if (e)
        return;
    REQUIRE(!prom_stateset_enter(s, x->field[x->n_fields / 2]), "it is there");
    REQUIRE(!prom_child_read(s, see_states, x), "not read");
    prom_unref(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static input x;
    split(&x, data, n);
    try_exemplar(&x);
    try_info(&x);
    try_states(&x);
    free(x.memory);
    return 0;
}
