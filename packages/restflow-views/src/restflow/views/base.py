"""``APIView`` and ``AsyncAPIView``: one decision, and the two ways to wait for it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import update_wrapper
from typing import Any, ClassVar

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.functional import classproperty
from rest_framework.request import Request as DRFRequest
from rest_framework.views import APIView as DRFAPIView

from restflow.core.steps import Steps, arun, blocking, on_loop, run

from .dispatching import Dispatching
from .helpers import APIViewHelpersMixin
from .rendering import prerendering
from .request import Request
from .requirements import check_hooks
from .transactions import Atomic, OwnTransactions, atomic_aliases

View = Callable[..., Coroutine[Any, Any, HttpResponseBase]]
#: Where the view function leaves the transactions that ``dispatch`` has to open.
ATOMIC = "_restflow_atomic"


class APIView(APIViewHelpersMixin, Dispatching):
    """DRF's ``APIView`` on restflow's pipeline: sync, and it runs async-only components too."""

    view_is_async: bool = False  # async handlers are waited for
    options = DRFAPIView.options

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer one request."""
        return run(self._dispatch(request, *args, **kwargs))


class AsyncAPIView(APIViewHelpersMixin, Dispatching):
    """DRF's ``APIView`` with async handlers, one thread hop for whatever blocks.

    Handlers, permissions, throttles, authenticators and every other hook may be sync or async;
    sync ones run in a worker thread. Served by WSGI too.
    """

    #: Bodies of more bytes are parsed in a worker before an async handler runs.
    parse_inline_limit: ClassVar[int] = 65_536

    @classproperty
    def view_is_async(cls) -> bool:
        """Whether Django may await the view; a sync override of ``dispatch`` has to be called."""
        return iscoroutinefunction(cls.dispatch)

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Any:
        """Return the async view function for a URL pattern; arguments as in DRF.

        Raises:
            TypeError: a hook cannot run, or DRF refuses an argument.
        """
        check_hooks(cls)
        return async_view(super().as_view(**initkwargs))

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Answer one request: awaited on a loop, called in a thread.

        With ``ATOMIC_REQUESTS`` each stay in the worker is one transaction.
        """
        decision = self._dispatch(request, *args, **kwargs)
        around: Atomic | None = getattr(request, ATOMIC, None)
        if on_loop():
            return arun(decision, around=around)
        if around is None:
            return run(decision)
        return around(lambda: run(decision))

    markcoroutinefunction(dispatch)

    def _dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Steps[HttpResponseBase]:
        response = yield from super()._dispatch(request, *args, **kwargs)
        yield from prerendering(response, in_transaction=hasattr(request, ATOMIC))
        return response

    def _before_handler(self, request: DRFRequest) -> Steps[None]:
        """Parse a large body off the loop; its errors wait for the first ``request.data``."""
        if isinstance(request, Request) and body_length(request) > self.parse_inline_limit:
            yield blocking(request.preparse)


def async_view(view: Any) -> View:
    """Return DRF's view function as a coroutine function that Django awaits.

    A sync override of ``dispatch`` runs in a worker, where its ``super().dispatch()`` answers.
    """
    exempt = OwnTransactions(getattr(view, "_non_atomic_requests", ()))
    awaited = iscoroutinefunction(view)

    async def async_view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        aliases = atomic_aliases(exempt)
        if aliases:
            setattr(request, ATOMIC, Atomic(aliases))
        response: HttpResponseBase
        if awaited:
            response = await view(request, *args, **kwargs)
        else:
            response = await arun(_in_worker(view, request, *args, **kwargs))
        return response

    update_wrapper(async_view, view)
    async_view._non_atomic_requests = exempt  # type: ignore[attr-defined]
    return async_view


def _in_worker(view: Any, *args: Any, **kwargs: Any) -> Steps[HttpResponseBase]:
    response: HttpResponseBase = yield blocking(view, *args, **kwargs)
    return response


def body_length(request: DRFRequest) -> int:
    """Return the declared length of the body in bytes, 0 when there is none."""
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0
