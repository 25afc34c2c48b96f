// SPDX-License-Identifier: Apache-2.0
/* What comes out is given to the programs gzip and zstd, which are no part of us. */
#define _GNU_SOURCE /* popen, mkstemp */
#include "base/bytes.h"
#include "encode/compress.h"
#include "kit.h"

#include <unistd.h>

static const prom_coding codings[] = { PROM_IDENTITY, PROM_GZIP, PROM_ZSTD };
#define N_CODINGS (sizeof codings / sizeof *codings)

typedef struct sink {
    prom__bytes bytes;
    size_t longest; /* piece */
} sink;

static prom_err append(void *data, const char *p, size_t n)
{
    sink *s = data;
    s->longest = n > s->longest ? n : s->longest;
    return prom__bytes_add(&s->bytes, p, n) ? PROM_OK : PROM_E_NOMEM;
}

static bool can_unpack(prom_coding c)
{
    return c != PROM_ZSTD || system("command -v zstd >/dev/null") == 0;
}

/* The text of `packed`, through "gzip -dc" or "zstd -dc", or as it is. */
static prom__bytes unpack(prom_coding c, const prom__bytes *packed)
{
    prom__bytes out = { 0 };
    if (c == PROM_IDENTITY) {
        prom__bytes_add(&out, packed->p, packed->n);
        return out;
    }
    char path[] = "/tmp/compress_test_XXXXXX", command[64], piece[4096];
    int fd = mkstemp(path);
    CHECK(fd >= 0 && write(fd, packed->p, packed->n) == (ssize_t)packed->n);
    close(fd);
    snprintf(command, sizeof command, "%s -dc < %s", prom_coding_name(c), path);
    FILE *pipe = popen(command, "r");
    for (size_t n; pipe && (n = fread(piece, 1, sizeof piece, pipe)) > 0;)
        prom__bytes_add(&out, piece, n);
    CHECK(pipe && pclose(pipe) == 0);
    unlink(path);
    return out;
}

static prom_compressor *make(prom_coding c, int level)
{
    prom_compressor *z = NULL;
    prom_err want = prom__coding_is_built(c) ? PROM_OK : PROM_E_UNSUPPORTED;
    prom_err got = prom_compressor_new(c, level, &(prom_writer){ NULL, NULL }, &z);
    CHECK_INT(got, want);
    CHECK((z != NULL) == (got == PROM_OK));
    return z;
}

static void put(prom_compressor *z, const char *p, size_t n, size_t step)
{
    prom_writer from = prom_compressor_writer(z);
    for (size_t at = 0; at < n; at += step)
        CHECK_OK(from.write(from.data, p + at, n - at < step ? n - at : step));
    CHECK_OK(prom_compressor_finish(z));
}

