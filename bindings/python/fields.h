// SPDX-License-Identifier: Apache-2.0
/* fields.h - structs of options filled in from a dict, by tables with a row for each key.
 *
 * What servers, senders and the like take by name goes to C as one dict: its keys are known
 * here only, with their fields. None is the default, and so is a key that is not there. */
#ifndef PROM_PYTHON_FIELDS_H
#define PROM_PYTHON_FIELDS_H

#include "native.h"

#include <stddef.h>

typedef struct field {
    const char *name;
    /* Writes to `at`; what that borrows is in the scratch. -1 and an exception on error. */
    int (*read)(const struct field *self, PyObject *value, void *at, state *st, scratch *s);
    size_t offset;
} field;

/* One struct and its table, which ends with a NULL name. */
typedef struct fields {
    const field *rows;
    void *into;
} fields;

#define FIELD(struct_, key, member, how)                     \
    {                                                        \
        key, prom__py_field_##how, offsetof(struct_, member) \
    }

/* Keys are looked for in the tables in their order, which end with NULL rows; TypeError: one is
 * in none. `what` is named in messages: "Sender". */
int prom__py_fields_read(state *st, PyObject *dict, const char *what, const fields *tables,
                         scratch *s);

typedef int prom__py_field_reader(const field *self, PyObject *value, void *at, state *st,
                                  scratch *s);

prom__py_field_reader prom__py_field_text, /* const char * */
    prom__py_field_path,                   /* the same, of any path */
    prom__py_field_bool,                   /* bool */
    prom__py_field_not,                    /* bool: the opposite */
    prom__py_field_unsigned,               /* unsigned; above 0: 0 is the default */
    prom__py_field_size,                   /* size_t, likewise */
    prom__py_field_port,                   /* uint16_t */
    prom__py_field_ms,                     /* unsigned milliseconds, of seconds above 0 */
    prom__py_field_labels,                 /* const prom_label *, of a dict; values by str() */
    prom__py_field_words,                  /* const char *const *, of an iterable of str */
    prom__py_field_headers,                /* "Name: value" likewise, of a dict */
    prom__py_field_bounds,                 /* const double *, ended by INFINITY */
    prom__py_field_encoder,                /* const prom_encoder *, by its name */
    prom__py_field_escaping, prom__py_field_coding, prom__py_field_on_error;

#endif
