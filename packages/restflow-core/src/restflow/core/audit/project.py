"""What every request costs before it reaches its view: signals and middlewares."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.conf import settings
from django.core.handlers.asgi import ASGIHandler
from django.core.signals import request_finished, request_started
from django.utils.deprecation import MiddlewareMixin
from django.utils.module_loading import import_string

from ..asgi.middleware import plan_of
from ..asgi.receivers import AT_END, AT_START
from .costs import Cost, dotted


def project_costs() -> list[Cost]:
    """Return the costs that all requests share.

    Raises:
        ImportError: ``MIDDLEWARE`` names something that cannot be imported.
    """
    return [*_signals(), *_middlewares()]


def _signals() -> Iterator[Cost]:
    for signal, known, when in (
        (request_started, AT_START, "request_started"),
        (request_finished, AT_END, "request_finished"),
    ):
        sync, async_ = signal._live_receivers(ASGIHandler)
        others = [dotted(each) for each in (*sync, *async_) if each not in known]
        if others:
            yield Cost(
                "signal",
                ", ".join(others),
                int(bool(sync)),
                int(bool(sync)),
                f"listens to {when}",
                "Do it in an async middleware, or in the view that needs it.",
            )
        elif sync:
            why = f"Django's own receivers of {when}"
            yield Cost("signal", f"django.core.signals.{when}", 1, 0, why)


def _middlewares() -> Iterator[Cost]:
    """Go through ``MIDDLEWARE`` as ``BaseHandler.load_middleware`` does, from the view outwards."""
    costs: list[Cost] = []
    is_async = True  # of the handler inside
    for path in reversed(settings.MIDDLEWARE):
        middleware: Any = import_string(path)
        can_sync = getattr(middleware, "sync_capable", True)
        can_async = getattr(middleware, "async_capable", False)
        works_async = False if not is_async and can_sync else can_async
        if is_async and not works_async:
            costs.append(_keeping(path))
        costs.extend(_hooks(path, middleware, works_async))
        is_async = works_async
    yield from reversed(costs)


def _keeping(path: str) -> Cost:
    return Cost(
        "middleware",
        path,
        1,
        1,
        "is sync only: it, and sync-capable ones above it, wait in a thread for the whole request",
        "Make it async capable: MiddlewareMixin, or sync_and_async_middleware.",
    )


def _hooks(path: str, middleware: Any, works_async: bool) -> Iterator[Cost]:
    plan = plan_of(middleware) if isinstance(middleware, type) else None
    named: list[str] = []
    by_mixin = getattr(middleware, "__acall__", None) is MiddlewareMixin.__acall__
    if works_async and by_mixin:
        names = ("process_request", "process_response")
        named = [name for name in names if hasattr(middleware, name)]
    view = getattr(middleware, "process_view", None)
    if view is not None and not iscoroutinefunction(view):
        named.append("process_view")
    if not named:
        return
    ours = 0 if plan is not None else len(named)
    if plan is not None and not works_async:
        ours = int("process_view" in named and plan.view is None)
    remedy = ""
    if plan is None:
        remedy = "Write it as an async function (sync_and_async_middleware)."
        if any(plan_of(base) for base in getattr(middleware, "__mro__", ())):
            remedy = "A subclass of Django's keeps Django's path. List Django's own, if it will do."
    why = ", ".join(named) + (f" ({plan.blocks})" if plan is not None and plan.blocks else "")
    yield Cost("middleware", path, len(named), ours, why, remedy)
