// SPDX-License-Identifier: Apache-2.0
/* answer.h - a status with its header and body, which may go to several requests. One thread.
 */
#ifndef PROM_TRANSPORT_ANSWER_H
#define PROM_TRANSPORT_ANSWER_H

#include "body.h"

#include <microhttpd.h>

#if MHD_VERSION >= 0x00097002
typedef enum MHD_Result prom__mhd_result;
#else
typedef int prom__mhd_result;
#endif

typedef struct prom__answer prom__answer;

/* With one reference. NULL: no memory. */
prom__answer *prom__answer_words(unsigned status, const char *words);
/* "An error occurred", and a line for each error of s; NULL: the sentence of err. 500. */
prom__answer *prom__answer_errors(const prom_snapshot *s, prom_err err);
/* Takes the body, also where it fails; it is given back when no client reads it any more. */
prom__answer *prom__answer_body(prom__body *b, const char *content_type, prom_coding coding);

prom__answer *prom__answer_ref(prom__answer *a); /* NULL is fine, here and below */
void prom__answer_unref(prom__answer *a);

/* MHD_NO, which drops the connection, for NULL. Keeps the caller's reference. */
prom__mhd_result prom__answer_send(prom__answer *a, struct MHD_Connection *c);

#endif
