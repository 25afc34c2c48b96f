// SPDX-License-Identifier: Apache-2.0
#include "url.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Behind "scheme://", or the whole. */
static const char *after_scheme(const char *url)
{
    const char *colon = strstr(url, "://");
    return colon && colon < url + strcspn(url, "/?#@") ? colon + 3 : url;
}

bool prom__url_has_scheme(const char *url)
{
    return after_scheme(url) != url;
}

static bool is_web(const char *url, size_t n)
{
    return n == 0 || (n == 7 && !strncasecmp(url, "http://", n)) ||
           (n == 8 && !strncasecmp(url, "https://", n));
}

/* Where "user:password@" ends, which may be where it begins. */
static const char *after_user(const char *host)
{
    size_t n = strcspn(host, "/?#");
    for (size_t i = n; i; i--)
        if (host[i - 1] == '@')
            return host + i;
    return host;
}

prom_err prom__url_check(const char *url)
{
    char shown[200];
    if (!url || !*url)
        return prom_fail(PROM_E_INVAL, "a URL is needed to send to");
    prom__url_show(url, shown, sizeof shown);
    for (const char *p = url; *p; p++)
        if ((unsigned char)*p <= ' ' || *p == 0x7f)
            return prom_fail(PROM_E_INVAL, "URL '%s' has a blank or control character in it",
                             shown);
    const char *host = after_scheme(url);
    if (!is_web(url, (size_t)(host - url)))
        return prom_fail(PROM_E_INVAL, "URL '%s' is neither http nor https", shown);
    host = after_user(host);
    if (strcspn(host, "/?#") == 0)
        return prom_fail(PROM_E_INVAL, "URL '%s' has no host", shown);
    return PROM_OK;
}

void prom__url_show(const char *url, char *out, size_t room)
{
    const char *host = after_scheme(url), *shown = after_user(host);
    snprintf(out, room, "%.*s%.*s", (int)(host - url), url, (int)strcspn(shown, "?#"), shown);
}
