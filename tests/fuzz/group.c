// SPDX-License-Identifier: Apache-2.0
/* group.c - a URL, a job, and labels of a group, of any bytes, divided by NUL. What is not
 * refused is a URL in one line from which the labels can be read back as a gateway reads them;
 * and what a sentence shows of it has neither a password nor a query. */
#define _POSIX_C_SOURCE 200809L /* strnlen */
#include "entry.h"
#include "transport/url.h"
#include "transport/words.h"

#include <prom/push.h>

enum { LABELS = 4, TEXT = 256, ESCAPED = 8 * TEXT };

static int digit(char c)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) : -1;
}

static void decode(const char *p, size_t n, char *out)
{
    unsigned bits = 0, have = 0;
    for (size_t i = 0; i < n && digit(p[i]) >= 0; i++) {
        bits = bits << 6 | (unsigned)digit(p[i]);
        have += 6;
        if (have >= 8)
            *out++ = (char)(bits >> (have -= 8));
    }
    *out = '\0';
}

/* One "/name/value" or "/name@base64/value" as a gateway reads it; what follows it. */
static const char *read_label(const char *p, char *name, char *value)
{
    size_t n = strcspn(++p, "/"), k;
    REQUIRE(p[n] == '/' && n < ESCAPED, "no value in '%s'", p);
    k = strcspn(p + n + 1, "/");
    REQUIRE(k && k < ESCAPED, "no value in '%s'", p);
    memcpy(name, p, n);
    name[n] = '\0';
    char *marked = strstr(name, "@base64");
    if (marked) {
        *marked = '\0';
        decode(p + n + 1, k, value);
    } else {
        memcpy(value, p + n + 1, k);
        value[k] = '\0';
        REQUIRE(strcmp(value, ".") && strcmp(value, ".."), "cleaned away: '%s'", value);
    }
    return p + n + 1 + k;
}

static void check_url(const char *url, const prom_push_opts *o)
{
    char name[ESCAPED], value[ESCAPED];
    size_t n = strlen(o->url), found = 0;
    for (const char *p = url; *p; p++)
        REQUIRE((unsigned char)*p > ' ' && *p != 0x7f, "a blank in '%s'", url);
    const char *base = prom__url_has_scheme(o->url) ? url : url + strlen("http://");
    REQUIRE(strncmp(base, o->url, n - 1) == 0, "'%s' is not in '%s'", o->url, url);
    const char *p = base + n - (o->url[n - 1] == '/');
    REQUIRE(strncmp(p, "/metrics", 8) == 0, "'%s' has no path", url);
    p = read_label(p + 8, name, value);
    REQUIRE(!strcmp(name, "job") && !strcmp(value, o->job), "job '%s' in '%s'", value, url);
    for (; *p; found++) {
        p = read_label(p, name, value);
        const prom_label *l = o->grouping;
        while (l->name && strcmp(l->value, value) != 0)
            l++;
        REQUIRE(l->name, "'%s' is no value, in '%s'", value, url);
    }
    for (const prom_label *l = o->grouping; l->name; l++)
        found--;
    REQUIRE(!found, "labels are missing in '%s'", url);
}

static void check_shown(const char *url)
{
    char shown[TEXT];
    prom__url_show(url, shown, sizeof shown);
    REQUIRE(strlen(shown) < sizeof shown && strlen(shown) <= strlen(url),
            "longer than the URL");
    REQUIRE(!strchr(shown, '?') && !strchr(shown, '#'), "a query is shown: '%s'", shown);
}

/* Of whatever comes one line of text is made. */
static void check_words(const char *p, size_t n)
{
    char out[TEXT], again[TEXT];
    prom__words(p, n, out, sizeof out);
    prom__words(out, strlen(out), again, sizeof again);
    REQUIRE(strcmp(out, again) == 0, "'%s' is not '%s'", again, out);
    for (const char *c = out; *c; c++)
        REQUIRE((unsigned char)*c >= ' ' && *c != 0x7f, "a control character");
}

/* The part up to the next NUL, cut; *at behind it. */
static char *part(const char **at, const char *end, char *out)
{
    size_t n = strnlen(*at, (size_t)(end - *at)), cut = n < TEXT / 2 ? n : TEXT / 2;
    memcpy(out, *at, cut);
    out[cut] = '\0';
    *at += n + (*at + n < end);
    return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    char text[2 + 2 * LABELS][TEXT];
    const char *at = (const char *)data, *end = at + n;
    prom_label grouping[LABELS + 1] = { { NULL, NULL } };
    prom_push_opts o = { .size = sizeof o, .grouping = grouping };
    check_words(at, n);
    if (at < end)
        o.escaping = (prom_escaping)(*at++ & 3);
    o.url = part(&at, end, text[0]);
    o.job = part(&at, end, text[1]);
    for (size_t i = 0; i < LABELS && at < end; i++) {
        grouping[i].name = part(&at, end, text[2 + 2 * i]);
        grouping[i].value = part(&at, end, text[3 + 2 * i]);
    }
    char *url = NULL;
    check_shown(o.url);
    if (!prom_push_url(&o, &url))
        check_url(url, &o);
    prom_free(url);
    return 0;
}
