"""``cache_response``: the answers of a view, kept with all that they depend on."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from inspect import iscoroutinefunction
from typing import Any, TypeVar, overload

from asgiref.sync import sync_to_async

from ..errors import DeclarationError
from ..keys import InlineKeyConstructor, KeyField
from ..policy import Policy
from ..wrapper import CachedWrapper
from .handling import CapturedKeyField, Declaration, Handling, HandlingKeyField, Unkeyable
from .stored import Stored

__all__ = ["cache_response"]

F = TypeVar("F", bound=Callable[..., Any])


@overload
def cache_response(
    ttl: float | None = 60,
    *,
    public: bool = False,
    max_age: int | None = None,
    vary_on: Sequence[str] = (),
    partition: Sequence[str] = (),
    key: Callable[[Any], Any] | None = None,
    tags: Iterable[str] = (),
    invalidates_on: Sequence[Any] = (),
    namespace: str | None = None,
    status_header: bool = True,
    alias: str = "default",
) -> Callable[[F], F]: ...
@overload
def cache_response(ttl: F, /) -> F: ...
def cache_response(
    ttl: Any = 60,
    *,
    public: bool = False,
    max_age: int | None = None,
    vary_on: Sequence[str] = (),
    partition: Sequence[str] = (),
    key: Callable[[Any], Any] | None = None,
    tags: Iterable[str] = (),
    invalidates_on: Sequence[Any] = (),
    namespace: str | None = None,
    status_header: bool = True,
    alias: str = "default",
) -> Any:
    """Cache what a handler answers to GET and HEAD: a method of a view, or a function.

    Decorate the handler itself, below ``@api_view`` and ``@action``: authentication, permissions
    and throttles come first, on a hit too. Answers are told apart by view, URL, query, negotiated
    media type, version, language, time zone and, unless they are public, by user. Errors,
    streams, and answers that set a cookie or look into the session are not stored.

    Args:
        ttl: seconds, or ``None`` for ever.
        public: the answer is the same for all users; shared caches may keep it.
        max_age: seconds for which clients may use it without asking; ``None`` lets them ask each
            time, which costs a 304 where nothing has changed.
        vary_on: names of request headers that the answer also depends on.
        partition: names of URL keyword arguments by which ``delete_by_prefix`` finds answers.
        key: ``key(request)``, a plain value the answer also depends on.
        tags: as in ``cache_result``.
        invalidates_on: as in ``cache_result``; rules map to names of *partition*.
        namespace: first part of the key.
        status_header: send ``Cache-Status`` and ``Age``.
        alias: the key in ``CACHES``.

    Returns:
        The handler, with the :class:`CachedWrapper` behind it as its attribute ``cache``.

    Raises:
        DeclarationError: it was put above ``@api_view`` or on a finished view.
    """
    if callable(ttl):
        return cache_response()(ttl)
    if isinstance(vary_on, str) or isinstance(partition, str):
        raise DeclarationError("cache_response(): give vary_on and partition as lists of names.")
    declaration = Declaration(public, max_age, tuple(vary_on), key, status_header)
    fields: dict[str, KeyField] = {name: CapturedKeyField(name) for name in partition}
    fields["request"] = HandlingKeyField()

    def decorate(func: Any) -> Any:
        if hasattr(func, "cls") or hasattr(func, "view_class"):
            raise DeclarationError(
                f"@cache_response stands above what makes {func.__name__} a view, so its "
                f"permissions would not be asked. Put it below, next to the function."
            )
        produce = _async_producer(func) if iscoroutinefunction(func) else _producer(func)
        for name in ("__module__", "__name__", "__qualname__", "__doc__"):
            setattr(produce, name, getattr(func, name))
        wrapper: Any = CachedWrapper(
            produce,
            InlineKeyConstructor(fields, namespace=namespace),
            Policy(ttl, cache_if=lambda stored: not stored.refusal),
            alias=alias,
            codec="pickle",
            tags=tuple(tags),
            invalidates_on=invalidates_on,
        )
        if iscoroutinefunction(func):
            handle = _async_handler(func, wrapper, declaration)
        else:
            handle = _handler(func, wrapper, declaration)
        handle.cache = wrapper  # type: ignore[attr-defined]
        return handle

    return decorate


def _producer(func: Any) -> Any:
    def produce(handling: Handling) -> Stored:
        before = handling.begin()
        return handling.finish(func(*handling.args, **handling.kwargs), before)

    return produce


def _async_producer(func: Any) -> Any:
    async def produce(handling: Handling) -> Stored:
        before = handling.begin()
        response = await func(*handling.args, **handling.kwargs)
        # Rendering may query, and a large page takes long.
        return await sync_to_async(handling.finish)(response, before)

    return produce


def _handler(func: Any, wrapper: Any, declaration: Declaration) -> Callable[..., Any]:
    @functools.wraps(func)
    def handle(*args: Any, **kwargs: Any) -> Any:
        handling = Handling(declaration, args, kwargs)
        if not handling.cacheable:
            return func(*args, **kwargs)
        try:
            stored, metadata = wrapper.get_with_metadata(handling)
        except Unkeyable:
            return func(*args, **kwargs)
        return handling.answer(stored, metadata)

    return handle


def _async_handler(func: Any, wrapper: Any, declaration: Declaration) -> Callable[..., Any]:
    @functools.wraps(func)
    async def handle(*args: Any, **kwargs: Any) -> Any:
        handling = Handling(declaration, args, kwargs)
        if not handling.cacheable:
            return await func(*args, **kwargs)
        try:
            stored, metadata = await wrapper.aget_with_metadata(handling)
        except Unkeyable:
            return await func(*args, **kwargs)
        return handling.answer(stored, metadata)

    return handle
