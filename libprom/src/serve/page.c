// SPDX-License-Identifier: Apache-2.0
#include "page.h"

#include "encode/out.h"
#include "page_html.h"

#include <stdio.h>

static void put(prom__out *o, const char *s)
{
    prom__out_put(o, s, strlen(s));
}

/* A string of JSON that stands in a <script>: nothing in it may end that element. */
static void put_string(prom__out *o, const char *s)
{
    put(o, "\"");
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        char escaped[8];
        if (c < 0x20 || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&') {
            snprintf(escaped, sizeof escaped, "\\u%04x", c);
            put(o, escaped);
        } else {
            prom__out_put(o, s, 1);
        }
    }
    put(o, "\"");
}

/* Each line but the last ends in a line feed of its own; there the configuration goes on. */
static void put_lines(prom__out *o, const char *const *lines)
{
    for (; *lines; lines++)
        prom__out_put(o, *lines, strlen(*lines) - !lines[1]);
}

prom_err prom__page_write(const char *title, const char *const *paths, size_t n,
                          const prom_writer *w)
{
    prom__out o;
    prom_err err = prom__out_open(&o, w);
    if (err)
        return err;
    put_lines(&o, page_before);
    put(&o, "{\"title\":");
    put_string(&o, title);
    put(&o, ",\"paths\":[");
    for (size_t i = 0; i < n; i++) {
        put(&o, i ? "," : "");
        put_string(&o, paths[i]);
    }
    put(&o, "]}");
    put_lines(&o, page_after);
    return prom__out_close(&o);
}
