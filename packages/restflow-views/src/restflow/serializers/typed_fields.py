"""Fields for annotations that DRF has no field for."""

from __future__ import annotations

import base64
import binascii
import copy
from collections.abc import Sequence
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeAlias

from django.core.exceptions import ValidationError as DjangoValidationError
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers as drf
from rest_framework.exceptions import ValidationError
from rest_framework.fields import get_error_detail
from rest_framework.settings import api_settings

from restflow.core.annotations import AnnotationType, Structure

from .field_hooks import prepare, prepare_validators

if TYPE_CHECKING:
    from .field_map import SerializerFieldMap

    Base: TypeAlias = drf.Field[Any, Any, Any, Any]
else:
    Base = drf.Field

__all__ = [
    "BytesField",
    "CustomField",
    "EnumField",
    "FixedTupleField",
    "SetField",
    "StructureField",
    "TupleField",
    "VariantsField",
]


class BytesField(Base):
    """Bytes, in Base64 on the wire (RFC 4648, section 4)."""

    default_error_messages = {"invalid": _("Not valid Base64.")}

    def to_internal_value(self, data: Any) -> bytes:
        """Return the bytes of a Base64 text.

        Raises:
            ValidationError: it is none.
        """
        if isinstance(data, bytes):
            return data
        try:
            return base64.b64decode(data, validate=True)
        except (TypeError, ValueError, binascii.Error):
            self.fail("invalid")

    def to_representation(self, value: Any) -> str:
        """Return the Base64 text of bytes."""
        return base64.b64encode(bytes(value)).decode("ascii")


class EnumField(drf.ChoiceField):
    """One of the members of an enum, by its value on the wire.

    Args:
        enum: the enum.
        choices: pairs of a value and a word for it.
    """

    def __init__(self, enum: type[Enum], **kwargs: Any) -> None:
        self.enum = enum
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> Any:
        """Return the member that *data* names."""
        value = super().to_internal_value(data)
        return value if value == "" and self.allow_blank else self.enum(value)

    def to_representation(self, value: Any) -> Any:
        """Return the value of a member; anything else as DRF's choice field does."""
        return super().to_representation(value.value if isinstance(value, Enum) else value)


class SetField(drf.ListField):
    """A list on the wire, a set in Python; values that occur twice count once."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the set of valid items."""
        return set(super().to_internal_value(data))

    def to_representation(self, data: Any) -> list[Any]:
        """Return the items in a stable order."""
        items = super().to_representation(data)
        try:
            return sorted(items)
        except TypeError:  # of several types
            return sorted(items, key=lambda item: (type(item).__name__, str(item)))


class TupleField(drf.ListField):
    """A list on the wire, a tuple in Python."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the tuple of valid items."""
        return tuple(super().to_internal_value(data))


class FixedTupleField(Base):
    """A list of so many items, each with a field of its own; a tuple in Python.

    Args:
        items: the fields.
    """

    default_error_messages = {
        "not_a_list": _('Expected a list of items but got type "{input_type}".'),
        "length": _("Expected {expected} items but got {found}."),
    }

    def __init__(self, items: Sequence[Any], **kwargs: Any) -> None:
        self.items = list(items)
        super().__init__(**kwargs)
        for item in self.items:
            item.bind(field_name="", parent=self)

    def to_internal_value(self, data: Any) -> tuple[Any, ...]:
        """Return the tuple of valid items.

        Raises:
            ValidationError: it is no list of that length, or an item is not valid.
        """
        if not isinstance(data, (list, tuple)):
            self.fail("not_a_list", input_type=type(data).__name__)
        if len(data) != len(self.items):
            self.fail("length", expected=len(self.items), found=len(data))
        result: list[Any] = []
        errors: dict[Any, Any] = {}
        for index, (field, item) in enumerate(zip(self.items, data, strict=True)):
            try:
                result.append(field.run_validation(item))
            except ValidationError as error:
                errors[index] = error.detail
            except DjangoValidationError as error:
                errors[index] = get_error_detail(error)
        if errors:
            raise ValidationError(errors)
        return tuple(result)

    def to_representation(self, value: Any) -> list[Any]:
        """Return the list of the items' representations."""
        return [
            None if item is None else field.to_representation(item)
            for field, item in zip(self.items, value, strict=True)
        ]


