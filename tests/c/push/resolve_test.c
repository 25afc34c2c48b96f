// SPDX-License-Identifier: Apache-2.0
/* resolve_test.c - a look-up that takes as long as it likes holds up nobody. The resolver is
 * the test's own, which answers when it is told to. */
#define _GNU_SOURCE
#include "kit.h"
#include "push/resolve.h"

#include <netdb.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

/* --- the resolver ------------------------------------------------------------- */

static sem_t told, asked;
static _Atomic int answer, given; /* answers that were not freed yet */

int getaddrinfo(const char *host, const char *port, const struct addrinfo *hints,
                struct addrinfo **out)
{
    (void)port;
    if (hints->ai_flags & AI_NUMERICHOST && strcmp(host, "127.0.0.1") != 0)
        return EAI_NONAME;
    if (!(hints->ai_flags & AI_NUMERICHOST)) {
        sem_post(&asked);
        sem_wait(&told);
    }
    if (answer)
        return answer;
    *out = calloc(1, sizeof **out);
    given++;
    return 0;
}

void freeaddrinfo(struct addrinfo *list)
{
    given--;
    free(list);
}

/* --- a sender that only looks up ------------------------------------------------ */

static struct addrinfo *found;
static const char *why;

static prom_err look_up(prom_delivery *d, const prom_snapshot *s, void *data)
{
    (void)s;
    return prom__resolve(d, data, "1", false, &found, &why);
}

static prom_sender *sender(const char *host, const prom_sender_opts *o)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_sender *s;
    CHECK_OK(prom_sender_new(
        r, PROM_TRANSPORT(.name = "test", .send = look_up, .data = (void *)(uintptr_t)host), o,
        &s));
    prom_unref(r);
    return s;
}

static void let_it_answer(int error)
{
    answer = error;
    sem_post(&told);
}

static void check_none_is_left(void)
{
    for (int i = 0; given && i < 10000; i++)
        nanosleep(&(struct timespec){ 0, 1000000 }, NULL);
    CHECK_INT(given, 0);
}

/* --- tests ------------------------------------------------------------------------ */

static void test_answers(void)
{
    prom_sender *s = sender("a", NULL);
    let_it_answer(0);
    CHECK_OK(prom_send(s));
    CHECK(found != NULL);
    prom__resolve_free(found);
    let_it_answer(EAI_AGAIN);
    CHECK_ERR(prom_send(s), PROM_E_IO);
    CHECK_STR(why, gai_strerror(EAI_AGAIN));
    CHECK(found == NULL);
    let_it_answer(EAI_MEMORY);
    CHECK_SAYS(prom_send(s), PROM_E_NOMEM, "out of memory for addresses");
    prom_unref(s);
    check_none_is_left();
    prom__resolve_free(NULL);
}

static void test_numbers_are_not_asked_for(void)
{
    prom_sender *s = sender("127.0.0.1", NULL);
    answer = 0;
    CHECK_OK(prom_send(s));
    prom__resolve_free(found);
    prom_unref(s);
    check_none_is_left();
}

static void test_names_that_are_too_long(void)
{
    static char name[300];
    memset(name, 'a', sizeof name - 1);
    prom_sender *s = sender(name, NULL);
    CHECK_ERR(prom_send(s), PROM_E_IO);
    prom_unref(s);
}

/* The answer comes when nobody wants it any more. */
static void test_no_answer_in_time(void)
{
    prom_sender *s = sender("a", PROM_SENDER_OPTS(.timeout_ms = 50));
    while (sem_trywait(&asked) == 0)
        ;
    CHECK_ERR(prom_send(s), PROM_E_TIMEOUT);
    CHECK(found == NULL);
    prom_unref(s);
    sem_wait(&asked);
    let_it_answer(0);
    check_none_is_left();
}

static void test_stopped_meanwhile(void)
{
    while (sem_trywait(&asked) == 0)
        ;
    prom_sender *s =
        sender("a", PROM_SENDER_OPTS(.interval_ms = 1, .timeout_ms = 1000 * 1000 * 1000));
    sem_wait(&asked);
    CHECK_OK(prom_sender_stop(s));
    CHECK(found == NULL);
    prom_unref(s);
    let_it_answer(0);
    check_none_is_left();
}

static void begin(void)
{
    CHECK_INT(sem_init(&told, 0, 0), 0);
    CHECK_INT(sem_init(&asked, 0, 0), 0);
}

TESTS(ROW(begin), ROW(test_answers), ROW(test_numbers_are_not_asked_for),
      ROW(test_names_that_are_too_long), ROW(test_no_answer_in_time),
      ROW(test_stopped_meanwhile))
