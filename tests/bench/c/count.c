// SPDX-License-Identifier: Apache-2.0
/* count.c - counts the bytes that a program asks malloc for, all told; a block that grows
 * counts anew, as everywhere here. For peers that cannot count themselves: bench-cpp is
 * linked with it, a Python has it preloaded, with PYTHONMALLOC=malloc. For one thread. */
#include <stddef.h>

size_t bench_allocated; /* read by its name */

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);

void *malloc(size_t n)
{
    bench_allocated += n;
    return __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
    bench_allocated += n * size;
    return __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
    bench_allocated += n;
    return __libc_realloc(p, n);
}
