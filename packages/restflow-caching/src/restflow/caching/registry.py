"""Every cached function of this process, and the promise that no two share their entries."""

from __future__ import annotations

import warnings
import weakref
from collections.abc import Iterator
from types import FunctionType
from typing import TYPE_CHECKING, Any

from .errors import DeclarationError
from .keys import KeyConstructor

if TYPE_CHECKING:
    from .wrapper import CachedWrapper

__all__ = ["Registry", "registry"]


class Registry:
    """Cached functions by the prefix of their keys; they are forgotten when they are collected."""

    def __init__(self) -> None:
        self._wrappers: weakref.WeakValueDictionary[tuple[Any, ...], CachedWrapper[Any, Any, Any]]
        self._wrappers = weakref.WeakValueDictionary()
        self._aliases: dict[str, set[tuple[str, int | None]]] = {}

    def add(self, wrapper: CachedWrapper[Any, Any, Any]) -> None:
        """Take in *wrapper*.

        Raises:
            DeclarationError: another function would share its entries without meaning to.
        """
        builder = wrapper.cached.builder
        place = (builder.prefix, wrapper.cached.alias, wrapper.cached.version)
        for known in list(self._wrappers.values()):
            _compare(known, wrapper)
        self._wrappers[(*place, *_source(wrapper))] = wrapper
        identity = builder.constructor.identity
        self._aliases.setdefault(identity, set()).add(place[1:])

    def aliases(self, constructor: type[KeyConstructor]) -> set[tuple[str, int | None]]:
        """Return the caches, as (alias, version), that functions of *constructor* use."""
        return self._aliases.get(constructor.identity) or {("default", constructor.options.version)}

    def holds(self, wrapper: CachedWrapper[Any, Any, Any]) -> bool:
        """Tell whether *wrapper* is the one of its name: a reloaded module has made another."""
        cached = wrapper.cached
        place = (cached.builder.prefix, cached.alias, cached.version, *_source(wrapper))
        return self._wrappers.get(place) is wrapper

    def clear(self) -> None:
        """Forget every function, as a test may that declares the same ones again and again."""
        self._wrappers.clear()
        self._aliases.clear()

    def __iter__(self) -> Iterator[CachedWrapper[Any, Any, Any]]:
        return iter(sorted(self._wrappers.values(), key=lambda wrapper: wrapper.name))

    def find(self, name: str) -> CachedWrapper[Any, Any, Any] | None:
        """Return the function with that dotted name or key prefix."""
        for wrapper in self._wrappers.values():
            if name in (wrapper.name, wrapper.cached.builder.prefix):
                return wrapper
        return None


def _source(wrapper: CachedWrapper[Any, Any, Any]) -> tuple[str, str]:
    return _name(wrapper.cached.func)


def _name(func: Any) -> tuple[str, str]:
    return func.__module__, func.__qualname__


def _compare(known: CachedWrapper[Any, Any, Any], new: CachedWrapper[Any, Any, Any]) -> None:
    one, other = known.cached.builder, new.cached.builder
    if (known.cached.alias, known.cached.version) != (new.cached.alias, new.cached.version):
        return
    if one.prefix != other.prefix:
        shorter, longer = sorted((one.prefix, other.prefix), key=len)
        if not longer.startswith(f"{shorter}::"):
            return
    elif _source(known) == _source(new):
        _compare_closures(known, new)
        return
    elif one.constructor.options.key_identifier and other.constructor.options.key_identifier:
        return  # both say so: they share their entries on purpose
    raise DeclarationError(
        f"{known.name} and {new.name} would share cache entries: their keys begin with "
        f"{one.prefix!r} and {other.prefix!r}. Give one of them another Meta.namespace, or both "
        f"the same Meta.key_identifier if they return the same things."
    )


def _compare_closures(
    known: CachedWrapper[Any, Any, Any], new: CachedWrapper[Any, Any, Any]
) -> None:
    """Warn about two functions of one factory that have captured different values."""
    one, other = _layers(known.cached.func), _layers(new.cached.func)
    if list(map(_code, one)) != list(map(_code, other)):
        return  # the module was reloaded, or the function defined again
    if _captured(one) != _captured(other):
        warnings.warn(
            f"{new.name} was made twice with different captured values, and both share one cache "
            f"key. Give each a Meta.key_identifier of its own.",
            RuntimeWarning,
            stacklevel=5,
        )


def _layers(func: Any) -> list[Any]:
    """Return *func* and the functions of its name that it holds: what decorators have wrapped.

    All that one decorator returns has the same code; only what it wraps tells them apart.
    """
    layers = [func]
    for layer in layers:  # it grows meanwhile
        for value in _cells(layer):
            held = isinstance(value, FunctionType) and _name(value) == _name(func)
            if held and not _among(value, layers):
                layers.append(value)
    return layers


def _code(func: Any) -> int:
    return id(getattr(func, "__code__", func))


def _captured(layers: list[Any]) -> list[Any]:
    return [value for layer in layers for value in _cells(layer) if not _among(value, layers)]


def _among(value: Any, layers: list[Any]) -> bool:
    return any(value is layer for layer in layers)


def _cells(func: Any) -> list[Any]:
    found = []
    for cell in getattr(func, "__closure__", None) or ():
        try:
            found.append(cell.cell_contents)
        except ValueError:  # not filled yet
            found.append(None)
    return found


registry = Registry()
