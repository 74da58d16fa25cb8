"""From an annotation to a filter field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from rest_framework.exceptions import ValidationError

from restflow.core.annotations import (
    MISSING,
    AnnotationEngine,
    AnnotationError,
    Choice,
    Collection,
    Custom,
    Email,
    FieldSpec,
    IPAddress,
    Scalar,
    Slug,
    TypeSpec,
    Url,
)

from . import fields

#: Reads the annotations of filter sets.
engine = AnnotationEngine()

#: Annotated type -> the field that reads it.
FIELDS: dict[Any, type[fields.Field]] = {
    str: fields.StringField,
    int: fields.IntegerField,
    float: fields.FloatField,
    bool: fields.BooleanField,
    Decimal: fields.DecimalField,
    date: fields.DateField,
    datetime: fields.DateTimeField,
    time: fields.TimeField,
    timedelta: fields.DurationField,
    UUID: fields.UUIDField,
    Email: fields.EmailField,
    IPAddress: fields.IPAddressField,
    Slug: fields.StringField,
    Url: fields.StringField,
}


def field_for(spec: FieldSpec, arguments: Mapping[str, Any]) -> fields.Field:
    """Return the filter field for an annotated attribute.

    Args:
        spec: the attribute; its default is the caller's business.
        arguments: what a ``Field(...)`` beside the annotation was given.

    Raises:
        AnnotationError: no filter can be made of the annotation.
    """
    options = dict(arguments)
    if spec.type.description is not None and options.get("help_text") is None:
        options["help_text"] = spec.type.description
    if spec.type.title is not None and options.get("label") is None:
        options["label"] = spec.type.title
    return _field(spec.type, options, spec)


def _field(shape: TypeSpec, options: dict[str, Any], spec: FieldSpec) -> fields.Field:
    match shape:
        case Scalar() if shape.type in FIELDS:
            made: fields.Field = FIELDS[shape.type](**{**_bounds(shape, spec), **options})
            return made
        case Choice():
            pairs = list(zip(shape.values, shape.labels, strict=True))
            return fields.ChoiceField(choices=pairs, **options)
        case Collection() if shape.item is not None:
            child = _field(shape.item, {}, spec)
            if not child.plural:
                return fields.ListField(child=child, **options)
        case Custom():
            return _custom(shape, options, spec)
    raise _unusable(spec, "a query parameter cannot hold it", _WORKS)


def _custom(shape: Custom, options: dict[str, Any], spec: FieldSpec) -> fields.Field:
    """Return the field of the wire form, made to convert with the user's handler."""
    plain = _field(shape.wire, options, spec)
    to_python = shape.handler.to_python

    def read(self: fields.Field, raw: Any) -> Any:
        value = type(plain).to_internal_value(self, raw)
        try:
            return to_python(value)
        except ValueError as error:
            raise ValidationError(str(error), code="invalid") from error

    kind = type(type(plain).__name__, (type(plain),), {"to_internal_value": read, "family": "any"})
    field: fields.Field = kind(**plain.arguments())
    return field


def _bounds(shape: Scalar, spec: FieldSpec) -> dict[str, Any]:
    """Return the constraints of ``Annotated`` as options of DRF fields."""
    found: dict[str, Any] = {}
    whole = shape.type is int
    for name, bound in shape.constraints:
        if name == "ge" or (name == "gt" and whole):
            found["min_value"] = bound + 1 if name == "gt" else bound
        elif name == "le" or (name == "lt" and whole):
            found["max_value"] = bound - 1 if name == "lt" else bound
        elif name in ("min_length", "max_length"):
            found[name] = bound
        else:
            found.setdefault("validators", []).append(_validator(name, bound))
    if found.keys() & {"min_value", "max_value"} and shape.type in (date, datetime, time):
        limits = {"min_value": "ge", "max_value": "le"}
        found["validators"] = [
            *found.get("validators", ()),
            *(_validator(limits[key], found.pop(key)) for key in limits if key in found),
        ]
    return found


def _validator(name: str, bound: Any) -> Callable[[Any], None]:
    """Return a validator for a constraint that DRF's fields have no option for."""
    tests: dict[str, Callable[[Any], Any]] = {
        "gt": lambda value: value > bound,
        "ge": lambda value: value >= bound,
        "lt": lambda value: value < bound,
        "le": lambda value: value <= bound,
        "multiple_of": lambda value: value % bound == 0,
        "predicates": lambda value: all(test(value) for test in bound),
        "timezone": lambda value: _is_in(value, bound),
    }
    words = {
        "gt": f"Ensure this value is greater than {bound}.",
        "ge": f"Ensure this value is greater than or equal to {bound}.",
        "lt": f"Ensure this value is less than {bound}.",
        "le": f"Ensure this value is less than or equal to {bound}.",
        "multiple_of": f"Ensure this value is a multiple of {bound}.",
    }
    test, message = tests[name], words.get(name, "This value is not allowed.")

    def validate(value: Any) -> None:
        if not test(value):
            raise ValidationError(message, code=name)

    return validate


def _is_in(value: datetime, zone: Any) -> bool:
    if zone is None or value.tzinfo is None:
        return zone is None and value.tzinfo is None
    return zone is ... or str(value.tzinfo) == str(zone)


_WORKS = (
    "Use str, int, float, bool, Decimal, date, datetime, time, timedelta, UUID, Email, IPAddress, "
    "Literal[...], an Enum or list[T] of them; or declare a field such as RelatedField, or "
    "ClassVar[...] to keep the attribute out of the filters."
)


def _unusable(spec: FieldSpec, problem: str, remedy: str) -> AnnotationError:
    owner = spec.owner.__qualname__ if spec.owner else "?"
    return AnnotationError(owner, spec.name, str(spec.annotation), problem, remedy)


def given_field(spec: FieldSpec) -> fields.Field | None:
    """Return the field that stands beside an annotation, None if nothing does.

    Raises:
        AnnotationError: something else stands there.
    """
    default = spec.default
    if default is MISSING and spec.default_factory is None:
        return None
    if isinstance(default, fields.Field):
        return default
    raise _unusable(
        spec,
        f"its value {default!r} is no filter field; a filter has no default value",
        "Assign Field(...) to add arguments, or remove the value.",
    )
