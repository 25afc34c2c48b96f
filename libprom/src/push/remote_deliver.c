// SPDX-License-Identifier: Apache-2.0
#include "remote_deliver.h"

#include "transport/url.h"

#include <stdio.h>

enum { URL_SHOWN = 256 };

#define VERSION       "X-Prometheus-Remote-Write-Version"
#define WRITTEN(what) "X-Prometheus-Remote-Write-" what "-Written"
#define ATTEMPT       "Retry-Attempt"

const char *const prom__remote_reserved[] = { VERSION, ATTEMPT, "User-Agent", NULL };

static const char *const headers_1[] = { "Content-Encoding: snappy",
                                         "Content-Type: application/x-protobuf",
                                         VERSION ": 0.1.0", NULL };
static const char *const headers_2[] = {
    "Content-Encoding: snappy",
    "Content-Type: application/x-protobuf;proto=io.prometheus.write.v2.Request",
    VERSION ": 2.0.0", NULL
};

/* --- what is noted ------------------------------------------------------- */

void prom__remote_begin(prom__remote_delivery *x, prom_delivery *d)
{
    x->delivery = d;
    x->down = false;
    x->error = PROM_OK;
}

void prom__remote_note(prom__remote_delivery *x, prom_err e)
{
    if (!e || x->error)
        return;
    x->error = e;
    snprintf(x->sentence, sizeof x->sentence, "%s", prom_error(e));
}

static void note_dropped(prom__remote_delivery *x, const char *why)
{
    size_t n = x->queue.dropped, samples = x->queue.lost;
    x->queue.dropped = x->queue.lost = 0;
    char shown[URL_SHOWN];
    prom__url_show(x->url, shown, sizeof shown);
    if (n)
        prom__remote_note(
            x, prom_fail(PROM_E_IO, "'%s': %zu samples were dropped: %s", shown, samples, why));
}

static void note_full(prom__remote_delivery *x)
{
    note_dropped(x, "more wait than max_queue_bytes");
}

void prom__remote_note_lost(prom__remote_delivery *x)
{
    note_dropped(x, "they waited in remote write 2.0, which is not understood");
}

void prom__remote_forget_lost(prom__remote_delivery *x)
{
    x->queue.dropped = x->queue.lost = 0;
}

prom_err prom__remote_outcome(prom__remote_delivery *x)
{
    note_full(x);
    return x->error ? prom_fail(x->error, "%s", x->sentence) : PROM_OK;
}

/* --- one request ---------------------------------------------------------- */

typedef enum verdict { TAKEN, LATER, NEVER, NOT_UNDERSTOOD } verdict;

static bool is_understood(prom__remote_delivery *x, unsigned status)
{
    if (status / 100 != 2)
        return status != 415;
    return prom__request_header(x->request, WRITTEN("Samples")) ||
           prom__request_header(x->request, WRITTEN("Histograms")) ||
           prom__request_header(x->request, WRITTEN("Exemplars"));
}

static verdict judge(prom__remote_delivery *x, const prom__remote_item *item, unsigned status)
{
    if (item->version == 2 && !is_understood(x, status))
        return NOT_UNDERSTOOD;
    if (status / 100 == 2)
        return TAKEN;
    return status / 100 == 5 || status == 429 ? LATER : NEVER;
}

static verdict ask(prom__remote_delivery *x, prom__remote_item *item)
{
    prom__answer a = { .tries = 0 };
    const prom__ask q = { .method = "POST",
                          .url = x->url,
                          .headers = item->version == 2 ? headers_2 : headers_1,
                          .body = item->bytes,
                          .n = item->n,
                          .counter = ATTEMPT,
                          .asked = item->asked };
    prom_err e = prom__request_send(x->request, x->delivery, &q, &a);
    item->asked += a.tries;
    verdict v = e ? LATER : judge(x, item, a.status);
    if (!e && v != TAKEN && v != NOT_UNDERSTOOD)
        e = prom__request_judge(x->request, x->url);
    prom__remote_note(x, e);
    return v;
}

/* --- all of them ----------------------------------------------------------- */

void prom__remote_drain(prom__remote_delivery *x, bool *fell_back)
{
    *fell_back = false;
    while (x->queue.first && !x->down && !*fell_back) {
        switch (ask(x, x->queue.first)) {
        case TAKEN:
        case NEVER:
            prom__remote_queue_pop(&x->queue);
            break;
        case LATER:
            x->down = true;
            break;
        case NOT_UNDERSTOOD:
            x->version = 1;
            note_full(x);
            prom__remote_queue_drop(&x->queue, 2);
            *fell_back = true;
        }
    }
}
