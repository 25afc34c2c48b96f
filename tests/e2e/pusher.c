// SPDX-License-Identifier: Apache-2.0
/* pusher.c - a program that pushes to a gateway when it is told:
 *
 *     pusher URL
 *
 * Lines of standard input, words divided by tabs, are answered by one line each, "ok" or
 * "error: SENTENCE":
 *
 *     group JOB [NAME VALUE]...       the group to push to from now on
 *     form ENCODER CODING ESCAPING    by name and number
 *     client [OPTION VALUE]...        ca, cert, key, user, password, token, insecure
 *     gauge NAME VALUE                a metric, new or not
 *     rich                            metrics of every type
 *     forget                          no metrics
 *     push, add, delete
 *     open INTERVAL_MS [delete|keep] [LAST_TIMEOUT_MS]
 *     stop
 *     leave                           returns from main, with the sender open */
#include <prom/push.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS = 12, LINE = 400, LABELS = 5 };

static prom_registry *registry;
static prom_sender *sender;
static prom_label grouping[LABELS + 1];
static prom_client_opts client = { .size = sizeof client, .retries = 2, .backoff_ms = 1 };
static prom_push_opts opts = { .size = sizeof opts, .client = &client };

static char *kept(const char *s)
{
    return strcpy(malloc(strlen(s) + 1), s);
}

static prom_err group(char **word, int n)
{
    memset(grouping, 0, sizeof grouping);
    opts.job = kept(word[1]);
    for (int i = 2; i + 1 < n && i / 2 <= LABELS; i += 2)
        grouping[i / 2 - 1] = (prom_label){ kept(word[i]), kept(word[i + 1]) };
    opts.grouping = grouping;
    return PROM_OK;
}

static prom_err form(char **word, int n)
{
    if (n < 4)
        return prom_fail(PROM_E_INVAL, "form has three words");
    opts.encoder = prom_encoder_find(word[1]);
    opts.coding = strcmp(word[2], "gzip") == 0 ? PROM_GZIP : PROM_IDENTITY;
    opts.escaping = (prom_escaping)atoi(word[3]);
    return PROM_OK;
}

static prom_err set_client(char **word, int n)
{
    static const struct {
        const char *name, **at;
    } options[] = { { "ca", &client.ca_file },        { "cert", &client.cert_file },
                    { "key", &client.key_file },      { "user", &client.user },
                    { "password", &client.password }, { "token", &client.bearer_token } };
    client = (prom_client_opts){ .size = sizeof client, .retries = 2, .backoff_ms = 1 };
    for (int i = 1; i + 1 < n; i += 2) {
        client.insecure |= strcmp(word[i], "insecure") == 0;
        for (size_t k = 0; k < sizeof options / sizeof *options; k++)
            if (strcmp(word[i], options[k].name) == 0)
                *options[k].at = kept(word[i + 1]);
    }
    return PROM_OK;
}

static prom_err gauge(char **word, int n)
{
    prom_gauge *g = NULL;
    if (n < 3)
        return prom_fail(PROM_E_INVAL, "gauge has two words");
    prom_err e = prom_gauge_new(registry, PROM_OPTS(.name = word[1], .help = "A gauge."), &g);
    if (!e)
        prom_gauge_set(g, atof(word[2]));
    prom_unref(g);
    return e;
}

