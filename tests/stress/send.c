// SPDX-License-Identifier: Apache-2.0
/* Senders that run every millisecond, while threads stop them, start them, send with them, let
 * go of them and make new ones, and their own transports stop them too. Sends never overlap, an
 * end follows each beginning, and no stop ever waits for the time of a send. */
#define _GNU_SOURCE /* nanosleep */
#include "harness.h"

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SENDERS = 3 };

typedef struct post {
    prom_registry *r;
    prom_sender *sender;
    atomic_int inside, freed;
    atomic_ullong sends, ends;
    bool waits;
    bool lets_go; /* its transport has the last reference, and gives it up */
    atomic_bool made;
} post;

static prom_err deliver(prom_delivery *d, const prom_snapshot *s, void *data)
{
    post *p = data;
    double v = 0;
    EXPECT(atomic_fetch_add(&p->inside, 1) == 0, "two sends at once");
    EXPECT_OK(prom_snapshot_value(s, "x", NULL, &v));
    unsigned long long n = ++p->sends;
    if (p->waits && n % 3) {
        struct pollfd stop = { .fd = prom_delivery_stop_fd(d), .events = POLLIN };
        poll(&stop, 1, n % 50 ? 2 : (int)prom_delivery_left_ms(d));
    }
    if (n % 101 == 0)
        EXPECT_OK(prom_sender_stop(p->sender));
    while (p->lets_go && !p->made)
        stress_sleep(1e-5);
    if (p->lets_go && n == 1)
        prom_unref(p->sender);
    atomic_fetch_sub(&p->inside, 1);
    return n % 7 ? PROM_OK : prom_fail(PROM_E_IO, "now and then");
}

static prom_err finish(prom_delivery *d, void *data)
{
    post *p = data;
    (void)d;
    EXPECT(atomic_fetch_add(&p->inside, 1) == 0, "an end in a send");
    p->ends++;
    atomic_fetch_sub(&p->inside, 1);
    return PROM_OK;
}

static void free_post(void *data)
{
    ((post *)data)->freed++;
}

static void open_post(post *p, bool waits, bool lets_go)
{
    const prom_transport t = { .size = sizeof t,
                               .name = "post",
                               .send = deliver,
                               .finish = finish,
                               .data = p,
                               .free_data = free_post };
    prom_gauge *g = NULL;
    *p = (post){ .waits = waits, .lets_go = lets_go };
    EXPECT_OK(prom_registry_new(NULL, &p->r));
    EXPECT_OK(prom_gauge_new(p->r, PROM_OPTS(.name = "x", .help = ""), &g));
    prom_unref(g);
    /* The time of a send is longer than the test: so it passes only if every wait is broken
     * off. */
    EXPECT_OK(prom_sender_new(p->r, &t,
                              PROM_SENDER_OPTS(.interval_ms = 1, .timeout_ms = 600000,
                                               .last = true, .last_timeout_ms = 5),
                              &p->sender));
    p->made = true;
}

static void close_post(post *p)
{
    if (!p->lets_go)
        prom_unref(p->sender);
    while (p->lets_go && !p->freed)
        stress_sleep(1e-5);
    prom_unref(p->r);
    EXPECT(p->freed == 1, "freed %d times", (int)p->freed);
    EXPECT(p->ends > 0 || !p->sends, "%llu sends, no end", p->sends);
}

static atomic_int
    senders_at_work; /* threads in send_by_hand: without a stop they would not end */

static void stop(stress_thread *t)
{
    post *p = t->shared;
    for (; !stress_over || senders_at_work; t->rounds++) {
        (void)prom_sender_stop(p[stress_random(t, SENDERS)].sender);
        stress_sleep(1e-6 * (double)stress_random(t, 3000));
    }
}

static void start(stress_thread *t)
{
    post *p = t->shared;
    for (; !stress_over; t->rounds++) {
        EXPECT_OK(prom_sender_start(p[stress_random(t, SENDERS)].sender));
        stress_sleep(1e-6 * (double)stress_random(t, 3000));
    }
}

static void send_by_hand(stress_thread *t)
{
    post *p = t->shared;
    senders_at_work++;
    for (; !stress_over; t->rounds++) {
        prom_sender *s = p[stress_random(t, SENDERS)].sender;
        prom_sender_stats st = { .size = sizeof st };
        prom_err e = prom_send(s);
        EXPECT(!e || e == PROM_E_CANCELLED || e == PROM_E_IO, "%s", prom_error(e));
        EXPECT_OK(prom_sender_stats_read(s, &st));
        EXPECT(st.sent + st.failed > 0, "nothing was counted");
    }
    senders_at_work--;
}

/* A sender of its own, from its making to its end, with its thread and without. */
static void make_and_let_go(stress_thread *t)
{
    for (; !stress_over; t->rounds++) {
        post p;
        bool lets_go = stress_random(t, 3) == 0;
        open_post(&p, false, lets_go);
        if (!lets_go && stress_random(t, 2))
            (void)prom_send(p.sender);
        close_post(&p);
    }
}

static void test_senders(void)
{
    static post posts[SENDERS];
    static const stress_role roles[] = { { "stops", stop, 2 },
                                         { "starts", start, 2 },
                                         { "sends", send_by_hand, 2 },
                                         { "lives", make_and_let_go, 1 } };
    for (int i = 0; i < SENDERS; i++)
        open_post(&posts[i], true, false);
    stress_run(roles, sizeof roles / sizeof *roles, posts, NULL);
    for (int i = 0; i < SENDERS; i++) {
        close_post(&posts[i]);
        CHECK(posts[i].ends > 0 && posts[i].ends <= posts[i].sends);
    }
}

/* --- forks --------------------------------------------------------------- */

enum { CHILD_SECONDS = 20 };

static bool use_in_child(post *posts)
{
    bool ok = true;
    for (int i = 0; i < SENDERS && ok; i++) {
        post *p = &posts[i];
        p->waits = false;
        p->inside = 0; /* whoever was inside has stayed behind */
        prom_err e = prom_send(p->sender);
        unsigned long long sends = p->sends;
        ok = (!e || e == PROM_E_IO) && !prom_sender_start(p->sender);
        while (ok && p->sends < sends + 2)
            stress_sleep(1e-4);
        e = prom_sender_stop(p->sender);
        ok = ok && (!e || e == PROM_E_IO);
        prom_unref(p->sender);
    }
    return ok;
}

/* A child that hangs is killed by its alarm. */
static bool fork_once(void *posts)
{
    pid_t child = fork();
    if (child == 0) {
        alarm(CHILD_SECONDS);
        _exit(use_in_child(posts) ? 0 : 1);
    }
    int status = -1;
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    return CHECK_INT(status, 0);
}

static void test_forks(void)
{
#ifdef STRESS_SANITIZED
    (void)fork_once;
    printf("SKIPPED test_forks: the sanitizers' own locks do not survive a fork\n");
#else
    static post posts[SENDERS];
    static const stress_role roles[] = { { "stops", stop, 1 },
                                         { "starts", start, 1 },
                                         { "sends", send_by_hand, 1 } };
    for (int i = 0; i < SENDERS; i++)
        open_post(&posts[i], true, false);
    stress_run(roles, sizeof roles / sizeof *roles, posts, fork_once);
    for (int i = 0; i < SENDERS; i++)
        close_post(&posts[i]);
#endif
}

TESTS(ROW(test_senders), ROW(test_forks))
