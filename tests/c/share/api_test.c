// SPDX-License-Identifier: Apache-2.0
/* The table calls the library; and what a program that could not make its metrics would call.
 */
#include "check.h"

#include <prom/api.h>

static const prom_api *const api = &prom_api_v1;

static void test_api_is_the_whole_library(void)
{
    prom_counter *c = NULL;
    CHECK_INT(api->size, sizeof *api);
    CHECK_INT(api->abi, PROM_ABI);
    CHECK_STR(api->version, PROM_VERSION);
    CHECK(api->text == &prom_text);
    CHECK(PROM_API_HAS(api, child_exposed));
    CHECK_OK(api->counter_new(NULL, PROM_OPTS(.name = "c", .help = ""), &c));
    api->counter_inc(c);
    CHECK_DBL(prom_counter_value(c), 1);
    api->unref(c);
}

static void test_api_updates_of_null_do_nothing(void)
{
    api->counter_inc(NULL);
    CHECK_ERR(api->counter_add(NULL, 1), PROM_E_INVAL);
    api->gauge_set(NULL, 1);
    api->gauge_add(NULL, 1);
    api->gauge_set_to_current_time(NULL);
    api->histogram_observe(NULL, 1);
    api->summary_observe(NULL, 1);
    CHECK_DBL(api->counter_value(NULL), 0);
    CHECK_DBL(api->gauge_value(NULL), 0);
    CHECK(api->timer_observe(api->timer_start(), NULL) >= 0);
    CHECK(!api->child_exposed(NULL));
}

static void test_api_calls_on_null_fail(void)
{
    void *child = NULL;
    prom_vec *v = NULL;
    prom_counter *c = NULL;
    prom_collector *k = NULL;
    prom_snapshot *s = NULL;
    char *text = NULL;
    CHECK_ERR(api->vec_with(NULL, NULL, 0, &child), PROM_E_INVAL);
    CHECK_ERR(api->counter_with(NULL, PROM_VALUES("a"), &c), PROM_E_INVAL);
    CHECK_ERR(api->vec_remove(NULL, PROM_VALUES("a")), PROM_E_INVAL);
    CHECK_ERR(api->vec_clear(NULL), PROM_E_INVAL);
    CHECK_INT(api->vec_size(NULL), 0);
    CHECK_INT(api->vec_type(NULL), PROM_UNKNOWN);
    CHECK(!api->vec_opts(NULL));
    CHECK_ERR(api->child_vec(NULL, &v), PROM_E_INVAL);
    CHECK_ERR(api->counter_new(NULL, NULL, &c), PROM_E_INVAL);
    CHECK_ERR(api->collector_new(NULL, NULL, &k), PROM_E_INVAL);
    CHECK_ERR(api->registry_add(NULL, api->registry_default()), PROM_E_INVAL);
    CHECK_ERR(api->registry_remove(NULL, NULL), PROM_E_INVAL);
    CHECK_ERR(api->registry_find(NULL, "x", &v), PROM_E_INVAL);
    CHECK_ERR(api->registry_find(api->registry_default(), NULL, &v), PROM_E_INVAL);
    api->registry_clear(NULL);
    CHECK_ERR(api->gather(NULL, &s), PROM_E_INVAL);
    CHECK_ERR(api->poll(NULL), PROM_E_INVAL);
    CHECK_ERR(api->expose(NULL, &prom_text, &text, NULL), PROM_E_INVAL);
    CHECK_ERR(api->expose(api->registry_default(), NULL, &text, NULL), PROM_E_INVAL);
    CHECK(!child && !v && !c && !k && !s && !text);
    api->unref(api->ref(NULL));
}

TESTS(ROW(test_api_is_the_whole_library), ROW(test_api_updates_of_null_do_nothing),
      ROW(test_api_calls_on_null_fail))
