// SPDX-License-Identifier: Apache-2.0
/* attack.c - more connections than there are places, all of them slow or malicious, and each
 * that is cut comes back at once. A scraper that comes now and then always gets its whole
 * answer. */
#define _GNU_SOURCE /* sockets, SOCK_NONBLOCK */
#include "harness.h"
#include "serve/client.h"

#include <sys/resource.h>

/* --- what is scraped ------------------------------------------------------ */

static size_t body_size;
static char pattern[65536];

static prom_err write_pattern(const prom_snapshot *s, const prom_encode_opts *o,
                              const prom_writer *w)
{
    (void)s, (void)o;
    prom_err err = PROM_OK;
    for (size_t n = 0; n < body_size && !err;) {
        size_t some = body_size - n < sizeof pattern ? body_size - n : sizeof pattern;
        err = w->write(w->data, pattern, some);
        n += some;
    }
    return err;
}

static const prom_encoder large = { "large", "text/x-large", false, write_pattern };

static bool is_whole(const answer *a)
{
    for (size_t n = 0; n < a->n; n += sizeof pattern) {
        size_t some = a->n - n < sizeof pattern ? a->n - n : sizeof pattern;
        if (memcmp(a->body + n, pattern, some) != 0)
            return false;
    }
    return a->status == 200 && a->n == body_size;
}

/* --- attackers ------------------------------------------------------------ */

typedef enum kind {
    SILENT,      /* connects, and that is all */
    DRIBBLER,    /* a byte of a header now and then */
    GLUTTON,     /* asks for everything and reads nothing */
    COLLECTOR,   /* the same, and each time for something of its own */
    SIPPER,      /* reads a little now and then */
    PIPELINER,   /* asks and asks and does not listen */
    BABBLER,     /* bytes that mean nothing */
    HALF_CLOSER, /* has said all, or half of it, and keeps its ears open */
    RESETTER,    /* goes away in the middle */
    KINDS
} kind;

enum { ATTACKERS_MAX = 4000, DRIVERS = 2 };

#ifdef STRESS_SANITIZED
enum { USUAL = 600 };
#else
enum { USUAL = 800 };
#endif

typedef struct attacker {
    int fd;
    unsigned steps;
} attacker;

static attacker attackers[ATTACKERS_MAX];
static size_t n_attackers;

