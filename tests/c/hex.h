// SPDX-License-Identifier: Apache-2.0
/* hex.h - bytes as hexadecimal digits, in which the vectors have protobuf. */
#ifndef HEX_H
#define HEX_H

#include "check.h"

#include <stdlib.h>

static inline unsigned hex_digit(char c)
{
    return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* For free(). */
static inline char *hex_bytes(const char *hex, size_t *n)
{
    *n = strlen(hex) / 2;
    char *bytes = malloc(*n + 1);
    for (size_t i = 0; i < *n; i++)
        bytes[i] = (char)(hex_digit(hex[2 * i]) << 4 | hex_digit(hex[2 * i + 1]));
    bytes[*n] = '\0';
    return bytes;
}

static inline void hex_check(const char *got, size_t n, const char *hex, const char *file,
                             int line)
{
    size_t wanted;
    char *want = hex_bytes(hex, &wanted);
    if (!check_report(n == wanted && memcmp(got, want, n) == 0, file, line, "the bytes")) {
        for (size_t i = 0; i < n; i++)
            fprintf(stderr, "%02x", (unsigned char)got[i]);
        fprintf(stderr, "\n%s\n", hex);
    }
    free(want);
}
#define CHECK_HEX(got, n, hex) hex_check((got), (n), (hex), __FILE__, __LINE__)

#endif
