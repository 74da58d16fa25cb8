"""How a plan gets a field's value from an object: by the class of the object, decided once."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from functools import partial
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any

from django.db.models import Model
from django.db.models.fields.related_descriptors import (
    ForeignKeyDeferredAttribute,
    ForwardManyToOneDescriptor,
    ForwardOneToOneDescriptor,
    ManyToManyDescriptor,
    ReverseManyToOneDescriptor,
)
from django.db.models.query_utils import DeferredAttribute

__all__ = ["CALLABLES", "Reader", "reader_of"]

#: The classes of what DRF calls when a source leads to it.
CALLABLES = frozenset({FunctionType, MethodType, BuiltinFunctionType, partial})

_COLUMNS = (DeferredAttribute, ForeignKeyDeferredAttribute)
_FORWARD = (ForwardManyToOneDescriptor, ForwardOneToOneDescriptor)
_MANAGERS = (ManyToManyDescriptor, ReverseManyToOneDescriptor)


class Reader:
    """Reading attributes of objects whose lookup may run anything: attribute by attribute."""

    def column(self, name: str) -> str | None:
        """Return the expression for a value that lies in the object, ``None`` if it may not."""
        return None

    def relation(self, name: str) -> str | None:
        """Return the expression for a cached related object; it raises KeyError if not cached."""
        return None

    def foreign_key(self, name: str) -> str | None:
        """Return the expression for the key of a related object, without the object."""
        return None

    def is_manager(self, name: str) -> bool:
        """Tell whether *name* is a to-many relation of a model."""
        return False

    def target(self, name: str) -> type[Model] | None:
        """Return the class of the model that relation *name* leads to."""
        return None

    def is_silent(self, name: str) -> bool:
        """Tell whether reading *name* runs no code of the user's."""
        return False

    def attribute(self, name: str) -> str | None:
        """Return the expression for the value, whatever it runs; ``None`` for DRF's own lookup."""
        return f"instance.{name}" if name.isidentifier() and not name.startswith("__") else None


class ItemReader(Reader):
    """Reading dictionaries."""

    def column(self, name: str) -> str | None:
        return f"instance[{name!r}]"

    def is_silent(self, name: str) -> bool:
        return True

    def attribute(self, name: str) -> str | None:
        return self.column(name)


class DRFReader(Reader):
    """Leaving it to DRF: mappings of other kinds, callables."""

    def attribute(self, name: str) -> str | None:
        return None


class PlainReader(Reader):
    """Reading objects of an ordinary class: dataclasses, namespaces, named tuples."""

    def __init__(self, cls: type) -> None:
        self.cls = cls

    def is_silent(self, name: str) -> bool:
        found = inspect.getattr_static(self.cls, name, None)
        return not hasattr(type(found), "__get__") or inspect.ismemberdescriptor(found)


class ModelReader(Reader):
    """Reading model instances: loaded columns and cached relations lie in two dictionaries."""

    def __init__(self, cls: type[Model]) -> None:
        self.cls = cls

    def _descriptor(self, name: str) -> Any:
        return inspect.getattr_static(self.cls, name, None)

    def column(self, name: str) -> str | None:
        found = self._descriptor(name)
        if type(found) in _COLUMNS:
            return f"loaded[{found.field.attname!r}]"
        return None

    def relation(self, name: str) -> str | None:
        found = self._descriptor(name)
        if type(found) in _FORWARD and found.field.name == name:
            return f"related[{name!r}]"
        return None

    def foreign_key(self, name: str) -> str | None:
        found = self._descriptor(name)
        if type(found) not in _FORWARD or found.field.name != name:
            return None
        if self.cls.serializable_value is not Model.serializable_value:
            return None
        return self.column(found.field.attname)

    def is_manager(self, name: str) -> bool:
        return type(self._descriptor(name)) in _MANAGERS

    def target(self, name: str) -> type[Model] | None:
        found = self._descriptor(name)
        if type(found) in _FORWARD:
            return found.field.related_model  # type: ignore[no-any-return]
        if type(found) is ManyToManyDescriptor:
            rel = found.rel
            return rel.related_model if found.reverse else rel.model
        return found.rel.related_model if type(found) in _MANAGERS else None

    def is_silent(self, name: str) -> bool:
        return type(self._descriptor(name)) in (*_COLUMNS, *_FORWARD, *_MANAGERS)


def reader_of(cls: type) -> Reader:
    """Return how to read objects of exactly this class."""
    if issubclass(cls, dict):
        own = cls.__getitem__ is dict.__getitem__ and not hasattr(cls, "__missing__")
        return ItemReader() if own else DRFReader()
    if issubclass(cls, Mapping) or cls in CALLABLES:
        return DRFReader()
    if cls.__getattribute__ is not object.__getattribute__ or hasattr(cls, "__getattr__"):
        return Reader()
    return ModelReader(cls) if issubclass(cls, Model) else PlainReader(cls)
