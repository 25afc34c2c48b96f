// SPDX-License-Identifier: Apache-2.0
/* parse.c - the parser that a Content-Type calls for. */
#include "encode/clause.h"

#include <prom/parse.h>

#include <string.h>

prom_err prom_parse(const char *content_type, const char *bytes, size_t n, prom_snapshot **out)
{
    const char *given = content_type ? content_type : "";
    prom_str rest = { given, strlen(given) };
    prom_str type = prom__clause_cut(&rest, ';');
    if (prom__clause_is(type, "application/openmetrics-text"))
        return prom_parse_openmetrics(bytes, n, out);
    if (prom__clause_is(type, "application/vnd.google.protobuf"))
        return prom_parse_protobuf(bytes, n, out);
    return prom_parse_text(bytes, n, out);
}
