// SPDX-License-Identifier: Apache-2.0
/* check.h - checks that print both values and go on, and a table of tests that runs itself.
 *
 *     static void test_counter_starts_at_zero(void) { CHECK_DBL(value(), 0); }
 *     TESTS(ROW(test_counter_starts_at_zero), ROW(...))
 *
 * The program runs every row, or only those whose names contain argv[1]. */
#ifndef CHECK_H
#define CHECK_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static int check_failures;

static bool check_report(bool ok, const char *file, int line, const char *what)
{
    if (!ok) {
        check_failures++;
        fprintf(stderr, "%s:%d: %s\n", file, line, what);
    }
    return ok;
}

static inline bool check_int(long long got, long long want, const char *file, int line,
                             const char *what)
{
    bool ok = check_report(got == want, file, line, what);
    if (!ok)
        fprintf(stderr, "    got %lld, want %lld\n", got, want);
    return ok;
}

static inline bool check_dbl(double got, double want, const char *file, int line,
                             const char *what)
{
    bool same = got == want || (got != got && want != want);
    if (!check_report(same, file, line, what))
        fprintf(stderr, "    got %.17g, want %.17g\n", got, want);
    return same;
}

static inline bool check_str(const char *got, const char *want, const char *file, int line,
                             const char *what)
{
    bool same = got && want ? strcmp(got, want) == 0 : got == want;
    if (!check_report(same, file, line, what))
        fprintf(stderr, "    got  \"%s\"\n    want \"%s\"\n", got ? got : "(NULL)",
                want ? want : "(NULL)");
    return same;
}

#define CHECK(x) check_report((x), __FILE__, __LINE__, #x)
#define CHECK_INT(got, want) \
    check_int((long long)(got), (long long)(want), __FILE__, __LINE__, #got)
#define CHECK_DBL(got, want) check_dbl((got), (want), __FILE__, __LINE__, #got)
#define CHECK_STR(got, want) check_str((got), (want), __FILE__, __LINE__, #got)
/* An error code, by name: CHECK_ERR(call(), PROM_E_NAME) */
#define CHECK_ERR(call, code) check_str(prom_err_name(call), #code, __FILE__, __LINE__, #call)
#define CHECK_OK(call)        CHECK_ERR(call, PROM_OK)

typedef struct check_row {
    const char *name;
    void (*run)(void);
} check_row;

static inline int check_main(const check_row *rows, size_t n, const char *only)
{
    int passed = 0, failed = 0;
    for (size_t i = 0; i < n; i++) {
        if (only && !strstr(rows[i].name, only))
            continue;
        int before = check_failures;
        rows[i].run();
        bool ok = check_failures == before;
        if (!ok)
            fprintf(stderr, "FAILED %s\n", rows[i].name);
        ok ? passed++ : failed++;
    }
    printf("%d passed, %d failed\n", passed, failed);
    return failed || !passed;
}

#define ROW(f) \
    {          \
#f, f  \
    }
#define TESTS(...)                                                            \
    int main(int argc, char **argv)                                           \
    {                                                                         \
        static const check_row check_rows[] = { __VA_ARGS__ };                \
        return check_main(check_rows, sizeof check_rows / sizeof *check_rows, \
                          argc > 1 ? argv[1] : NULL);                         \
    }

#endif
