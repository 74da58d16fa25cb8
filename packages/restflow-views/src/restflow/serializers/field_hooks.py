"""Async methods of users' field classes and async validators: found, awaited, never left out.

DRF's fields know no twins, and their code calls one another's methods by name. So an async method
of a field is replaced, on the instance that belongs to a serializer, by a :class:`Waiting`: the
serializer's decisions await what it stands for, and DRF's own code, in the worker thread, waits
for the answer there. Anybody else is told what cannot be called.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from rest_framework import serializers as drf

from restflow.core.adapters import Hook, call, calling, hook_of_class
from restflow.core.steps import AsyncOnlyError, Step, Steps, awaiting, run

__all__ = [
    "FIELD_READING",
    "FIELD_WRITING",
    "Waiting",
    "async_validators",
    "inner_fields",
    "prepare",
    "prepare_validators",
    "reading_of",
    "step_of",
    "validator_step",
    "writing_of",
]

#: The methods of a field that may be async; DRF calls no other ones from a serializer's work.
FIELD_WRITING = ("run_validation", "validate_empty_values", "to_internal_value", "run_validators")
FIELD_READING = ("get_attribute", "to_representation")

#: Where the classes are whose methods are known to be sync.
_LIBRARIES = ("rest_framework.", "django.", "restflow.serializers.")


class Waiting:
    """Stands for an async method of a field, or an async validator, where sync code will call it.

    Args:
        original: what to await.
        name: its dotted name, for messages.
        field: it belongs to; only while an async call is at work on its serializer may one wait.
    """

    def __init__(self, original: Callable[..., Any], name: str, field: Any) -> None:
        self.original = original
        self.name = name
        self.field = field
        self.requires_context = getattr(original, "requires_context", False)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Wait for the answer.

        Raises:
            AsyncOnlyError: the call comes from sync code, or from the event loop.
        """
        if not self.field.root.__dict__.get("_async_calls"):
            raise AsyncOnlyError(
                f"{self.name}() is async, and sync code called it. Await the serializer's "
                f"ais_valid(), asave() or adata instead."
            )
        return run(_one(awaiting(self.original, *args, **kwargs)))


def _one(step: Step) -> Steps[Any]:
    return (yield step)


# -- what there is ---------------------------------------------------------------------------


def inner_fields(field: Any) -> list[Any]:
    """Return the fields that *field* is made of: items, members, cases; serializers' excepted."""
    if isinstance(field, drf.BaseSerializer):
        return []
    state = vars(field)
    found: list[Any] = [
        each
        for name in ("child", "child_relation", "wire")
        if isinstance(each := state.get(name), drf.Field)
    ]
    found += state.get("items", ()) if isinstance(state.get("items"), list) else ()
    for name in ("cases", "_members"):
        if isinstance(state.get(name), dict):
            found += state[name].values()
    return [each for each in found if isinstance(each, drf.Field)]


def tree(field: Any) -> Iterator[Any]:
    """Return *field* and all fields in it, serializers excepted: they look after themselves."""
    if not isinstance(field, drf.BaseSerializer):
        yield field
        for inner in inner_fields(field):
            yield from tree(inner)


def writing_of(field: Any) -> Iterator[tuple[str, bool]]:
    """Return names of the async methods and validators that validating with *field* meets.

    Each comes with whether there is no sync form.
    """
    for each in tree(field):
        yield from _found(each, FIELD_WRITING)
        yield from ((name, True) for name in async_validators(each.validators))


def reading_of(field: Any) -> Iterator[tuple[str, bool]]:
    """Return names of the async methods that representing with *field* meets."""
    for each in tree(field):
        yield from _found(each, FIELD_READING)


def _found(field: Any, names: tuple[str, ...]) -> Iterator[tuple[str, bool]]:
    for name in names:
        hook = async_method(field, name)
        if hook is not None:
            yield _name(type(field), str(hook.async_)), hook.sync is None


def async_method(field: Any, name: str) -> Hook | None:
    """Return the hook *name* of the class of *field* if the user's form of it is async."""
    cls = type(field)
    if cls.__module__.startswith(_LIBRARIES):
        return None
    if not hasattr(cls, name) and not hasattr(cls, f"a{name}"):
        return None
    hook = hook_of_class(cls, name)
    return None if hook.async_ is None or hook.steps is not None else hook


def async_validators(validators: Iterable[Any]) -> Iterator[str]:
    """Return the names of those among *validators* that have to be awaited."""
    for validator in validators:
        if isinstance(validator, Waiting) or _is_async(validator):
            yield _validator_name(validator)


def _is_async(validator: Any) -> bool:
    cls = type(validator)
    if cls.__module__.startswith(_LIBRARIES):
        return False
    return calling(validator, None).sync is None


def _validator_name(validator: Any) -> str:
    if isinstance(validator, Waiting):
        return validator.name
    if hasattr(validator, "__qualname__"):
        return f"{validator.__module__}.{validator.__qualname__}"
    return _name(type(validator), "__call__")


def _name(owner: type, attribute: str) -> str:
    return f"{owner.__module__}.{owner.__qualname__}.{attribute}"


# -- what is done about it -------------------------------------------------------------------


def prepare(field: Any) -> None:
    """Put something that waits in the place of the async methods in *field*."""
    for each in tree(field):
        if type(each).__module__.startswith(_LIBRARIES):
            continue
        for name in (*FIELD_WRITING, *FIELD_READING):
            hook = async_method(each, name)
            if hook is not None and hook.sync is None and name not in vars(each):
                original = getattr(each, str(hook.async_))
                full = _name(type(each), str(hook.async_))
                each.__dict__[name] = Waiting(original, full, each)


def prepare_validators(field: Any) -> None:
    """Put something that waits in the place of the async validators in *field*."""
    for each in tree(field) if not isinstance(field, drf.BaseSerializer) else (field,):
        if any(_is_async(validator) for validator in each.validators):
            each.validators = [
                Waiting(v, _validator_name(v), each) if _is_async(v) else v for v in each.validators
            ]


def step_of(field: Any, name: str, /, *args: Any) -> Step:
    """Return the step that calls method *name* of *field*, or awaits it."""
    own = vars(field).get(name)
    if isinstance(own, Waiting):
        return awaiting(own.original, *args)
    return call(field, name, *args)


def validator_step(validator: Any, /, *args: Any) -> Step:
    """Return the step that calls *validator*, or awaits it."""
    if isinstance(validator, Waiting):
        return awaiting(validator.original, *args)
    return calling(validator, *args)
