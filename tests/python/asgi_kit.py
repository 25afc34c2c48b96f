# SPDX-License-Identifier: Apache-2.0
"""An ASGI server of a few lines: one request, without a socket."""

import asyncio


def ask(app, method="GET", query="", headers=(), body=(b"",), **more):
    """What an application sent for a request: (status, {header: value}, [body, ...])."""
    scope = {
        "type": "http",
        "method": method,
        "path": "/",
        "query_string": query.encode(),
        "headers": [(k.lower().encode(), v.encode("latin-1")) for k, v in headers],
        **more,
    }
    sent = talk(app, scope, [{"type": "http.request", "body": b} for b in body])
    assert sent[0]["type"] == "http.response.start"
    assert {m["type"] for m in sent[1:]} == {"http.response.body"}
    assert [m.get("more_body", False) for m in sent[1:]] == [True] * (len(sent) - 2) + [False]
    answer = {k.decode(): v.decode() for k, v in sent[0]["headers"]}
    return sent[0]["status"], answer, [m["body"] for m in sent[1:]]


def talk(app, scope, messages, sent=None):
    """All that an application sent, when it was given these messages."""
    sent = [] if sent is None else sent
    coming = iter(messages)

    async def receive():
        return next(coming)

    async def send(message):
        sent.append(message)
        await asyncio.sleep(0)

    asyncio.run(app(scope, receive, send))
    return sent
