"""The list serializer: what ``many=True`` makes, with a fast lane for children that have a plan."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.utils.module_loading import import_string
from rest_framework import serializers as drf
from rest_framework.exceptions import ValidationError
from rest_framework.serializers import ListSerializer as DRFListSerializer
from rest_framework.settings import api_settings
from rest_framework.utils import html

from restflow.core.adapters import enter, twins
from restflow.core.steps import Steps, blocking, run

from . import decisions
from .hooks import (
    READING,
    WRITING,
    AsyncHook,
    async_hook,
    is_driven,
    refuse,
    validator_hooks,
)
from .plans import Plan
from .surface import AsyncSurface

if TYPE_CHECKING:
    Base = drf.ListSerializer[Any]
else:
    Base = DRFListSerializer

__all__ = ["ListSerializer"]


class ListSerializer(AsyncSurface, Base):
    """DRF's list serializer with an awaitable twin for every hook.

    Name a subclass in ``Meta.list_serializer_class`` to override ``update`` (or ``aupdate``),
    which lists do not have by themselves.
    """

    _nothing = list
    max_length: int | None
    min_length: int | None

    # -- validation ------------------------------------------------------------------------------

    def to_internal_value(self, data: Any) -> Any:
        """Validate every item; see DRF."""
        hooks = self._early_hooks()
        if hooks:
            if is_driven(self):
                return run(self._to_internal_value(data))
            refuse(self, "to_internal_value()", hooks)
        data = _from_form(data)
        if not self._has_room_for(data):
            return DRFListSerializer.to_internal_value(self, data)  # it says what is wrong
        plan = self._fast_plan()
        if plan is not None and not plan.validation.needs_serializer:
            environment = plan.environment(self.child, plan.validation.clock)
            result = plan.validation.run_many(data, None, environment)
            if result is not None:
                return result
        values: list[Any] = []
        errors: dict[int, Any] = {}
        for index, item in enumerate(data):
            try:
                values.append(self.run_child_validation(item))
            except ValidationError as error:
                errors[index] = error.detail
        return self._outcome(values, errors, len(data))

    def _to_internal_value(self, data: Any) -> Steps[Any]:
        """Validate every item, one after the other."""
        data = _from_form(data)
        if not self._has_room_for(data):
            return DRFListSerializer.to_internal_value(self, data)
        values: list[Any] = []
        errors: dict[int, Any] = {}
        for index, item in enumerate(data):
            try:
                values.append((yield from enter(self, "run_child_validation", item)))
            except ValidationError as error:
                errors[index] = error.detail
        return self._outcome(values, errors, len(data))

    ato_internal_value = twins(_to_internal_value)[1]

    def run_child_validation(self, data: Any) -> Any:
        """Validate one item; see DRF."""
        return super().run_child_validation(data)

    def _run_child_validation(self, data: Any) -> Steps[Any]:
        """Validate one item."""
        return (yield from enter(self.child, "run_validation", data))

    arun_child_validation = twins(_run_child_validation)[1]

    def _outcome(self, values: list[Any], errors: Any, count: int) -> list[Any]:
        """Return the values, or raise the errors in the shape that this DRF gives them.

        Raises:
            ValidationError: there are errors.
        """
        if not errors:
            return values
        if getattr(api_settings, "LIST_SERIALIZER_ERRORS_AS_DICT", None) is True:
            raise ValidationError(errors)
        if hasattr(api_settings, "LIST_SERIALIZER_ERRORS_AS_DICT"):
            _warn_about_lists()
        raise ValidationError([errors.get(index, {}) for index in range(count)])

    def _has_room_for(self, data: Any) -> bool:
        """Tell whether *data* is a list within the limits, so that its items come next."""
        return (
            isinstance(data, list)
            and (self.allow_empty or bool(data))
            and (self.max_length is None or len(data) <= self.max_length)
            and (self.min_length is None or len(data) >= self.min_length)
        )

    def _fast_plan(self) -> Plan | None:
        """Return the plan to validate items with, if nobody would notice."""
        own = type(self).run_child_validation is ListSerializer.run_child_validation
        if not own or "run_child_validation" in self.__dict__:
            return None
        plan = self._plan()
        return plan if plan is not None and plan.validates else None

    def _computes(self) -> bool:
        plan = self._fast_plan()
        if plan is None or type(self).validate is not AsyncSurface.validate:
            return False
        return plan.validation.is_cpu and not self._has_validators()

    def _has_validators(self) -> bool:
        return bool(self.validators) or (
            type(self).run_validators is not DRFListSerializer.run_validators
        )

    # -- saving ----------------------------------------------------------------------------------

    def _create(self, validated_data: Any) -> Steps[Any]:
        """Create and return the instances, in one transaction unless the child awaits."""
        if self._awaits("create"):
            return (yield from decisions.created(self, validated_data))
        return (yield blocking(self._atomically, "create", validated_data))

    acreate = twins(_create)[1]

    def create(self, validated_data: Any) -> Any:
        """Create and return the instances; see DRF."""
        if self._awaits("create"):
            if is_driven(self):
                return run(decisions.created(self, validated_data))
            refuse(self, "create()", self._saving_hooks("create"))
        return DRFListSerializer.create(self, validated_data)

    def _merged(self, kwargs: dict[str, Any]) -> Any:
        return [{**attrs, **kwargs} for attrs in self.validated_data]

    def _model(self) -> Any:
        return getattr(getattr(self.child, "Meta", None), "model", None)

    def _saving_hooks(self, name: str) -> list[AsyncHook]:
        owners = (self, self.child) if name == "create" else (self,)
        return [hook for owner in owners if (hook := async_hook(owner, name)) is not None]

    def _awaits(self, name: str) -> bool:
        return bool(self._saving_hooks(name))

    # -- representation --------------------------------------------------------------------------

    def to_representation(self, data: Any) -> list[Any]:
        """Return the representations of the items; see DRF."""
        plan = self._plan()
        hooks = self._own_hooks(READING) if plan is None else self._reading_hooks()
        if hooks:
            if is_driven(self):
                return run(decisions.rows(self, data))
            refuse(self, "to_representation()", hooks)
        if plan is None or not plan.represents:
            return super().to_representation(data)
        representation = plan.representation
        environment = plan.environment(self.child, representation.clock)
        return representation.many(data, self.child, environment)

    def _to_representation(self, data: Any) -> Steps[Any]:
        """Return the representations of the items."""
        return (yield from decisions.rows(self, data))

    ato_representation = twins(_to_representation)[1]

    # -- hooks -----------------------------------------------------------------------------------

    def _planned(self) -> Any:
        return self.child

    def _own_hooks(self, names: Iterable[str]) -> list[AsyncHook]:
        return [hook for name in names if (hook := async_hook(self, name)) is not None]

    def _early_hooks(self) -> list[AsyncHook]:
        return [*self._hooks(WRITING, "_early_hooks"), *validator_hooks(self)]

    def _hooks(self, names: Iterable[str], which: str) -> list[AsyncHook]:
        own = self._own_hooks(names)
        inner = getattr(self.child, which, None)
        return own if inner is None else [*own, *inner()]

    def _writing_hooks(self) -> list[AsyncHook]:
        return [*self._hooks(WRITING, "_writing_hooks"), *validator_hooks(self)]

    def _reading_hooks(self) -> list[AsyncHook]:
        return self._hooks(READING, "_reading_hooks")


def _from_form(data: Any) -> Any:
    return html.parse_html_list(data, default=[]) if html.is_html_input(data) else data


def _warn_about_lists() -> None:
    """Warn as DRF 3.18 does, at the line that asked for validation."""
    category: type[Warning] = import_string("rest_framework.deprecation.RemovedInDRF320Warning")
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and frame.f_globals["__name__"].startswith(_LIBRARIES):
        level, frame = level + 1, frame.f_back
    warnings.warn(
        "Errors of many=True as a list end with DRF 3.20: set "
        'REST_FRAMEWORK["LIST_SERIALIZER_ERRORS_AS_DICT"] to True.',
        category,
        stacklevel=level,
    )


_LIBRARIES = ("restflow.", "rest_framework.")
