// SPDX-License-Identifier: Apache-2.0
/* encoding.h - an encoding that is done in steps, so that something else can be done in
 * between: a step hands about one block (PROM__OUT_BLOCK) to the writer. Encoders of the
 * library go on where they stopped; a user's is one step. One thread at a time. */
#ifndef PROM_ENCODE_ENCODING_H
#define PROM_ENCODE_ENCODING_H

#include <prom/encode.h>

#include <stdbool.h>

typedef struct prom__encoding prom__encoding;

/* As prom_encode; o and w are copied, the snapshot is kept until the encoding goes. */
prom_err prom__encoding_new(const prom_encoder *e, const prom_encode_opts *o, prom_snapshot *s,
                            const prom_writer *w, prom__encoding **out);

/* *more: call again. After an error, or the last step, there is no more. */
prom_err prom__encoding_step(prom__encoding *x, bool *more);

void prom__encoding_free(prom__encoding *x); /* at any time; NULL is fine */

#endif
