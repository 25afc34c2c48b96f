// SPDX-License-Identifier: Apache-2.0
/* crew.c - what a thread does for its language, and when. */
#define _POSIX_C_SOURCE 200809L
#include "crew.h"

#include <stdio.h>
#include <string.h>

enum { IDLE_MS = 50 };

/* Finishes a phase and waits for the next. */
static void pass(worker *w, void *self, phase next)
{
    stage_finish(w->stage);
    while (!stage_reached(w->stage, next, IDLE_MS))
        if (self && w->language->idle)
            w->language->idle(self);
}

static void *work(void *data)
{
    worker *w = data;
    void *self = w->language->load(&w->job);
    w->ok = self != NULL;
    pass(w, self, COUNT);
    w->ok = w->ok && w->language->count(self);
    pass(w, self, LOOK);
    w->ok = w->ok && w->language->look(self);
    pass(w, self, END);
    if (self)
        w->language->unload(self);
    return NULL;
}

bool crew_add(crew *c, const language *l, const job *j)
{
    if (c->n == MOST_LANGUAGES)
        return false;
    c->workers[c->n++] = (worker){ .language = l, .job = *j };
    return true;
}

static bool begin_languages(crew *c)
{
    for (; c->begun < c->n; c->begun++) {
        const language *l = c->workers[c->begun].language;
        if (l->begin && !l->begin())
            return false;
    }
    return true;
}

bool crew_start(crew *c)
{
    stage_init(&c->stage, c->n);
    if (!begin_languages(c))
        return false;
    for (; c->started < c->n; c->started++) {
        worker *w = &c->workers[c->started];
        w->stage = &c->stage;
        int error = pthread_create(&w->thread, NULL, work, w);
        if (error) {
            fprintf(stderr, "demo: no thread: %s\n", strerror(error));
            return false;
        }
    }
    return true;
}

bool crew_await(crew *c)
{
    bool ok = true;
    stage_await(&c->stage);
    for (unsigned i = 0; i < c->n; i++)
        ok = ok && c->workers[i].ok;
    return ok;
}

bool crew_do(crew *c, phase p)
{
    stage_begin(&c->stage, p);
    return crew_await(c);
}

void crew_end(crew *c)
{
    stage_begin(&c->stage, END);
    while (c->started > 0)
        pthread_join(c->workers[--c->started].thread, NULL);
    while (c->begun > 0) {
        const language *l = c->workers[--c->begun].language;
        if (l->end)
            l->end();
    }
    stage_destroy(&c->stage);
}
