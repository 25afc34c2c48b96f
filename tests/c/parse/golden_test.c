// SPDX-License-Identifier: Apache-2.0
/* golden_test.c - the texts of tests/golden/exposition, read and written again. */
#define _POSIX_C_SOURCE 200809L /* opendir */
#include "kit.h"

#include <prom/parse.h>

#include <dirent.h>
#include <jansson.h>

/* Labels come out sorted: these are only read. */
static bool has_other_order(const char *id)
{
    static const char *const ids[] = { "stateset_metric", "name_utf8_mixed", "document_mixed",
                                       "label_value_escaping" };
    bool has = false;
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        has = has || strcmp(id, ids[i]) == 0;
    return has;
}

/* An empty help text reads as none, and one does not begin with a blank. */
static char *as_read(const char *text)
{
    char *out = malloc(strlen(text) + 1), *to = out;
    for (const char *line = text, *end; *line; line = end) {
        const char *feed = strchr(line, '\n');
        end = feed ? feed + 1 : line + strlen(line);
        const char *blank = strncmp(line, "# HELP ", 7) == 0 ? strchr(line + 7, ' ') : NULL;
        if (!blank) {
            to += sprintf(to, "%.*s", (int)(end - line), line);
            continue;
        }
        const char *help = blank + strspn(blank, " ");
        if (*help != '\n')
            to += sprintf(to, "%.*s %.*s", (int)(blank - line), line, (int)(end - help), help);
    }
    *to = '\0';
    return out;
}

static void check_text(const char *id, const char *text, const char *shown)
{
    prom_snapshot *s = NULL;
    char *again = NULL, *want = as_read(shown);
    prom_err e = prom_parse_text(text, strlen(text), &s);
    if (!check_str(prom_err_name(e), "PROM_OK", __FILE__, __LINE__, id))
        fprintf(stderr, "    %s\n", prom_error(e));
    else if (CHECK_OK(prom_encode_string(&prom_text, s, &again, NULL)) && !has_other_order(id))
        check_str(again, want, __FILE__, __LINE__, id);
    prom_free(again);
    prom_unref(s);
    free(want);
}

/* NULL where there is none, or one that holds NUL. */
static const char *output(json_t *vector, const char *format)
{
    json_t *text =
        json_object_get(json_object_get(json_object_get(vector, "outputs"), format), "text");
    const char *s = json_string_value(text);
    return s && strlen(s) == json_string_length(text) ? s : NULL;
}

/* Names in quotes are escaped when they are written again, so all but one come out changed. */
static int check_vector(const char *path)
{
    json_t *v = json_load_file(path, JSON_ALLOW_NUL, NULL);
    const char *id = json_string_value(json_object_get(v, "id"));
    const char *text = output(v, "text"), *quoted = output(v, "text-utf8");
    CHECK(id != NULL);
    if (text)
        check_text(id, text, text);
    if (text && quoted)
        check_text(id, quoted, text);
    json_decref(v);
    return (text != NULL) + (quoted != NULL);
}

static void test_every_text(void)
{
    char path[4096];
    int seen = 0;
    DIR *folder = opendir(TESTS_GOLDEN "/exposition");
    if (!CHECK(folder != NULL))
        return;
    for (const struct dirent *d; (d = readdir(folder));)
        if (strstr(d->d_name, ".json")) {
            snprintf(path, sizeof path, TESTS_GOLDEN "/exposition/%s", d->d_name);
            seen += check_vector(path);
        }
    closedir(folder);
    CHECK(seen > 45);
}

TESTS(ROW(test_every_text))
