// SPDX-License-Identifier: Apache-2.0
/* pending.c - functions that are declared and not yet written: weak, so that a real one wins.
 */
#include <prom/api.h>

#define WEAK          __attribute__((weak))
#define PENDING(name) prom_fail(PROM_E_UNSUPPORTED, "%s is not written yet", name)

static prom_err pending(const prom_snapshot *s, const prom_encode_opts *o, const prom_writer *w)
{
    (void)s, (void)o, (void)w;
    return PENDING("this encoder");
}

#define ENCODER(name) \
    WEAK const prom_encoder name = { #name, "text/x-pending", false, pending };
ENCODER(prom_openmetrics)
ENCODER(prom_openmetrics_0)
ENCODER(prom_openmetrics_2)
ENCODER(prom_protobuf)
ENCODER(prom_protobuf_text)
ENCODER(prom_json)

WEAK void prom_negotiate(const char *accept, const prom_negotiate_opts *o, prom_format *out)
{
    (void)accept, (void)o;
    *out = (prom_format){ &prom_text, PROM_UNDERSCORES, "text/plain" };
}

WEAK prom_coding prom_negotiate_coding(const char *accept_encoding)
{
    (void)accept_encoding;
    return PROM_IDENTITY;
}

WEAK const char *prom_coding_name(prom_coding c)
{
    (void)c;
    return "identity";
}

WEAK prom_err prom_compressor_new(prom_coding c, int level, const prom_writer *to,
                                  prom_compressor **out)
{
    (void)c, (void)level, (void)to;
    *out = NULL;
    return PENDING("prom_compressor_new");
}

WEAK prom_writer prom_compressor_writer(prom_compressor *z)
{
    (void)z;
    return (prom_writer){ NULL, NULL };
}

WEAK prom_err prom_compressor_finish(prom_compressor *z)
{
    (void)z;
    return PENDING("prom_compressor_finish");
}

WEAK prom_err prom_parse_openmetrics(const char *text, size_t n, prom_snapshot **out)
{
    (void)text, (void)n;
    *out = NULL;
    return PENDING("prom_parse_openmetrics");
}

WEAK prom_err prom_parse_protobuf(const char *bytes, size_t n, prom_snapshot **out)
{
    (void)bytes, (void)n;
    *out = NULL;
    return PENDING("prom_parse_protobuf");
}

WEAK prom_err prom_parse(const char *content_type, const char *bytes, size_t n,
                         prom_snapshot **out)
{
    (void)content_type, (void)bytes, (void)n;
    *out = NULL;
    return PENDING("prom_parse");
}
