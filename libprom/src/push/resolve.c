// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE /* pipe2 */
#include "resolve.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/thread.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- waiting -------------------------------------------------------------- */

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

prom_err prom__wait_for(prom_delivery *d, int fd, short events, unsigned ms)
{
    uint64_t until = prom__clock_steady() + (uint64_t)ms * 1000000;
    struct pollfd at[2] = { { .fd = fd, .events = events },
                            { .fd = prom_delivery_stop_fd(d), .events = POLLIN } };
    for (;;) {
        uint64_t now = prom__clock_steady();
        unsigned left = prom_delivery_left_ms(d);
        unsigned rest = now < until ? (unsigned)((until - now) / 1000000) + 1 : 0;
        int n = poll(at, 2, (int)least(least(left, rest), INT_MAX));
        if (n > 0 && at[1].revents)
            return PROM_E_CANCELLED;
        if (n > 0)
            return PROM_OK;
        if (n < 0 && errno != EINTR && errno != EAGAIN)
            return PROM_E_IO;
        if (n == 0 && (!left || !rest))
            return PROM_E_TIMEOUT;
    }
}

/* --- names ---------------------------------------------------------------- */

/* Of the one who waits and of the thread; the last of the two frees it. Its memory is from the
 * C library, because the thread may be left behind: then it is not to meet the host's
 * allocator. */
typedef struct query {
    _Atomic int users;
    int ready[2];          /* a pipe, closed by the thread when it has its answer */
    _Atomic bool answered; /* released after the answer, which only the waiting one takes */
    struct addrinfo hints, *answer;
    int error;
    char host[256], port[8];
} query;

static void leave(query *q)
{
    if (atomic_fetch_sub_explicit(&q->users, 1, memory_order_acq_rel) != 1)
        return;
    if (q->answer)
        freeaddrinfo(q->answer);
    close(q->ready[0]);
    free(q);
}

static void *ask(void *data)
{
    query *q = data;
    q->error = getaddrinfo(q->host, q->port, &q->hints, &q->answer);
    atomic_store_explicit(&q->answered, true, memory_order_release);
    close(q->ready[1]);
    leave(q);
    return NULL;
}

static query *start(const char *host, const char *port, const struct addrinfo *hints)
{
    pthread_t thread;
    query *q = calloc(1, sizeof *q);
    if (!q || strlen(host) >= sizeof q->host || pipe2(q->ready, O_CLOEXEC)) {
        free(q);
        return NULL;
    }
    strcpy(q->host, host);
    strcpy(q->port, port);
    q->hints = *hints;
    atomic_init(&q->users, 2);
    if (!prom__thread_start(&thread, "prom-resolve", ask, q)) {
        pthread_detach(thread);
        return q;
    }
    close(q->ready[0]);
    close(q->ready[1]);
    free(q);
    return NULL;
}

static prom_err answer(int error, const char **why)
{
    *why = error ? gai_strerror(error) : "";
    return error == EAI_MEMORY ? prom__no_memory("addresses") : error ? PROM_E_IO : PROM_OK;
}

static prom_err look_up(prom_delivery *d, const char *host, const char *port,
                        const struct addrinfo *hints, struct addrinfo **out, const char **why)
{
    query *q = start(host, port, hints);
    if (!q) {
        *why = "it cannot be looked up now";
        return PROM_E_IO;
    }
    prom_err e = prom__wait_for(d, q->ready[0], POLLIN, UINT_MAX);
    bool answered = atomic_load_explicit(&q->answered, memory_order_acquire);
    if (!e)
        e = answered ? answer(q->error, why) : PROM_E_IO; /* it always is */
    if (!e) {
        *out = q->answer;
        q->answer = NULL;
    }
    leave(q);
    return e;
}

prom_err prom__resolve(prom_delivery *d, const char *host, const char *port, bool udp,
                       struct addrinfo **out, const char **why)
{
    struct addrinfo hints = { .ai_socktype = udp ? SOCK_DGRAM : SOCK_STREAM,
                              .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV };
    *out = NULL;
    *why = "";
    int error = getaddrinfo(host, port, &hints, out); /* asks nobody */
    if (error != EAI_NONAME)
        return answer(error, why);
    hints.ai_flags = AI_NUMERICSERV;
    return look_up(d, host, port, &hints, out, why);
}

void prom__resolve_free(struct addrinfo *list)
{
    if (list)
        freeaddrinfo(list);
}
