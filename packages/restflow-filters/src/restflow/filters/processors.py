"""The user's own code around a filter set: preprocessors, postprocessors and methods."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ImproperlyConfigured
from django.db.models import QuerySet

from restflow.core.steps import Step

if TYPE_CHECKING:
    from .filterset import FilterSet


@dataclass(frozen=True, slots=True)
class Processor:
    """Takes a queryset and returns another: ``(queryset)`` or ``(filterset, queryset)``.

    Args:
        name: what to call it in messages.
        function: the user's; None if it is looked up on the filter set by *name*.
        alone: it takes only the queryset.
        inline: the user declared it safe for the event loop.
    """

    name: str
    function: Callable[..., Any] | None
    alone: bool
    inline: bool

    def step(self, filterset: FilterSet, queryset: QuerySet[Any]) -> Step:
        """Return the step that calls it."""
        function = self.function
        if function is None:
            return Step(getattr(filterset, self.name), None, (queryset,), inline=self.inline)
        arguments = (queryset,) if self.alone else (filterset, queryset)
        return Step(function, None, arguments, inline=self.inline)

    def checked(self, result: Any) -> QuerySet[Any]:
        """Return *result* if it is what a processor has to return.

        Raises:
            ImproperlyConfigured: it is no queryset.
        """
        if hasattr(result, "filter"):
            queryset: QuerySet[Any] = result
            return queryset
        raise ImproperlyConfigured(
            f"The processor {self.name} returned {type(result).__name__}; return the queryset."
        )


@dataclass(frozen=True, slots=True)
class Method:
    """Applies one parameter: ``(self, queryset, value)`` or ``(filterset, queryset, value)``."""

    name: str
    function: Callable[..., Any] | None
    inline: bool

    def step(self, filterset: FilterSet, queryset: QuerySet[Any], value: Any) -> Step:
        """Return the step that calls it."""
        if self.function is None:
            call = getattr(filterset, self.name)
            return Step(call, None, (queryset, value), inline=self.inline)
        return Step(self.function, None, (filterset, queryset, value), inline=self.inline)


def processor(owner: type, given: str | Callable[..., Any], where: str) -> Processor:
    """Return the processor for what ``Meta`` lists.

    Raises:
        ImproperlyConfigured: it cannot be called with a queryset.
    """
    function, name = _found(owner, given, where)
    count = _positional(function)
    if isinstance(given, str):
        count -= not isinstance(inspect.getattr_static(owner, given), staticmethod)
        if count != 1:
            raise ImproperlyConfigured(
                f"{owner.__name__}.{given}() is listed in {where}; it must take (self, queryset)."
            )
        return Processor(name, None, True, _inline(function))
    if count not in (1, 2):
        raise ImproperlyConfigured(
            f"{owner.__name__}.{where} lists {name}, which takes {count} arguments; it must take "
            "(queryset) or (filterset, queryset)."
        )
    return Processor(name, function, count == 1, _inline(function))


def method(owner: type, given: str | Callable[..., Any], where: str) -> Method:
    """Return the method of a field.

    Raises:
        ImproperlyConfigured: there is none of that name, or it takes other arguments.
    """
    function, name = _found(owner, given, where)
    count = _positional(function)
    if count != 3:
        raise ImproperlyConfigured(
            f"{owner.__name__}: {where} names {name}, which takes {count} arguments; it must "
            "take three: (self or filterset, queryset, value)."
        )
    return Method(name, None if isinstance(given, str) else function, _inline(function))


def _found(
    owner: type, given: str | Callable[..., Any], where: str
) -> tuple[Callable[..., Any], str]:
    if isinstance(given, str):
        function = getattr(owner, given, None)
        if not callable(function):
            raise ImproperlyConfigured(
                f"{owner.__name__}: {where} names {given!r}, and the class has no such method."
            )
        return function, given
    if not callable(given):
        raise ImproperlyConfigured(
            f"{owner.__name__}: {where} holds {given!r}; list functions or names of methods."
        )
    return given, getattr(given, "__name__", type(given).__name__)


def _positional(function: Callable[..., Any]) -> int:
    """Count the arguments that a call has to give by position."""
    parameters = inspect.signature(function).parameters.values()
    return sum(
        item.kind in (item.POSITIONAL_ONLY, item.POSITIONAL_OR_KEYWORD)
        and item.default is item.empty
        for item in parameters
    )


def _inline(function: Any) -> bool:
    while isinstance(function, partial):
        function = function.func
    return bool(getattr(function, "__loop_safe__", False))
