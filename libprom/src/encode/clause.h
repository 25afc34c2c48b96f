// SPDX-License-Identifier: Apache-2.0
/* clause.h - the lists of weighted clauses in Accept and Accept-Encoding (RFC 9110, 12.4):
 * "name;parameter=value;q=0.5, name". Hostile input: any bytes will do, one pass, no memory. */
#ifndef PROM_ENCODE_CLAUSE_H
#define PROM_ENCODE_CLAUSE_H

#include <prom/model.h>

#include <stdbool.h>

/* Takes off what stands before the first `by` outside quotes, without the blanks around it;
 * what is left is empty where there is none. */
prom_str prom__clause_cut(prom_str *rest, char by);

/* `word` is in small letters, `t` in any. */
bool prom__clause_is(prom_str t, const char *word);

/* Two names, whatever their case. */
bool prom__clause_same_name(prom_str a, prom_str b);

/* Two values, each a token or a quoted string: "1.0" in quotes is 1.0. Their case matters. */
bool prom__clause_same_value(prom_str a, prom_str b);

/* A weight in thousandths: "0.8" is 800. -1: it breaks the grammar. */
int prom__clause_weight(prom_str t);

#endif
