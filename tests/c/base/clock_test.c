// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE /* nanosleep, clock_gettime */
#include "base/clock.h"
#include "kit.h"

#include <time.h>

static void sleep_ms(long ms)
{
    struct timespec t = { ms / 1000, ms % 1000 * 1000000 };
    nanosleep(&t, NULL);
}

static void test_clock_unix_is_the_time_of_day(void)
{
    int64_t before = (int64_t)time(NULL) * 1000000000;
    int64_t now = prom__clock_unix();
    CHECK(now > before - 1000000000 && now < before + 5000000000);
}

static void test_clock_steady_goes_on(void)
{
    uint64_t last = prom__clock_steady();
    for (int i = 0; i < 10000; i++) {
        uint64_t now = prom__clock_steady();
        if (!CHECK(now >= last))
            break;
        last = now;
    }
    sleep_ms(5);
    CHECK(prom__clock_steady() - last >= 4000000);
}

/* At most a few ticks behind the steady one, never ahead of it. */
static void test_clock_coarse_follows_the_steady(void)
{
    for (int i = 0; i < 50; i++) {
        uint64_t coarse = prom__clock_coarse(), steady = prom__clock_steady();
        CHECK(coarse <= steady && steady - coarse < 200000000);
    }
    uint64_t before = prom__clock_coarse();
    sleep_ms(30);
    CHECK(prom__clock_coarse() > before);
}

static void test_clock_shifts_are_of_one_clock_each(void)
{
    uint64_t steady = prom__clock_steady(), coarse = prom__clock_coarse();
    int64_t unix_time = prom__clock_unix();
    prom__clock_shift = 600000000000u;
    uint64_t shifted = prom__clock_coarse() - coarse;
    CHECK(shifted >= 600000000000u && shifted < 605000000000u);
    CHECK(prom__clock_steady() - steady < 5000000000u);
    CHECK(prom__clock_unix() - unix_time < 5000000000);
    prom__clock_shift = 0;
    prom__clock_unix_shift = 600000000000u;
    CHECK(prom__clock_unix() - unix_time >= 600000000000);
    CHECK(prom__clock_coarse() - coarse < 5000000000u);
    prom__clock_unix_shift = 0;
    CHECK(prom__clock_coarse() - coarse < 5000000000u);
}

TESTS(ROW(test_clock_unix_is_the_time_of_day), ROW(test_clock_steady_goes_on),
      ROW(test_clock_coarse_follows_the_steady), ROW(test_clock_shifts_are_of_one_clock_each))
