"""``cache_result`` and the ``CachedWrapper`` that it makes of a function."""

from __future__ import annotations

import functools
from collections.abc import Callable, Coroutine, Iterable, Sequence
from types import MethodType
from typing import Any, Generic, ParamSpec, Protocol, TypeVar, overload

from asgiref.sync import markcoroutinefunction

from restflow.core.steps import arun, run

from .conf import caching_settings
from .errors import DeclarationError
from .explaining import explain
from .function import CachedFunction
from .invalidation import Operations
from .keys import DefaultKeyConstructor, KeyBuilder, KeyConstructor
from .limits import key_limit
from .metadata import Answer
from .policy import TTL, Policy
from .registry import registry
from .statistics import Statistics

__all__ = ["BoundWrapper", "CachedWrapper", "cache_result"]

P = ParamSpec("P")
#: The result, and what a call returns: the same, or a coroutine of it.
R = TypeVar("R")
C = TypeVar("C")


class CachedWrapper(Operations, Generic[P, R, C]):
    """A cached function: call it like the function, or ask it about its cache.

    Every method has a twin with ``a`` in front that is awaited. Calling the wrapper of an ``async
    def`` returns a coroutine, as calling the function does.
    """

    __name__: str
    __qualname__: str

    def __init__(
        self,
        func: Any,
        constructor: type[KeyConstructor],
        policy: Policy,
        *,
        alias: str,
        codec: Any,
        tags: Iterable[str] | Callable[..., Iterable[str]],
        invalidates_on: Sequence[Any],
    ) -> None:
        #: ``classmethod`` or ``staticmethod``, where that is what was decorated.
        self._kind: type | None = None
        if isinstance(func, (classmethod, staticmethod)):
            self._kind, func = type(func), func.__func__
        functools.update_wrapper(self, func)
        self.statistics = Statistics(self)
        self.rules = tuple(invalidates_on)
        self._arguments: dict[str, Any] = {
            "mapped": {name for rule in self.rules for name in (rule.field_mapping or ())},
            "tags": tags if callable(tags) else tuple(tags),
            "algorithm": caching_settings.KEY_HASH_ALGORITHM,
            "limit": key_limit(alias, constructor.options.version),
        }
        method = self._kind is not staticmethod and _looks_bound(func)
        self.cached = CachedFunction(
            func,
            KeyBuilder(func, constructor, method=method, **self._arguments),
            policy,
            alias=alias,
            codec=codec,
            statistics=self.statistics,
        )
        self._bound: tuple[Any, ...] = ()
        if self.cached.is_async:
            markcoroutinefunction(self)
        registry.add(self)
        for rule in self.rules:
            rule.attach(self)

    @property
    def name(self) -> str:
        """The dotted name of the function."""
        return self.cached.builder.name

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> C:
        """Answer from the cache, or compute and store."""
        if self._bound:
            args = self._bound + args  # type: ignore[assignment]
        cached = self.cached
        if cached.is_async:
            return self._aread(args, kwargs)  # type: ignore[return-value]
        answer = cached.glance(args, kwargs) or run(cached.read(args, kwargs))
        return answer.value  # type: ignore[no-any-return]

    def __set_name__(self, owner: type, name: str) -> None:
        builder = self.cached.builder
        if self._kind is not staticmethod and not builder.method:
            self.cached.builder = KeyBuilder(
                builder.func, builder.constructor, method=True, **self._arguments
            )

    def __get__(self, obj: Any, owner: type | None = None) -> Any:
        if self._kind is staticmethod:
            return self
        if self._kind is classmethod:
            return BoundWrapper(self, type(obj) if owner is None else owner)
        return self if obj is None else BoundWrapper(self, obj)

    def __repr__(self) -> str:
        return f"<CachedWrapper {self.name}>"

    def __reduce__(self) -> str:
        return self.__qualname__

    # -- reading -----------------------------------------------------------------------------

    async def _aread(self, args: Any, kwargs: Any) -> Any:
        cached = self.cached
        answer = cached.glance(args, kwargs)
        if answer is None:
            answer = await arun(cached.read(args, kwargs, on_loop=True))
        return answer.value

    def get_with_metadata(self, *args: P.args, **kwargs: P.kwargs) -> tuple[R, Any]:
        """Return what a call returns, and the :class:`CacheMetadata` of it."""
        return _pair(run(self.cached.read(self._bound + args, kwargs)))

    async def aget_with_metadata(self, *args: P.args, **kwargs: P.kwargs) -> tuple[R, Any]:
        decision = self.cached.read(self._bound + args, kwargs, on_loop=True)
        return _pair(await arun(decision))

    def refresh(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run the function and store what it returns, whatever is stored already."""
        return self.refresh_with_metadata(*args, **kwargs)[0]

    async def arefresh(self, *args: P.args, **kwargs: P.kwargs) -> R:
        return (await self.arefresh_with_metadata(*args, **kwargs))[0]

    def refresh_with_metadata(self, *args: P.args, **kwargs: P.kwargs) -> tuple[R, Any]:
        """Like :meth:`refresh`, with metadata."""
        return _pair(run(self.cached.refresh(self._bound + args, kwargs)))

    async def arefresh_with_metadata(self, *args: P.args, **kwargs: P.kwargs) -> tuple[R, Any]:
        return _pair(await arun(self.cached.refresh(self._bound + args, kwargs)))

    def bypass_cache(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run the function; read nothing and store nothing."""
        return self.bypass_with_metadata(*args, **kwargs)[0]

    async def abypass_cache(self, *args: P.args, **kwargs: P.kwargs) -> R:
        return (await self.abypass_with_metadata(*args, **kwargs))[0]

    def bypass_with_metadata(self, *args: P.args, **kwargs: P.kwargs) -> tuple[R, Any]:
        """Like :meth:`bypass_cache`, with metadata."""
        return _pair(run(self.cached.bypass(self._bound + args, kwargs)))

    async def abypass_with_metadata(self, *args: P.args, **kwargs: P.kwargs) -> tuple[R, Any]:
        return _pair(await arun(self.cached.bypass(self._bound + args, kwargs)))

    # -- looking -----------------------------------------------------------------------------

    def cache_key(self, *args: P.args, **kwargs: P.kwargs) -> str:
        """Return the key of a call, before Django adds its prefix and version."""
        return self.cached.builder.build(*self._bound, *args, **kwargs)[0]

    def explain(self, *args: P.args, **kwargs: P.kwargs) -> dict[str, Any]:
        """Return the parts of the key of a call, for humans; nothing is read or computed."""
        return explain(self.cached, self._bound + args, kwargs)

    def stats(self) -> dict[str, float]:
        """Return what has happened in this process: counters, and seconds spent computing."""
        return self.statistics.snapshot()


class BoundWrapper(CachedWrapper[P, R, C]):
    """A cached method of one object: the same methods, with the object filled in."""

    def __init__(self, wrapper: CachedWrapper[Any, R, C], obj: Any) -> None:
        self.__dict__.update(wrapper.__dict__)
        self._bound = (obj,)
        self.__self__ = obj
        self.__func__ = wrapper

    def __set_name__(self, owner: type, name: str) -> None:
        """A bound method that becomes a class attribute stays bound."""

    def __get__(self, obj: Any, owner: type | None = None) -> Any:
        return self

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, BoundWrapper)
            and other.__self__ is self.__self__
            and other.__func__ is self.__func__
        )

    def __hash__(self) -> int:
        return hash((id(self.__self__), id(self.__func__)))


