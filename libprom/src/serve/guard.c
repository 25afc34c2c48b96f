// SPDX-License-Identifier: Apache-2.0
#include "guard.h"

#include "base/alloc.h"

#include <sys/socket.h>
#include <unistd.h>

/* A scraper with a long interval may keep its connection; nobody may for ever. Absolute, so
 * that a dribbled request line, which we are not told of, cannot draw it out. */
#define IDLE_NS (330ull * 1000000000u)

/* So many may be accepted before libmicrohttpd looks at those that we have cut. */
#define SPARE_SLOTS 16

/* Of those that hold memory which others need. A reader on a slow line takes some in that time.
 */
#define STUCK_NS 400000000u

/* The moment in which nobody has to go, for each place: together they give place to 2000
 * newcomers a second. */
#define MOMENT_NS     500000u
#define MOMENT_NS_MIN 10000000u
#define MOMENT_NS_MAX 250000000u

#define CUTS_MAX 16

size_t prom__guard_slots(size_t limit)
{
    return limit + SPARE_SLOTS;
}

static uint64_t moment_of(size_t limit)
{
    uint64_t ns = (uint64_t)limit * MOMENT_NS;
    ns = ns < MOMENT_NS_MIN ? MOMENT_NS_MIN : ns;
    return ns < MOMENT_NS_MAX ? ns : MOMENT_NS_MAX;
}

