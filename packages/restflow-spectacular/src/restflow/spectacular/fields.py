"""The fields behind annotations that DRF has no field for, as drf-spectacular's extensions.

They are found by dotted name; see ``restflow.serializers.typed_fields``.
"""

# mypy: disable-error-code="no-untyped-call"
# drf-spectacular says that it is typed, and mostly is not.

from __future__ import annotations

import inspect
from typing import Any

from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.plumbing import ResolvedComponent, build_object_type
from drf_spectacular.settings import spectacular_settings

from .dialect import fixed_array

TYPED_FIELDS = "restflow.serializers.typed_fields"


class BytesFieldExtension(OpenApiSerializerFieldExtension):
    """Bytes: Base64 text."""

    target_class = f"{TYPED_FIELDS}.BytesField"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        """Return the schema."""
        return {"type": "string", "format": "byte"}


class CustomFieldExtension(OpenApiSerializerFieldExtension):
    """A registered annotation: its wire form."""

    target_class = f"{TYPED_FIELDS}.CustomField"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> Any:
        """Return the schema of the wire form."""
        return schema_of(self.target.wire, auto_schema, direction)


class FixedTupleFieldExtension(OpenApiSerializerFieldExtension):
    """``tuple[A, B]``: an array of exactly these."""

    target_class = f"{TYPED_FIELDS}.FixedTupleField"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        """Return the schema."""
        return fixed_array([schema_of(item, auto_schema, direction) for item in self.target.items])


class StructureFieldExtension(OpenApiSerializerFieldExtension):
    """A TypedDict or dataclass: a component of its name, which may contain itself."""

    target_class = f"{TYPED_FIELDS}.StructureField"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        """Return a reference to the component."""
        field = self.target
        name = _name(field.spec)
        if direction == "request" and spectacular_settings.COMPONENT_SPLIT_REQUEST:
            name += "Request"
        component = ResolvedComponent(
            name=name, type=ResolvedComponent.SCHEMA, object=field.spec.type
        )
        registry = auto_schema.registry
        if component not in registry:
            registry.register(component)  # before its members, which may lead back to it
            component.schema = build_object_type(
                properties={
                    member_name: schema_of(member, auto_schema, direction)
                    for member_name, member in field.members.items()
                },
                required=[name for name, member in field.members.items() if member.required],
                description=_documentation(field.spec.type),
            )
        reference: dict[str, Any] = component.ref
        return reference


class VariantsFieldExtension(OpenApiSerializerFieldExtension):
    """One of several objects, told apart by the value of one member."""

    target_class = f"{TYPED_FIELDS}.VariantsField"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        """Return the schema: ``oneOf`` with a discriminator."""
        cases = {
            str(tag): schema_of(field, auto_schema, direction)
            for tag, field in self.target.cases.items()
        }
        mapping = {tag: case["$ref"] for tag, case in cases.items() if "$ref" in case}
        kinds = list(cases.values())
        schema: dict[str, Any] = {
            "oneOf": [kind for number, kind in enumerate(kinds) if kind not in kinds[:number]]
        }
        if len(mapping) == len(cases):
            schema["discriminator"] = {
                "propertyName": self.target.discriminator,
                "mapping": mapping,
            }
        return schema


def schema_of(field: Any, auto_schema: Any, direction: Any) -> dict[str, Any]:
    """Return the schema of *field* with what its validators say."""
    schema: dict[str, Any] = auto_schema._map_serializer_field(field, direction) or {}
    auto_schema._insert_field_validators(field, schema)
    return schema


def _name(spec: Any) -> str:
    parts = [spec.type, *(getattr(item, "type", None) for item in spec.arguments)]
    names = [part.__name__ for part in parts if isinstance(part, type)]
    return "".join(name[:1].upper() + name[1:] for name in names)


def _documentation(cls: Any) -> str:
    text = inspect.cleandoc(vars(cls).get("__doc__") or "")
    return "" if text.startswith(f"{cls.__name__}(") else text  # dataclasses write their own
