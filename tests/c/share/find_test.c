// SPDX-License-Identifier: Apache-2.0
/* This program has a copy of the library linked in, which it does not export, and loads the
 * shared one beside it, as an interpreter loads its modules. */
#define _GNU_SOURCE /* readlink, fork */
#include "kit.h"

#include <prom/api.h>

#include <dlfcn.h>
#include <sys/wait.h>
#include <unistd.h>

/* The library as it was built with this test; NULL: it is not there. */
static void *load_shared(int mode)
{
    char path[4200];
    ssize_t n = readlink("/proc/self/exe", path, 4096);
    path[n > 0 ? n : 0] = '\0';
    for (int i = 0; i < 2; i++) { /* <build>/tests/share_find_test */
        char *slash = strrchr(path, '/');
        if (slash)
            *slash = '\0';
    }
    strcat(path, "/libprom/libprom.so");
    return dlopen(path, mode);
}

static void test_find_own_table(void)
{
    CHECK_INT(prom_api_v1.size, sizeof(prom_api));
    CHECK_INT(prom_api_v1.abi, PROM_ABI);
    CHECK_STR(prom_api_v1.version, PROM_VERSION);
    CHECK(prom_api_v1.text == &prom_text);
    CHECK(prom_api_v1.counter_inc == prom_counter_inc);
    CHECK(PROM_API_HAS(&prom_api_v1, child_exposed));
#define CHECK_MEMBER(result, name, parameters) CHECK(prom_api_v1.name != NULL);
    PROM_API_FUNCTIONS(CHECK_MEMBER)
#undef CHECK_MEMBER
    prom_api older = prom_api_v1;
    older.size = offsetof(prom_api, counter_inc);
    CHECK(!PROM_API_HAS(&older, counter_inc));
    CHECK(PROM_API_HAS(&older, err_name));
}

/* Runs a test in a process of its own: what is found is found once and for all. */
static void in_a_child(int (*run)(void))
{
    int status = 1;
    pid_t child = fork();
    if (child == 0) {
        check_failures = 0;
        _exit(run());
    }
    CHECK(waitpid(child, &status, 0) == child && status == 0);
}

static int find_alone(void)
{
    CHECK(prom_api_find() == &prom_api_v1);
    CHECK(prom_api_find() == &prom_api_v1);
    return check_failures != 0;
}

static void test_find_alone_is_this_copy(void)
{
    in_a_child(find_alone);
}

static int find_loaded(void)
{
    void *object = load_shared(RTLD_NOW | RTLD_LOCAL);
    if (!CHECK(object))
        return 1;
    const prom_api *shared = dlsym(object, "prom_api_v1");
    CHECK(shared && shared != &prom_api_v1);
    CHECK(prom_api_find() == shared);
    const prom_api *(*find)(void) = NULL;
    void *symbol = dlsym(object, "prom_api_find");
    memcpy(&find, &symbol, sizeof find);
    CHECK(find && find() == shared); /* both copies agree */
    return check_failures != 0;
}

static void test_find_a_copy_that_was_loaded_locally(void)
{
    in_a_child(find_loaded);
}

/* Objects of one copy, used through its table by code that has another. */
static int use_the_table(void)
{
    if (!CHECK(load_shared(RTLD_NOW | RTLD_LOCAL)))
        return 1;
    const prom_api *api = prom_api_find();
    prom_counter *c;
    char *text;
    CHECK(api->registry_default() != prom_registry_default());
    CHECK_OK(
        api->counter_new(api->registry_default(), PROM_OPTS(.name = "shared", .help = ""), &c));
    api->counter_inc(c);
    CHECK_OK(api->expose(api->registry_default(), api->text, &text, NULL));
    CHECK(strstr(text, "\nshared_total 1\n"));
    api->free(text);
    CHECK_HAS_NOT(prom_registry_default(), "shared");
    api->unref(c);
    return check_failures != 0;
}

static void test_find_and_use_the_table(void)
{
    in_a_child(use_the_table);
}

static int find_before_loading(void)
{
    CHECK(prom_api_find() == &prom_api_v1);
    CHECK(load_shared(RTLD_NOW | RTLD_GLOBAL));
    CHECK(prom_api_find() == &prom_api_v1); /* it does not change under those who have it */
    return check_failures != 0;
}

static void test_find_does_not_change_its_mind(void)
{
    in_a_child(find_before_loading);
}

TESTS(ROW(test_find_own_table), ROW(test_find_alone_is_this_copy),
      ROW(test_find_a_copy_that_was_loaded_locally), ROW(test_find_and_use_the_table),
      ROW(test_find_does_not_change_its_mind))
