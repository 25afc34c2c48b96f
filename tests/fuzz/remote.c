// SPDX-License-Identifier: Apache-2.0
/* remote.c - two snapshots of any shape as remote write, one after the other, in both versions:
 * requests are well-formed (remote_dump.h), and what they have is what they say they have.
 *
 * Input: a byte that says where to cut, then two scripts (script.h). */
#include "encode/remote.h"

#include "remote_dump.h"
#include "script.h"

static const prom_label labels[] = { { "a", "sender" }, { "z.z", "\"\\\n" }, { NULL, NULL } };

static size_t count(const char *text, char c)
{
    size_t n = 0;
    for (; *text; text++)
        n += *text == c;
    return n;
}

static prom_err take(void *data, const prom__remote_request *q)
{
    const prom__remote_opts *o = *(const prom__remote_opts **)data;
    char *text = remote_text(q->p, q->n, o->version);
    REQUIRE(!check_failures, "%s", text);
    REQUIRE(*text && count(text, '\n') > 0, "an empty request");
    REQUIRE(q->samples + q->histograms > 0, "nothing in a request");
    REQUIRE(!o->most || q->samples + q->histograms <= o->most, "%zu", q->samples);
    REQUIRE(o->version == 2 || !strstr(text, "exemplar{"), "exemplars");
    free(text);
    return PROM_OK;
}

static prom_snapshot *snapshot(const uint8_t *data, size_t n, prom_order order)
{
    prom_registry *r;
    prom_collector *c;
    prom_snapshot *s;
    script x = { .data = data, .n = n, .kept = malloc(n ? n : 1) };
    prom_registry_opts ro = { .size = sizeof ro, .order = order };
    prom_collector_opts co = { .size = sizeof co, .name = "c", .collect = build, .data = &x };
    REQUIRE(!prom_registry_new(&ro, &r) && !prom_collector_new(r, &co, &c), "no registry");
    REQUIRE(!prom_gather(r, &s), "no snapshot");
    prom_unref(c);
    prom_unref(r);
    free(x.kept);
    return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    size_t cut = n ? (n - 1) * data[0] / 255 : 0;
    if (!n)
        return 0;
    prom_snapshot *before = snapshot(data + 1, cut, PROM_ORDER_SORTED);
    prom_snapshot *now = snapshot(data + 1 + cut, n - 1 - cut, PROM_ORDER_CREATED);
    for (unsigned i = 0; i < 4; i++) {
        const prom__remote_opts *self;
        const prom__remote_opts o = { .version = 1 + i % 2,
                                      .labels = i < 2 ? NULL : labels,
                                      .most = i < 2 ? 0 : 3,
                                      .put = take,
                                      .data = &self };
        self = &o;
        REQUIRE(!prom__remote_encode(&o, (prom__remote_moment){ now, 2000 },
                                     (prom__remote_moment){ before, 1000 }),
                "%s", prom_error(PROM_E_NOMEM));
    }
    prom_unref(before);
    prom_unref(now);
    return 0;
}
