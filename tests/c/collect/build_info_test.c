// SPDX-License-Identifier: Apache-2.0
#include "kit.h"

#include <prom/collect.h>

static void test_build_info_shows_the_labels(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_collector *c;
    char version[] = "1.2\"3";
    const prom_label labels[] = { { "version", version },
                                  { "branch", "main" },
                                  { NULL, NULL } };
    CHECK_OK(prom_build_info_collector_new(r, "game", labels, &c));
    memset(version, 'x', 5); /* it was copied */
    CHECK_HAS(r, "# TYPE game_build_info gauge\n");
    CHECK_HAS(r, "game_build_info{branch=\"main\",c_standard=\"C");
    CHECK_HAS(r, "\",compiler=\"");
    CHECK_HAS(r, "\",libprom_version=\"" PROM_VERSION "\",version=\"1.2\\\"3\"} 1\n");
    prom_unref(c);
    CHECK_OK(prom_build_info_collector_new(r, "engine", NULL, &c)); /* of another program */
    CHECK_HAS(r, "engine_build_info{c_standard=\"");
    prom_unref(c), prom_unref(r);
}

static void test_build_info_refuses(void)
{
    prom_collector *c = (prom_collector *)&c;
    CHECK_SAYS(prom_build_info_collector_new(NULL, NULL, NULL, &c), PROM_E_NAME,
               "build information needs the name of the program");
    CHECK(!c);
    CHECK_ERR(prom_build_info_collector_new(NULL, "", NULL, &c), PROM_E_NAME);
    CHECK_ERR(prom_build_info_collector_new(NULL, "\xff", NULL, &c), PROM_E_NAME);
    /* a label that is there already, or is none */
    CHECK_ERR(
        prom_build_info_collector_new(NULL, "x", PROM_CONST_LABELS({ "compiler", "?" }), &c),
        PROM_E_NAME);
    CHECK_ERR(prom_build_info_collector_new(NULL, "x", PROM_CONST_LABELS({ "__x", "?" }), &c),
              PROM_E_NAME);
    CHECK(!c);
}

TESTS(ROW(test_build_info_shows_the_labels), ROW(test_build_info_refuses))
