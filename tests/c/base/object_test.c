// SPDX-License-Identifier: Apache-2.0
#include "base/object.h"
#include "kit.h"

#include <pthread.h>

typedef struct thing {
    prom__object object;
    int destroyed;
} thing;

static void destroy(void *self)
{
    ((thing *)self)->destroyed++;
}

static const prom__class thing_class = { .name = "thing", .destroy = destroy };

static void test_object_counts(void)
{
    thing t = { .destroyed = 0 };
    prom__object_init(&t.object, &thing_class);
    CHECK_INT(t.object.refs, 1);
    CHECK_INT(t.object.tag, 0);
    CHECK(prom_ref(&t) == &t);
    prom_unref(&t);
    CHECK_INT(t.destroyed, 0);
    prom_unref(&t);
    CHECK_INT(t.destroyed, 1);
}

static void test_object_null_is_fine(void)
{
    CHECK(prom_ref(NULL) == NULL);
    prom_unref(NULL);
}

/* Once the last reference is gone none may be made from a bare address. */
static void test_object_ref_living(void)
{
    thing t = { .destroyed = 0 };
    prom__object_init(&t.object, &thing_class);
    CHECK(prom__object_ref_living(&t.object));
    CHECK_INT(t.object.refs, 2);
    prom_unref(&t);
    prom_unref(&t);
    CHECK_INT(t.destroyed, 1);
    CHECK(!prom__object_ref_living(&t.object));
    CHECK_INT(t.object.refs, 0);
}

static int own_refs, own_unrefs;

static void own_ref(void *self)
{
    (void)self;
    own_refs++;
}

static void own_unref(void *self)
{
    (void)self;
    own_unrefs++;
}

static void test_object_class_may_count_its_own_way(void)
{
    static const prom__class class = { "own", NULL, own_ref, own_unref };
    thing t = { .destroyed = 0 };
    prom__object_init(&t.object, &class);
    CHECK(prom_ref(&t) == &t);
    prom_unref(&t);
    prom_unref(&t);
    CHECK_INT(own_refs, 1);
    CHECK_INT(own_unrefs, 2);
    CHECK_INT(t.object.refs, 1); /* nobody else has touched it */
}

static void *take_and_give(void *data)
{
    for (int i = 0; i < 20000; i++) {
        prom_ref(data);
        prom_unref(data);
    }
    prom_unref(data);
    return NULL;
}

static void test_object_last_of_many_threads_destroys_once(void)
{
    thing t = { .destroyed = 0 };
    pthread_t threads[4];
    prom__object_init(&t.object, &thing_class);
    for (int i = 0; i < 4; i++) {
        prom_ref(&t);
        CHECK(pthread_create(&threads[i], NULL, take_and_give, &t) == 0);
    }
    prom_unref(&t);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    CHECK_INT(t.destroyed, 1);
}

TESTS(ROW(test_object_counts), ROW(test_object_null_is_fine), ROW(test_object_ref_living),
      ROW(test_object_class_may_count_its_own_way),
      ROW(test_object_last_of_many_threads_destroys_once))