/* Packs n bytes in pieces of `step` and checks that they come back. */
static void check_round_trip(prom_compressor *z, prom_coding c, const char *p, size_t n,
                             size_t step)
{
    sink packed = { .longest = 0 };
    CHECK_OK(prom__compressor_begin(z, &(prom_writer){ append, &packed }));
    put(z, p, n, step);
    CHECK(c == PROM_IDENTITY || packed.longest <= PROM__COMPRESS_BLOCK);
    if (can_unpack(c)) {
        prom__bytes text = unpack(c, &packed.bytes);
        CHECK(text.n == n && (!n || memcmp(text.p, p, n) == 0));
        prom__bytes_free(&text);
    }
    prom__bytes_free(&packed.bytes);
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

static void test_compress_round_trips(void)
{
    enum { N = 300000 };
    char *text = make_text(N, false), *noise = make_text(N, true);
    for (size_t i = 0; i < N_CODINGS && CHECK(text && noise); i++) {
        prom_coding c = codings[i];
        prom_compressor *z = make(c, 0);
        if (!z)
            continue;
        check_round_trip(z, c, text, N, 7);
        check_round_trip(z, c, noise, N, N); /* comes out longer, in many blocks */
        check_round_trip(z, c, text, N, 4096);
        check_round_trip(z, c, text, 1, 1);
        check_round_trip(z, c, text, 0, 1);
        prom_unref(z);
    }
    free(text);
    free(noise);
}

static size_t packed_size(prom_coding c, int level, const char *text, size_t n)
{
    sink packed = { .longest = 0 };
    prom_compressor *z;
    CHECK_OK(prom_compressor_new(c, level, &(prom_writer){ append, &packed }, &z));
    if (z)
        put(z, text, n, 1000);
    size_t size = packed.bytes.n;
    prom__bytes_free(&packed.bytes);
    prom_unref(z);
    return size;
}

/* Lines like those of a scrape, with enough in them for a higher level to find more. */
static void test_compress_levels(void)
{
    enum { N = 200000 };
    char *text = malloc(N + 100);
    uint64_t seed = 1;
    for (size_t n = 0; CHECK(text != NULL) && n < N;)
        n += (size_t)snprintf(text + n, 100, "hits_total{room=\"%u\",floor=\"%u\"} %u\n",
                              (unsigned)(kit_random(&seed) % 300),
                              (unsigned)(kit_random(&seed) % 9),
                              (unsigned)(kit_random(&seed) % 5000));
    for (size_t i = 1; text && i < N_CODINGS; i++)
        if (prom__coding_is_built(codings[i])) {
            size_t usual = packed_size(codings[i], 0, text, N);
            CHECK_INT(packed_size(codings[i], 1, text, N), usual);
            CHECK(packed_size(codings[i], 9, text, N) < usual);
            CHECK(usual < N);
        }
    CHECK_INT(packed_size(PROM_IDENTITY, 0, text, N), N);
    free(text);
}

static void test_compress_refuses(void)
{
    const prom_writer to = { append, NULL };
    prom_compressor *z = NULL;
    CHECK_SAYS(prom_compressor_new((prom_coding)7, 0, &to, &z), PROM_E_INVAL,
               "7 is not a content coding");
    if (prom__coding_is_built(PROM_GZIP)) {
        CHECK_SAYS(prom_compressor_new(PROM_GZIP, 10, &to, &z), PROM_E_INVAL,
                   "gzip has no level 10, only 1 to 9");
        CHECK_SAYS(prom_compressor_new(PROM_GZIP, -1, &to, &z), PROM_E_INVAL,
                   "gzip has no level -1, only 1 to 9");
    } else {
        CHECK_SAYS(prom_compressor_new(PROM_GZIP, 1, &to, &z), PROM_E_UNSUPPORTED,
                   "this build of libprom has no gzip");
    }
    if (prom__coding_is_built(PROM_ZSTD))
        CHECK_SAYS(prom_compressor_new(PROM_ZSTD, 23, &to, &z), PROM_E_INVAL,
                   "zstd has no level 23, only 1 to 22");
    else
        CHECK_SAYS(prom_compressor_new(PROM_ZSTD, 1, &to, &z), PROM_E_UNSUPPORTED,
                   "this build of libprom has no zstd");
    CHECK_SAYS(prom_compressor_new(PROM_IDENTITY, 0, NULL, &z), PROM_E_INVAL,
               "there is nothing to compress to");
    CHECK(z == NULL);
    CHECK_SAYS(prom_compressor_finish(NULL), PROM_E_INVAL, "there is no compressor");
    prom_writer none = prom_compressor_writer(NULL);
    CHECK_SAYS(none.write(none.data, "x", 1), PROM_E_INVAL, "there is no compressor");
}

static void test_compress_ends_once(void)
{
    for (size_t i = 0; i < N_CODINGS; i++) {
        sink packed = { .longest = 0 };
        prom_compressor *z = make(codings[i], 0);
        if (!z)
            continue;
        CHECK_OK(prom__compressor_begin(z, &(prom_writer){ append, &packed }));
        put(z, "abc", 3, 1);
        size_t n = packed.bytes.n;
        prom_writer from = prom_compressor_writer(z);
        CHECK_SAYS(prom_compressor_finish(z), PROM_E_CLOSED, "the compressor is finished");
        CHECK_SAYS(from.write(from.data, "d", 1), PROM_E_CLOSED, "the compressor is finished");
        CHECK_INT(packed.bytes.n, n);
        prom__bytes_free(&packed.bytes);
        prom_unref(z);
    }
}

static prom_err refuse(void *data, const char *p, size_t n)
{
    (void)p;
    *(size_t *)data += n;
    return prom_fail(PROM_E_IO, "no room");
}

static void test_compress_passes_errors_on(void)
{
    char *noise = make_text(300000, true);
    for (size_t i = 0; i < N_CODINGS && CHECK(noise != NULL); i++) {
        size_t seen = 0, before;
        prom_compressor *z = make(codings[i], 0);
        if (!z)
            continue;
        CHECK_OK(prom__compressor_begin(z, &(prom_writer){ refuse, &seen }));
        prom_writer from = prom_compressor_writer(z);
        CHECK_SAYS(from.write(from.data, noise, 300000), PROM_E_IO, "no room");
        CHECK(seen > 0 && seen <= 300000);
        before = seen;
        CHECK_ERR(from.write(from.data, noise, 300000), PROM_E_IO);
        CHECK_ERR(prom_compressor_finish(z), PROM_E_IO);
        CHECK_INT(seen, before);                             /* it is not asked again */
        check_round_trip(z, codings[i], noise, 50000, 1000); /* begin drops what was left */
        prom_unref(z);
    }
    free(noise);
}

static void test_compress_same_text_same_bytes(void)
{
    char *text = make_text(50000, false);
    for (size_t c = 0; c < N_CODINGS && CHECK(text != NULL); c++) {
        sink packed[3] = { { .longest = 0 }, { .longest = 0 }, { .longest = 0 } };
        prom_compressor *z = make(codings[c], 0), *other = make(codings[c], 0);
        for (int i = 0; z && i < 3; i++) {
            prom_compressor *one = i < 2 ? z : other;
            CHECK_OK(prom__compressor_begin(one, &(prom_writer){ append, &packed[i] }));
            put(one, text, 50000, 777);
            CHECK_INT(packed[i].bytes.n, packed[0].bytes.n);
            CHECK(memcmp(packed[i].bytes.p, packed[0].bytes.p, packed[0].bytes.n) == 0);
        }
        CHECK(!z || (codings[c] == PROM_IDENTITY) == (packed[0].bytes.n == 50000));
        for (int i = 0; i < 3; i++)
            prom__bytes_free(&packed[i].bytes);
        prom_unref(z);
        prom_unref(other);
    }
    free(text);
}

TESTS(ROW(test_compress_round_trips), ROW(test_compress_levels), ROW(test_compress_refuses),
      ROW(test_compress_ends_once), ROW(test_compress_passes_errors_on),
      ROW(test_compress_same_text_same_bytes))
