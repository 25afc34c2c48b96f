// SPDX-License-Identifier: Apache-2.0
/* exemplar_list.c - which exemplars a native histogram keeps: as client_golang does
 * (histogram.go, nativeExemplars), which takes logarithms of all values; those of zero and of
 * negative ones are none there, and the rule falls apart. Here the scale has two sides: a value
 * is infinitely far from one of another sign, and zero from all others. */
#include "exemplar.h"

#include <math.h>

static int sign(double v)
{
    return (v > 0) - (v < 0);
}

static double distance(double a, double b)
{
    if (sign(a) != sign(b))
        return INFINITY;
    if (a == b)
        return 0;
    return fabs(log(fabs(a)) - log(fabs(b)));
}

static size_t oldest(const prom__exemplar_entry *list, size_t n)
{
    size_t found = 0;
    for (size_t i = 1; i < n; i++)
        if (list[i].time < list[found].time)
            found = i;
    return found;
}

size_t prom__exemplar_victim(const prom__exemplar_entry *list, size_t n, double v, int64_t now,
                             int64_t ttl)
{
    size_t old = oldest(list, n), after = 0, victim = 0;
    if (n == 1 || ttl < 0 || now - list[old].time > ttl)
        return old;
    double closest = -1;
    for (size_t i = 1; i < n; i++) {
        double d = distance(list[i].value, list[i - 1].value);
        if (closest >= 0 && !(d < closest))
            continue;
        closest = d;
        victim = list[i].time < list[i - 1].time ? i : i - 1;
    }
    while (after < n && list[after].value < v)
        after++;
    if (after > 0 && distance(v, list[after - 1].value) < closest) {
        closest = distance(v, list[after - 1].value);
        victim = after - 1;
    }
    if (after < n && distance(v, list[after].value) < closest)
        victim = after;
    return victim;
}
