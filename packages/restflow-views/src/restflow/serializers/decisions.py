"""What the async twins of a serializer do, as decisions: nothing here waits by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from rest_framework import serializers as drf
from rest_framework.exceptions import ValidationError
from rest_framework.fields import Field, SkipField, empty, get_error_detail
from rest_framework.relations import PKOnlyObject
from rest_framework.serializers import Serializer as DRFSerializer

from restflow.core.adapters import call, enter
from restflow.core.steps import Steps, blocking

from .field_decisions import attribute_of, representation_of, run_validators, validated_value
from .hooks import async_hook
from .plans.known import is_cpu, is_plain
from .size import is_small
from .validated import ValidatedData

__all__ = [
    "driven",
    "is_valid",
    "representation",
    "run_validation",
    "save",
    "to_internal_value",
    "to_representation",
]


@contextmanager
def driven(serializer: Any) -> Iterator[None]:
    """Mark the tree of *serializer* as under an async call while its decision is at work.

    Sync code of the user's that is reached this way runs in a worker thread, from where async
    hooks can be waited for; a plain sync call has to refuse them.
    """
    root = serializer.root
    state = root.__dict__
    state["_async_calls"] = state.get("_async_calls", 0) + 1
    try:
        yield
    finally:
        state["_async_calls"] -= 1


def own_fields(serializer: Any) -> Steps[Any]:
    """Return the serializer's own fields; building them may run the user's code."""
    if "_fields" in serializer.__dict__ or serializer._plan() is not None:
        return serializer._own_fields()
    return (yield blocking(serializer._own_fields))


def hooks_of(serializer: Any, which: str) -> Steps[list[Any]]:
    """Return the async hooks in the tree of *serializer*; ``which`` is ``_writing_hooks``, say."""
    find = getattr(serializer, which)
    if serializer._plan() is not None:
        return list(find())
    return list((yield blocking(find)))


# -- validation ------------------------------------------------------------------------------


def is_valid(serializer: Any, validated: Any) -> Steps[None]:
    """Do the validation that ``is_valid`` reports on, and keep its result as DRF does.

    Args:
        serializer: with ``initial_data``.
        validated: the kind of empty result, a dict or a list.
    """
    if not hasattr(serializer, "initial_data") or hasattr(serializer, "_validated_data"):
        return
    with driven(serializer):
        try:
            value = yield from enter(serializer, "run_validation", serializer.initial_data)
        except ValidationError as error:
            serializer._validated_data = validated
            serializer._errors = error.detail
        else:
            serializer._validated_data = value
            serializer._errors = type(validated)()


def run_validation(serializer: Any, data: Any) -> Steps[Any]:
    """Validate *data*: in place if that only computes, in one stay in a thread if nobody waits."""
    hooks = yield from hooks_of(serializer, "_writing_hooks")
    if not hooks:
        if serializer._computes() and is_small(data):
            return serializer.run_validation(data)
        return (yield blocking(serializer.run_validation, data))
    if serializer.read_only or data is None or data is empty or _overrides_empty(serializer):
        is_empty, data = yield call(serializer, "validate_empty_values", data)
        if is_empty:
            return data
    value = yield from enter(serializer, "to_internal_value", data)
    try:
        if serializer._has_validators():
            yield from run_validators(serializer, value)
        value = yield from enter(serializer, "validate", value)
        assert value is not None, ".validate() should return the validated data"
    except (ValidationError, DjangoValidationError) as error:
        raise ValidationError(detail=drf.as_serializer_error(error)) from error
    return value


def _overrides_empty(serializer: Any) -> bool:
    own = type(serializer).validate_empty_values is Field.validate_empty_values
    return not own or hasattr(serializer, "avalidate_empty_values")


def to_internal_value(serializer: Any, data: Any) -> Steps[Any]:
    """Validate the fields of a mapping one after the other, in DRF's order."""
    if not isinstance(data, Mapping):
        return DRFSerializer.to_internal_value(serializer, data)
    result = ValidatedData()
    errors: dict[str, Any] = {}
    fields = yield from own_fields(serializer)
    for field in list(fields.values()):
        if field.read_only:
            continue
        name = field.field_name
        try:
            value = yield from _field_value(field, data)
            if hasattr(serializer, f"validate_{name}") or hasattr(serializer, f"avalidate_{name}"):
                value = yield call(serializer, f"validate_{name}", value)
        except ValidationError as error:
            errors[name] = error.detail
        except DjangoValidationError as error:
            errors[name] = get_error_detail(error)
        except SkipField:
            continue
        else:
            serializer.set_value(result, field.source_attrs, value)
    if errors:
        raise ValidationError(errors)
    return result


