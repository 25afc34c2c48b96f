// SPDX-License-Identifier: Apache-2.0
/* compress_nth_test.c - compressors with the n-th allocation failing: see nth.h. */
#include "encode/compress.h"
#include "nth.h"

static prom_err drop(void *data, const char *p, size_t n)
{
    (void)data, (void)p, (void)n;
    return PROM_OK;
}

static prom_err compressor_new(world *w, prom_coding c)
{
    OUT(prom_compressor);
    const prom_writer to = { drop, NULL };
    prom_err e =
        prom_compressor_new(prom__coding_is_built(c) ? c : PROM_IDENTITY, 0, &to, &out);
    w->out = out;
    return e;
}

static prom_err identity(world *w)
{
    return compressor_new(w, PROM_IDENTITY);
}

static prom_err gzip(world *w)
{
    return compressor_new(w, PROM_GZIP);
}

static prom_err zstd(world *w)
{
    return compressor_new(w, PROM_ZSTD);
}

static const row rows[] = {
    { "identity", NULL, identity, 1, false },
    { "gzip", NULL, gzip, 1, false },
    { "zstd", NULL, zstd, 1, false },
};

static void test_setting_the_allocator(void)
{
    CHECK_OK(prom_set_allocator(&failing_allocator));
    prom_unref(prom_ref(prom_registry_default()));
    world_free(world_new(0));
}

static void test_every_row(void)
{
    run_rows(rows, sizeof rows / sizeof *rows);
}

TESTS(ROW(test_setting_the_allocator), ROW(test_every_row))
