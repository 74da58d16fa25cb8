"""Puts a middleware's CPU work on the loop, and what blocks into a thread as before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from asgiref.sync import sync_to_async

from .plans import HOP, PLANS, Plan
from .unmodified import unmodified

METHODS = ("__acall__", "__call__", "process_request", "process_response", "process_view")


def plan_of(cls: type) -> Plan | None:
    """Return the plan for *cls*, ``None`` unless it is one of Django's classes, as shipped."""
    plan = PLANS.get(f"{cls.__module__}.{cls.__qualname__}")
    return plan if plan is not None and unmodified(cls) else None


def inline_middleware(middleware: Any) -> None:
    """Let *middleware* work on the loop from now on, if it is an instance of a known class."""
    plan = plan_of(type(middleware))
    if plan is not None and middleware.async_mode:
        # `MiddlewareMixin.__call__` looks this up on the instance.
        middleware.__acall__ = _acall(middleware, plan)


def inline_process_view(method: Any) -> Callable[..., Any] | None:
    """Return the async form of a known middleware's ``process_view``; ``None`` for others'."""
    middleware = getattr(method, "__self__", None)
    if getattr(method, "__name__", None) != "process_view":
        return None
    plan = plan_of(type(middleware))
    if plan is None or plan.view is None:
        return None
    decide = plan.view
    in_thread = sync_to_async(method, thread_sensitive=True)
    is_as_planned = _unpatched(type(middleware))

    async def process_view(request: Any, view: Any, args: Any, kwargs: Any) -> Any:
        if is_as_planned():
            answer = decide(middleware, request, view, args, kwargs)
            if answer is not HOP:
                return answer
        return await in_thread(request, view, args, kwargs)

    return process_view


def _acall(middleware: Any, plan: Plan) -> Callable[[Any], Any]:
    """Return what ``MiddlewareMixin.__acall__`` does, each method where *plan* lets it run."""
    stock = middleware.__acall__
    is_as_planned = _unpatched(type(middleware))
    process_request = getattr(middleware, "process_request", None)
    process_response = getattr(middleware, "process_response", None)
    request_in_thread = _in_thread(process_request)
    response_in_thread = _in_thread(process_response)

    async def acall(request: Any) -> Any:
        if not is_as_planned():
            return await stock(request)
        response = None
        if process_request is not None:
            if plan.request(middleware, request):
                response = process_request(request)
            else:
                response = await request_in_thread(request)
        response = response or await middleware.get_response(request)
        if process_response is not None:
            if plan.response(middleware, request, response):
                response = process_response(request, response)
            else:
                response = await response_in_thread(request, response)
        return response

    return acall


def _in_thread(method: Callable[..., Any] | None) -> Any:
    return None if method is None else sync_to_async(method, thread_sensitive=True)


def _unpatched(cls: type) -> Callable[[], bool]:
    """Return a function that tells whether the methods of *cls* are those they are now."""
    seen = [(name, getattr(cls, name, None)) for name in METHODS]

    def unpatched() -> bool:
        return all(getattr(cls, name, None) is method for name, method in seen)

    return unpatched