def _field_value(field: Any, data: Any) -> Steps[Any]:
    if hasattr(field, "_writing_hooks"):
        return (yield from validated_value(field, field.get_value(data)))
    if type(data) is dict and is_plain(field) and is_cpu(field) and is_small(data):
        return field.run_validation(field.get_value(data))
    primitive = yield blocking(field.get_value, data)
    return (yield from validated_value(field, primitive))


# -- saving ----------------------------------------------------------------------------------


def save(serializer: Any, kwargs: dict[str, Any]) -> Steps[Any]:
    """Save: in one stay and one transaction, unless the user's ``create`` or ``update`` awaits."""
    with driven(serializer):
        name = "update" if serializer.instance is not None else "create"
        if not serializer._awaits(name):
            return (yield blocking(serializer._save_at_once, kwargs))
        validated = serializer._to_save(kwargs)
        given = (validated,) if name == "create" else (serializer.instance, validated)
        instance = yield from enter(serializer, name, *given)
        assert instance is not None, f"`{name}()` did not return an object instance."
        serializer.instance = instance
        return instance


def created(serializer: Any, validated_data: list[Any]) -> Steps[list[Any]]:
    """Create the objects of a list one after the other, where the child's ``create`` awaits."""
    instances = []
    for attrs in validated_data:
        instances.append((yield from enter(serializer.child, "create", attrs)))
    return instances


# -- representation --------------------------------------------------------------------------


def representation(serializer: Any) -> Steps[Any]:
    """Return what ``data`` is, produced where it may touch the database."""
    hooks = yield from hooks_of(serializer, "_reading_hooks")
    if not hooks or hasattr(serializer, "_data"):
        return (yield blocking(_data, serializer))
    with driven(serializer):
        valid = not getattr(serializer, "_errors", None)
        if serializer.instance is not None and valid:
            result = yield from enter(serializer, "to_representation", serializer.instance)
        elif hasattr(serializer, "_validated_data") and valid:
            result = yield from enter(serializer, "to_representation", serializer.validated_data)
        else:
            result = yield blocking(serializer.get_initial)
        if not hasattr(serializer, "initial_data") or hasattr(serializer, "_validated_data"):
            serializer._data = result
        return serializer.data


def _data(serializer: Any) -> Any:
    return serializer.data


def to_representation(serializer: Any, instance: Any) -> Steps[Any]:
    """Represent the fields of *instance* one after the other, in DRF's order."""
    hooks = yield from hooks_of(serializer, "_reading_hooks")
    if not hooks:
        return (yield blocking(serializer.to_representation, instance))
    result: dict[str, Any] = {}
    fields = yield from own_fields(serializer)
    for field in list(fields.values()):
        if field.write_only:
            continue
        try:
            method = getattr(field, "method_name", None)
            if method is not None and async_hook(serializer, method):
                result[field.field_name] = yield call(serializer, method, instance)
                continue
            attribute = yield from attribute_of(field, instance)
        except SkipField:
            continue
        found = attribute.pk if isinstance(attribute, PKOnlyObject) else attribute
        if found is None:
            result[field.field_name] = None
        else:
            result[field.field_name] = yield from representation_of(field, attribute)
    return result


def rows(serializer: Any, data: Any) -> Steps[list[Any]]:
    """Represent the objects of a list one after the other, where the child awaits."""
    hooks = yield from hooks_of(serializer, "_reading_hooks")
    if not hooks:
        whole: list[Any] = yield blocking(serializer.to_representation, data)
        return whole
    result: list[Any] = []
    items: list[Any] = yield blocking(_listed, data)
    for item in items:
        result.append((yield from enter(serializer.child, "to_representation", item)))
    return result


def _listed(data: Any) -> list[Any]:
    return list(data.all() if hasattr(data, "all") else data)
