"""``&``, ``|`` and ``~``: DRF's truth table over permissions of either colour."""

from __future__ import annotations

from typing import Any

from rest_framework import permissions as drf

from restflow.core.adapters import Twinned, enter, twins
from restflow.core.steps import Steps


def ask(permission: Any, hook: str, *args: Any) -> Steps[Any]:
    """Return what *permission* says; DRF's own combinations are taken apart on the way."""
    return (yield from enter(native(permission), hook, *args))


class And(Twinned, drf.AND):
    """Both say yes; the second is asked only if the first does."""

    op1: Any
    op2: Any

    def _has_permission(self, request: Any, view: Any) -> Steps[Any]:
        """Ask both about the request."""
        first = yield from ask(self.op1, "has_permission", request, view)
        return first and (yield from ask(self.op2, "has_permission", request, view))

    has_permission, ahas_permission = twins(_has_permission)

    def _has_object_permission(self, request: Any, view: Any, obj: Any) -> Steps[Any]:
        """Ask both about the object."""
        first = yield from ask(self.op1, "has_object_permission", request, view, obj)
        return first and (yield from ask(self.op2, "has_object_permission", request, view, obj))

    has_object_permission, ahas_object_permission = twins(_has_object_permission)


class Or(Twinned, drf.OR):
    """One says yes. About an object, only one that admits the request has a say."""

    op1: Any
    op2: Any

    def _has_permission(self, request: Any, view: Any) -> Steps[Any]:
        """Ask one, and the other if it says no."""
        first = yield from ask(self.op1, "has_permission", request, view)
        return first or (yield from ask(self.op2, "has_permission", request, view))

    has_permission, ahas_permission = twins(_has_permission)

    def _has_object_permission(self, request: Any, view: Any, obj: Any) -> Steps[Any]:
        """Ask each about the request and then about the object."""
        first = yield from _both(self.op1, request, view, obj)
        return first or (yield from _both(self.op2, request, view, obj))

    has_object_permission, ahas_object_permission = twins(_has_object_permission)


class Not(Twinned, drf.NOT):
    """The other one says no."""

    op1: Any

    def _has_permission(self, request: Any, view: Any) -> Steps[bool]:
        """Ask about the request."""
        return not (yield from ask(self.op1, "has_permission", request, view))

    has_permission, ahas_permission = twins(_has_permission)

    def _has_object_permission(self, request: Any, view: Any, obj: Any) -> Steps[bool]:
        """Ask about the object."""
        return not (yield from ask(self.op1, "has_object_permission", request, view, obj))

    has_object_permission, ahas_object_permission = twins(_has_object_permission)


def _both(permission: Any, request: Any, view: Any, obj: Any) -> Steps[Any]:
    admits = yield from ask(permission, "has_permission", request, view)
    return admits and (yield from ask(permission, "has_object_permission", request, view, obj))


def native(permission: Any) -> Any:
    """Return our combination in place of one that DRF's operators made.

    DRF's asks its parts by their sync names only: a part that is async would never be asked.
    """
    kind = type(permission)
    if kind is drf.AND:
        return And(permission.op1, permission.op2)
    if kind is drf.OR:
        return Or(permission.op1, permission.op2)
    if kind is drf.NOT:
        return Not(permission.op1)
    return permission


class Combinable(drf.OperationHolderMixin):
    """Gives classes, and combinations of classes, the operators."""

    def __and__(self, other: Any) -> Any:
        return joined(And, self, other)

    def __or__(self, other: Any) -> Any:
        return joined(Or, self, other)

    def __rand__(self, other: Any) -> Any:
        return joined(And, other, self)

    def __ror__(self, other: Any) -> Any:
        return joined(Or, other, self)

    def __invert__(self) -> Any:
        return negated(Not, self)


class OperandHolder(Combinable, drf.OperandHolder):
    """Two classes and what joins them; called, it makes the combined permission."""

    __hash__ = drf.OperandHolder.__hash__


class SingleOperandHolder(Combinable, drf.SingleOperandHolder):
    """A class to be negated; called, it makes the negated permission."""


def joined(operator: Any, first: Any, second: Any) -> Any:
    """Return what makes ``operator(first(), second())`` when it is called."""
    return OperandHolder(operator, first, second)


def negated(operator: Any, only: Any) -> Any:
    """Return what makes ``operator(only())`` when it is called."""
    return SingleOperandHolder(operator, only)