prom_err prom__guard_init(prom__guard *g, size_t limit, uint64_t deadline_ns)
{
    size_t n = prom__guard_slots(limit);
    *g = (prom__guard){ .n_slots = n,
                        .limit = limit,
                        .deadline_ns = deadline_ns,
                        .next_end = UINT64_MAX,
                        .moment_ns = moment_of(limit) };
    g->slots = prom__alloc_zero(prom__size_times(n, sizeof *g->slots));
    if (!g->slots)
        return prom__no_memory("connections");
    for (size_t i = n; i-- > 0;) {
        atomic_init(&g->slots[i].fd, -1);
        g->slots[i].next = g->free;
        g->free = &g->slots[i];
    }
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

/* --- who has to go ------------------------------------------------------ */

static void cut(prom__guard *g, prom__guard_slot *s)
{
    shutdown(s->fd, SHUT_RDWR);
    s->state = PROM__GUARD_CUT;
    g->live--;
}

/* A rank of those that may go, the first first; 0: it stays, as who waits for us. */
static int rank(const prom__guard_slot *s, bool answering_only)
{
    switch (s->state) {
    case PROM__GUARD_IDLE:
        return answering_only ? 0 : 2;
    case PROM__GUARD_READING:
        return answering_only ? 0 : 1;
    case PROM__GUARD_ANSWERING:
        return 1;
    default:
        return 0;
    }
}

static prom__guard_slot *first_to_go(const prom__guard *g, bool answering_only)
{
    prom__guard_slot *first = NULL;
    int best = 0;
    for (prom__guard_slot *s = g->slots; s < g->slots + g->n_slots; s++) {
        int r = rank(s, answering_only);
        if (r > best || (r && r == best && s->moved < first->moved)) {
            first = s;
            best = r;
        }
    }
    return first;
}

uint64_t prom__guard_cut_one(prom__guard *g, uint64_t now)
{
    g->latest = now - g->ours_ns;
    prom__guard_slot *s = first_to_go(g, false);
    if (!s)
        return UINT64_MAX;
    uint64_t end = s->moved + g->moment_ns;
    if (s->state != PROM__GUARD_IDLE && g->latest < end)
        return end - g->latest;
    cut(g, s);
    return 0;
}

uint64_t prom__guard_make_room(prom__guard *g, uint64_t now)
{
    return g->live < g->limit ? 0 : prom__guard_cut_one(g, now);
}

/* Many may read one body, and its memory is free when all of them are gone. A turn of ours that
 * took long is not held against those who wait for its end: no clock is read. */
void prom__guard_cut_stuck(prom__guard *g)
{
    for (int i = 0; i < CUTS_MAX; i++) {
        prom__guard_slot *s = first_to_go(g, true);
        if (!s || g->latest < s->moved + STUCK_NS)
            return;
        cut(g, s);
    }
}

void prom__guard_moved(prom__guard *g, prom__guard_slot *s)
{
    s->moved = g->latest;
}

/* --- places ------------------------------------------------------------- */

static void begin_time(prom__guard *g, prom__guard_slot *s, uint64_t now)
{
    g->latest = now - g->ours_ns;
    s->since = s->moved = g->latest;
    uint64_t end = s->since + (s->state == PROM__GUARD_IDLE ? IDLE_NS : g->deadline_ns);
    if (end < g->next_end)
        g->next_end = end;
}

prom__guard_slot *prom__guard_open(prom__guard *g, int fd, uint64_t now)
{
    prom__guard_slot *s = g->free;
    if (!s)
        return NULL;
    g->free = s->next;
    s->next = NULL;
    s->state = PROM__GUARD_READING;
    begin_time(g, s, now);
    s->fd = fd;
    g->live++;
    return s;
}

/* One that is still listed becomes free when the list is walked. */
static void let_go(prom__guard *g, prom__guard_slot *s)
{
    if (s->listed)
        return;
    s->next = g->free;
    g->free = s;
}

void prom__guard_close(prom__guard *g, prom__guard_slot *s)
{
    if (is_live(s) && --g->live == 0)
        g->next_end = UINT64_MAX;
    s->fd = -1;
    s->state = PROM__GUARD_FREE;
    let_go(g, s);
}

void prom__guard_mark(prom__guard *g, prom__guard_slot *s, prom__guard_state state,
                      uint64_t now)
{
    if (!is_live(s) || s->state == state)
        return;
    bool anew = state == PROM__GUARD_IDLE || s->state == PROM__GUARD_IDLE;
    s->state = state;
    s->moved = now - g->ours_ns;
    if (anew)
        begin_time(g, s, now);
    if (state == PROM__GUARD_IDLE && !s->listed) {
        s->listed = true;
        s->next = g->just_idle;
        g->just_idle = s;
    }
}

/* --- the passing of time ------------------------------------------------ */

/* libmicrohttpd 0.9.75 overlooks an end of input that came along with the request: it reads
 * till there is no more for now, and waits for news of which there will be none. So each is
 * looked at once, when it becomes idle. */
static bool client_has_left(const prom__guard_slot *s)
{
    char c;
    return s->state == PROM__GUARD_IDLE && recv(s->fd, &c, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

static void look_at_just_idle(prom__guard *g)
{
    for (prom__guard_slot *s; (s = g->just_idle);) {
        g->just_idle = s->next;
        s->next = NULL;
        s->listed = false;
        if (s->state == PROM__GUARD_FREE)
            let_go(g, s);
        else if (client_has_left(s))
            cut(g, s);
    }
}

static void cut_late(prom__guard *g, uint64_t clock)
{
    g->next_end = UINT64_MAX;
    for (prom__guard_slot *s = g->slots; s < g->slots + g->n_slots; s++) {
        if (!is_live(s))
            continue;
        uint64_t end = s->since + (s->state == PROM__GUARD_IDLE ? IDLE_NS : g->deadline_ns);
        if (end <= clock)
            cut(g, s);
        else if (end < g->next_end)
            g->next_end = end;
    }
}

uint64_t prom__guard_reap(prom__guard *g, uint64_t now)
{
    uint64_t clock = g->latest = now - g->ours_ns;
    look_at_just_idle(g);
    if (clock >= g->next_end)
        cut_late(g, clock);
    return g->next_end == UINT64_MAX ? UINT64_MAX : g->next_end - clock;
}

void prom__guard_forked(prom__guard *g)
{
    for (prom__guard_slot *s = g->slots; s < g->slots + g->n_slots; s++)
        if (s->fd >= 0)
            close(s->fd);
}
