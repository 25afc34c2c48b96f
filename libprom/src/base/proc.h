// SPDX-License-Identifier: Apache-2.0
/* proc.h - the files of /proc, for the process collector and for what says when we began. */
#ifndef PROM_BASE_PROC_H
#define PROM_BASE_PROC_H

#include <prom/error.h>

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { PROM__PROC_PATH = 64, PROM__PROC_FILE = 4096 };

/* Reads a whole file, ended by NUL; a longer one is cut. -1: it cannot be read, as errno says.
 */
ssize_t prom__proc_read(const char *path, char *to, size_t size);

/* "/proc/<pid>/<name>"; pid 0 is the process that asks. */
void prom__proc_path(char path[PROM__PROC_PATH], int pid, const char *name);

/* Field i of a stat file as proc(5) counts them, from 3 on: what precedes is the name of the
 * program, which may contain anything, up to the last parenthesis. false: it has none such. */
bool prom__proc_stat(const char *stat, int i, double *out);

/* The number behind `key` where that begins a line: "syscr: ", "Max open files ". false: there
 * is no such line, or no number in it. */
bool prom__proc_number(const char *text, const char *key, double *out);

/* When the machine began, in seconds since 1970; 0: /proc does not say. PROM_E_NOMEM only. */
prom_err prom__proc_boot(double *out);

/* When this process began, a forked child's its own; 0: not known. Read once. */
double prom__proc_start(void);

#endif
