# SPDX-License-Identifier: Apache-2.0
"""The exposition as a handler of aiohttp.web."""

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, Callable

from aiohttp import web

from .asgi import answer_of
from .registry import REGISTRY
from .serving import Exposition, HandlerOptions

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["make_aiohttp_handler"]


def make_aiohttp_handler(
    registry: Any = REGISTRY,
    disable_compression: bool = False,
    **options: "Unpack[HandlerOptions]",
) -> Callable[[web.Request], Awaitable[web.Response]]:
    """A handler for a route, which never collects on the event loop. The further options are
    those of HandlerOptions."""
    exposition = Exposition(registry, not disable_compression, options)

    async def prometheus_handler(request: web.Request) -> web.Response:
        answer = await answer_of(
            exposition,
            request.method,
            request.rel_url.raw_query_string,
            request.headers.items(),
        )
        response = web.Response(status=answer.status, body=answer.body)
        for name, value in answer.headers:
            if name.lower() != "content-length" or request.method == "HEAD":
                response.headers[name] = value
        return response

    return prometheus_handler
