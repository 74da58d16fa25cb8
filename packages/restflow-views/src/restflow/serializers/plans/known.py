"""Which fields behave exactly as DRF wrote them, so that a plan may do their work for them."""

from __future__ import annotations

import copy
import datetime
import decimal
import uuid
from collections.abc import Iterable
from typing import Any

from django.core import validators as django_validators
from rest_framework import fields, relations, serializers, validators

__all__ = ["CPU_VALIDATORS", "bound", "is_cpu", "is_known", "is_plain", "is_readable", "pristine"]

#: The methods through which a field does its work; one that was replaced makes the field foreign.
METHODS = (
    "bind",
    "enforce_timezone",
    "fail",
    "get_attribute",
    "get_default",
    "get_queryset",
    "get_validators",
    "get_value",
    "many_init",
    "quantize",
    "run_child_validation",
    "run_validation",
    "run_validators",
    "to_internal_value",
    "to_representation",
    "use_pk_only_optimization",
    "validate_empty_values",
    "validate_precision",
    "validators",
)

#: Fields whose work depends on their own arguments and the value, never on context or parent.
PLAIN = (
    fields.BooleanField,
    fields.CharField,
    fields.EmailField,
    fields.RegexField,
    fields.SlugField,
    fields.URLField,
    fields.UUIDField,
    fields.IPAddressField,
    fields.IntegerField,
    fields.BigIntegerField,
    fields.FloatField,
    fields.DecimalField,
    fields.DateTimeField,
    fields.DateField,
    fields.TimeField,
    fields.DurationField,
    fields.ChoiceField,
    fields.MultipleChoiceField,
    fields.FilePathField,
    fields.JSONField,
    fields.ReadOnlyField,
    fields.HiddenField,
    fields.ListField,
    fields.DictField,
    fields.HStoreField,
    fields._UnvalidatedField,
    relations.PrimaryKeyRelatedField,
    relations.SlugRelatedField,
    relations.StringRelatedField,
    relations.ManyRelatedField,
)
#: Fields that ask their parent or its context for something; they have to be bound to be run.
BOUND = (
    fields.FileField,
    fields.ImageField,
    fields.ModelField,
    fields.SerializerMethodField,
    relations.HyperlinkedRelatedField,
    relations.HyperlinkedIdentityField,
)

#: The values that may be handed out twice, since nobody can change them.
IMMUTABLE = (
    type(None),
    bool,
    int,
    float,
    str,
    bytes,
    decimal.Decimal,
    datetime.date,
    datetime.datetime,
    datetime.time,
    datetime.timedelta,
    uuid.UUID,
)

#: Validators that compute and do nothing else.
CPU_VALIDATORS = (
    django_validators.MaxLengthValidator,
    django_validators.MinLengthValidator,
    django_validators.MaxValueValidator,
    django_validators.MinValueValidator,
    django_validators.StepValueValidator,
    django_validators.RegexValidator,
    django_validators.EmailValidator,
    django_validators.URLValidator,
    django_validators.ProhibitNullCharactersValidator,
    django_validators.DecimalValidator,
    validators.ProhibitSurrogateCharactersValidator,
)
CPU_FUNCTIONS = (
    django_validators.validate_ipv4_address,
    django_validators.validate_ipv6_address,
    django_validators.validate_ipv46_address,
)

_MISSING = object()


def _snapshot(classes: Iterable[type], names: Iterable[str]) -> dict[type, tuple[Any, ...]]:
    return {cls: tuple(getattr(cls, name, _MISSING) for name in names) for cls in classes}


_ORIGINAL = _snapshot((*PLAIN, *BOUND, serializers.ListSerializer), METHODS)
_VALIDATOR_CALLS = {cls: (cls.__call__, getattr(cls, "compare", None)) for cls in CPU_VALIDATORS}


def pristine(cls: type) -> bool:
    """Tell whether *cls* is one of DRF's field classes with none of its methods replaced."""
    original = _ORIGINAL.get(cls)
    return original is not None and original == tuple(
        getattr(cls, name, _MISSING) for name in METHODS
    )


def is_known(field: Any) -> bool:
    """Tell whether *field* is exactly one of DRF's, untouched by its class or on itself."""
    return pristine(type(field)) and vars(field).keys().isdisjoint(METHODS)


def is_readable(field: Any) -> bool:
    """Tell whether *field* represents the same wherever it is bound."""
    if type(field) not in _PLAIN or not is_known(field):
        return False
    return _has_free_default(field) and all(is_readable(inner) for inner in _inner(field))


def _has_free_default(field: Any) -> bool:
    """Tell whether the default may be shared between requests and needs no parent."""
    default = field.default
    if default is fields.empty or type(default) in IMMUTABLE:
        return True
    return callable(default) and not getattr(default, "requires_context", False)


def is_plain(field: Any) -> bool:
    """Tell whether *field* does the same wherever it is bound, so that instances may share it."""
    if not is_readable(field):
        return False
    if any(getattr(validator, "requires_context", False) for validator in field.validators):
        return False
    return all(is_plain(inner) for inner in _inner(field))


def _inner(field: Any) -> list[Any]:
    inner = (getattr(field, name, None) for name in ("child", "child_relation", "pk_field"))
    return [each for each in inner if each is not None]


_PLAIN = frozenset(PLAIN)


def is_cpu(field: Any) -> bool:
    """Tell whether validating with a plain *field* runs no user code and no query."""
    if isinstance(field, (relations.RelatedField, relations.ManyRelatedField)):
        return False
    if callable(field.default) and field.default is not fields.empty:
        return False
    child = getattr(field, "child", None)
    return all(is_cpu_validator(v) for v in field.validators) and (child is None or is_cpu(child))


def is_cpu_validator(validator: Any) -> bool:
    """Tell whether *validator* is one of Django's or DRF's that only compute."""
    calls = _VALIDATOR_CALLS.get(type(validator))
    if calls is None:
        return any(validator is function for function in CPU_FUNCTIONS)
    cls = type(validator)
    return calls == (cls.__call__, getattr(cls, "compare", None)) and not callable(
        getattr(validator, "limit_value", None)
    )


def bound(field: Any, parent: Any) -> Any:
    """Return a copy of a known *field* that belongs to *parent*."""
    clone = copy.copy(field)
    clone.parent = parent
    return clone
