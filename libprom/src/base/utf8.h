// SPDX-License-Identifier: Apache-2.0
/* utf8.h - strict UTF-8 (no overlong forms, no surrogates, at most U+10FFFF). */
#ifndef PROM_BASE_UTF8_H
#define PROM_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool prom__utf8_valid(const char *p, size_t n);
/* Bytes of the character at p, of valid text. */
size_t prom__utf8_length(const char *p);
uint32_t prom__utf8_character(const char *p); /* which one it is */
/* Writes a character, at most four bytes, and returns their number; 0: c is none. */
size_t prom__utf8_write(uint32_t c, char *out);
size_t prom__utf8_count(const char *p, size_t n); /* characters of valid text */
/* Length of the longest beginning of at most `most` bytes that does not end within a character.
 */
size_t prom__utf8_cut(const char *p, size_t n, size_t most);

#endif
