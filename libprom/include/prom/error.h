// SPDX-License-Identifier: Apache-2.0
/* error.h - error codes, and the sentence that goes with each failure.
 *
 * A code says what the caller can do; the sentence, one for each thread, says what is
 * wrong with what, in the caller's own spelling. */
#ifndef PROM_ERROR_H
#define PROM_ERROR_H

#include <prom/decls.h>

PROM_BEGIN

// clang-format off
#define PROM_ERRORS(X) /* code, what it means when no sentence fits better */ \
    X(OK, "success")                                                         \
    X(E_NOMEM, "out of memory")                                              \
    X(E_INVAL, "argument out of range")                                      \
    X(E_NAME, "not a valid metric or label name")                            \
    X(E_LABELS, "label values do not match the label names")                 \
    X(E_TYPE, "metric is of another type")                                   \
    X(E_EXISTS, "name is already registered")                                \
    X(E_NOENT, "no such metric or series")                                   \
    X(E_CALLBACK, "a collector or writer callback failed")                   \
    X(E_IO, "network or file error")                                         \
    X(E_CLOSED, "object is closed")                                          \
    X(E_UNSUPPORTED, "not in this build")                                    \
    X(E_TIMEOUT, "took too long")                                            \
    X(E_CANCELLED, "cancelled")                                              \
    X(E_SYNTAX, "text is not in the format")                                 \
    X(E_DIFFERS, "not what was expected")
// clang-format on

#define PROM_ERR_ENUM_(name, text) PROM_##name,
typedef enum prom_err { PROM_ERRORS(PROM_ERR_ENUM_) PROM_ERR_COUNT_ } prom_err;
#undef PROM_ERR_ENUM_

/* "PROM_E_NAME"; "PROM_E_UNKNOWN" for a number that is no code. Never NULL. */
const char *prom_err_name(prom_err code);

/* The sentence of this thread's last failure if that failure had this code, else the
 * code's general text. Never NULL; borrowed, valid until this thread's next failure. */
const char *prom_error(prom_err code);

/* Keeps the sentence and returns the code: `return prom_fail(PROM_E_IO, "sensor is off")`.
 * For callbacks (collectors, writers), so that they can say why. At most 511 bytes are kept,
 * cut between characters. */
prom_err prom_fail(prom_err code, const char *fmt, ...) PROM_PRINTF(2, 3);

PROM_END
#endif
