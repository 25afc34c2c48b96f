// SPDX-License-Identifier: Apache-2.0
#include "answer.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/proc.h"

#include <stdio.h>
#include <string.h>

static void destroy(void *self)
{
    prom__answer *a = self;
    prom_unref(a->body);
    prom__free(a);
}

/* Room for so many bytes of words behind it. */
static prom__answer *make(unsigned status, size_t words)
{
    static const prom__class class = { .name = "answer", .destroy = destroy };
    prom__answer *a = words < SIZE_MAX - sizeof *a ? prom__alloc(sizeof *a + words) : NULL;
    if (!a)
        return NULL;
    *a = (prom__answer){ .status = status, .words = { (char *)(a + 1), words } };
    prom__object_init(&a->object, &class);
    return a;
}

void prom__answer_add(prom__answer *a, const char *name, const char *value)
{
    a->field[a->n_fields++] = (prom_label){ name, value };
}

static void add_copy(prom__answer *a, const char *name, char *copy, size_t room,
                     const char *value)
{
    snprintf(copy, room, "%s", value);
    prom__answer_add(a, name, copy);
}

/* What follows from the status, and the length of the body. */
static prom__answer *complete(prom__answer *a, const char *content_type)
{
    if (content_type)
        add_copy(a, "Content-Type", a->content_type, sizeof a->content_type, content_type);
    prom__answer_add(a, "X-Content-Type-Options", "nosniff");
    if (a->status == PROM__METHOD_NOT_ALLOWED || a->status == PROM__NO_CONTENT)
        prom__answer_add(a, "Allow", "GET, HEAD, OPTIONS");
    if (a->status == PROM__UNAVAILABLE)
        prom__answer_add(a, "Retry-After", "1");
    snprintf(a->length, sizeof a->length, "%zu", a->body ? a->body->n : a->words.n);
    if (a->status != PROM__NO_CONTENT)
        prom__answer_add(a, "Content-Length", a->length);
    return a;
}

prom__answer *prom__answer_text(unsigned status, const char *content_type, prom_str text)
{
    prom__answer *a = make(status, text.n);
    if (!a)
        return NULL;
    if (text.n)
        memcpy((char *)(a + 1), text.p, text.n);
    return complete(a, content_type);
}

prom__answer *prom__answer_words(unsigned status, const char *words)
{
    return prom__answer_text(status, *words ? "text/plain; charset=utf-8" : NULL,
                             (prom_str){ words, strlen(words) });
}

prom__answer *prom__answer_errors(const prom_snapshot *s, prom_err err)
{
    prom__bytes b = { 0 };
    const char *head = "An error occurred while gathering metrics:\n\n", *line;
    bool kept = prom__bytes_add(&b, head, strlen(head));
    for (size_t i = 0; kept; i++) {
        line = s ? prom_snapshot_error(s, i) : i ? NULL : prom_error(err);
        if (!line)
            break;
        kept = prom__bytes_add(&b, "* ", 2) && prom__bytes_add(&b, line, strlen(line)) &&
               prom__bytes_add(&b, "\n", 1);
    }
    prom__answer *a = kept && prom__bytes_add(&b, "", 1)
                          ? prom__answer_words(PROM__SERVER_ERROR, b.p)
                          : prom__answer_words(PROM__SERVER_ERROR, "out of memory\n");
    prom__bytes_free(&b);
    return a;
}

/* As promhttp: so a reader can tell a restart without asking for more. */
static void add_start(prom__answer *a)
{
    double start = prom__proc_start();
    if (start <= 0)
        return;
    snprintf(a->start, sizeof a->start, "%lld", (long long)start);
    prom__answer_add(a, "Process-Start-Time-Unix", a->start);
}

prom__answer *prom__answer_body(prom__body *b, const char *content_type, prom_coding coding)
{
    prom__answer *a = make(PROM__OK, 0);
    if (!a) {
        prom_unref(b);
        return NULL;
    }
    a->body = b;
    add_start(a);
    prom__answer_add(a, "Vary",
                     "Accept, Accept-Encoding"); /* a cache must not mix the formats up */
    if (coding != PROM_IDENTITY)
        prom__answer_add(a, "Content-Encoding", prom_coding_name(coding));
    return complete(a, content_type);
}

size_t prom__answer_pieces(const prom__answer *a)
{
    return a->body ? a->body->n_blocks : a->words.n > 0;
}

prom_str prom__answer_piece(const prom__answer *a, size_t i)
{
    if (i >= prom__answer_pieces(a))
        return (prom_str){ "", 0 };
    return a->body ? prom__body_at(a->body, i * PROM__BODY_BLOCK) : a->words;
}
