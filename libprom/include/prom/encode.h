// SPDX-License-Identifier: Apache-2.0
/* encode.h - from snapshots to bytes, and which bytes a client wants.
 *
 * An encoder is a constant; a user can write one. */
#ifndef PROM_ENCODE_H
#define PROM_ENCODE_H

#include <prom/model.h>

PROM_BEGIN

/* Where bytes go. An error of write ends the encoding and is returned from it. */
typedef struct prom_writer {
    prom_err (*write)(void *data, const char *p, size_t n);
    void *data;
} prom_writer;

/* What becomes of names outside the ASCII grammar. Source: instrumenting/escaping_schemes. */
typedef enum prom_escaping {
    PROM_UNDERSCORES, /* a.b: a_b */
    PROM_DOTS,        /* a_dot_b, and every _ of such a name doubled */
    PROM_VALUES,      /* U__a_2e_b: can be read back */
    PROM_ALLOW_UTF8   /* "a.b" in quotes */
} prom_escaping;

const char *
prom_escaping_name(prom_escaping e); /* "underscores", ...; NULL for another number */

typedef struct prom_encode_opts {
    size_t size;
    prom_escaping escaping;
    bool no_created; /* OpenMetrics 1.0: without the _created lines */
} prom_encode_opts;

#ifndef __cplusplus
#define PROM_ENCODE_OPTS(...) \
    (&(const prom_encode_opts){ .size = sizeof(prom_encode_opts), __VA_ARGS__ })
#endif

typedef struct prom_encoder {
    const char *name;         /* "text" */
    const char *content_type; /* for HTTP, without the escaping parameter */
    bool escapes;             /* the Content-Type ends in "; escaping=..." */
    /* o is never NULL and complete. Writes in blocks of bounded size. */
    prom_err (*encode)(const prom_snapshot *s, const prom_encode_opts *o, const prom_writer *w);
} prom_encoder;

extern const prom_encoder prom_text;   /* Prometheus text 0.0.4 */
extern const prom_encoder prom_text_1; /* 1.0.0: the same with another Content-Type */
/* OpenMetrics 1.0.0: it leaves out histograms of weights, whose counts are no integers. */
extern const prom_encoder prom_openmetrics;
extern const prom_encoder prom_openmetrics_0; /* 0.0.1: the same with another Content-Type */
extern const prom_encoder prom_openmetrics_2; /* 2.0.0-rc0: only for who asks for it */
extern const prom_encoder prom_protobuf;      /* delimited io.prometheus.client.MetricFamily */
extern const prom_encoder prom_protobuf_text; /* the same as text, to look at */

/* All that a snapshot says, for dashboards and scripts; members may be added to it.
 *
 *     {"families":[{"name":"x_total","type":"counter","help":"h","unit":"u","metrics":[m,...]}]}
 *
 * help and unit are there if the family has them; names are never escaped. A metric m is
 * {"labels":{"a":"1"}, then what its type has:
 *
 *     counter, gauge, unknown, info   "value":1
 *     stateset                        "states":{"on":true}, or "value" of one built by itself
 *     summary                         "count":3,"sum":4.5,"quantiles":[[0.5,1]]
 *     histogram, gaugehistogram       "count":3,"sum":4.5, "buckets":[[1,2],["+Inf",3]] (bound,
 *                                     cumulative count) and "native":{"schema":0,
 *                                     "zero_threshold":0.1,"zero_count":1,"positive":[[0,2]],
 *                                     "negative":[]} (index, count), with "bounds":[1,2] where
 *                                     the buckets are custom
 *
 * then, where they are known, "exemplars" and "native_exemplars", lists of
 * {"labels":{},"value":1,"timestamp":1.5}, and "timestamp" and "created", in seconds.
 * Numbers that JSON has not are the strings "NaN", "+Inf", "-Inf". Counts have all digits of 64
 * bits, times those of nanoseconds. */
extern const prom_encoder prom_json;

/* All of the above by name ("text", "text1", "openmetrics", "openmetrics0", "openmetrics2",
 * "protobuf", "protobuf-text", "json"); NULL: there is none. */
const prom_encoder *prom_encoder_find(const char *name);

/* The whole Content-Type of what e makes with this escaping, as snprintf writes: ended by NUL,
 * cut to fit, and the length of all of it; 160 bytes are enough for every encoder above. */
size_t prom_content_type(const prom_encoder *e, prom_escaping escaping, char *out, size_t room);

/* Encodes; NULL o: underscores. */
prom_err prom_encode(const prom_encoder *e, const prom_encode_opts *o, const prom_snapshot *s,
                     const prom_writer *w);

/* The whole as one string, ended by NUL that *n (may be NULL) does not count; give it back
 * with prom_free(). */
prom_err prom_encode_string(const prom_encoder *e, const prom_snapshot *s, char **out,
                            size_t *n);
prom_err prom_encode_string_with(const prom_encoder *e, const prom_encode_opts *o,
                                 const prom_snapshot *s, char **out, size_t *n);

/* Gather and encode in one. Errors of collectors are passed over. */
prom_err prom_expose(prom_registry *r, const prom_encoder *e, char **out, size_t *n);

/* --- content negotiation ------------------------------------------------- */

typedef struct prom_negotiate_opts {
    size_t size;
    /* What is offered, NULL-ended. NULL: text, text 1.0.0, OpenMetrics 1.0.0 and 0.0.1,
     * protobuf. Where nothing fits the answer is prom_text if it is among them, else the first.
     * A clause without a version, or with a wildcard, gets the first that it fits, and
     * prom_text before others; OpenMetrics 2.0 is only for a clause with its version. */
    const prom_encoder *const *offer;
} prom_negotiate_opts;

typedef struct prom_format {
    const prom_encoder *encoder;
    prom_escaping escaping;
    char content_type[160]; /* complete; an encoder's own part of it has at most 128 bytes */
} prom_format;

/* What to answer to this Accept field (several of a request: joined by commas; NULL: none). Any
 * bytes will do; what is malformed is passed over, and the worst answer is text 0.0.4. Time is
 * in proportion to its length, times the offers.
 * Sources: instrumenting/content_negotiation of prometheus/docs, RFC 9110, 12.5.1. */
void prom_negotiate(const char *accept, const prom_negotiate_opts *o, prom_format *out);

typedef enum prom_coding { PROM_IDENTITY, PROM_GZIP, PROM_ZSTD } prom_coding;

/* Which content coding to use for this Accept-Encoding field (joined by commas; NULL: none), of
 * those that this build has. RFC 9110, 12.5.3. */
prom_coding prom_negotiate_coding(const char *accept_encoding);
const char *prom_coding_name(prom_coding c); /* "identity", "gzip", "zstd" */

/* --- compression ----------------------------------------------------------- */

/* A writer that compresses what is written to it and passes that on to another in blocks of at
 * most 16 KiB, PROM_IDENTITY: as it comes. level: of zlib (1 to 9) or zstd (1 to 22); 0: 1. The
 * same bytes in the same pieces give the same bytes. After an error, of the other writer too,
 * that error is the answer to whatever is asked of it. One thread at a time; end it with
 * prom_unref(). PROM_E_UNSUPPORTED: not in this build. */
typedef struct prom_compressor prom_compressor;
prom_err prom_compressor_new(prom_coding c, int level, const prom_writer *to,
                             prom_compressor **out);
prom_writer prom_compressor_writer(prom_compressor *z); /* as long as z lives */
/* Writes the end; once. PROM_E_CLOSED: it is written already. */
prom_err prom_compressor_finish(prom_compressor *z);

PROM_END
#endif
