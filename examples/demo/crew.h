// SPDX-License-Identifier: Apache-2.0
/* crew.h - the languages at work: a thread for each, led through the phases by the main one. */
#ifndef CREW_H
#define CREW_H

#include "engine.h"
#include "stage.h"

enum { MOST_LANGUAGES = 8 };

typedef struct worker {
    const language *language;
    job job;
    stage *stage;
    pthread_t thread;
    bool ok; /* written by the thread, read when it has finished a phase */
} worker;

typedef struct crew {
    worker workers[MOST_LANGUAGES];
    unsigned n;
    unsigned begun, started; /* of those, in their order */
    stage stage;
} crew;

/* Adds a language; its folders follow. */
bool crew_add(crew *c, const language *l, const job *j);

/* Starts the threads, which load at once. Whatever comes of it, crew_end() has to follow. */
bool crew_start(crew *c);

/* Waits until all have loaded; lets all count, or look, and waits until they have. */
bool crew_await(crew *c);
bool crew_do(crew *c, phase p);

/* Ends the threads, then the interpreters. */
void crew_end(crew *c);

#endif
