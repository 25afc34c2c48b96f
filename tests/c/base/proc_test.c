// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE /* waitpid */
#include "base/proc.h"
#include "kit.h"

#include <prom/collect.h>

#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char stat_line[] = "42 (a) b (c) R 1 2 3 4 5";

static void test_proc_stat(void)
{
    double v = -1;
    CHECK(prom__proc_stat(stat_line, 4, &v) && v == 1);
    CHECK(prom__proc_stat(stat_line, 8, &v) && v == 5);
    CHECK(!prom__proc_stat(stat_line, 9, &v) && !prom__proc_stat(stat_line, 3, &v));
    CHECK(!prom__proc_stat("", 4, &v) && !prom__proc_stat("42 (a", 4, &v));
}

static void test_proc_number(void)
{
    static const char text[] = "a: 1\nbb:\t22\nMax b: x\n";
    double v = -1;
    CHECK(prom__proc_number(text, "a: ", &v) && v == 1);
    CHECK(prom__proc_number(text, "bb:", &v) && v == 22);
    CHECK(!prom__proc_number(text, "b: ", &v) && !prom__proc_number(text, "Max b: ", &v));
}

static void test_proc_read(void)
{
    char text[8];
    CHECK_INT(prom__proc_read("/proc/self/status", text, sizeof text), 7); /* cut */
    CHECK_INT(prom__proc_read("/proc/self/nothing", text, sizeof text), -1);
}

/* As the process collector says it, and a child's is its own. */
static void test_proc_start(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_collector *c = NULL;
    CHECK_OK(prom_process_collector_new(r, &c));
    double start = prom__proc_start(), now = (double)time(NULL);
    CHECK(start > now - 3600 && start <= now + 1);
    CHECK_DBL(kit_value(r, "process_start_time_seconds", NULL), start);
    CHECK_DBL(prom__proc_start(), start);
    nanosleep(&(struct timespec){ 0, 30000000 }, NULL); /* some of the kernel's ticks */
    pid_t child = fork();
    if (child == 0)
        _exit(prom__proc_start() > start ? 0 : 1);
    int status = -1;
    waitpid(child, &status, 0);
    CHECK_INT(status, 0);
    prom_unref(c);
    prom_unref(r);
}

TESTS(ROW(test_proc_stat), ROW(test_proc_number), ROW(test_proc_read), ROW(test_proc_start))
