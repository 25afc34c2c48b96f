// SPDX-License-Identifier: Apache-2.0
/* listen.h - from an address in words (prom_http_opts) to a listening socket. */
#ifndef PROM_SERVE_LISTEN_H
#define PROM_SERVE_LISTEN_H

#include <prom/error.h>

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct prom__listener {
    int fd;        /* -1: none. Does not block, is closed by exec */
    uint16_t port; /* 0: it has none */
    bool given;    /* it was there before us */
    char *path;    /* owned; the file of a unix socket of ours, and which one it was; or NULL */
    dev_t device;
    ino_t inode;
} prom__listener;

/* port: 0 for any free one. PROM_E_IO: the sentence names the address; *out has no socket then.
 */
prom_err prom__listen_open(const char *address, uint16_t port, prom__listener *out);

/* Removes the file of a unix socket, unless another has taken its place, and closes. */
void prom__listen_close(prom__listener *l);

/* The same for one that came to nothing: what was given stays open. */
void prom__listen_undo(prom__listener *l);

/* For the kinds of addresses: "HTTP server on <address>: <why>". */
prom_err prom__listen_fail(const char *address, const char *why);

/* Each takes what follows after "unix:", "fd:" and "systemd" or "systemd:" (NULL: nothing). */
prom_err prom__listen_unix(const char *address, const char *path, prom__listener *out);
prom_err prom__listen_fd(const char *address, const char *number, prom__listener *out);
prom_err prom__listen_systemd(const char *address, const char *name, prom__listener *out);

#endif
