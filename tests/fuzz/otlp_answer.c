// SPDX-License-Identifier: Apache-2.0
/* otlp_answer.c - what a receiver of OTLP answers, read from memory that ends where it does.
 * What is read lies within it, and of what is cut nothing else is read. */
#include "push/otlp_answer.h"

#include "entry.h"

static void check_within(prom_str s, const char *p, size_t n)
{
    REQUIRE(!s.n || (s.p >= p && s.n <= n && s.p + s.n <= p + n), "%zu bytes of %zu", s.n, n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    char *body = malloc(n ? n : 1);
    memcpy(body, data, n);
    prom__otlp_answer a = prom__otlp_answer_partial((prom_str){ body, n });
    check_within(a.words, body, n);
    REQUIRE(a.rejected <= INT64_MAX, "%llu points", (unsigned long long)a.rejected);
    check_within(prom__otlp_answer_status((prom_str){ body, n }), body, n);
    free(body);
    return 0;
}
