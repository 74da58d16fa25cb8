"""Random serializer classes: one blueprint is built on DRF's base and on ours."""

from __future__ import annotations

import datetime
import decimal
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.core.validators import RegexValidator
from hypothesis import strategies as st
from rest_framework import serializers as drf

from .values import answer

UTC = datetime.UTC

# -- fields ----------------------------------------------------------------------------------


def even(value: Any) -> None:
    if isinstance(value, int) and value % 2:
        raise drf.ValidationError("odd", code="odd")


def unlucky(value: Any) -> None:
    if "1" in str(value):
        raise DjangoValidationError("unlucky: %(v)s", params={"v": "1"})


def with_field(value: Any, serializer_field: Any) -> None:
    if str(value) == serializer_field.field_name:
        raise drf.ValidationError({"self": ["named itself"]})


with_field.requires_context = True  # type: ignore[attr-defined]


class Reversed(drf.CharField):
    """A user's own field."""

    def to_internal_value(self, data: Any) -> str:
        return super().to_internal_value(data)[::-1]

    def to_representation(self, value: Any) -> str:
        return super().to_representation(value)[::-1]


def now() -> datetime.datetime:
    return datetime.datetime(2024, 1, 1, tzinfo=UTC)


validators = st.lists(
    st.sampled_from([even, unlucky, with_field, RegexValidator(r"^[a-z]*$", code="letters")]),
    max_size=2,
)


def options(**kwargs: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=kwargs)


bounds = options(min_value=st.sampled_from([-5, 0]), max_value=st.sampled_from([5, 100]))
lengths = options(
    min_length=st.sampled_from([1, 2]),
    max_length=st.sampled_from([3, 10]),
    allow_blank=st.booleans(),
    trim_whitespace=st.booleans(),
)
formats = options(format=st.sampled_from([None, "%Y", "iso-8601"]))
choices = [("red", "Red"), ("Cool", [("blue", "Blue")]), (1, "One")]
KINDS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "BooleanField": options(),
    "CharField": lengths,
    "EmailField": lengths,
    "SlugField": options(allow_unicode=st.booleans(), allow_blank=st.booleans()),
    "URLField": options(max_length=st.just(30)),
    "UUIDField": options(format=st.sampled_from(["hex_verbose", "hex", "int", "urn"])),
    "IPAddressField": options(protocol=st.sampled_from(["both", "ipv4", "ipv6"])),
    "IntegerField": bounds,
    "BigIntegerField": options(coerce_to_string=st.booleans()),
    "FloatField": bounds,
    "DateTimeField": formats
    | options(input_formats=st.sampled_from([["%d.%m.%Y"], ["iso-8601", "%Y"], []])),
    "DateField": formats | options(input_formats=st.sampled_from([["%d/%m/%Y"], ["iso-8601"]])),
    "TimeField": formats,
    "DurationField": options(format=st.sampled_from(["django", "iso-8601", None])),
    "JSONField": options(binary=st.booleans()),
    "ReadOnlyField": options(),
}


@st.composite
def decimal_options(draw: Any) -> dict[str, Any]:
    digits = draw(st.sampled_from([None, 4, 10, 30]))
    return {
        "max_digits": digits,
        "decimal_places": draw(st.sampled_from([None, 0, 2, 4] if digits else [None, 2])),
        **draw(
            options(
                coerce_to_string=st.booleans(),
                localize=st.booleans(),
                normalize_output=st.booleans(),
                rounding=st.just(decimal.ROUND_DOWN),
                max_value=st.just(decimal.Decimal(50)),
            )
        ),
    }


common = options(
    allow_null=st.booleans(),
    validators=validators,
    write_only=st.booleans(),
    source=st.sampled_from(["other", "deep.inside", "deep.call"]),
    error_messages=st.just({"invalid": "nope", "required": "missing"}),
)
defaults = st.sampled_from([0, "", None, "x", [], {}, now, answer, drf.CreateOnlyDefault(7)])


@dataclass
class Recipe:
    """How to make one field."""

    kind: str
    kwargs: dict[str, Any] = field(default_factory=dict)
    child: Recipe | None = None
    blueprint: Blueprint | None = None
    many: bool = False

    def made(self, base: type) -> Any:
        kwargs = dict(self.kwargs)
        if self.blueprint is not None:
            cls = self.blueprint.realised(base)
            return cls(many=True, **kwargs) if self.many else cls(**kwargs)
        if self.child is not None:
            kwargs["child"] = self.child.made(base)
        cls = Reversed if self.kind == "Reversed" else getattr(drf, self.kind)
        return cls(**kwargs)


@dataclass
class Blueprint:
    """How to make one serializer class."""

    fields: dict[str, Recipe]
    overrides: list[str]
    validators: list[Any]
    log: list[Any] = field(default_factory=list)

    def realised(self, base: type) -> type[Any]:
        body: dict[str, Any] = {name: recipe.made(base) for name, recipe in self.fields.items()}
        body.update({f"get_{n}": _method(n) for n, r in self.fields.items() if r.kind == _METHOD})
        names = list(self.fields)
        for override in self.overrides:
            body.update(OVERRIDES[override](names, self.log))
        body["Meta"] = type("Meta", (), {"validators": self.validators})
        return type(base)("Made", (base,), body)


_METHOD = "SerializerMethodField"


def _method(name: str) -> Callable[[Any, Any], Any]:
    def get(self: Any, instance: Any) -> Any:
        return f"{name} of {isinstance(instance, dict)}"

    return get


# -- overrides -------------------------------------------------------------------------------


