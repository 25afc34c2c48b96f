// SPDX-License-Identifier: Apache-2.0
/* textfile.h - a file for the textfile collector of node_exporter, replaced as a whole.
 *
 *     prom_textfile_write(r, "/var/lib/node_exporter/backup.prom");
 */
#ifndef PROM_TEXTFILE_H
#define PROM_TEXTFILE_H

#include <prom/send.h>

PROM_BEGIN

typedef struct prom_textfile_opts {
    size_t size;
    const char *path; /* required; node_exporter wants it to end in .prom */
    unsigned mode;    /* permissions; 0: those of the file that is there, else 0644 */
    bool no_sync;     /* do not wait until it is on the disk */
    const char *temporary_folder; /* on the same file system; NULL: that of the file */
    const prom_encoder *encoder;  /* NULL: prom_text */
    prom_escaping escaping;
} prom_textfile_opts;

#ifndef __cplusplus
#define PROM_TEXTFILE_OPTS(...) \
    (&(const prom_textfile_opts){ .size = sizeof(prom_textfile_opts), __VA_ARGS__ })
#endif

/* A sender that writes a temporary file, syncs it, gives it mode and, where it may, owner of
 * the file that is there, and renames it; a symbolic link is followed. So a reader sees the old
 * or the new text, never a part; after an error the old file is as it was and no temporary one
 * is left. By default errors of collectors are such an error. PROM_E_IO: the sentence names the
 * path. */
prom_err prom_textfile_new(prom_registry *r, const prom_textfile_opts *o,
                           const prom_sender_opts *so, prom_sender **out);

/* Once, on this thread. */
prom_err prom_textfile_write(prom_registry *r, const char *path);

PROM_END
#endif
