// SPDX-License-Identifier: Apache-2.0
#include "states.h"

#include "base/alloc.h"
#include "base/utf8.h"
#include "name.h"

#include <string.h>

/* As older formats show it, where a.b and a_b would become one. p is NULL: no memory. */
static prom_str as_shown(prom_str name, prom__arena *a)
{
    char *p = prom__arena_alloc(a, name.n + 1);
    return (prom_str){
        p, p ? prom__name_escape(PROM__LABEL_NAME, PROM_UNDERSCORES, name.p, name.n, p) : 0
    };
}

prom_err prom__states_check_labels(const char *family, const prom__shape *shape, prom__arena *a)
{
    prom_str own = as_shown((prom_str){ family, strlen(family) }, a);
    for (size_t i = 0; i < shape->n; i++) {
        prom_str name = shape->label[i].name, shown = as_shown(name, a);
        if (!own.p || !shown.p)
            return prom__no_memory("states");
        if (shown.n == own.n && memcmp(shown.p, own.p, own.n) == 0)
            return prom_fail(PROM_E_NAME,
                             "'%s': label '%.*s' is reserved: it is where a state set shows "
                             "its states",
                             family, (int)prom__utf8_cut(name.p, name.n, 200), name.p);
    }
    return PROM_OK;
}

static prom_err check_state(const prom__desc *d, const char *const *states, size_t i)
{
    size_t n = strlen(states[i]);
    if (!n)
        return prom_fail(PROM_E_INVAL, "'%s': a state has an empty name", d->given);
    if (!prom__utf8_valid(states[i], n))
        return prom_fail(PROM_E_INVAL, "'%s': a state's name is not valid UTF-8", d->given);
    for (size_t k = 0; k < i; k++)
        if (strcmp(states[k], states[i]) == 0)
            return prom_fail(PROM_E_INVAL, "'%s': state '%.*s' is given twice", d->given,
                             (int)prom__utf8_cut(states[i], n, 200), states[i]);
    return PROM_OK;
}

static prom_err count_states(prom__desc *d)
{
    const char *const *states = d->opts.states;
    for (d->n_states = 0; states && states[d->n_states]; d->n_states++) {
        if (d->n_states == PROM__MOST_STATES)
            return prom_fail(PROM_E_INVAL, "'%s': more than %d states, or no NULL at their end",
                             d->given, PROM__MOST_STATES);
        prom_err e = check_state(d, states, d->n_states);
        if (e)
            return e;
    }
    if (!d->n_states)
        return prom_fail(PROM_E_INVAL, "'%s': a state set needs states", d->given);
    return PROM_OK;
}

static prom_err copy_states(prom__desc *d)
{
    const char **plain = prom__arena_alloc(&d->memory, (d->n_states + 1) * sizeof *plain);
    prom_str *escaped = prom__arena_alloc(&d->memory, d->n_states * sizeof *escaped);
    if (!plain || !escaped)
        return prom__no_memory("states");
    for (size_t i = 0; i < d->n_states; i++) {
        const char *name = d->opts.states[i];
        size_t n = strlen(name), length = prom__escaped_length(name, n);
        char *p = prom__arena_alloc(&d->memory, length);
        plain[i] = prom__arena_copy(&d->memory, name, n);
        if (!p || !plain[i])
            return prom__no_memory("states");
        prom__escape(name, n, p);
        escaped[i] = (prom_str){ p, length };
    }
    plain[d->n_states] = NULL;
    d->opts.states = plain;
    d->states = escaped;
    return PROM_OK;
}

prom_err prom__states_take(prom__desc *d)
{
    if (d->type != PROM_STATESET) {
        d->opts.states = NULL;
        return PROM_OK;
    }
    prom_err e = count_states(d);
    if (!e)
        e = prom__states_check_labels(d->opts.name, d->shape, &d->memory);
    if (!e)
        e = copy_states(d);
    return e;
}

bool prom__states_same(const prom__desc *a, const prom__desc *b)
{
    if (a->n_states != b->n_states)
        return false;
    for (size_t i = 0; i < a->n_states; i++)
        if (strcmp(a->opts.states[i], b->opts.states[i]) != 0)
            return false;
    return true;
}
