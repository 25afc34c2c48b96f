// SPDX-License-Identifier: Apache-2.0
/* error.c - a sentence for each thread, tied to the code it was said with. */
#include "utf8.h"

#include <prom/error.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static _Thread_local char sentence[512];
static _Thread_local prom_err said_with;

// clang-format off
#define NAME(name, text) "PROM_" #name,
static const char *const names[] = { PROM_ERRORS(NAME) };
#define TEXT(name, text) text,
static const char *const texts[] = { PROM_ERRORS(TEXT) };
// clang-format on

const char *prom_err_name(prom_err code)
{
    return (unsigned)code < PROM_ERR_COUNT_ ? names[code] : "PROM_E_UNKNOWN";
}

const char *prom_error(prom_err code)
{
    if (code != PROM_OK && code == said_with)
        return sentence;
    return (unsigned)code < PROM_ERR_COUNT_ ? texts[code] : "unknown error code";
}

prom_err prom_fail(prom_err code, const char *fmt, ...)
{
    char said[sizeof sentence]; /* an argument may be the last sentence itself */
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(said, sizeof said, fmt, args);
    va_end(args);
    if (n < 0)
        said[0] = '\0';
    else
        said[prom__utf8_cut(said, (size_t)n, sizeof said - 1)] = '\0';
    memcpy(sentence, said, sizeof said);
    said_with = code;
    return code;
}
