"""The serializer: DRF's, declared by annotations, run by a plan, awaitable."""

from __future__ import annotations

from collections.abc import Iterable, MutableMapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

from rest_framework import serializers as drf
from rest_framework.serializers import ListSerializer as DRFListSerializer
from rest_framework.serializers import Serializer as DRFSerializer
from rest_framework.utils.serializer_helpers import BindingDict

from restflow.core.adapters import twins
from restflow.core.annotations import Declarations
from restflow.core.steps import Steps, run

from . import decisions
from .declaration import SerializerMetaclass, complete, declare_fields
from .field_hooks import prepare
from .field_map import SerializerFieldMap
from .hooks import AsyncHook, is_driven, reading_hooks, refuse, validator_hooks, writing_hooks
from .listing import ListSerializer
from .state import fresh_state
from .surface import AsyncSurface
from .validated import ValidatedData

if TYPE_CHECKING:
    Base = drf.Serializer[Any]
else:
    Base = DRFSerializer

__all__ = ["Serializer"]


#: Arguments that every request brings; all others shape the field that a serializer also is.
_EVERYDAY = frozenset({"partial", "context", "many"})


class Serializer(AsyncSurface, Base, metaclass=SerializerMetaclass):
    """A DRF serializer whose annotated attributes are fields::

        class UserSerializer(Serializer):
            name: str
            role: Literal["admin", "user"] = "user"

    Every hook has an awaitable twin with an ``a`` in front; override whichever you need.
    """

    if TYPE_CHECKING:
        # To a type checker the validated data are the annotated attributes and a mapping; names
        # of mapping methods are Any, since a field may have them.
        get: Any
        items: Any
        keys: Any
        pop: Any
        update: Any
        values: Any

        @property
        def validated_data(self) -> Self: ...
        def __getitem__(self, key: str) -> Any: ...
        def __contains__(self, key: object) -> bool: ...
        def __len__(self) -> int: ...

    #: Which field stands for which annotation.
    serializer_field_map: ClassVar[SerializerFieldMap] = SerializerFieldMap()

    def __init__(self, instance: Any = None, data: Any = drf.empty, **kwargs: Any) -> None:
        if kwargs.keys() <= _EVERYDAY:
            self.__dict__.update(fresh_state(type(self)))
            self.instance = instance
            if data is not drf.empty:
                self.initial_data = data
            self.partial = kwargs.get("partial", False)
            self._context = kwargs.get("context", {})
        else:
            super().__init__(instance, data, **kwargs)

    # -- fields ----------------------------------------------------------------------------------

    @classmethod
    def _adopt(cls, declarations: Declarations) -> None:
        """Take in the annotations of a class that was just created."""
        declare_fields(cls, [name for name in declarations if name not in declarations.pending])

    @property
    def fields(self) -> BindingDict:
        """The fields by name, made when first asked for; see DRF.

        Whoever asks may change them, so from then on this instance is run field by field.
        """
        self.__dict__["_fields_touched"] = True
        return self._own_fields()

    @fields.setter
    def fields(self, fields: BindingDict) -> None:
        self.__dict__["_fields_touched"] = True
        self.__dict__["_fields"] = fields

    @fields.deleter
    def fields(self) -> None:
        self.__dict__.pop("_fields", None)

    def _own_fields(self) -> BindingDict:
        """Return the fields without taking them for changed."""
        fields: BindingDict | None = self.__dict__.get("_fields")
        if fields is None:
            fields = BindingDict(self)
            for name, field in self.get_fields().items():
                fields[name] = field
                prepare(field)
            self.__dict__["_fields"] = fields
        return fields

    def get_fields(self) -> dict[str, Any]:
        """Return new field instances by name; see DRF."""
        complete(type(self))
        return super().get_fields()

    @classmethod
    def many_init(cls, *args: Any, **kwargs: Any) -> Any:
        """Return the list serializer that ``many=True`` stands for; see DRF."""
        made = super().many_init(*args, **kwargs)
        if type(made) is DRFListSerializer:
            made.__class__ = ListSerializer
        return made

    def set_value(
        self, dictionary: MutableMapping[str, Any], keys: Sequence[str], value: Any
    ) -> None:
        """Put *value* where ``source`` says; dictionaries made on the way have attributes too."""
        if not keys:
            dictionary.update(value)
            return
        *path, last = keys
        for key in path:
            dictionary = dictionary.setdefault(key, ValidatedData())
        dictionary[last] = value

    # -- validation ------------------------------------------------------------------------------

    def run_validation(self, data: Any = drf.empty) -> Any:
        """Validate *data* and return the validated value; see DRF."""
        plan = self._plan()
        hooks = self._early_hooks() if plan is None else plan.writing_hooks
        if hooks:
            if is_driven(self):
                return run(decisions.run_validation(self, data))
            refuse(self, "run_validation()", hooks)
        if plan is not None and data.__class__ is dict and plan.validates:
            validation = plan.validation
            return validation.run(data, self, plan.environment(self, validation.clock))
        return super().run_validation(data)

    # A class that defines one colour of a hook has the last word on it: this is for both.
    arun_validation = AsyncSurface.arun_validation

    def to_internal_value(self, data: Any) -> Any:
        """Validate the fields of *data*; see DRF."""
        plan = self._plan()
        hooks = self._writing_hooks() if plan is None else plan.writing_hooks
        if hooks:
            if is_driven(self):
                return run(decisions.to_internal_value(self, data))
            refuse(self, "to_internal_value()", hooks)
        if plan is not None and data.__class__ is dict:
            validation = plan.validation
            return validation.accept(data, self, plan.environment(self, validation.clock))
        return super().to_internal_value(data)

    def _to_internal_value(self, data: Any) -> Steps[Any]:
        """Validate the fields of *data*."""
        return (yield from decisions.to_internal_value(self, data))

    ato_internal_value = twins(_to_internal_value)[1]

    def _run_own_validators(self, value: Any) -> None:
        """Run the validators; those of DRF look at the fields, which does not change them."""
        touched = "_fields_touched" in self.__dict__
        self.run_validators(value)
        if not touched:
            self.__dict__.pop("_fields_touched", None)

    def _has_validators(self) -> bool:
        plan = self._plan()
        if plan is None or type(self).run_validators is not DRFSerializer.run_validators:
            return True
        return plan.validation.validators

    def _computes(self) -> bool:
        plan = self._plan()
        return plan is not None and plan.validates and plan.validation.is_cpu

    # -- representation --------------------------------------------------------------------------

    def to_representation(self, instance: Any) -> Any:
        """Return the representation of *instance*; see DRF."""
        plan = self._plan()
        hooks = self._reading_hooks() if plan is None else plan.reading_hooks
        if hooks:
            if is_driven(self):
                return run(decisions.to_representation(self, instance))
            refuse(self, "to_representation()", hooks)
        if plan is None:
            return super().to_representation(instance)
        representation = plan.representation
        environment = plan.environment(self, representation.clock)
        return representation.one(instance, self, environment)

    def _to_representation(self, instance: Any) -> Steps[Any]:
        """Return the representation of *instance*."""
        return (yield from decisions.to_representation(self, instance))

    ato_representation = twins(_to_representation)[1]

    # -- hooks -----------------------------------------------------------------------------------

    def _writing_hooks(self) -> Iterable[AsyncHook]:
        plan = self._plan()
        if plan is not None:
            return plan.writing_hooks
        found = writing_hooks(self, self._own_fields().values())
        return [*found, *validator_hooks(self)]

    def _early_hooks(self) -> Iterable[AsyncHook]:
        plan = self._plan()
        if plan is not None:
            return plan.writing_hooks
        return [*writing_hooks(self, ()), *validator_hooks(self)]

    def _reading_hooks(self) -> Iterable[AsyncHook]:
        plan = self._plan()
        if plan is not None:
            return plan.reading_hooks
        return list(reading_hooks(self, self._own_fields().values()))
