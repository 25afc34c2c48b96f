// SPDX-License-Identifier: Apache-2.0
/* openmetrics.h - what tests of the OpenMetrics parser have in common. */
#ifndef PARSE_OPENMETRICS_H
#define PARSE_OPENMETRICS_H

#include "kit.h"

#include <prom/parse.h>

static inline void check_refused_bytes(const char *text, size_t n, const char *sentence,
                                       int line)
{
    prom_snapshot *s = (prom_snapshot *)&s;
    prom_err e = prom_parse_openmetrics(text, n, &s);
    check_str(prom_err_name(e), "PROM_E_SYNTAX", __FILE__, line, text);
    check_str(prom_error(e), sentence, __FILE__, line, text);
    check_report(!s, __FILE__, line, "a snapshot after an error");
    prom_unref(e ? NULL : s);
}

/* The whole text, or all but its end. */
#define CHECK_REFUSED_WHOLE(text, sentence) \
    check_refused_bytes((text), sizeof(text) - 1, (sentence), __LINE__)
#define CHECK_REFUSED(text, sentence) CHECK_REFUSED_WHOLE(text "# EOF\n", sentence)

/* What it reads as, written again; for prom_free(). */
static inline char *om_again(const char *text, size_t n)
{
    prom_snapshot *s = NULL;
    char *out = NULL;
    prom_encode_opts o = { .size = sizeof o, .escaping = PROM_ALLOW_UTF8 };
    if (prom_parse_openmetrics(text, n, &s) == PROM_OK)
        CHECK_OK(prom_encode_string_with(&prom_openmetrics, &o, s, &out, NULL));
    prom_unref(s);
    return out;
}

static inline void check_reads(const char *text, const char *want, int line)
{
    char *got = om_again(text, strlen(text));
    if (!got)
        fprintf(stderr, "    %s\n", prom_error(PROM_E_SYNTAX));
    check_str(got, want, __FILE__, line, text);
    char *twice = got ? om_again(got, strlen(got)) : NULL;
    check_str(twice, got, __FILE__, line, "read again");
    prom_free(got);
    prom_free(twice);
}
/* `want` is what is written of it; both without their end. */
#define CHECK_READS(text, want)    check_reads(text "# EOF\n", want "# EOF\n", __LINE__)
#define CHECK_READS_AS_IT_IS(text) CHECK_READS(text, text)

#endif