static prom_err build_rich(prom_builder *b, void *data)
{
    const prom_native_bucket native[] = { { 0, { 1 } }, { 4, { 2 } } };
    const prom_bucket classic[] = { { 0.5, 1 }, { 5, 3 } };
    const prom_quantile quantiles[] = { { 0.5, 1.5 } };
    const prom_label_str said[] = { { { "version", 7 }, { "1 \"x\"\n\\", 7 } } };
    const prom_state states[] = { { { "on", 2 }, true }, { { "off", 3 }, false } };
    (void)data;
    prom_err e =
        prom_build_family(b, PROM_COUNTER, PROM_OPTS(.name = "rich_total", .help = "h"));
    e = e ? e : prom_build_value(b, NULL, 1e21);
    e = e ? e : prom_build_family(b, PROM_HISTOGRAM, PROM_OPTS(.name = "rich_seconds"));
    e = e ? e
          : prom_build_native(b, NULL, 6.5, 3,
                              PROM_NATIVE(.schema = 1, .positive = native, .n_positive = 2),
                              classic, 2);
    e = e ? e : prom_build_family(b, PROM_SUMMARY, PROM_OPTS(.name = "rich_bytes"));
    e = e ? e : prom_build_summary(b, NULL, 3, 2, quantiles, 1);
    e = e ? e : prom_build_family(b, PROM_INFO, PROM_OPTS(.name = "rich_build_info"));
    e = e ? e : prom_build_info(b, NULL, said, 1);
    e = e ? e : prom_build_family(b, PROM_STATESET, PROM_OPTS(.name = "rich_state"));
    e = e ? e : prom_build_stateset(b, NULL, states, 2);
    e = e ? e : prom_build_family(b, PROM_GAUGE, PROM_OPTS(.name = "rich.utf8"));
    return e ? e : prom_build_value(b, NULL, 0.0 / 0.0);
}

static prom_err rich(void)
{
    prom_collector *c = NULL;
    const prom_collector_opts o = { .size = sizeof o, .name = "rich", .collect = build_rich };
    prom_err e = prom_collector_new(registry, &o, &c);
    prom_unref(c);
    return e;
}

static prom_err open_sender(char **word, int n)
{
    const prom_sender_opts o = { .size = sizeof o,
                                 .interval_ms = n > 1 ? (unsigned)atoi(word[1]) : 0,
                                 .last = true,
                                 .last_timeout_ms = n > 3 ? (unsigned)atoi(word[3]) : 0 };
    opts.delete_at_end = n > 2 && strcmp(word[2], "delete") == 0;
    return prom_push_new(registry, &opts, &o, &sender);
}

static prom_err obey(char **word, int n)
{
    const char *what = word[0];
    if (strcmp(what, "group") == 0 && n > 1)
        return group(word, n);
    if (strcmp(what, "form") == 0)
        return form(word, n);
    if (strcmp(what, "client") == 0)
        return set_client(word, n);
    if (strcmp(what, "gauge") == 0)
        return gauge(word, n);
    if (strcmp(what, "rich") == 0)
        return rich();
    if (strcmp(what, "open") == 0)
        return open_sender(word, n);
    if (strcmp(what, "push") == 0)
        return prom_push(registry, &opts);
    if (strcmp(what, "add") == 0)
        return prom_push_add(registry, &opts);
    if (strcmp(what, "delete") == 0)
        return prom_push_delete(&opts);
    if (strcmp(what, "stop") == 0)
        return prom_sender_stop(sender);
    if (strcmp(what, "forget") == 0)
        prom_registry_clear(registry);
    else
        return prom_fail(PROM_E_INVAL, "what is '%s'?", what);
    return PROM_OK;
}

static int split(char *line, char **word)
{
    int n = 0;
    line[strcspn(line, "\n")] = '\0';
    for (char *p = line; p && n < WORDS; n++) {
        word[n] = p;
        p = strchr(p, '\t');
        if (p)
            *p++ = '\0';
    }
    return n;
}

int main(int argc, char **argv)
{
    char line[LINE], *word[WORDS];
    opts.url = argc > 1 ? argv[1] : "";
    if (prom_registry_new(NULL, &registry))
        return 1;
    while (fgets(line, sizeof line, stdin)) {
        int n = split(line, word);
        if (strcmp(word[0], "leave") == 0)
            return 0;
        prom_err e = obey(word, n);
        printf(e ? "error: %s\n" : "ok\n", prom_error(e));
        fflush(stdout);
    }
    prom_unref(sender);
    return 0;
}
