// SPDX-License-Identifier: Apache-2.0
#include "kit.h"
#include "serve/body.h"

static char text_at(size_t i)
{
    return (char)('a' + i * 7 % 26);
}

static void write_text(prom__body *b, size_t n, size_t step)
{
    char *piece = malloc(step);
    prom_writer w = prom__body_writer(b);
    while (CHECK(piece != NULL) && b->n < n) {
        size_t at = b->n, some = n - at < step ? n - at : step;
        for (size_t i = 0; i < some; i++)
            piece[i] = text_at(at + i);
        if (!CHECK_OK(w.write(w.data, piece, some)))
            break;
    }
    free(piece);
}

static void check_text(const prom__body *b, size_t n)
{
    size_t at = 0, wrong = 0;
    CHECK_INT(b->n, n);
    for (prom_str x; (x = prom__body_at(b, at)).n; at += x.n)
        for (size_t i = 0; i < x.n; i++)
            wrong += x.p[i] != text_at(at + i);
    CHECK_INT(at, n);
    CHECK_INT(wrong, 0);
    for (size_t i = 0; i < n; i += 9999) /* from anywhere */
        CHECK(prom__body_at(b, i).n > 0 && *prom__body_at(b, i).p == text_at(i));
}

static void test_body_keeps_what_is_written(void)
{
    static const size_t sizes[] = { 0, 1, 65535, 65536, 65537, 200000, 2000000 },
                        steps[] = { 1000, 65536, 65537, 3000000 };
    prom__blocks *home = NULL;
    CHECK_OK(prom__blocks_new(&home));
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (size_t k = 0; k < sizeof steps / sizeof *steps; k++) {
            prom__body *b;
            CHECK_OK(prom__body_new(home, &b));
            write_text(b, sizes[i], steps[k]);
            check_text(b, sizes[i]);
            prom_unref(b);
        }
    prom_unref(home);
}

static void test_body_blocks_are_used_again(void)
{
    prom__blocks *home = NULL;
    CHECK_OK(prom__blocks_new(&home));
    prom__body *a, *b;
    CHECK_OK(prom__body_new(home, &a));
    CHECK_OK(prom__body_new(home, &b));
    write_text(a, 10 * PROM__BODY_BLOCK, 1000);
    write_text(b, 8 * PROM__BODY_BLOCK + 1, 1000);
    CHECK_INT(home->bodies, 2);
    CHECK_INT(home->lent, 19);
    prom_unref(a);
    CHECK_INT(home->n_spare, 10);
    prom_unref(b);
    CHECK_INT(home->n_spare, 10); /* as many as one body needs */
    CHECK(home->bodies == 0 && home->lent == 0);
    prom__block *first = home->spare;
    CHECK_OK(prom__body_new(home, &a));
    write_text(a, 3 * PROM__BODY_BLOCK, 1000);
    CHECK(a->block[0] == first);
    CHECK_INT(home->n_spare, 7);
    check_text(a, 3 * PROM__BODY_BLOCK);
    prom_unref(a);
    CHECK_INT(home->n_spare, 10);
    prom_unref(home);
}

TESTS(ROW(test_body_keeps_what_is_written), ROW(test_body_blocks_are_used_again))
