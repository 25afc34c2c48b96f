// SPDX-License-Identifier: Apache-2.0
/* described.h - a description as users hold it, which may be an invalid one. */
#ifndef PROM_MODEL_DESCRIBED_H
#define PROM_MODEL_DESCRIBED_H

#include "desc.h"

#include <prom/vec.h>

struct prom_desc {
    prom__object object;
    prom_type type;
    prom__desc *valid; /* one reference; NULL: it is not valid, and the two below say why */
    prom_err error;
    char sentence[];
};

/* Around a description that is there already. */
prom_err prom__described(prom__desc *d, prom_desc **out);

#endif
