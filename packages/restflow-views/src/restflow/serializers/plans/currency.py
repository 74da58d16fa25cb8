"""Whether a plan still tells the truth: what it was made from, compared with what is there now."""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter
from typing import Any

from django.core.signals import setting_changed

__all__ = ["HOOKS", "WATCHED", "Currency", "expire", "is_dynamic", "originals"]

#: What decides which fields a serializer has, and what its parts do; an override makes the class
#: one whose fields only an instance knows.
STRUCTURE = (
    "__new__",
    "__getattribute__",
    "_declared_fields",
    "_get_model_fields",
    "_read_only_defaults",
    "_readable_fields",
    "_writable_fields",
    "bind",
    "fields",
    "get_fields",
    "get_value",
    "set_value",
)
MODEL_STRUCTURE = (
    "build_field",
    "build_nested_field",
    "build_property_field",
    "build_relational_field",
    "build_standard_field",
    "build_unknown_field",
    "build_url_field",
    "get_default_field_names",
    "get_extra_kwargs",
    "get_field_names",
    "get_unique_together_constraints",
    "get_uniqueness_extra_kwargs",
    "include_extra_kwargs",
)
#: What does the work; an override takes the work over.
HOOKS = (
    "get_validators",
    "run_validation",
    "run_validators",
    "to_internal_value",
    "to_representation",
    "validate",
    "validate_empty_values",
)
#: Attributes that DRF or users set on an instance to make it differ from its class.
WATCHED = frozenset({*STRUCTURE, *MODEL_STRUCTURE, *HOOKS, "Meta", "_validators", "validators"})

_META = (
    "depth",
    "exclude",
    "extra_kwargs",
    "fields",
    "list_serializer_class",
    "model",
    "read_only_fields",
    "validators",
)

_epoch = 0
_originals: dict[str, list[Any]] = {}


def expire(**kwargs: Any) -> None:
    """Make every plan be checked from scratch: a class or a setting has changed."""
    global _epoch
    _epoch += 1


# DRF reads its settings anew after this signal; so must what was derived from them.
setting_changed.connect(expire)


def originals(classes: Iterable[type]) -> None:
    """Remember the definitions on *classes* as those that plans may stand for."""
    for cls in classes:
        for name in ("__init__", *STRUCTURE, *MODEL_STRUCTURE, *HOOKS):
            if hasattr(cls, name):
                _originals.setdefault(name, []).append(getattr(cls, name))


def epoch() -> int:
    """Return a number that grows whenever a serializer class or a setting changes."""
    return _epoch


def is_original(cls: type, name: str) -> bool:
    """Tell whether *cls* has one of our own or DRF's definitions of *name*."""
    found = getattr(cls, name, None)
    return found is None or any(found is each for each in _originals.get(name, ()))


def is_dynamic(cls: type) -> bool:
    """Tell whether only an instance of *cls* knows its fields."""
    names = (*STRUCTURE, *MODEL_STRUCTURE)
    return hasattr(cls, "__getattr__") or any(
        not is_original(cls, name) for name in names if name != "_declared_fields"
    )


class Currency:
    """A snapshot of everything about one class that its plan was derived from."""

    __slots__ = ("_attributes", "_cls", "_declared", "_epoch", "_get", "_meta", "_options")

    def __init__(self, cls: type, hooks: Iterable[str]) -> None:
        names = [name for name in (*STRUCTURE, *MODEL_STRUCTURE, *HOOKS) if hasattr(cls, name)]
        self._cls = cls
        self._get = attrgetter(*names, *hooks)
        self._attributes = self._get(cls)
        self._declared = dict(cls._declared_fields)  # type: ignore[attr-defined]
        self._meta = getattr(cls, "Meta", None)
        self._options = _copied(_options(self._meta))
        self._epoch = _epoch

    def holds(self) -> bool:
        """Tell whether nothing has changed."""
        cls = self._cls
        return (
            self._epoch == _epoch
            and self._get(cls) == self._attributes
            and cls._declared_fields == self._declared  # type: ignore[attr-defined]
            and getattr(cls, "Meta", None) is self._meta
            and _options(self._meta) == self._options
        )


def _options(meta: Any) -> list[Any]:
    return [] if meta is None else [getattr(meta, name, None) for name in _META]


def _copied(value: Any) -> Any:
    """Copy containers alone: what they hold is compared by its own idea of equality."""
    if type(value) is dict:
        return {key: _copied(item) for key, item in value.items()}
    if type(value) in (list, tuple):
        return type(value)(_copied(item) for item in value)
    return value
