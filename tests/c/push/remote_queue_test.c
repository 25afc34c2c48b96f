// SPDX-License-Identifier: Apache-2.0
#include "kit.h"
#include "push/remote_queue.h"

enum { HEAD = sizeof(prom__remote_item) };

static void add(prom__remote_queue *q, unsigned version, const char *text)
{
    CHECK_OK(prom__remote_queue_add(q, version, 10, text, strlen(text)));
}

static void check_waiting(const prom__remote_queue *q, const char *want)
{
    char all[100] = "";
    size_t n = 0, bytes = 0;
    for (const prom__remote_item *x = q->first; x; x = x->next) {
        strncat(all, x->bytes, x->n);
        bytes += HEAD + x->n;
        n++;
        CHECK(x->next || x == q->last);
    }
    CHECK_STR(all, want);
    CHECK_INT(q->n, n);
    CHECK_INT(q->bytes, bytes);
    CHECK(q->bytes <= q->most);
    CHECK(q->first || !q->last);
}

static void test_first_in_first_out(void)
{
    prom__remote_queue q = { .most = 1000 };
    check_waiting(&q, "");
    add(&q, 1, "a");
    add(&q, 2, "b");
    check_waiting(&q, "ab");
    prom__remote_queue_pop(&q);
    check_waiting(&q, "b");
    CHECK_INT(q.first->version, 2);
    prom__remote_queue_pop(&q);
    check_waiting(&q, "");
    add(&q, 1, "c");
    check_waiting(&q, "c");
    CHECK_INT(q.dropped, 0);
    prom__remote_queue_free(&q);
    check_waiting(&q, "");
}

static void test_the_oldest_go(void)
{
    prom__remote_queue q = { .most = 3 * (HEAD + 1) };
    const char *const letters[] = { "a", "b", "c", "d", "e" };
    for (int i = 0; i < 5; i++)
        add(&q, 1, letters[i]);
    check_waiting(&q, "cde");
    CHECK_INT(q.dropped, 2);
    CHECK_INT(q.lost, 20);
    add(&q, 1, "xy"); /* takes the place of two */
    check_waiting(&q, "exy");
    prom__remote_queue_free(&q);
}

static void test_one_that_is_too_large_alone(void)
{
    prom__remote_queue q = { .most = HEAD + 3 }, none = { .most = 1 };
    add(&q, 1, "abc");
    add(&q, 1, "abcd");
    check_waiting(&q, "abc");
    CHECK_INT(q.dropped, 1);
    CHECK_INT(q.lost, 10);
    add(&none, 1, "");
    check_waiting(&none, "");
    prom__remote_queue_free(&q);
}

static void test_a_version_goes(void)
{
    prom__remote_queue q = { .most = 1000 };
    add(&q, 2, "a");
    add(&q, 1, "b");
    add(&q, 2, "c");
    add(&q, 1, "d");
    add(&q, 2, "e");
    prom__remote_queue_drop(&q, 2);
    check_waiting(&q, "bd");
    CHECK_INT(q.dropped, 3);
    prom__remote_queue_drop(&q, 1);
    check_waiting(&q, "");
    add(&q, 1, "f");
    check_waiting(&q, "f");
    prom__remote_queue_free(&q);
}

TESTS(ROW(test_first_in_first_out), ROW(test_the_oldest_go),
      ROW(test_one_that_is_too_large_alone), ROW(test_a_version_goes))
