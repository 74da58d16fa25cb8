"""Whether a class is still what its library wrote."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator
from types import CodeType, FunctionType
from typing import Any

from django.utils.functional import cached_property


def unmodified(cls: type) -> bool:
    """Tell whether every function of *cls* and its bases stands in the file of its class.

    Instrumentation replaces methods by its own, or wraps them: either way the code is from
    elsewhere. Where the file cannot be told, the answer is no.
    """
    return all(_is_original(base) for base in cls.__mro__ if base is not object)


def _is_original(cls: type) -> bool:
    file = getattr(sys.modules.get(cls.__module__), "__file__", None)
    if file is None:
        return False
    # `co_filename` of a compiled file is rewritten to where it was loaded from.
    return all(code.co_filename == file for code in _codes(cls))


def _codes(cls: type) -> Iterator[CodeType]:
    for value in vars(cls).values():
        for function in _functions(value):
            yield function.__code__


def _functions(value: Any) -> Iterator[FunctionType]:
    if isinstance(value, (staticmethod, classmethod)):
        value = value.__func__
    if isinstance(value, FunctionType):
        yield value
    elif isinstance(value, property):
        parts: tuple[Callable[..., Any] | None, ...] = (value.fget, value.fset, value.fdel)
        for part in parts:
            if isinstance(part, FunctionType):
                yield part
    elif isinstance(value, functools.cached_property):
        yield value.func  # type: ignore[misc]
    elif isinstance(value, cached_property):
        yield value.real_func  # type: ignore[attr-defined]
