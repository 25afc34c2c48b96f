// SPDX-License-Identifier: Apache-2.0
#include "guard.h"

#include "base/alloc.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* A scraper with a long interval may keep its connection; nobody may for ever. Absolute, so
 * that a dribbled request line, which we are not told of, cannot draw it out. */
#define IDLE_NS (330ull * 1000000000u)

/* So many may be accepted before libmicrohttpd looks at those that we have cut. */
#define SPARE_SLOTS 16

/* How many that look stuck are asked whether they are, until one is taken for it all the same.
 */
#define LOOKS_MAX 16

size_t prom__guard_slots(size_t limit)
{
    return limit + SPARE_SLOTS;
}

prom_err prom__guard_init(prom__guard *g, size_t limit, uint64_t deadline_ns)
{
    size_t n = prom__guard_slots(limit);
    *g = (prom__guard){
        .n_slots = n, .limit = limit, .deadline_ns = deadline_ns, .next_end = UINT64_MAX
    };
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

/* Whether the client has taken some of its answer since we last looked; also when there is
 * nothing to take, for then it is we who are late. */
static bool gets_on(prom__guard *g, prom__guard_slot *s)
{
    int unsent = 0;
    if (s->state != PROM__GUARD_ANSWERING || ioctl(s->fd, SIOCOUTQ, &unsent) != 0)
        return false;
    bool moves = unsent != s->unsent || unsent == 0;
    s->unsent = unsent;
    if (moves)
        s->moved = g->latest;
    return moves;
}

/* A rank of those that may go, the first first; 0: it stays. Who waits for us goes last. */
static int rank(const prom__guard_slot *s, bool answering_only)
{
    if (answering_only)
        return s->state == PROM__GUARD_ANSWERING;
    return s->state == PROM__GUARD_IDLE      ? 3
           : s->state == PROM__GUARD_WAITING ? 1
           : is_live(s)                      ? 2
                                             : 0;
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

static bool cut_first(prom__guard *g, bool answering_only)
{
    prom__guard_slot *s = first_to_go(g, answering_only);
    for (int i = 0; i < LOOKS_MAX && s && gets_on(g, s); i++)
        s = first_to_go(g, answering_only);
    if (s)
        cut(g, s);
    return s != NULL;
}

bool prom__guard_cut_one(prom__guard *g)
{
    return cut_first(g, false);
}

void prom__guard_cut_answering(prom__guard *g)
{
    cut_first(g, true);
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
    g->latest = now - g->ours_ns;
    if (g->live >= g->limit)
        prom__guard_cut_one(g);
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
    s->unsent = -1;
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
