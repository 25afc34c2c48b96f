// SPDX-License-Identifier: Apache-2.0
/* answer.h - a status with its header and body, whoever sends it: libmicrohttpd for our server,
 * or a host. Counted, and complete when it is made; it may go to several requests. */
#ifndef PROM_SERVE_ANSWER_H
#define PROM_SERVE_ANSWER_H

#include "body.h"

#include <prom/model.h>

enum {
    PROM__OK = 200,
    PROM__NO_CONTENT = 204,
    PROM__NOT_FOUND = 404,
    PROM__METHOD_NOT_ALLOWED = 405,
    PROM__HEADER_TOO_LARGE = 431,
    PROM__SERVER_ERROR = 500,
    PROM__UNAVAILABLE = 503
};

enum { PROM__ANSWER_FIELDS = 10 };

typedef struct prom__answer {
    prom__object object;
    unsigned status;
    size_t n_fields;
    prom_label field[PROM__ANSWER_FIELDS]; /* of the header; ended by {NULL, NULL} */
    prom__body *body;                      /* one reference, or NULL: words */
    prom_str words;                        /* right behind the answer */

    char content_type[160], length[24], start[24]; /* what fields refer to */
} prom__answer;

/* Here and below NULL: no memory. */
prom__answer *prom__answer_text(unsigned status, const char *content_type, prom_str text);
prom__answer *prom__answer_words(unsigned status, const char *words); /* plain text, or none */
/* "An error occurred", and a line for each error of s; NULL: the sentence of err. 500. */
prom__answer *prom__answer_errors(const prom_snapshot *s, prom_err err);
/* Of a scrape. Takes the body, also where it fails. */
prom__answer *prom__answer_body(prom__body *b, const char *content_type, prom_coding coding);

/* A field more, of constant strings, before anybody else has the answer. */
void prom__answer_add(prom__answer *a, const char *name, const char *value);

size_t prom__answer_pieces(const prom__answer *a);
prom_str prom__answer_piece(const prom__answer *a, size_t i);

#endif