def _pair(answer: Answer) -> tuple[Any, Any]:
    return answer.value, answer.metadata()


def _looks_bound(func: Any) -> bool:
    """Guess whether *func* is a method: other decorators may hide the class from us."""
    code = getattr(func, "__code__", None)
    if code is None or not code.co_argcount:
        return isinstance(func, MethodType)
    return code.co_varnames[0] in ("self", "cls")


class Decorator(Protocol):
    """What ``cache_result(...)`` returns: it makes wrappers of functions of either colour."""

    @overload
    def __call__(
        self, func: Callable[P, Coroutine[Any, Any, R]], /
    ) -> CachedWrapper[P, R, Coroutine[Any, Any, R]]: ...
    @overload
    def __call__(self, func: Callable[P, R], /) -> CachedWrapper[P, R, R]: ...


@overload
def cache_result(  # type: ignore[overload-overlap]
    key_constructor: type[KeyConstructor] | None = None,
    ttl: TTL = 3600,
    *,
    stale_ttl: float = 0,
    stale_if_error: float = 0,
    jitter: float = 0.0,
    invalidates_on: Sequence[Any] = (),
    cache_if: Callable[[Any], object] | None = None,
    cache_unless: Callable[[Any], object] | None = None,
    tags: Iterable[str] | Callable[..., Iterable[str]] = (),
    codec: Any = None,
    lease: float | None = None,
    alias: str = "default",
) -> Decorator: ...
@overload
def cache_result(
    key_constructor: Callable[P, Coroutine[Any, Any, R]], /
) -> CachedWrapper[P, R, Coroutine[Any, Any, R]]: ...
@overload
def cache_result(key_constructor: Callable[P, R], /) -> CachedWrapper[P, R, R]: ...
def cache_result(
    key_constructor: Any = None,
    ttl: TTL = 3600,
    *,
    stale_ttl: float = 0,
    stale_if_error: float = 0,
    jitter: float = 0.0,
    invalidates_on: Sequence[Any] = (),
    cache_if: Callable[[Any], object] | None = None,
    cache_unless: Callable[[Any], object] | None = None,
    tags: Iterable[str] | Callable[..., Iterable[str]] = (),
    codec: Any = None,
    lease: float | None = None,
    alias: str = "default",
) -> Any:
    """Cache what a function, method or coroutine function returns.

    Args:
        key_constructor: what the answer depends on; without one, all arguments.
        ttl: seconds a result is fresh, ``None`` for ever, or ``ttl(result)``; 0 does not store.
        stale_ttl: seconds beyond ``ttl`` in which the old result is served at once while one
            refresh runs in the background.
        stale_if_error: seconds beyond ``ttl`` in which the old result is served if computing a
            new one raises.
        jitter: share of ``ttl`` (0 to 1) by which it is randomly shortened, so that entries made
            together do not end together.
        invalidates_on: what drops entries by itself: objects with ``field_mapping`` (parameters
            that are filled from elsewhere, or ``None``) and ``attach(wrapper)``, called once.
        cache_if: store only results for which this is true.
        cache_unless: do not store results for which this is true.
        tags: names, or ``tags(*args, **kwargs)``, by which ``invalidate_tags`` finds entries.
        codec: ``"pickle"``, ``"json"``, or a codec of your own; ``None`` for the setting.
        lease: seconds one process may compute before another takes over; ``None`` for the setting.
        alias: the key in ``CACHES``.

    Raises:
        DeclarationError: an option makes no sense, a key field names a parameter the function
            does not have, or another function has the same keys.
    """

    def decorate(func: Any) -> Any:
        return CachedWrapper(
            func,
            constructor,
            Policy(ttl, stale_ttl, stale_if_error, jitter, cache_if, cache_unless, lease),
            alias=alias,
            codec=codec,
            tags=tags,
            invalidates_on=invalidates_on,
        )

    constructor: Any = key_constructor or DefaultKeyConstructor
    if isinstance(constructor, type) and issubclass(constructor, KeyConstructor):
        return decorate
    if not callable(constructor) and not isinstance(constructor, (classmethod, staticmethod)):
        raise DeclarationError(
            f"cache_result() got {key_constructor!r}. Give a KeyConstructor class, or nothing."
        )
    func, constructor = constructor, DefaultKeyConstructor
    return decorate(func)
