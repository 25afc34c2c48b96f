// SPDX-License-Identifier: Apache-2.0
/* words.h - what a peer says, for a sentence of ours: it may be anything, and ends up in logs
 * and on terminals. */
#ifndef PROM_TRANSPORT_WORDS_H
#define PROM_TRANSPORT_WORDS_H

#include <stddef.h>

/* One line of valid UTF-8 without control characters, cut to fit and ended by NUL: blanks
 * become one, what is no character becomes '?'. */
void prom__words(const char *p, size_t n, char *out, size_t room);

#endif
