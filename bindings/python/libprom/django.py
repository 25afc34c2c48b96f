# SPDX-License-Identifier: Apache-2.0
"""The exposition as a view of Django."""

from typing import Any

from django.http import HttpRequest, HttpResponse  # type: ignore[import-untyped]
from django.views import View  # type: ignore[import-untyped]

from ._wsgi import headers_of
from .registry import REGISTRY
from .serving import Exposition

__all__ = ["PrometheusDjangoView"]


class PrometheusDjangoView(View):  # type: ignore[misc]
    """path("metrics", PrometheusDjangoView.as_view(registry=...))"""

    registry: Any = REGISTRY
    multiprocess_mode: bool = False
    _exposition: Any = None
    http_method_names = ["get", "head", "options"]

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Any:
        if initkwargs.get("multiprocess_mode", cls.multiprocess_mode):
            raise NotImplementedError("multiprocess mode is not in this version")
        exposition = Exposition(initkwargs.get("registry", cls.registry), True, {})
        return super().as_view(_exposition=exposition, **initkwargs)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        answer = self._exposition.answer(
            request.method or "",
            request.META.get("QUERY_STRING", ""),
            headers_of(request.META),
        )
        response = HttpResponse(answer.body, status=answer.status)
        for name, value in answer.headers:
            response[name] = value
        return response

    head = options = get
