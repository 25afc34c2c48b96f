// SPDX-License-Identifier: Apache-2.0
/* lint.c - libprom-lint: are the metrics of a file, of standard input or of a running program
 * named and described as they should be? */
#include <prom/fetch.h>
#include <prom/lint.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CLEAN, PROBLEMS, FAILED };

static const char usage[] =
    "usage: libprom-lint [FILE | URL | -]...\n"
    "\n"
    "Checks metrics in the Prometheus text format: names, units, types, help texts. Reads\n"
    "files, http and https URLs, and for - or nothing standard input. Each problem is a line\n"
    "on standard output: the metric's name and what is wrong, behind the name of the source\n"
    "where there are several. The rules are those of promtool check metrics.\n"
    "\n"
    "  --help     this text\n"
    "  --version  the version of the library\n"
    "\n"
    "Exit status: 0 no problems, 1 problems, 2 something could not be read.\n";

/* --- reading ------------------------------------------------------------ */

typedef struct input {
    char *p;
    size_t n;
} input;

static const char *read_stream(FILE *file, input *in)
{
    size_t cap = 0;
    for (;;) {
        if (in->n == cap) {
            char *larger = realloc(in->p, cap = cap ? 2 * cap : 1 << 16);
            if (!larger)
                return "out of memory";
            in->p = larger;
        }
        size_t n = fread(in->p + in->n, 1, cap - in->n, file);
        in->n += n;
        if (!n)
            return ferror(file) ? "cannot be read" : NULL;
    }
}

static const char *read_file(const char *name, input *in)
{
    FILE *file = fopen(name, "rb");
    if (!file)
        return "cannot be opened";
    const char *wrong = read_stream(file, in);
    fclose(file);
    return wrong;
}

static const char *read_url(const char *url, input *in)
{
    char *body;
    prom_err e = prom_fetch(url, 0, 0, &body, &in->n);
    if (e)
        return prom_error(e);
    in->p = malloc(in->n + 1);
    if (in->p)
        memcpy(in->p, body, in->n);
    prom_free(body);
    return in->p ? NULL : "out of memory";
}

static const char *read_source(const char *name, input *in)
{
    if (strcmp(name, "-") == 0)
        return read_stream(stdin, in);
    bool url = strncmp(name, "http://", 7) == 0 || strncmp(name, "https://", 8) == 0;
    return url ? read_url(name, in) : read_file(name, in);
}

/* --- linting ------------------------------------------------------------ */

typedef struct printing {
    const char *source; /* NULL: there is only one */
    size_t n;
} printing;

static prom_err print(void *data, const prom_lint_problem *p)
{
    printing *x = data;
    if (x->source)
        printf("%s: ", x->source);
    printf("%s %s\n", p->metric, p->text);
    x->n++;
    return PROM_OK;
}

static int lint(const char *name, bool several)
{
    input in = { NULL, 0 };
    printing x = { several ? name : NULL, 0 };
    const char *wrong = read_source(name, &in);
    prom_err e = wrong ? PROM_OK : prom_lint_text(in.p, in.n, NULL, 0, print, &x);
    if (e)
        wrong = prom_error(e);
    if (wrong)
        fprintf(stderr, "libprom-lint: %s: %s\n", strcmp(name, "-") ? name : "standard input",
                wrong);
    free(in.p);
    return wrong ? FAILED : x.n ? PROBLEMS : CLEAN;
}

int main(int argc, char **argv)
{
    static char standard_input[] = "-", *only[] = { standard_input };
    int n = argc - 1, status = CLEAN;
    char **names = argv + 1;
    if (n == 1 && (strcmp(names[0], "--help") == 0 || strcmp(names[0], "-h") == 0)) {
        fputs(usage, stdout);
        return CLEAN;
    }
    if (n == 1 && strcmp(names[0], "--version") == 0) {
        printf("libprom-lint %s\n", PROM_VERSION);
        return CLEAN;
    }
    for (int i = 0; i < n; i++)
        if (names[i][0] == '-' && names[i][1]) {
            fprintf(stderr, "libprom-lint: there is no option %s\n%s", names[i], usage);
            return FAILED;
        }
    if (n < 1) {
        n = 1;
        names = only;
    }
    for (int i = 0; i < n; i++) {
        int s = lint(names[i], n > 1);
        status = s > status ? s : status;
    }
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "libprom-lint: the output cannot be written\n");
        return FAILED;
    }
    return status;
}
