// SPDX-License-Identifier: Apache-2.0
#include "base/proc.h"

#include <prom/collect.h>

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

prom_err prom_pid_file(void *data, int *out)
{
    const char *path = data;
    char text[64], *end;
    *out = 0;
    if (!path)
        return prom_fail(PROM_E_INVAL, "there is no pid file to read");
    if (prom__proc_read(path, text, sizeof text) < 0)
        return prom_fail(PROM_E_IO, "pid file '%s' cannot be read: %s", path, strerror(errno));
    errno = 0;
    long pid = strtol(text, &end, 10);
    end += strspn(end, " \t\r\n");
    if (end == text || *end || errno || pid <= 0 || pid > INT_MAX)
        return prom_fail(PROM_E_IO, "pid file '%s' holds no process id", path);
    *out = (int)pid;
    return PROM_OK;
}
