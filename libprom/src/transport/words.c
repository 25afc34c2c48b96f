// SPDX-License-Identifier: Apache-2.0
#include "words.h"

#include "base/utf8.h"

#include <string.h>

/* The bytes of the character at p, which has n more bytes; 0: there is none. */
static size_t character(const char *p, size_t n)
{
    for (size_t k = 1; k <= 4 && k <= n; k++)
        if (prom__utf8_valid(p, k))
            return k;
    return 0;
}

/* The controls of ASCII count as blanks; those of Latin 1 begin sequences on terminals too. */
static bool is_blank(const char *p)
{
    unsigned char a = (unsigned char)p[0];
    return a <= ' ' || a == 0x7f || (a == 0xc2 && (unsigned char)p[1] < 0xa0);
}

void prom__words(const char *p, size_t n, char *out, size_t room)
{
    size_t at = 0;
    bool blank = false; /* there is one to be put before the next word */
    for (size_t i = 0, k; i < n; i += k ? k : 1) {
        k = character(p + i, n - i);
        if (k && is_blank(p + i)) {
            blank = at > 0;
            continue;
        }
        if (at + blank + (k ? k : 1) >= room)
            break;
        if (blank)
            out[at++] = ' ';
        blank = false;
        memcpy(out + at, k ? p + i : "?", k ? k : 1);
        at += k ? k : 1;
    }
    out[at] = '\0';
}
