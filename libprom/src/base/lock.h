// SPDX-License-Identifier: Apache-2.0
/* lock.h - the one lock of structure.
 *
 * It guards what changes rarely: which series a vec has, which names a registry has, which
 * memory a store has free. Updates, look-ups of existing series and the walk of a gather never
 * take it. It is held for some hundred instructions at a time, and never while anybody else's
 * code runs: no callback, no allocator, no destructor of a user's data.
 *
 * That there is just one makes fork simple: it is held over a fork, so a child finds every
 * structure whole. */
#ifndef PROM_BASE_LOCK_H
#define PROM_BASE_LOCK_H

#include <stdbool.h>
#include <stdint.h>

void prom__lock(void);
void prom__unlock(void);

/* Lets the lock go for those who wait for it, and takes it again: for long work in steps.
 * Merely to unlock and lock would not do, for whoever runs wins against whoever is to be woken.
 */
void prom__lock_pause(void);

/* How many forks lie between this process and the first one: what it was in the midst of when a
 * fork left its thread behind can so be told from what somebody is at now. */
uint32_t prom__lock_forks(void);

/* Work that comes up with the lock held but must not be done under it, such as freeing. It is
 * run by the thread that holds the lock, as soon as it has let it go. */
typedef struct prom__later {
    struct prom__later *next;
    void (*run)(struct prom__later *l);
} prom__later;
void prom__unlock_then(prom__later *l, void (*run)(prom__later *l));

/* With the lock held: lets it go until prom__lock_wake or a time of prom__clock_steady;
 * false when that time has come. */
bool prom__lock_wait(uint64_t until);
void prom__lock_wake(void); /* all who wait */

#endif
