// SPDX-License-Identifier: Apache-2.0
/* stage.h - how the main thread leads the languages' threads from one phase to the next. */
#ifndef STAGE_H
#define STAGE_H

#include <pthread.h>
#include <stdbool.h>

typedef enum phase { LOAD, COUNT, LOOK, END } phase;

typedef struct stage {
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    phase phase;
    unsigned actors;
    unsigned busy; /* actors that have not finished this phase */
} stage;

/* All actors are busy with LOAD. */
void stage_init(stage *s, unsigned actors);
void stage_destroy(stage *s);

/* The main thread's: begins a phase; waits until every actor has finished it. */
void stage_begin(stage *s, phase p);
void stage_await(stage *s);

/* An actor's: has finished the phase; waits up to ms for another one, true when it is there. */
void stage_finish(stage *s);
bool stage_reached(stage *s, phase p, long ms);

/* Anyone's. */
unsigned stage_busy(stage *s);

#endif
