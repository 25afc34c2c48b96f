// SPDX-License-Identifier: Apache-2.0
/* decls.h - what every public header needs: C++ linkage, visibility, format checks. */
#ifndef PROM_DECLS_H
#define PROM_DECLS_H

#ifdef __cplusplus
#define PROM_EXTERN_C_BEGIN extern "C" {
#define PROM_EXTERN_C_END   }
#else
#define PROM_EXTERN_C_BEGIN
#define PROM_EXTERN_C_END
#endif

#if defined(__GNUC__)
#define PROM_BEGIN             PROM_EXTERN_C_BEGIN _Pragma("GCC visibility push(default)")
#define PROM_END               _Pragma("GCC visibility pop") PROM_EXTERN_C_END
#define PROM_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define PROM_BEGIN PROM_EXTERN_C_BEGIN
#define PROM_END   PROM_EXTERN_C_END
#define PROM_PRINTF(fmt, args)
#endif

/* For functions that are called in hot loops: a program that links the shared library calls
 * them through its table of addresses at once, not through a stub. */
#if defined(__has_attribute)
#if __has_attribute(noplt)
#define PROM_HOT __attribute__((noplt))
#endif
#endif
#ifndef PROM_HOT
#define PROM_HOT
#endif

#endif
