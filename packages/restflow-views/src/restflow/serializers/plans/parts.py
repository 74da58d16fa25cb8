"""The fields of a serializer class as a plan sees them: what may be done for them, and how."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from rest_framework import serializers as drf

from .known import IMMUTABLE, is_known, is_plain, is_readable

if TYPE_CHECKING:
    from .plan import Plan

__all__ = ["Part", "part_of"]

#: ``plain``: any instance of the field will do. ``method``: a method of the serializer.
#: ``nested``: a serializer with a plan. ``own``: only the serializer's own field will do.
Kind: TypeAlias = Literal["plain", "method", "nested", "own"]


@dataclass(frozen=True, slots=True)
class Part:
    """One field of the prototype.

    Args:
        name: of the field.
        field: bound to a prototype; ``partial`` is the same one under ``partial=True``.
        kind: who may validate it.
        reading: who may represent it.
        plan: of the nested serializer, if ``kind`` is ``nested``.
        many: the nested serializer is a list.
    """

    name: str
    field: Any
    partial: Any
    kind: Kind
    reading: Kind
    plan: Plan | None = None
    many: bool = False


def part_of(name: str, field: Any, partial: Any) -> Part:
    """Return what a plan may do for *field*."""
    if isinstance(field, drf.BaseSerializer):
        return _nested(name, field, partial)
    if type(field) is drf.SerializerMethodField and is_known(field):
        kind: Kind = "method" if field.method_name.isidentifier() else "own"
        return Part(name, field, partial, kind, kind)
    kind = "plain" if is_plain(field) else "own"
    return Part(name, field, partial, kind, "plain" if is_readable(field) else "own")


def _nested(name: str, field: Any, partial: Any) -> Part:
    from ..listing import ListSerializer  # the classes stand on their plans
    from .plan import has_own_init, plan_for

    many = type(field) is ListSerializer
    serializer = field.child if many else field
    default = field.default
    plan = None
    if default is drf.empty or type(default) in IMMUTABLE:
        plain_list = not many or ("_validators" not in vars(field) and not field.validators)
        if plain_list and not has_own_init(type(serializer)):
            plan = plan_for(serializer)
        if isinstance(field, drf.ListSerializer) and not many:
            plan = None
    if plan is None or not plan.represents or not plan.validates:
        return Part(name, field, partial, "own", "own")
    return Part(name, field, partial, "nested", "nested", plan, many)
