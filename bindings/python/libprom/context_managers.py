# SPDX-License-Identifier: Apache-2.0
"""What time(), count_exceptions() and track_inprogress() return: each is a context manager
and a decorator of functions and coroutine functions."""

import functools
import inspect
from timeit import default_timer
from typing import Any, Callable, Optional, TypeVar, Union

F = TypeVar("F", bound=Callable[..., Any])


class _Decorator:
    def _fresh(self) -> Any:
        """The context manager of one call; calls may overlap."""
        return self

    def __call__(self, func: F) -> F:
        if not callable(func):
            raise TypeError(f"{func!r} is not callable")
        if inspect.iscoroutinefunction(func):

            @functools.wraps(func)
            async def wrapped(*args: Any, **kwargs: Any) -> Any:
                with self._fresh():
                    return await func(*args, **kwargs)

        else:

            @functools.wraps(func)
            def wrapped(*args: Any, **kwargs: Any) -> Any:
                with self._fresh():
                    return func(*args, **kwargs)

        return wrapped  # type: ignore[return-value]


class ExceptionCounter(_Decorator):
    """Counts exceptions of a type, or of a tuple of types, that pass through."""

    def __init__(
        self,
        counter: Any,
        exception: Union[type[BaseException], tuple[type[BaseException], ...]],
    ) -> None:
        self._counter = counter
        self._exception = exception

    def __enter__(self) -> None:
        pass

    def __exit__(self, typ: Any, value: Any, traceback: Any) -> None:
        if isinstance(value, self._exception):
            self._counter.inc()


class InprogressTracker(_Decorator):
    """Keeps a gauge at the number of calls or blocks that are under way."""

    def __init__(self, gauge: Any) -> None:
        self._gauge = gauge

    def __enter__(self) -> None:
        self._gauge.inc()

    def __exit__(self, typ: Any, value: Any, traceback: Any) -> None:
        self._gauge.dec()


class Timer(_Decorator):
    """Gives the seconds that a call or a block took to a method of a metric. Labels may be
    chosen inside the block; `duration` is what was given, None until then."""

    def __init__(self, metric: Any, callback_name: str) -> None:
        self._metric = metric
        self._callback_name = callback_name
        self.duration: Optional[float] = None

    def _fresh(self) -> "Timer":
        return type(self)(self._metric, self._callback_name)

    def __enter__(self) -> "Timer":
        self._start = default_timer()
        return self

    def __exit__(self, typ: Any, value: Any, traceback: Any) -> None:
        self.duration = max(default_timer() - self._start, 0)
        getattr(self._metric, self._callback_name)(self.duration)

    def labels(self, *args: Any, **kwargs: Any) -> None:
        self._metric = self._metric.labels(*args, **kwargs)
