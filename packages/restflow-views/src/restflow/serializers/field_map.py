"""Which DRF field stands for which annotation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, TypeAlias, get_origin
from uuid import UUID

from rest_framework import serializers as drf

from restflow.core.annotations import (
    JSON,
    Choice,
    Collection,
    Custom,
    Dictionary,
    Email,
    FieldSpec,
    FixedTuple,
    ImageFile,
    IPAddress,
    Nested,
    NotRequired,
    Scalar,
    Slug,
    Structure,
    TypeSpec,
    UploadedFile,
    Url,
    Variants,
)

from .constraints import arguments_for
from .typed_fields import (
    BytesField,
    CustomField,
    EnumField,
    FixedTupleField,
    SetField,
    StructureField,
    TupleField,
    VariantsField,
)

__all__ = ["Recipe", "SerializerFieldMap"]

AnyField: TypeAlias = drf.Field[Any, Any, Any, Any]
#: A field class and the arguments to make it with.
Recipe: TypeAlias = tuple[type[Any], dict[str, Any]]


class SerializerFieldMap:
    """The table from annotations to DRF fields; a subclass may answer differently.

    Set ``serializer_field_map`` of a serializer class to an instance of yours.
    """

    #: Scalar annotation -> field class.
    scalars: Mapping[Any, type[Any]] = {
        int: drf.IntegerField,
        float: drf.FloatField,
        str: drf.CharField,
        bool: drf.BooleanField,
        bytes: BytesField,
        Decimal: drf.DecimalField,
        date: drf.DateField,
        datetime: drf.DateTimeField,
        time: drf.TimeField,
        timedelta: drf.DurationField,
        UUID: drf.UUIDField,
        Email: drf.EmailField,
        IPAddress: drf.IPAddressField,
        Url: drf.URLField,
        Slug: drf.SlugField,
        JSON: drf.JSONField,
        UploadedFile: drf.FileField,
        ImageFile: drf.ImageField,
    }
    collections: Mapping[type, type[Any]] = {
        list: drf.ListField,
        set: SetField,
        tuple: TupleField,
    }

    def field(self, spec: FieldSpec, arguments: Mapping[str, Any]) -> AnyField:
        """Return the field of an annotated attribute.

        Args:
            spec: the annotation.
            arguments: what the class body adds to it.
        """
        cls, kwargs = self.recipe(spec.type)
        kwargs |= self.presence(spec, arguments)
        validators = [*kwargs.get("validators", ()), *arguments.get("validators", ())]
        kwargs |= arguments
        if validators:
            kwargs["validators"] = validators
        if issubclass(cls, drf.DecimalField):
            kwargs = {"max_digits": None, "decimal_places": None, **kwargs}
        made: AnyField = cls(**kwargs)
        return made

    def presence(self, spec: FieldSpec, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments that say whether the attribute has to be there."""
        if spec.read_only:
            return {"read_only": True}
        if {"default", "required", "read_only"} & arguments.keys():
            return {}
        # Field(...) stands where a default would, and is none.
        optional = _says_not_required(spec.annotation) if arguments else not spec.required
        return {"required": False} if optional else {}

    def recipe(self, spec: TypeSpec) -> Recipe:
        """Return how to make the field of a type."""
        cls, kwargs = _MAKERS[type(spec)](self, spec)
        if spec.nullable:
            kwargs["allow_null"] = True
        if spec.title is not None:
            kwargs["label"] = spec.title
        if spec.description is not None:
            kwargs["help_text"] = spec.description
        if spec.constraints:
            kwargs |= arguments_for(cls, spec.constraints)
        return cls, kwargs

    def made(self, spec: TypeSpec | None) -> AnyField:
        """Return the field of an item of a container; ``None`` is any JSON."""
        if spec is None:
            return drf.JSONField(allow_null=True)
        cls, kwargs = self.recipe(spec)
        if issubclass(cls, drf.DecimalField):
            kwargs = {"max_digits": None, "decimal_places": None, **kwargs}
        field: AnyField = cls(**kwargs)
        return field

    # -- one kind each -------------------------------------------------------------------------

    def _scalar(self, spec: Scalar) -> Recipe:
        return self.scalars[spec.type], {}

    def _choice(self, spec: Choice) -> Recipe:
        choices = list(zip(spec.values, spec.labels, strict=True))
        if spec.enum is None:
            return drf.ChoiceField, {"choices": choices}
        return EnumField, {"enum": spec.enum, "choices": choices}

    def _collection(self, spec: Collection) -> Recipe:
        if spec.type is list and isinstance(spec.item, Nested):
            kwargs: dict[str, Any] = {"many": True}
            return spec.item.type, kwargs
        return self.collections[spec.type], {"child": self.made(spec.item)}

    def _fixed(self, spec: FixedTuple) -> Recipe:
        return FixedTupleField, {"items": [self.made(item) for item in spec.items]}

    def _dictionary(self, spec: Dictionary) -> Recipe:
        return drf.DictField, {"child": self.made(spec.value)}

    def _nested(self, spec: Nested) -> Recipe:
        return spec.type, {}

    def _structure(self, spec: Structure) -> Recipe:
        return StructureField, {"spec": spec, "field_map": self}

    def _variants(self, spec: Variants) -> Recipe:
        cases = [(tag, self.made(case)) for tag, case in spec.cases]
        return VariantsField, {"discriminator": spec.discriminator, "cases": cases}

    def _custom(self, spec: Custom) -> Recipe:
        return CustomField, {"wire": self.made(spec.wire), "handler": spec.handler}


_MAKERS: dict[type, Callable[[SerializerFieldMap, Any], Recipe]] = {
    Scalar: SerializerFieldMap._scalar,
    Choice: SerializerFieldMap._choice,
    Collection: SerializerFieldMap._collection,
    FixedTuple: SerializerFieldMap._fixed,
    Dictionary: SerializerFieldMap._dictionary,
    Nested: SerializerFieldMap._nested,
    Structure: SerializerFieldMap._structure,
    Variants: SerializerFieldMap._variants,
    Custom: SerializerFieldMap._custom,
}


def _says_not_required(annotation: Any) -> bool:
    if isinstance(annotation, str):
        return annotation.partition("[")[0].rpartition(".")[2] == "NotRequired"
    return get_origin(annotation) is NotRequired
