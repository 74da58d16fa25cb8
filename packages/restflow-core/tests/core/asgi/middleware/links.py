"""Middlewares of every make, and views, that write down what happens in which order."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.core.exceptions import MiddlewareNotUsed, PermissionDenied
from django.http import Http404, HttpResponse, JsonResponse, StreamingHttpResponse
from django.template import engines
from django.template.response import TemplateResponse
from django.utils.decorators import (
    async_only_middleware,
    sync_and_async_middleware,
    sync_only_middleware,
)
from django.utils.deprecation import MiddlewareMixin

#: What happened, in order; both handlers fill it, one after the other.
trace: list[str] = []


def note(*words: Any) -> None:
    trace.append(" ".join(map(str, words)))


def outcome(response: Any) -> str:
    return f"{response.status_code}{'s' if response.streaming else ''}"


def _function(name: str) -> Callable[..., Any]:
    @sync_and_async_middleware
    def both(get_response: Any) -> Any:
        if iscoroutinefunction(get_response):

            async def amiddleware(request: Any) -> Any:
                note(name, "in", request.path)
                response = await get_response(request)
                note(name, "out", outcome(response))
                response.headers[name] = "async"
                return response

            return amiddleware

        def middleware(request: Any) -> Any:
            note(name, "in", request.path)
            response = get_response(request)
            note(name, "out", outcome(response))
            response.headers[name] = "sync"
            return response

        return middleware

    return both


both = _function("both")


@sync_only_middleware
def sync_only(get_response: Any) -> Any:
    def middleware(request: Any) -> Any:
        note("sync_only in", threading.current_thread() is threading.main_thread())
        response = get_response(request)
        note("sync_only out", outcome(response))
        return response

    return middleware


@async_only_middleware
def async_only(get_response: Any) -> Any:
    async def middleware(request: Any) -> Any:
        note("async_only in")
        response = await get_response(request)
        note("async_only out", outcome(response))
        return response

    return middleware


class Sync:
    """A class of the old make: nothing async about it."""

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> Any:
        note("Sync in")
        response = self.get_response(request)
        note("Sync out", outcome(response))
        return response


class Everything(MiddlewareMixin):
    def process_request(self, request: Any) -> None:
        note("Everything request")

    def process_view(self, request: Any, view: Any, args: Any, kwargs: Any) -> None:
        note("Everything view", getattr(view, "__name__", "?"))

    def process_exception(self, request: Any, exception: Exception) -> None:
        note("Everything exception", type(exception).__name__)

    def process_template_response(self, request: Any, response: Any) -> Any:
        note("Everything template")
        return response

    def process_response(self, request: Any, response: Any) -> Any:
        note("Everything response", outcome(response))
        return response


class Short(MiddlewareMixin):
    def process_request(self, request: Any) -> Any:
        note("Short request")
        return HttpResponse("short", status=202)

    def process_response(self, request: Any, response: Any) -> Any:
        note("Short response", outcome(response))
        return response


class ShortInView(MiddlewareMixin):
    def process_view(self, request: Any, view: Any, args: Any, kwargs: Any) -> Any:
        note("ShortInView")
        return HttpResponse("short in view", status=203)


class AsyncView:
    """An async middleware whose ``process_view`` is async as well."""

    async_capable = True
    sync_capable = False

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response
        _mark(self)

    async def __call__(self, request: Any) -> Any:
        note("AsyncView in")
        return await self.get_response(request)

    async def process_view(self, request: Any, view: Any, args: Any, kwargs: Any) -> None:
        note("AsyncView view")


def _mark(middleware: Any) -> None:
    from asgiref.sync import markcoroutinefunction

    markcoroutinefunction(middleware)


class FailsInRequest(MiddlewareMixin):
    def process_request(self, request: Any) -> None:
        note("FailsInRequest")
        raise PermissionDenied("planted")


class FailsInResponse(MiddlewareMixin):
    def process_response(self, request: Any, response: Any) -> Any:
        note("FailsInResponse", outcome(response))
        raise ValueError("planted")


class FailsInView(MiddlewareMixin):
    def process_view(self, request: Any, view: Any, args: Any, kwargs: Any) -> None:
        note("FailsInView")
        raise Http404("planted")


class Rescues(MiddlewareMixin):
    def process_exception(self, request: Any, exception: Exception) -> Any:
        note("Rescues", type(exception).__name__)
        return HttpResponse("rescued", status=418)


class Rewrites(MiddlewareMixin):
    def process_template_response(self, request: Any, response: Any) -> Any:
        note("Rewrites")
        response.context_data = {"name": "rewritten"}
        return response


class NotUsed:
    def __init__(self, get_response: Any) -> None:
        raise MiddlewareNotUsed("planted")


class TouchesSession(MiddlewareMixin):
    def process_request(self, request: Any) -> None:
        if hasattr(request, "session"):
            request.session["visits"] = request.session.get("visits", 0) + 1
            note("TouchesSession", request.session["visits"])


OWN = [both, sync_only, async_only, Sync, Everything, Short, ShortInView, AsyncView]
OWN += [FailsInRequest, FailsInResponse, FailsInView, Rescues, Rewrites, NotUsed, TouchesSession]


# -- views ------------------------------------------------------------------------------------


def plain(request: Any) -> HttpResponse:
    note("view", getattr(request, "user", None))
    return HttpResponse("plain")


async def aplain(request: Any) -> HttpResponse:
    note("view", hasattr(request, "session"))
    return HttpResponse("aplain")


async def failing(request: Any) -> HttpResponse:
    note("view")
    raise RuntimeError("planted")


async def denied(request: Any) -> HttpResponse:
    raise PermissionDenied("planted")


async def template(request: Any) -> TemplateResponse:
    note("view")
    made = engines["django"].from_string("hello {{ name }}")
    response = TemplateResponse(request, made, {"name": "view"})
    response.add_post_render_callback(lambda response: note("rendered"))
    return response


async def posted(request: Any) -> JsonResponse:
    note("view", sorted(request.POST.items()))
    return JsonResponse(dict(request.POST.items()))


async def reads_session(request: Any) -> HttpResponse:
    session = getattr(request, "session", None)
    return HttpResponse("" if session is None else str(await session.aget("visits")))


async def writes_session(request: Any) -> HttpResponse:
    if hasattr(request, "session"):
        await request.session.aset("visits", 7)
    return HttpResponse("written")


async def flushes_session(request: Any) -> HttpResponse:
    if hasattr(request, "session"):
        await request.session.aflush()
    return HttpResponse("flushed")


def talks(request: Any) -> HttpResponse:
    from django.contrib import messages

    if hasattr(request, "_messages"):
        messages.info(request, "remember the ink")
    return HttpResponse("talked")


def listens(request: Any) -> HttpResponse:
    from django.contrib import messages

    said = messages.get_messages(request) if hasattr(request, "_messages") else []
    return HttpResponse(", ".join(map(str, said)))


def token(request: Any) -> HttpResponse:
    from django.middleware.csrf import get_token

    get_token(request)
    return HttpResponse("token")


async def streamed(request: Any) -> StreamingHttpResponse:
    async def source() -> Any:
        note("source")
        yield b"streamed"

    return StreamingHttpResponse(source())


VIEWS = [plain, aplain, failing, denied, template, posted, reads_session, writes_session]
VIEWS += [flushes_session, talks, listens, token, streamed]
