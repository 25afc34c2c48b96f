// SPDX-License-Identifier: Apache-2.0
/* engine.c - what all languages share: names, families, and a look into folders. */
#define _POSIX_C_SOURCE 200809L
#include "engine.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

const language *const engine_languages[] = { &language_c, &language_lua, &language_python,
                                             NULL };

const char *const engine_kinds[] = { "cmake", "h", "pm", "py", "txt", NULL };

bool engine_failed(const char *what, prom_err e)
{
    if (e)
        fprintf(stderr, "demo: %s: %s\n", what, prom_error(e));
    return e != PROM_OK;
}

/* --- families ---------------------------------------------------------------------------- */

static const char *const by_language[] = { "language", NULL };
static const char *const by_kind[] = { "language", "kind", NULL };

static const struct {
    prom_type type;
    const char *name, *help;
    const char *const *labels;
} families[] = {
    { PROM_COUNTER, "demo_files_total", "Files read.", by_kind },
    { PROM_COUNTER, "demo_bytes_total", "Bytes in the files.", by_kind },
    { PROM_COUNTER, "demo_lines_total", "Lines in the files.", by_kind },
    { PROM_COUNTER, "demo_unreadable_files_total", "Files that did not open.", by_language },
    { PROM_GAUGE, "demo_files_in_progress", "Files being read.", by_language },
    { PROM_GAUGE, "demo_seen_files", "Files of all languages, as one sees them.", by_language },
};

bool engine_families(prom_registry *r)
{
    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        prom_vec *v;
        prom_err e = prom_vec_new(r, families[i].type,
                                  PROM_OPTS(.name = families[i].name, .help = families[i].help,
                                            .labels = families[i].labels),
                                  &v);
        if (engine_failed(families[i].name, e))
            return false;
        prom_unref(v); /* the registry has one too; whoever needs it finds it by its name */
    }
    return true;
}

/* --- folders ------------------------------------------------------------------------------ */

const char *engine_next_entry(DIR *d, bool *is_folder)
{
    struct dirent *entry;
    while ((entry = readdir(d)) != NULL) {
        const char *name = entry->d_name;
        struct stat st;
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
            fstatat(dirfd(d), name, &st, AT_SYMLINK_NOFOLLOW) < 0)
            continue;
        *is_folder = S_ISDIR(st.st_mode);
        if (*is_folder || S_ISREG(st.st_mode))
            return name;
    }
    return NULL;
}
