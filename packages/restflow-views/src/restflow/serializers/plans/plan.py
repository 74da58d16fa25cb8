"""The plan of a serializer class: its fields, derived once, and what they let it do at once."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from rest_framework import serializers as drf

from ..hooks import AsyncHook, reading_hooks, validator_hooks, writing_hooks
from .currency import HOOKS, WATCHED, Currency, is_dynamic, is_original
from .environment import Environment, root_partial
from .parts import Part, part_of
from .representation import Representation
from .validation import Validation

__all__ = ["CURRENT", "Plan", "has_own_init", "plan_for", "plan_of", "prototype"]

#: Where a class keeps its plan, so that it is freed with it.
KEPT = "__restflow_plan__"


#: Where a serializer keeps the plan that was found to hold, for the length of one call.
CURRENT = "_current_plan"


class Plan:
    """What is known about every ordinary instance of one serializer class.

    Args:
        cls: a class whose fields do not depend on the instance.
    """

    def __init__(self, cls: type[Any]) -> None:
        self.cls = cls
        self.prototype = prototype(cls, partial=False)
        partial = prototype(cls, partial=True)._own_fields()
        self.parts: list[Part] = [
            part_of(name, field, partial[name])
            for name, field in self.prototype._own_fields().items()
        ]
        hooks = [
            name
            for part in self.parts
            for name in (f"validate_{part.name}", f"get_{part.name}")
            if hasattr(cls, name)
        ]
        self.watched = WATCHED | {f"validate_{part.name}" for part in self.parts}
        self.currency = Currency(cls, hooks)
        self.nested = [part.plan for part in self.parts if part.plan is not None]

    @cached_property
    def representation(self) -> Representation:
        """What stands for ``to_representation``."""
        return Representation(self)

    @cached_property
    def validation(self) -> Validation:
        """What stands for ``to_internal_value`` and ``run_validation``."""
        return Validation(self)

    @cached_property
    def writing_hooks(self) -> tuple[AsyncHook, ...]:
        """The user's async hooks that validating meets."""
        fields = (part.field for part in self.parts)
        own = validator_hooks(self.prototype)
        return (*writing_hooks(self.prototype, fields), *own)

    @cached_property
    def reading_hooks(self) -> tuple[AsyncHook, ...]:
        """The user's async hooks that representing meets."""
        return tuple(reading_hooks(self.prototype, (part.field for part in self.parts)))

    @cached_property
    def writes_plainly(self) -> bool:
        """Whether no writable field is nested or dotted: DRF leaves writing those to the user."""
        return not any(
            isinstance(part.field, drf.BaseSerializer) or len(part.field.source_attrs) > 1
            for part in self.parts
            if not part.field.read_only
        )

    @cached_property
    def represents(self) -> bool:
        """Whether nobody overrode ``to_representation``."""
        return is_original(self.cls, "to_representation")

    @cached_property
    def validates(self) -> bool:
        """Whether nobody overrode the steps of ``run_validation`` that the plan leaves out."""
        return all(is_original(self.cls, name) for name in HOOKS if name not in OPEN_HOOKS)

    def holds(self) -> bool:
        """Tell whether the classes are as they were when the plan was made."""
        return self.currency.holds() and all(plan.holds() for plan in self.nested)

    def environment(self, serializer: Any, clock: bool) -> Environment:
        """Return the environment for one run over *serializer*."""
        return Environment(root_partial(serializer), clock)


#: Hooks that a plan calls, or that concern another direction.
OPEN_HOOKS = ("get_validators", "to_representation", "validate")


def plan_of(cls: type[Any]) -> Plan | None:
    """Return the current plan of *cls*, ``None`` if only its instances know their fields."""
    plan: Plan | None
    kept = cls.__dict__.get(KEPT)
    if kept is not None:
        plan, currency = kept
        if plan.holds() if plan is not None else currency.holds():
            return plan
    currency = Currency(cls, ())
    plan = None
    if not is_dynamic(cls):
        try:
            plan = Plan(cls)
        except Exception:
            # Something is wrong with the class; DRF's own path says what, at the right moment.
            plan = None
    type.__setattr__(cls, KEPT, (plan, currency))
    return plan


def plan_for(serializer: Any) -> Plan | None:
    """Return the plan that *serializer* can be run by, ``None`` if it differs from its class."""
    state = serializer.__dict__
    if "_fields_touched" in state:
        return None
    if CURRENT in state:
        current: Plan | None = state[CURRENT]
        return current
    cls = type(serializer)
    if not hasattr(cls, "_own_fields"):  # one of DRF's
        return None
    plan = plan_of(cls)
    if plan is None or not plan.watched.isdisjoint(state):
        return None
    return plan


def has_own_init(cls: type) -> bool:
    """Tell whether *cls* has a constructor of the user's, which may decide about fields."""
    return not is_original(cls, "__init__")


def prototype(cls: type[Any], *, partial: bool) -> Any:
    """Return an instance without running the user's constructor, which may demand arguments."""
    made = drf.BaseSerializer.__new__(cls)
    drf.BaseSerializer.__init__(made, partial=partial)
    return made
