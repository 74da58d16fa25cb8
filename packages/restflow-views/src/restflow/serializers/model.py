"""Model serializers: annotations refine what the model says, writes need no field to be rebuilt."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.db.models import Model
from rest_framework import serializers as drf
from rest_framework.utils import model_meta

from restflow.core.annotations import Collection, Declarations, FieldSpec, Nested

from .declaration import arguments_of, build, declarations_of, is_explicit
from .serializer import Serializer

if TYPE_CHECKING:
    ModelBase = drf.ModelSerializer[Any]
    HyperlinkedBase = drf.HyperlinkedModelSerializer[Any]
else:
    ModelBase = drf.ModelSerializer
    HyperlinkedBase = drf.HyperlinkedModelSerializer

__all__ = ["HyperlinkedModelSerializer", "ModelSerializer"]


class ModelSerializer(Serializer, ModelBase):
    """DRF's model serializer; annotated attributes join ``Meta.fields`` by themselves.

    An annotation that names a model field refines it: validators, requiredness, choices and help
    text of the model stay. One that names a property or method of the model is read-only.
    """

    if TYPE_CHECKING:
        Meta: Any  # users write a plain class, not a subclass of the one in the stubs

    # -- fields ----------------------------------------------------------------------------------

    @classmethod
    def _adopt(cls, declarations: Declarations) -> None:
        """Add the annotated names to ``Meta.fields``; their fields wait for the model."""
        meta: Any = getattr(cls, "Meta", None)
        listed = getattr(meta, "fields", None)
        if not isinstance(listed, (list, tuple)):
            return
        # A subclass may list fewer fields than a parent that has listed its own.
        settled = {
            name
            for base in cls.__mro__[1:]
            if "Meta" in base.__dict__ and hasattr(base, "_declared_fields")
            for name in declarations
            if name in _annotated_names(base)
        }
        new = [
            name
            for name in declarations
            if name not in listed and name not in settled and not is_explicit(cls, name)
        ]
        if new:
            merged = type("Meta", (meta,), {"fields": type(listed)([*listed, *new])})
            type.__setattr__(cls, "Meta", merged)

    def get_fields(self) -> dict[str, Any]:
        """Return new field instances by name; see DRF."""
        return ModelBase.get_fields(self)

    def get_default_field_names(self, declared_fields: Any, model_info: Any) -> Any:
        """Return the names for ``fields = "__all__"``, the annotated ones included; see DRF."""
        names = super().get_default_field_names(declared_fields, model_info)
        return [*names, *(name for name in _refinements(type(self)) if name not in names)]

    def build_field(
        self, field_name: str, info: Any, model_class: Any, nested_depth: int
    ) -> tuple[Any, dict[str, Any]]:
        """Return the class and the arguments of one field; see DRF."""
        spec = _refinements(type(self)).get(field_name)
        if spec is None:
            made: tuple[Any, dict[str, Any]] = super().build_field(
                field_name, info, model_class, nested_depth
            )
            return made
        if field_name in info.relations:
            return self._refined_relation(spec, info.relations[field_name])
        if field_name in info.fields_and_pk:
            return self._refined_field(spec, info.fields_and_pk[field_name])
        arguments = arguments_of(spec)
        if hasattr(model_class, field_name):
            arguments = {"read_only": True, **arguments}
        field: Any = build(spec, type(self), arguments)
        return type(field), dict(field._kwargs)

    def _refined_field(self, spec: FieldSpec, model_field: Any) -> tuple[Any, dict[str, Any]]:
        cls, kwargs = self.build_standard_field(spec.name, model_field)
        own_class, own_kwargs = self.serializer_field_map.recipe(spec.type)
        if issubclass(own_class, drf.ChoiceField):
            kwargs = _common(kwargs) | {k: v for k, v in kwargs.items() if k == "allow_blank"}
            cls = own_class
        elif "choices" not in kwargs and not issubclass(cls, own_class):
            if not issubclass(own_class, cls):
                kwargs = _common(kwargs)
            cls = own_class
        return cls, self._merged_kwargs(spec, kwargs, own_kwargs)

    def _refined_relation(self, spec: FieldSpec, relation: Any) -> tuple[Any, dict[str, Any]]:
        cls, kwargs = self.build_relational_field(spec.name, relation)
        item = spec.type.item if isinstance(spec.type, Collection) else spec.type
        if not isinstance(item, Nested):
            return cls, self._merged_kwargs(spec, kwargs, {})
        own_class, own_kwargs = self.serializer_field_map.recipe(spec.type)
        return own_class, self._merged_kwargs(spec, _common(kwargs), own_kwargs)

    def _merged_kwargs(
        self, spec: FieldSpec, kwargs: dict[str, Any], own: dict[str, Any]
    ) -> dict[str, Any]:
        """Return the model's arguments, the annotation's and ``Field(...)``'s, later ones first."""
        arguments = arguments_of(spec)
        presence = self.serializer_field_map.presence(spec, arguments)
        validators = [
            validator
            for part in (kwargs, own, arguments)
            for validator in part.get("validators", ())
        ]
        merged = {**kwargs, **own, **presence, **arguments}
        if validators:
            merged["validators"] = validators
        if merged.get("read_only"):
            for name in ("required", "default", "queryset", "validators"):
                merged.pop(name, None)
        elif "default" in merged:
            merged.pop("required", None)
        return merged

    # -- saving ----------------------------------------------------------------------------------

    def create(self, validated_data: Any) -> Any:
        """Create and return an instance; see DRF.

        Raises:
            AssertionError: nested or dotted data are left for the user to write.
            TypeError: the model does not take what was validated.
        """
        self._refuse_directly("create")
        if not self._writes_plainly():
            return super().create(validated_data)
        model: Any = self.Meta.model
        to_many = {
            name: validated_data.pop(name) for name in _to_many(model) if name in validated_data
        }
        manager = model._default_manager
        try:
            instance = manager.create(**validated_data)
        except TypeError as error:
            called = f"{model.__name__}.{manager.name}.create()"
            raise TypeError(
                f"Got a `TypeError` when calling `{called}`. A writable field of "
                f"{type(self).__name__} may be no argument of it: make the field read-only or "
                f"override {type(self).__name__}.create(). Original exception was:\n"
                f"{traceback.format_exc()}"
            ) from error
        for name, value in to_many.items():
            getattr(instance, name).set(value)
        return instance

    acreate = Serializer.acreate

    def update(self, instance: Any, validated_data: Any) -> Any:
        """Update and return an instance; see DRF.

        Raises:
            AssertionError: nested or dotted data are left for the user to write.
        """
        self._refuse_directly("update")
        if not self._writes_plainly():
            return super().update(instance, validated_data)
        model: Any = type(instance)
        to_many = _to_many(model)
        later = []
        for name, value in validated_data.items():
            if name in to_many:
                later.append((name, value))
            else:
                setattr(instance, name, value)
        instance.save()
        for name, value in later:
            getattr(instance, name).set(value)
        return instance

    aupdate = Serializer.aupdate

    def _writes_plainly(self) -> bool:
        """Tell whether no writable field is nested or dotted, so that DRF's check finds nothing."""
        plan = self._plan()
        return plan is not None and plan.writes_plainly


class HyperlinkedModelSerializer(ModelSerializer, HyperlinkedBase):
    """DRF's hyperlinked model serializer, with the same additions."""


def _annotated_names(cls: type[Any]) -> Mapping[str, Any]:
    kept = cls.__dict__.get("__restflow_declared__")
    return {} if kept is None else kept


def _refinements(cls: type[Any]) -> dict[str, FieldSpec]:
    """Return the annotated attributes that no field instance replaces."""
    declarations = declarations_of(cls)
    return {name: declarations[name] for name in declarations if not is_explicit(cls, name)}


_COMMON = frozenset(
    {"read_only", "write_only", "required", "default", "initial", "source", "label", "help_text"}
    | {"error_messages", "validators", "allow_null"}
)


def _common(kwargs: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments that every field takes."""
    return {name: value for name, value in kwargs.items() if name in _COMMON}


@lru_cache(maxsize=512)
def _to_many(model: type[Model]) -> frozenset[str]:
    relations = model_meta.get_field_info(model).relations
    return frozenset(name for name, relation in relations.items() if relation.to_many)