class StructureField(Base):
    """A TypedDict or dataclass: an object on the wire, one of its own class in Python.

    Args:
        spec: the structure; it may contain itself, so its fields are made when needed.
        field_map: what makes them.
    """

    default_error_messages = {
        "invalid": _("Invalid data. Expected a dictionary, but got {datatype}.")
    }

    def __init__(self, spec: Structure, field_map: SerializerFieldMap, **kwargs: Any) -> None:
        self.spec = spec
        self.field_map = field_map
        self._members: dict[str, Any] | None = None
        super().__init__(**kwargs)

    def __deepcopy__(self, memo: Any) -> StructureField:
        kwargs = {key: copy.deepcopy(value, memo) for key, value in self._settings().items()}
        return type(self)(self.spec, self.field_map, **kwargs)

    def _settings(self) -> dict[str, Any]:
        kwargs: dict[str, Any] = self._kwargs  # type: ignore[attr-defined]
        return {key: value for key, value in kwargs.items() if key not in ("spec", "field_map")}

    @property
    def members(self) -> dict[str, Any]:
        """The fields of the structure's members by name."""
        if self._members is None:
            from .declaration import arguments_of

            self._members = {}
            for name, member in self.spec.members.items():
                field: Any = self.field_map.field(member, arguments_of(member))
                field.bind(field_name=name, parent=self)
                prepare(field)
                prepare_validators(field)
                self._members[name] = field
        return self._members

    def to_internal_value(self, data: Any) -> Any:
        """Return the structure that *data* describes.

        Raises:
            ValidationError: it is no object, a member is not valid, or the class refuses it.
        """
        if not isinstance(data, dict):
            self.fail("invalid", datatype=type(data).__name__)
        values: dict[str, Any] = {}
        errors: dict[str, Any] = {}
        for name, field in self.members.items():
            if field.read_only:
                continue
            try:
                values[name] = field.run_validation(field.get_value(data))
            except ValidationError as error:
                errors[name] = error.detail
            except DjangoValidationError as error:
                errors[name] = get_error_detail(error)
            except drf.SkipField:
                continue
        if errors:
            raise ValidationError(errors)
        try:
            return self.spec.type(**values)
        except ValueError as error:  # __post_init__ has the last word
            raise ValidationError({api_settings.NON_FIELD_ERRORS_KEY: [str(error)]}) from error

    def to_representation(self, value: Any) -> dict[str, Any]:
        """Return the object that describes *value*."""
        result = {}
        for name, field in self.members.items():
            if field.write_only:
                continue
            try:
                attribute = field.get_attribute(value)
            except drf.SkipField:
                continue
            result[name] = None if attribute is None else field.to_representation(attribute)
        return result


class VariantsField(Base):
    """One of several kinds of objects, told apart by the value of one member.

    Args:
        discriminator: the member.
        cases: pairs of its value and the field for the object.
    """

    default_error_messages = {
        "invalid": _("Invalid data. Expected a dictionary, but got {datatype}."),
        "unknown": _('"{input}" is not one of {choices}.'),
    }

    def __init__(self, discriminator: str, cases: Sequence[tuple[Any, Any]], **kwargs: Any) -> None:
        self.discriminator = discriminator
        self.cases = dict(cases)
        super().__init__(**kwargs)
        for field in self.cases.values():
            field.bind(field_name="", parent=self)

    def to_internal_value(self, data: Any) -> Any:
        """Return what the case of *data* makes of it.

        Raises:
            ValidationError: it is no object, of no known kind, or not valid.
        """
        if not isinstance(data, dict):
            self.fail("invalid", datatype=type(data).__name__)
        tag = data.get(self.discriminator)
        field = self._case(tag)
        if field is None:
            try:
                self.fail("unknown", input=tag, choices=", ".join(map(str, self.cases)))
            except ValidationError as error:
                raise ValidationError({self.discriminator: error.detail}) from None
        value = field.run_validation(data)
        if isinstance(value, dict):
            value.setdefault(self.discriminator, tag)
        return value

    def to_representation(self, value: Any) -> Any:
        """Return what the case of *value* makes of it.

        Raises:
            ValueError: it is of no known kind.
        """
        if isinstance(value, dict):
            tag = value.get(self.discriminator)
        else:
            tag = getattr(value, self.discriminator, None)
        field = self._case(tag)
        if field is None:
            raise ValueError(
                f"{self.field_name} has {self.discriminator}={tag!r}, "
                f"which is none of {', '.join(map(repr, self.cases))}."
            )
        return field.to_representation(value)

    def _case(self, tag: Any) -> Any:
        tag = tag.value if isinstance(tag, Enum) else tag
        try:
            return self.cases.get(tag)
        except TypeError:  # unhashable
            return None


class CustomField(Base):
    """An annotation that the project registered: checked as its wire form, then converted.

    Args:
        wire: the field for the wire form.
        handler: what converts.
    """

    def __init__(self, wire: Any, handler: AnnotationType, **kwargs: Any) -> None:
        self.wire = wire
        self.handler = handler
        super().__init__(**kwargs)
        self.wire.bind(field_name="", parent=self)

    def __deepcopy__(self, memo: Any) -> CustomField:
        kwargs = dict(self._kwargs)  # type: ignore[attr-defined]
        wire, handler = copy.deepcopy(kwargs.pop("wire", self.wire)), kwargs.pop("handler", None)
        return type(self)(wire, handler or self.handler, **copy.deepcopy(kwargs, memo))

    def to_internal_value(self, data: Any) -> Any:
        """Return the Python value.

        Raises:
            ValidationError: the wire form is not valid, or the handler refuses it.
        """
        value = self.wire.run_validation(data)
        try:
            return self.handler.to_python(value)
        except ValueError as error:
            raise ValidationError(str(error), code="invalid") from error

    def to_representation(self, value: Any) -> Any:
        """Return the wire form of a Python value."""
        return self.wire.to_representation(self.handler.to_wire(value))
