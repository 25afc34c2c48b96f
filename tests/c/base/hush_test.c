// SPDX-License-Identifier: Apache-2.0
/* hush_test.c - a signal that a call brings about reaches nobody, one that was there before
 * does.
 */
#define _POSIX_C_SOURCE 200809L
#include "base/hush.h"
#include "check.h"

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

static volatile sig_atomic_t came;

static void handle(int signal)
{
    (void)signal;
    came++;
}

static void write_to_nobody(void)
{
    int ends[2];
    CHECK_INT(pipe(ends), 0);
    close(ends[0]);
    CHECK_INT(write(ends[1], "x", 1), -1);
    close(ends[1]);
    errno = EPIPE;
}

static bool is_blocked(void)
{
    sigset_t now;
    pthread_sigmask(SIG_SETMASK, NULL, &now);
    return sigismember(&now, SIGPIPE) == 1;
}

static void test_a_signal_is_kept_away(void)
{
    prom__hush h;
    const struct sigaction a = { .sa_handler = handle };
    CHECK_INT(sigaction(SIGPIPE, &a, NULL), 0);
    came = 0;
    prom__hush_begin(&h, SIGPIPE);
    write_to_nobody();
    prom__hush_end(&h);
    CHECK_INT(errno, EPIPE);
    CHECK_INT(came, 0);
    CHECK(!is_blocked());
    write_to_nobody();
    CHECK_INT(came, 1);
}

static void test_one_that_waited_goes_on_waiting(void)
{
    prom__hush h;
    sigset_t set, before;
    came = 0;
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &set, &before);
    raise(SIGPIPE);
    prom__hush_begin(&h, SIGPIPE);
    write_to_nobody();
    prom__hush_end(&h);
    CHECK(is_blocked());
    CHECK_INT(came, 0);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    CHECK_INT(came, 1);
}

TESTS(ROW(test_a_signal_is_kept_away), ROW(test_one_that_waited_goes_on_waiting))
