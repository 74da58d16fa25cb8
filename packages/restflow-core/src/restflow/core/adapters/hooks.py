"""Which of a hook's two names stands for it, decided per class and remembered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias, TypeVar

from asgiref.sync import iscoroutinefunction

from ..steps import Step

F = TypeVar("F", bound=Callable[..., Any])
#: Tells from a call's arguments, ``self`` first, whether it may run on the loop.
Condition: TypeAlias = Callable[..., bool]

MISSING = object()
#: Where a class keeps what was decided about its hooks.
PLANS = "__restflow_hooks__"


#: Sync functions of other libraries that were declared safe, and when they are.
_declared: dict[Any, Condition | bool] = {}


def loop_safe(func: F) -> F:
    """Declare that a sync hook is fast, pure CPU work and may run on the event loop.

    Without it a sync hook of an async view runs in a worker thread. Use it for hooks that touch
    no database, file, network, lock or password hasher.
    """
    func.__loop_safe__ = True  # type: ignore[attr-defined]
    return func


def declare_loop_safe(*functions: Callable[..., Any], when: Condition | None = None) -> None:
    """Declare functions of another library to be :func:`loop_safe`, without touching them.

    Args:
        functions: as the class that defines them holds them: ``IsAuthenticated.has_permission``.
            An override in a subclass is another function and not covered.
        when: decides per call, from the arguments of the call, ``self`` first.
    """
    for function in functions:
        _declared[plain(function)] = when or True


@dataclass(frozen=True, slots=True)
class Hook:
    """What calling a hook on the instances of one class means.

    Args:
        owner: the class whose definition won.
        sync: the attribute to call in a thread, if the winner can be called there.
        async_: the attribute to await on a loop, if the winner can be awaited.
        inline: the sync attribute may be called on the loop, always or on a condition.
        steps: the decision behind the winner when it is one of our twins: a generator function.
        seen: the class attributes this was decided from; other ones mean the class was patched.
    """

    owner: type
    sync: str | None
    async_: str | None
    inline: bool | Condition
    steps: Callable[..., Any] | None
    seen: tuple[Any, Any]

    def step(self, obj: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Step:
        """Return the step that calls the hook on *obj*."""
        inline = self.inline
        if inline is not True and inline is not False:
            inline = inline(obj, *args, **kwargs)
        return Step(
            None if self.sync is None else getattr(obj, self.sync),
            None if self.async_ is None else getattr(obj, self.async_),
            args,
            kwargs,
            inline=inline,
        )


def call(obj: Any, name: str, /, *args: Any, **kwargs: Any) -> Step:
    """Return the step that calls hook *name* of *obj*, or its async twin, whichever stands for it.

    Raises:
        AttributeError: *obj* has neither ``name`` nor ``a<name>``.
    """
    return hook_of(obj, name).step(obj, args, kwargs)


def calling(func: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Step:
    """Return the step that calls a user's function, or awaits it if it is async."""
    if is_async_callable(func):
        return Step(None, func, args, kwargs)
    inline = _safety(plain(getattr(func, "__func__", func)))
    if inline is not True and inline is not False:
        inline = inline(func, *args, **kwargs)
    return Step(func, None, args, kwargs, inline=inline)


def hook_of(obj: Any, name: str) -> Hook:
    """Return what calling hook *name* of *obj* means.

    Decided once per class; a class (or instance) that is patched afterwards is decided anew.

    Raises:
        AttributeError: *obj* has neither ``name`` nor ``a<name>``.
    """
    cls = type(obj)
    own = getattr(obj, "__dict__", None)
    if own and (name in own or f"a{name}" in own):
        return _hook_of_instance(obj, own, name)
    return hook_of_class(cls, name)


def hook_of_class(cls: type, name: str) -> Hook:
    """Return what calling hook *name* on a plain instance of *cls* means."""
    plans = plans_of(cls)
    plan: Hook | None = plans.get(name)
    seen = (getattr(cls, name, MISSING), getattr(cls, f"a{name}", MISSING))
    if plan is None or plan.seen != seen:
        plan = plans[name] = _decide(cls, name, seen)
    return plan


def plans_of(cls: type) -> dict[Any, Any]:
    """Return the memory of *cls*: on the class itself, so that it is freed with it."""
    plans: dict[Any, Any] | None = cls.__dict__.get(PLANS)
    if plans is None:
        plans = {}
        type.__setattr__(cls, PLANS, plans)
    return plans


def definers(cls: type, name: str) -> list[tuple[type, Any, Any]]:
    """Return (class, sync definition, async definition) for each class of the MRO that has one."""
    found = []
    for klass in cls.__mro__:
        sync = _twin(vars(klass).get(name, MISSING))
        async_ = _twin(vars(klass).get(f"a{name}", MISSING))
        if sync is not MISSING or async_ is not MISSING:
            found.append((klass, sync, async_))
    return found


def _twin(value: Any) -> Any:
    """Return the twin that a descriptor offers as its ``__twin__``, or *value* itself."""
    return getattr(value, "__twin__", value)


def _decide(cls: type, name: str, seen: tuple[Any, Any]) -> Hook:
    found = [entry for entry in definers(cls, name) if not all(map(is_mirror, entry[1:]))]
    if not found:
        if seen != (MISSING, MISSING):  # answered by a metaclass: an attribute like any other
            return _from_values(cls, name, seen[0], seen[1], seen)
        raise AttributeError(
            f"{cls.__module__}.{cls.__qualname__} defines neither {name}() nor a{name}()."
        )
    owner, sync, async_ = found[0]
    return _from_values(
        owner,
        name,
        MISSING if is_mirror(sync) else sync,
        MISSING if is_mirror(async_) else async_,
        seen,
    )


def _safety(func: Any) -> bool | Condition:
    if getattr(func, "__loop_safe__", False):
        return True
    try:
        return _declared.get(func, False)
    except TypeError:  # a callable object that cannot be hashed
        return False


def is_mirror(value: Any) -> bool:
    """Tell whether a class attribute is missing or only repeats the other colour."""
    return value is MISSING or hasattr(value, "__mirrors__")


def _hook_of_instance(obj: Any, own: dict[str, Any], name: str) -> Hook:
    sync, async_ = own.get(name, MISSING), own.get(f"a{name}", MISSING)
    return _from_values(type(obj), name, sync, async_, (sync, async_))


def _from_values(owner: type, name: str, sync: Any, async_: Any, seen: tuple[Any, Any]) -> Hook:
    steps = None
    for value in (sync, async_):
        steps = steps or getattr(plain(value), "__steps__", None)
    has_async = async_ is not MISSING
    is_async = sync is not MISSING and is_async_callable(sync)
    return Hook(
        owner,
        name if sync is not MISSING and not is_async else None,
        f"a{name}" if has_async else name if is_async else None,
        sync is not MISSING and not is_async and _safety(plain(sync)),
        steps,
        seen,
    )


def plain(value: Any) -> Any:
    """Return the function inside a ``staticmethod``, ``classmethod`` or ``partial``."""
    while True:
        if isinstance(value, (staticmethod, classmethod)):
            value = value.__func__
        elif isinstance(value, partial):
            value = value.func
        else:
            return value


def is_async_callable(value: Any) -> bool:
    """Tell whether calling *value* gives something to await."""
    value = plain(value)
    if iscoroutinefunction(value):
        return True
    return iscoroutinefunction(type(value).__dict__.get("__call__"))
