// SPDX-License-Identifier: Apache-2.0
/* engine.h - a small engine in which C, Lua and Python do the same job side by side: each walks
 * folders of this machine, reads the files and counts them into one registry.
 *
 * A language is a table of functions. All of them but `begin` and `end` are called on the
 * language's own thread, so an interpreter never sees another one. */
#ifndef ENGINE_H
#define ENGINE_H

#include <prom/prom.h>

#include <dirent.h>

/* What a language is given to do. Everything is borrowed and outlives the language. */
typedef struct job {
    prom_registry *registry;
    const char *scripts; /* the folder of count.lua and count.py */
    const char *modules; /* the folder of Python's package libprom */
    char **folders;
    size_t n_folders;
} job;

typedef struct language {
    const char *name; /* the value of the label `language` */

    /* On the main thread, before the language's thread is there and after it has gone. */
    bool (*begin)(void); /* may be NULL, and so may `end` */
    void (*end)(void);

    void *(*load)(const job *j); /* NULL: it has said on stderr why not */
    bool (*count)(void *self);   /* does the job; all languages are loaded by then */
    bool (*look)(void *self);    /* what the others have done; all have counted by then */
    void (*idle)(void *self);    /* again and again while there is nothing to do; or NULL */
    void (*unload)(void *self);
} language;

extern const language language_c, language_lua, language_python;

extern const language *const engine_languages[]; /* ended by NULL */
extern const char *const engine_kinds[];         /* endings of files that count; by NULL */

/* Makes the families that the engine brings; the scripts bring two more. */
bool engine_families(prom_registry *r);

/* Whether this is an error, which is then told on stderr. */
bool engine_failed(const char *what, prom_err e);

/* The next file or folder, but no link to one; NULL after the last. */
const char *engine_next_entry(DIR *d, bool *is_folder);

#endif