static bool attacker_dial(attacker *x)
{
    struct sockaddr_in to = { .sin_family = AF_INET,
                              .sin_port = htons(port),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int little = 4096;
    x->steps = 0;
    x->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (x->fd < 0)
        return false;
    setsockopt(x->fd, SOL_SOCKET, SO_RCVBUF, &little, sizeof little);
    if (connect(x->fd, (struct sockaddr *)&to, sizeof to) == 0 || errno == EINPROGRESS)
        return true;
    close(x->fd);
    x->fd = -1;
    return false;
}

static void utter(const attacker *x, const char *text)
{
    if (send(x->fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
        return; /* whatever it was */
}

static bool was_cut(const attacker *x)
{
    char c;
    ssize_t n = recv(x->fd, &c, 1, MSG_PEEK | MSG_DONTWAIT);
    return n == 0 || (n < 0 && errno != EAGAIN);
}

static void leave(attacker *x, bool with_reset)
{
    if (with_reset)
        setsockopt(x->fd, SOL_SOCKET, SO_LINGER, &(struct linger){ 1, 0 },
                   sizeof(struct linger));
    close(x->fd);
    x->fd = -1;
}

static void babble(stress_thread *t, const attacker *x)
{
    char bytes[200];
    for (size_t i = 0; i < sizeof bytes - 1; i++)
        bytes[i] = (char)(stress_random(t, 6) ? 1 + stress_random(t, 255) : '\n');
    bytes[sizeof bytes - 1] = '\0';
    utter(x, stress_random(t, 2) ? bytes : "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
}

static void act(stress_thread *t, attacker *x, kind k)
{
    static const char ask[] = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";
    char text[120], some[64];
    unsigned step = x->steps++;
    switch (k) {
    case DRIBBLER:
        utter(x, step ? "a" : "GET /metrics HTTP/1.1\r\nX: ");
        break;
    case GLUTTON:
        if (step == 1)
            utter(x, ask);
        break;
    case COLLECTOR:
        snprintf(text, sizeof text, "GET /metrics?name[]=n%u HTTP/1.1\r\nHost: x\r\n\r\n",
                 (unsigned)stress_random(t, 1000000));
        if (step == 1)
            utter(x, text);
        break;
    case SIPPER:
        if (step == 1)
            utter(x, ask);
        else if (recv(x->fd, some, sizeof some, MSG_DONTWAIT) == 0)
            leave(x, false);
        break;
    case PIPELINER:
        utter(x, ask);
        utter(x, "HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\nGET /nothing HTTP/1.1\r\n\r\n");
        break;
    case BABBLER:
        babble(t, x);
        break;
    case HALF_CLOSER:
        utter(x, step % 2 ? ask : "GET /metrics HTTP/1.1\r\nHost");
        shutdown(x->fd, SHUT_WR);
        break;
    case RESETTER:
        if (step == 1)
            utter(x, ask);
        else if (step > 3)
            leave(x, true);
        break;
    case SILENT:
    case KINDS:
        break;
    }
}

static void drive(stress_thread *t)
{
    for (; !stress_over; t->rounds++) {
        for (size_t i = t->number; i < n_attackers && !stress_over; i += DRIVERS) {
            attacker *x = &attackers[i];
            if (x->fd < 0 && !attacker_dial(x))
                continue;
            act(t, x, (kind)(i / DRIVERS % KINDS));
            if (x->fd >= 0 && x->steps > 1 && was_cut(x))
                leave(x, false);
        }
        stress_sleep(0.002);
    }
}

/* --- the others ----------------------------------------------------------- */

enum { SCRAPERS = 2 };

static atomic_int scrapers; /* that may have a scrape under way */

static void scrape(stress_thread *t)
{
    for (; !stress_over; t->rounds++) {
        int fd = dial(port);
        double begun = seconds();
        EXPECT(request(fd, "GET /metrics", "Connection: close\r\n"), "not sent");
        answer a = hear(fd, true);
        EXPECT(is_whole(&a), "scrape %u: status %d, %zu bytes, %.1f s", (unsigned)t->rounds,
               a.status, a.n, seconds() - begun);
        forget(&a);
        if (fd >= 0)
            close(fd);
        stress_sleep(0.02);
    }
    scrapers--;
}

static void poll_it(stress_thread *t)
{
    for (; scrapers; t->rounds++)
        EXPECT_OK(prom_http_poll_for(http, 10, 5000));
}

static void attack(bool polled, size_t n, size_t size)
{
    static const stress_role roles[] = { { "attackers", drive, DRIVERS },
                                         { "scrapes", scrape, SCRAPERS },
                                         { "host", poll_it, 1 } };
    for (size_t i = 0; i < sizeof pattern; i++)
        pattern[i] = (char)('a' + i % 26);
    body_size = size;
    n_attackers = n;
    stress_failures = 0;
    scrapers = SCRAPERS;
    for (size_t i = 0; i < n; i++)
        attackers[i].fd = -1;
    if (SERVE(.polled = polled, .encoder = &large, .no_compression = true, .deadline_ms = 10000,
              .max_connections = (unsigned)n / 2))
        stress_run(roles, polled ? 3 : 2, NULL, NULL);
    for (size_t i = 0; i < n; i++)
        if (attackers[i].fd >= 0)
            close(attackers[i].fd);
    end();
}

/* A sanitizer takes ten times as long for all of it, and shall find something else. */
static bool in_earnest(void)
{
#ifdef STRESS_SANITIZED
    return false;
#else
    return getenv("PROM_LONG") != NULL;
#endif
}

/* As many as there may be descriptors for: one at each end, and some for the rest. */
static size_t how_many(void)
{
    struct rlimit files;
    size_t most = in_earnest() ? ATTACKERS_MAX : USUAL;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0)
        return 100;
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    return files.rlim_max / 2 < most + 100 ? files.rlim_max / 2 - 100 : most;
}

static size_t how_large(void)
{
    return in_earnest() ? 50u << 20 : 4u << 20;
}

static void test_attack_threaded(void)
{
    attack(false, how_many(), how_large());
}

static void test_attack_polled(void)
{
    attack(true, how_many(), how_large());
}

TESTS(ROW(test_attack_threaded), ROW(test_attack_polled))
