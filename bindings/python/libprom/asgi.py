# SPDX-License-Identifier: Apache-2.0
"""The exposition for ASGI servers."""

from collections.abc import Awaitable, Iterable
from typing import TYPE_CHECKING, Any, Callable

from ._native import Response
from .registry import REGISTRY
from .serving import Exposition, HandlerOptions

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["make_asgi_app"]

_Scope = dict[str, Any]
_Receive = Callable[[], Awaitable[dict[str, Any]]]
_Send = Callable[[dict[str, Any]], Awaitable[None]]
App = Callable[[_Scope, _Receive, _Send], Awaitable[None]]


async def answer_of(
    exposition: Exposition, method: str, query: str, headers: Iterable[tuple[str, str]]
) -> Response:
    """Made on another thread: an event loop must not wait for collectors."""
    import asyncio  # costs more than all of libprom

    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:  # not asyncio's
        return exposition.answer(method, query, headers)
    return await loop.run_in_executor(None, exposition.answer, method, query, list(headers))


def _text(b: bytes) -> str:
    return b.decode("latin-1")


async def _send_answer(answer: Response, send: _Send) -> None:
    headers = [(k.lower().encode("latin-1"), v.encode("latin-1")) for k, v in answer.headers]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    last = len(answer) - 1
    for i in range(max(last, 0) + 1):
        body = answer[i] if last >= 0 else b""
        await send({"type": "http.response.body", "body": body, "more_body": i < last})


async def _live(receive: _Receive, send: _Send) -> None:
    """There is nothing to start and to shut down."""
    while True:
        event = (await receive())["type"]
        await send({"type": f"{event}.complete"})
        if event == "lifespan.shutdown":
            return


def make_asgi_app(
    registry: Any = REGISTRY,
    disable_compression: bool = False,
    **options: "Unpack[HandlerOptions]",
) -> App:
    """An ASGI application that shows a registry, whatever the path. It never collects on the
    event loop. The further options are those of HandlerOptions."""
    exposition = Exposition(registry, not disable_compression, options)

    async def prometheus_app(scope: _Scope, receive: _Receive, send: _Send) -> None:
        if scope["type"] == "http":
            headers = [(_text(k), _text(v)) for k, v in scope.get("headers", ())]
            query = _text(scope.get("query_string", b""))
            await _send_answer(
                await answer_of(exposition, scope.get("method", "GET"), query, headers), send
            )
        elif scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1000})

    return prometheus_app
