// SPDX-License-Identifier: Apache-2.0
/* What comes out is given to the program gzip, which is no part of us. Without zlib it must
 * come out as it went in. */
#define _GNU_SOURCE /* popen, mkstemp */
#include "base/bytes.h"
#include "check.h"
#include "encode/gzip.h"

#include <stdlib.h>
#include <unistd.h>

static prom_err append(void *data, const char *p, size_t n)
{
    return prom__bytes_add(data, p, n) ? PROM_OK : PROM_E_NOMEM;
}

/* The text of `packed`, through "gzip -dc", or as it is. */
static prom__bytes unpack(const prom__bytes *packed)
{
    prom__bytes out = { 0 };
    if (!prom__gzip_compresses()) {
        prom__bytes_add(&out, packed->p, packed->n);
        return out;
    }
    char path[] = "/tmp/gzip_test_XXXXXX", command[64], piece[4096];
    int fd = mkstemp(path);
    CHECK(fd >= 0 && write(fd, packed->p, packed->n) == (ssize_t)packed->n);
    close(fd);
    snprintf(command, sizeof command, "gzip -dc < %s", path);
    FILE *pipe = popen(command, "r");
    for (size_t n; pipe && (n = fread(piece, 1, sizeof piece, pipe)) > 0;)
        prom__bytes_add(&out, piece, n);
    CHECK(pipe && pclose(pipe) == 0);
    unlink(path);
    return out;
}

/* Packs n bytes in pieces of `step` and checks that they come back. */
static void check_round_trip(prom__gzip *z, const char *p, size_t n, size_t step)
{
    prom__bytes packed = { 0 };
    prom_writer to = { append, &packed }, from;
    CHECK_OK(prom__gzip_begin(z, &to, &from));
    for (size_t at = 0; at < n; at += step)
        CHECK_OK(from.write(from.data, p + at, n - at < step ? n - at : step));
    CHECK_OK(prom__gzip_end(z));
    prom__bytes text = unpack(&packed);
    CHECK(text.n == n && (!n || memcmp(text.p, p, n) == 0));
    prom__bytes_free(&text);
    prom__bytes_free(&packed);
}

static char *make_text(size_t n, bool noise)
{
    char *p = malloc(n);
    uint32_t x = 1;
    for (size_t i = 0; p && i < n; i++) {
        x = x * 1664525u + 1013904223u;
        p[i] = noise ? (char)(x >> 24) : "requests_total{code=\"200\"} 17\n"[i % 31];
    }
    return p;
}

static void test_gzip_round_trips(void)
{
    enum { N = 300000 };
    prom__gzip *z;
    CHECK_OK(prom__gzip_new(&z));
    char *text = make_text(N, false), *noise = make_text(N, true);
    if (z && CHECK(text && noise)) {
        check_round_trip(z, text, N, 7);
        check_round_trip(z, noise, N, N); /* comes out longer, in many buffers */
        check_round_trip(z, text, N, 4096);
        check_round_trip(z, text, 1, 1);
        check_round_trip(z, text, 0, 1);
    }
    free(text);
    free(noise);
    prom__gzip_free(z);
}

static prom_err refuse(void *data, const char *p, size_t n)
{
    (void)p;
    *(size_t *)data += n;
    return prom_fail(PROM_E_IO, "no room");
}

static void test_gzip_passes_errors_on(void)
{
    prom__gzip *z;
    CHECK_OK(prom__gzip_new(&z));
    size_t seen = 0;
    prom_writer to = { refuse, &seen }, from;
    char *noise = make_text(100000, true);
    if (z && CHECK(noise != NULL)) {
        CHECK_OK(prom__gzip_begin(z, &to, &from));
        CHECK_ERR(from.write(from.data, noise, 100000), PROM_E_IO);
        CHECK_STR(prom_error(PROM_E_IO), "no room");
        CHECK(seen > 0 && seen <= 100000);       /* and not asked again */
        check_round_trip(z, noise, 50000, 1000); /* begin drops what was left */
    }
    free(noise);
    prom__gzip_free(z);
}

static void test_gzip_same_text_same_bytes(void)
{
    prom__gzip *z;
    CHECK_OK(prom__gzip_new(&z));
    char *text = make_text(50000, false);
    prom__bytes packed[2] = { { 0 }, { 0 } };
    for (int i = 0; z && text && i < 2; i++) {
        prom_writer to = { append, &packed[i] }, from;
        CHECK_OK(prom__gzip_begin(z, &to, &from));
        CHECK_OK(from.write(from.data, text, 50000));
        CHECK_OK(prom__gzip_end(z));
    }
    CHECK(packed[0].n > 0 && packed[0].n == packed[1].n);
    CHECK(memcmp(packed[0].p, packed[1].p, packed[0].n) == 0);
    CHECK(prom__gzip_compresses() == (packed[0].n < 5000));
    prom__bytes_free(&packed[0]);
    prom__bytes_free(&packed[1]);
    free(text);
    prom__gzip_free(z);
}

TESTS(ROW(test_gzip_round_trips), ROW(test_gzip_passes_errors_on),
      ROW(test_gzip_same_text_same_bytes))
