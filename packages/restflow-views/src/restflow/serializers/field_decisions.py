"""What DRF's fields do with a value, as decisions, where an async method of a field is awaited."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from rest_framework import fields, relations
from rest_framework import serializers as drf
from rest_framework.exceptions import ValidationError
from rest_framework.fields import get_error_detail

from restflow.core.adapters import enter
from restflow.core.steps import Steps, blocking

from .field_hooks import (
    Waiting,
    prepare_validators,
    reading_of,
    step_of,
    validator_step,
    writing_of,
)

__all__ = ["attribute_of", "representation_of", "run_validators", "validated_value"]


def validated_value(field: Any, data: Any) -> Steps[Any]:
    """Do what ``field.run_validation(data)`` does.

    Raises:
        ValidationError: it is not valid.
        SkipField: there is no value.
    """
    if hasattr(field, "_writing_hooks"):
        return (yield from enter(field, "run_validation", data))
    if not any(writing_of(field)):
        return (yield blocking(field.run_validation, data))
    prepare_validators(field)
    if not _is_stock(field, "run_validation") or _is_blank(field, data):
        return (yield step_of(field, "run_validation", data))
    if data == "" and isinstance(field, relations.RelatedField):
        data = None  # as DRF's run_validation of relations does
    is_empty, data = yield step_of(field, "validate_empty_values", data)
    if is_empty:
        return data
    value = yield from _internal_value(field, data)
    yield from run_validators(field, value)
    return value


def _is_stock(field: Any, name: str) -> bool:
    """Tell whether *field* has DRF's own definition of a method, and nothing in its place."""
    if name in vars(field):
        return False
    found = getattr(type(field), name)
    return any(found is getattr(cls, name, None) for cls in _STOCK if isinstance(field, cls))


_STOCK = (
    fields.Field,
    fields.CharField,
    fields.ListField,
    fields.DictField,
    relations.RelatedField,
)


def _is_blank(field: Any, data: Any) -> bool:
    """Tell whether a text field has an answer that needs none of its other methods."""
    if not isinstance(field, fields.CharField):
        return False
    return bool(data == "" or (field.trim_whitespace and str(data).strip() == ""))


def _internal_value(field: Any, data: Any) -> Steps[Any]:
    is_list, is_dict = isinstance(field, fields.ListField), isinstance(field, fields.DictField)
    walks = (is_list or is_dict) and all(
        _is_stock(field, name) for name in ("to_internal_value", "run_child_validation")
    )
    if not walks:
        return (yield step_of(field, "to_internal_value", data))
    items = yield blocking(_items, field, data)
    values: dict[Any, Any] = {}
    errors: dict[Any, Any] = {}
    pairs = [(str(key), item) for key, item in items.items()] if is_dict else enumerate(items)
    for key, item in pairs:
        try:
            values[key] = yield from validated_value(field.child, item)
        except ValidationError as error:
            errors[key] = error.detail
        except DjangoValidationError as error:
            if is_dict:  # DRF's dict field leaves it to the serializer
                raise
            errors[key] = get_error_detail(error)
    if errors:
        raise ValidationError(errors)
    return values if is_dict else list(values.values())


def _items(field: Any, data: Any) -> Any:
    """Return the items that DRF would validate, after what it checks before.

    Raises:
        ValidationError: *data* is no list (or dict), or empty where that is not allowed.
    """
    field.run_child_validation = _unchanged
    try:
        return field.to_internal_value(data)
    finally:
        del field.run_child_validation


def _unchanged(items: Any) -> Any:
    return items


def run_validators(field: Any, value: Any) -> Steps[None]:
    """Do what ``field.run_validators(value)`` does; *field* may be a serializer.

    Raises:
        ValidationError: with what all validators found.
    """
    prepare_validators(field)
    awaits = any(isinstance(validator, Waiting) for validator in field.validators)
    if not awaits or not _validates_plainly(field):
        yield step_of(field, "run_validators", value)
        return
    if isinstance(field, drf.Serializer) and isinstance(value, dict):
        value = {**(yield blocking(field._read_only_defaults)), **value}
    errors: list[Any] = []
    for validator in field.validators:
        args = (value, field) if getattr(validator, "requires_context", False) else (value,)
        try:
            yield validator_step(validator, *args)
        except ValidationError as error:
            if isinstance(error.detail, dict):  # it stands for all, as in DRF
                raise
            errors.extend(error.detail)
        except DjangoValidationError as error:
            errors.extend(get_error_detail(error))
    if errors:
        raise ValidationError(errors)


def _validates_plainly(field: Any) -> bool:
    if "run_validators" in vars(field):
        return False
    found = type(field).run_validators
    return found is fields.Field.run_validators or found is drf.Serializer.run_validators


# -- representation --------------------------------------------------------------------------


def attribute_of(field: Any, instance: Any) -> Steps[Any]:
    """Do what ``field.get_attribute(instance)`` does."""
    return (yield step_of(field, "get_attribute", instance))


def representation_of(field: Any, value: Any) -> Steps[Any]:
    """Do what ``field.to_representation(value)`` does."""
    if hasattr(field, "_reading_hooks"):
        return (yield from enter(field, "to_representation", value))
    walks = isinstance(field, (fields.ListField, fields.DictField)) and any(reading_of(field.child))
    if not walks or not _is_stock(field, "to_representation"):
        return (yield step_of(field, "to_representation", value))
    is_dict = isinstance(field, fields.DictField)
    pairs = yield blocking(_pairs, value, is_dict)
    shown = {}
    for key, item in pairs:
        shown[key] = None if item is None else (yield from representation_of(field.child, item))
    return shown if is_dict else list(shown.values())


def _pairs(value: Any, is_dict: bool) -> list[tuple[Any, Any]]:
    return [(str(key), item) for key, item in value.items()] if is_dict else [*enumerate(value)]
