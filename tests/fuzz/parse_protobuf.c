// SPDX-License-Identifier: Apache-2.0
/* parse_protobuf.c - prom_parse_protobuf. Whatever it reads is written so that it reads and is
 * written the same again; whatever it refuses has a place. */
#include "entry.h"

#include <prom/encode.h>
#include <prom/parse.h>

static const prom_encode_opts all_names = { .size = sizeof all_names,
                                            .escaping = PROM_ALLOW_UTF8 };

static char *encode(const prom_snapshot *s, size_t *n)
{
    char *bytes;
    REQUIRE(!prom_encode_string_with(&prom_protobuf, &all_names, s, &bytes, n), "no bytes");
    return bytes;
}

static void check_read(const prom_snapshot *s)
{
    prom_snapshot *again;
    size_t n, m;
    char *bytes = encode(s, &n), *same;
    prom_err e = prom_parse_protobuf(bytes, n, &again);
    REQUIRE(!e, "what was written is not read: %s", prom_error(e));
    same = encode(again, &m);
    REQUIRE(n == m && memcmp(bytes, same, n) == 0, "other bytes: %zu, %zu", n, m);
    prom_unref(again);
    prom_free(bytes);
    prom_free(same);
}

/* Other encoders take it as it is. */
static void check_encodes(const prom_snapshot *s)
{
    static const char *const names[] = { "text", "openmetrics", "protobuf-text", "json" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *text = NULL;
        size_t n;
        prom_err e = prom_encode_string(prom_encoder_find(names[i]), s, &text, &n);
        REQUIRE(!e || e == PROM_E_UNSUPPORTED || strcmp(names[i], "openmetrics") == 0, "%s: %s",
                names[i], prom_error(e));
        prom_free(text);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    prom_snapshot *s;
    prom_err e = prom_parse_protobuf((const char *)data, n, &s);
    REQUIRE(!e || e == PROM_E_SYNTAX, "%s", prom_error(e));
    REQUIRE(!e || strncmp(prom_error(e), "byte ", 5) == 0, "%s", prom_error(e));
    if (e)
        return 0;
    check_read(s);
    check_encodes(s);
    prom_unref(s);
    return 0;
}
