// SPDX-License-Identifier: Apache-2.0
#include "guard.h"

#include "base/alloc.h"

#include <sys/socket.h>
#include <unistd.h>

/* A scraper with a long interval may keep its connection; nobody may for ever. Absolute, so
 * that a dribbled request line, which we are not told of, cannot draw it out. */
#define IDLE_NS (330ull * 1000000000u)

/* libmicrohttpd accepts several connections before it looks at those that we have cut. */
#define SPARE_SLOTS 16

size_t prom__guard_slots(size_t limit)
{
    return limit + SPARE_SLOTS;
}

prom_err prom__guard_init(prom__guard *g, size_t limit, uint64_t deadline_ns)
{
    size_t n = prom__guard_slots(limit);
    *g = (prom__guard){ .n_slots = n, .limit = limit, .deadline_ns = deadline_ns };
    g->slots = prom__alloc_zero(prom__size_times(n, sizeof *g->slots));
    if (!g->slots)
        return prom__no_memory("connections");
    for (size_t i = 0; i < n; i++)
        atomic_init(&g->slots[i].fd, -1);
    return PROM_OK;
}

void prom__guard_free(prom__guard *g)
{
    prom__free(g->slots);
    g->slots = NULL;
}

static bool is_live(const prom__guard_slot *s)
{
    return s->state != PROM__GUARD_FREE && s->state != PROM__GUARD_CUT;
}

static void cut(prom__guard *g, prom__guard_slot *s)
{
    shutdown(s->fd, SHUT_RDWR);
    s->state = PROM__GUARD_CUT;
    g->live--;
}

static bool goes_before(const prom__guard_slot *a, const prom__guard_slot *b)
{
    bool a_idle = a->state == PROM__GUARD_IDLE, b_idle = b->state == PROM__GUARD_IDLE;
    return a_idle != b_idle ? a_idle : a->since < b->since;
}

static void cut_one(prom__guard *g)
{
    prom__guard_slot *first = NULL;
    for (prom__guard_slot *s = g->slots; s < g->slots + g->n_slots; s++)
        if (is_live(s) && (!first || goes_before(s, first)))
            first = s;
    if (first)
        cut(g, first);
}

void prom__guard_cut_answering(prom__guard *g)
{
    prom__guard_slot *first = NULL;
    for (prom__guard_slot *s = g->slots; s < g->slots + g->n_slots; s++)
        if (s->state == PROM__GUARD_ANSWERING && (!first || s->since < first->since))
            first = s;
    if (first)
        cut(g, first);
}

prom__guard_slot *prom__guard_open(prom__guard *g, int fd, uint64_t now)
{
    for (prom__guard_slot *s = g->slots; s < g->slots + g->n_slots; s++) {
        if (s->state != PROM__GUARD_FREE)
            continue;
        if (g->live >= g->limit)
            cut_one(g);
        s->state = PROM__GUARD_READING;
        s->just_idle = false;
        s->since = now - g->ours_ns;
        s->fd = fd;
        g->live++;
        return s;
    }
    return NULL;
}

void prom__guard_close(prom__guard *g, prom__guard_slot *s)
{
    if (is_live(s))
        g->live--;
    s->fd = -1;
    s->state = PROM__GUARD_FREE;
}

void prom__guard_mark(prom__guard *g, prom__guard_slot *s, prom__guard_state state,
                      uint64_t now)
{
    if (!is_live(s) || s->state == state)
        return;
    if (state == PROM__GUARD_IDLE || s->state == PROM__GUARD_IDLE)
        s->since = now - g->ours_ns;
    s->just_idle = state == PROM__GUARD_IDLE;
    s->state = state;
}

/* libmicrohttpd 0.9.75 overlooks an end of input that came along with the request: it reads
 * till there is no more for now, and waits for news of which there will be none. */
static bool client_has_left(prom__guard_slot *s)
{
    char c;
    bool look = s->just_idle;
    s->just_idle = false;
    return look && recv(s->fd, &c, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

uint64_t prom__guard_reap(prom__guard *g, uint64_t now)
{
    uint64_t clock = now - g->ours_ns, next = UINT64_MAX;
    for (prom__guard_slot *s = g->slots; s < g->slots + g->n_slots; s++) {
        if (!is_live(s))
            continue;
        uint64_t end = s->since + (s->state == PROM__GUARD_IDLE ? IDLE_NS : g->deadline_ns);
        if (end <= clock || client_has_left(s))
            cut(g, s);
        else if (end - clock < next)
            next = end - clock;
    }
    return next;
}

void prom__guard_forked(prom__guard *g)
{
    for (prom__guard_slot *s = g->slots; s < g->slots + g->n_slots; s++)
        if (s->fd >= 0)
            close(s->fd);
}
