// SPDX-License-Identifier: Apache-2.0
/* find.c - which copy of the library in this process all shall use: the one loaded first.
 *
 * The dynamic linker lists loaded objects in the order in which they came, so every copy finds
 * the same one. A copy is seen if it exports prom_api_v1, also where it was loaded with
 * RTLD_LOCAL, as interpreters load their modules. */
#define _GNU_SOURCE /* dl_iterate_phdr, RTLD_NOLOAD */
#include <prom/api.h>

#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <stdbool.h>

static const prom_api *chosen = &prom_api_v1;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static bool usable(const prom_api *api)
{
    return api && api->abi == PROM_ABI && api->size >= sizeof(prom_api);
}

static const prom_api *table_of(const char *path)
{
    void *object = dlopen(*path ? path : NULL, RTLD_LAZY | RTLD_NOLOAD);
    if (!object)
        return NULL;
    const prom_api *api = dlsym(object, "prom_api_v1");
    dlclose(object); /* it was loaded before and stays so */
    return api;
}

enum { MOST_OBJECTS = 4096, LONGEST_PATH = 4096 };

/* dlopen must not be called from dl_iterate_phdr's callback, which holds the linker's lock;
 * so objects are taken one at a time by number. */
typedef struct nth {
    size_t wanted, at;
    char path[LONGEST_PATH];
    bool found;
} nth;

static int look(struct dl_phdr_info *info, size_t size, void *data)
{
    nth *n = data;
    (void)size;
    if (n->at++ != n->wanted)
        return 0;
    size_t i = 0;
    for (; info->dlpi_name[i] && i < sizeof n->path - 1; i++)
        n->path[i] = info->dlpi_name[i];
    n->path[i] = '\0';
    n->found = true;
    return 1;
}

static void choose(void)
{
    for (size_t i = 0; i < MOST_OBJECTS; i++) {
        nth n = { .wanted = i };
        dl_iterate_phdr(look, &n);
        if (!n.found)
            return;
        /* The program itself has no path; only the first object is it. */
        const prom_api *api = *n.path || i == 0 ? table_of(n.path) : NULL;
        if (usable(api)) {
            chosen = api;
            return;
        }
    }
}

const prom_api *prom_api_find(void)
{
    pthread_once(&once, choose);
    return chosen;
}