def _validate_each(names: list[str], log: list[Any]) -> dict[str, Any]:
    def hook(name: str) -> Callable[[Any, Any], Any]:
        def validate(self: Any, value: Any) -> Any:
            log.append((name, repr(value)))
            if value == "a":
                raise drf.ValidationError(f"{name} may not be a")
            if value == 1:
                raise drf.SkipField
            return value

        return validate

    return {f"validate_{name}": hook(name) for name in names}


def _validate(names: list[str], log: list[Any]) -> dict[str, Any]:
    def validate(self: Any, attrs: Any) -> Any:
        log.append(("validate", sorted(attrs)))
        if len(attrs) == 1:
            raise DjangoValidationError({"alone": ["only one"]})
        attrs["seen"] = True
        return attrs

    return {"validate": validate}


def _pop_first(names: list[str], log: list[Any]) -> dict[str, Any]:
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        super(self.__class__, self).__init__(*args, **kwargs)
        if self.context.get("short"):
            self.fields.pop(names[0], None)

    return {"__init__": __init__}


def _represent(names: list[str], log: list[Any]) -> dict[str, Any]:
    def to_representation(self: Any, instance: Any) -> Any:
        log.append("to_representation")
        return {**super(self.__class__, self).to_representation(instance), "extra": 1}

    return {"to_representation": to_representation}


def _internal(names: list[str], log: list[Any]) -> dict[str, Any]:
    def to_internal_value(self: Any, data: Any) -> Any:
        log.append("to_internal_value")
        return super(self.__class__, self).to_internal_value(data)

    return {"to_internal_value": to_internal_value}


def _get_fields(names: list[str], log: list[Any]) -> dict[str, Any]:
    def get_fields(self: Any) -> Any:
        fields = super(self.__class__, self).get_fields()
        if self.context.get("short"):
            fields.pop(names[-1], None)
        return fields

    return {"get_fields": get_fields}


def _required(names: list[str], log: list[Any]) -> dict[str, Any]:
    def run_validation(self: Any, data: Any = drf.empty) -> Any:
        log.append("run_validation")
        return super(self.__class__, self).run_validation(data)

    return {"run_validation": run_validation}


OVERRIDES: dict[str, Callable[[list[str], list[Any]], dict[str, Any]]] = {
    "validate_<field>": _validate_each,
    "validate": _validate,
    "__init__": _pop_first,
    "to_representation": _represent,
    "to_internal_value": _internal,
    "get_fields": _get_fields,
    "run_validation": _required,
}


def together(attrs: Any) -> None:
    if attrs.get("a") == attrs.get("b") and "a" in attrs:
        raise drf.ValidationError("the same")


# -- strategies ------------------------------------------------------------------------------

NAMES = ("a", "b", "c", "d")


@st.composite
def recipes(draw: Any, depth: int) -> Recipe:
    kinds = [*KINDS, "DecimalField", "ChoiceField", "MultipleChoiceField", "Reversed", _METHOD]
    kinds += ["ListField", "DictField", "HiddenField"]
    if depth:
        kinds += ["nested"] * 6
    kind = draw(st.sampled_from(kinds))
    if kind == _METHOD:
        return Recipe(kind)
    if kind == "HiddenField":
        return Recipe(kind, {"default": draw(defaults)})
    kwargs = dict(draw(common))
    if kind == "nested":
        kwargs.pop("validators", None)
        many = draw(st.booleans())
        if many:
            kwargs |= draw(options(allow_empty=st.booleans(), max_length=st.just(2)))
        inner = draw(blueprints(depth - 1))
        return Recipe(kind, _presence(draw, kwargs), blueprint=inner, many=many)
    if kind == "ReadOnlyField":
        kwargs = {key: kwargs[key] for key in ("source",) if key in kwargs}
        return Recipe(kind, kwargs)
    kwargs = _presence(draw, kwargs)
    child = None
    if kind in ("ListField", "DictField"):
        child = draw(children())
        if kind == "ListField":
            kwargs |= draw(options(max_length=st.just(2)))
        kwargs |= draw(options(allow_empty=st.booleans()))
    elif kind == "DecimalField":
        kwargs |= draw(decimal_options())
    elif kind.endswith("ChoiceField"):
        kwargs["choices"] = choices
        if kind == "ChoiceField":
            kwargs |= draw(options(allow_blank=st.booleans()))
    else:
        kwargs |= draw(KINDS.get(kind, lengths))
    return Recipe(kind, kwargs, child)


@st.composite
def children(draw: Any) -> Recipe:
    kind = draw(st.sampled_from(["CharField", "IntegerField", "DateTimeField", "UUIDField"]))
    kwargs = draw(options(allow_null=st.booleans()))
    if kind == "CharField":
        kwargs |= draw(options(max_length=st.just(3), allow_blank=st.booleans()))
    return Recipe(kind, kwargs)


def _presence(draw: Any, kwargs: dict[str, Any]) -> dict[str, Any]:
    which = draw(st.sampled_from(["required", "optional", "default", "read_only", "required"]))
    if which == "optional":
        kwargs["required"] = False
    elif which == "default":
        kwargs["default"] = draw(defaults)
    elif which == "read_only":
        kwargs = {k: v for k, v in kwargs.items() if k not in ("write_only", "validators")}
        kwargs["read_only"] = True
    return kwargs


@st.composite
def blueprints(draw: Any, depth: int = 2) -> Blueprint:
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True))
    return Blueprint(
        {name: draw(recipes(depth)) for name in names},
        draw(st.lists(st.sampled_from(list(OVERRIDES)), max_size=1)),
        draw(st.sampled_from([[], [], [together]])),
    )
