"""Django's ASGI handler with its threads leased and its needless hops left out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import closing
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.core.handlers.base import BaseHandler
from django.core.signals import request_finished, request_started
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import set_script_prefix

from .closing import close_quietly, closes_quietly
from .lease import current, enclosed, leasing
from .middleware import inline_middleware, inline_process_view
from .receivers import end_is_quiet, start_is_quiet
from .trace import HEADER, traced


class Answered(Exception):
    """The response was sent: nobody needs to listen for a disconnect any more."""


class InliningHandler(BaseHandler):
    """A handler of Django's, of whichever make, whose known middlewares run on the loop."""

    def adapt_method_mode(
        self,
        is_async: bool,
        method: Callable[..., Any],
        method_is_async: bool | None = None,
        debug: bool = False,
        name: str | None = None,
    ) -> Any:
        """Adapt *method* as Django does, unless it belongs to a middleware that needs no thread.

        Django passes everything through here while it builds the chain: each middleware, wrapped
        for its exceptions, and each ``process_view``.
        """
        inline_middleware(getattr(method, "__wrapped__", None))
        if is_async and (view := inline_process_view(method)) is not None:
            return view
        return super().adapt_method_mode(is_async, method, method_is_async, debug, name)


class RestflowASGIHandler(InliningHandler, ASGIHandler):
    """Handles what Django's ``ASGIHandler`` handles, in the same order, with fewer hops.

    Signals keep ``ASGIHandler`` as their sender, so that receivers which ask for it are found; a
    subclass sends itself, as a subclass of Django's does.
    """

    @property
    def sender(self) -> type[ASGIHandler]:
        """The sender of ``request_started`` and ``request_finished``."""
        cls = type(self)
        return ASGIHandler if cls is RestflowASGIHandler else cls

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one connection.

        Raises:
            ValueError: its type is not ``http``, as with Django's handler.
        """
        if scope["type"] != "http" or enclosed():
            # Somebody else decides where sync code runs: that is their thread, not ours to lease.
            before = current.set(None)
            try:
                await super().__call__(scope, receive, send)
            finally:
                current.reset(before)
            return
        with leasing([] if settings.DEBUG else None):
            await self.handle(scope, receive, send)

    async def handle(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request; what Django's does, without the hops that nobody listens to."""
        if current.get() is None:
            await super().handle(scope, receive, send)
            return
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        with closing(body):
            set_script_prefix(get_script_prefix(scope))
            if not start_is_quiet(self.sender):
                await request_started.asend(sender=self.sender, scope=scope)
            request, refusal = self.create_request(scope, body)
            response: Any = refusal
            if request is None:
                body.close()
                await self.send_response(response, send)
            else:
                response = await self._answer(request, receive, send)
            await self._finish(response)

    async def _answer(self, request: HttpRequest, receive: Any, send: Any) -> Any:
        """Send the response and return it; ``None`` when the client left before there was one."""
        response = None
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self.listen_for_disconnect(receive))
                response = await self.run_get_response(request)
                await self.send_response(response, send)
                raise Answered
        except BaseExceptionGroup as errors:
            _, rest = errors.split((Answered, RequestAborted))
            if rest is not None:
                raise rest.exceptions[0] if len(rest.exceptions) == 1 else rest  # noqa: B904
        return response

    async def run_get_response(self, request: HttpRequest) -> Any:
        """Return the response, with Django's handler as the sender of its ``request_finished``."""
        response: Any = await super().run_get_response(request)
        response._handler_class = self.sender
        return response

    async def send_response(self, response: HttpResponseBase, send: Any) -> None:
        """Send *response*; a stream gives its thread back before it begins."""
        lease = current.get()
        if lease is not None:
            if lease.noted is not None:
                response.headers[HEADER] = traced(lease.noted)
            if response.streaming:
                lease.pause()
        await super().send_response(response, send)

    async def _finish(self, response: HttpResponseBase | None) -> None:
        """End the request; its thread's connections are dealt with when the lease ends."""
        # A view or source that was cancelled may still be inside its thread and need the request:
        # a hop waits for that.
        lease = current.get()
        inside = lease is not None and lease.holds_thread
        cut_short = inside and (response is None or response.streaming)
        quiet = not cut_short and end_is_quiet(self.sender)
        if quiet and (response is None or closes_quietly(response)):
            close_quietly(response)
        elif response is None:
            await request_finished.asend(sender=self.sender)
        else:
            await sync_to_async(response.close, thread_sensitive=True)()
