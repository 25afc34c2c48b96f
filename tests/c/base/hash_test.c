// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE /* fork, readlink */
#include "base/hash.h"
#include "kit.h"

#include <sys/wait.h>
#include <unistd.h>

static uint64_t hash(const char *p, size_t n)
{
    return prom__hash_add(prom__hash_key(), p, n);
}

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static size_t duplicates(uint64_t *h, size_t n)
{
    qsort(h, n, sizeof *h, compare);
    size_t same = 0;
    for (size_t i = 1; i < n; i++)
        same += h[i] == h[i - 1];
    return same;
}

static void test_hash_says_the_same_again(void)
{
    CHECK(prom__hash_key() == prom__hash_key());
    char a[100], b[101];
    memset(a, 'q', sizeof a);
    memset(b, 'q', sizeof b);
    for (size_t n = 0; n <= 100; n++)
        CHECK(hash(a, n) == hash(b + 1, n)); /* whatever the alignment */
}

/* Where one string ends and the next begins is part of what is hashed. */
static void test_hash_of_a_sequence_knows_its_parts(void)
{
    uint64_t k = prom__hash_key();
    CHECK(prom__hash_add(prom__hash_add(k, "ab", 2), "c", 1) !=
          prom__hash_add(prom__hash_add(k, "a", 1), "bc", 2));
    CHECK(prom__hash_add(prom__hash_add(k, "", 0), "x", 1) !=
          prom__hash_add(prom__hash_add(k, "x", 1), "", 0));
    CHECK(prom__hash_add(k, NULL, 0) == prom__hash_add(k, "", 0));
    CHECK(hash("\0", 1) != hash("\0\0", 2));
    CHECK(hash("", 0) != hash("\0", 1));
}

/* Every byte of every length matters, at the borders of words too. */
static void test_hash_depends_on_each_byte(void)
{
    static char text[80];
    static uint64_t h[81 * 80 * 2];
    size_t n = 0;
    for (size_t length = 0; length <= 80; length++)
        for (size_t at = 0; at < length; at++)
            for (int bit = 0; bit < 2; bit++) {
                memset(text, 0, sizeof text);
                text[at] = (char)(bit ? 0x80 : 1);
                h[n++] = hash(text, length);
            }
    CHECK_INT(duplicates(h, n), 0);
}

/* Tables take the low bits of the two halves folded, as vec.c does. */
static void test_hash_spreads_over_a_table(void)
{
    enum { N = 1 << 14, SLOTS = 1 << 10 };
    static uint64_t h[N];
    static unsigned slot[SLOTS];
    for (unsigned i = 0; i < N; i++) {
        char name[32];
        int n = snprintf(name, sizeof name, "/api/v1/user/%u", i);
        h[i] = hash(name, (size_t)n);
        slot[(uint32_t)(h[i] ^ h[i] >> 32) & (SLOTS - 1)]++;
    }
    CHECK_INT(duplicates(h, N), 0);
    double chi = 0, mean = (double)N / SLOTS;
    for (unsigned i = 0; i < SLOTS; i++)
        chi += (slot[i] - mean) * (slot[i] - mean) / mean;
    /* Expected SLOTS - 1 with a deviation of sqrt(2 * SLOTS): seven of them. */
    CHECK(chi < SLOTS + 7 * 45.3);
    CHECK(chi > SLOTS - 7 * 45.3);
}

/* A stranger who knows the code must not know the key: other processes have others. */
static void test_hash_key_differs_between_processes(void)
{
    uint64_t key[2] = { 0, 0 };
    for (int i = 0; i < 2; i++) {
        int pipes[2];
        CHECK(pipe(pipes) == 0);
        char path[4096];
        ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
        path[n > 0 ? n : 0] = '\0';
        pid_t child = fork();
        if (child == 0) {
            dup2(pipes[1], 1);
            execl(path, path, "--key", (char *)NULL);
            _exit(127);
        }
        close(pipes[1]);
        CHECK(read(pipes[0], &key[i], sizeof key[i]) == sizeof key[i]);
        close(pipes[0]);
        int status;
        CHECK(waitpid(child, &status, 0) == child && status == 0);
    }
    CHECK(key[0] && key[1] && key[0] != key[1]);
}

int main(int argc, char **argv)
{
    static const check_row rows[] = { ROW(test_hash_says_the_same_again),
                                      ROW(test_hash_of_a_sequence_knows_its_parts),
                                      ROW(test_hash_depends_on_each_byte),
                                      ROW(test_hash_spreads_over_a_table),
                                      ROW(test_hash_key_differs_between_processes) };
    uint64_t key = prom__hash_key();
    if (argc > 1 && strcmp(argv[1], "--key") == 0)
        return write(1, &key, sizeof key) != sizeof key;
    return check_main(rows, sizeof rows / sizeof *rows, argc > 1 ? argv[1] : NULL);
}
