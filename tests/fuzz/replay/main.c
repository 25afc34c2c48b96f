// SPDX-License-Identifier: Apache-2.0
/* main.c - instead of libFuzzer: feeds a target its corpus once, so that every run of the
 * tests, with any compiler, keeps what fuzzing has found. The target's name is this program's.
 */
#define _POSIX_C_SOURCE 200809L /* opendir */
#include "../entry.h"

#include <dirent.h>

static int replay(const char *path)
{
    static uint8_t data[1 << 16];
    FILE *file = fopen(path, "rb");
    if (!file)
        return 1;
    size_t n = fread(data, 1, sizeof data, file);
    fclose(file);
    printf("%s, %zu bytes\n", path, n);
    LLVMFuzzerTestOneInput(data, n);
    return 0;
}

int main(int argc, char **argv)
{
    char path[4096];
    const char *program = argc ? argv[0] : "", *slash = strrchr(program, '/');
    const char *name = strchr(slash ? slash : program, '_');
    int fed = 0, failed = 0;
    snprintf(path, sizeof path, TESTS_GOLDEN "/../fuzz/corpus/%s", name ? name + 1 : "");
    DIR *corpus = opendir(path);
    REQUIRE(corpus, "%s is no folder", path);
    size_t n = strlen(path);
    for (struct dirent *d; (d = readdir(corpus));)
        if (d->d_name[0] != '.') {
            snprintf(path + n, sizeof path - n, "/%s", d->d_name);
            failed += replay(path);
            fed++;
        }
    closedir(corpus);
    printf("%d passed, %d failed\n", fed - failed, failed);
    return failed || !fed;
}
