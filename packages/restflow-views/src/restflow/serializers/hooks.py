"""Which hooks of a serializer tree are the user's and async, and what sync calls say about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from rest_framework import serializers as drf

from restflow.core.adapters import hook_of
from restflow.core.steps import AsyncOnlyError

from .field_hooks import async_validators, reading_of, writing_of

__all__ = ["AsyncHook", "async_hook", "is_driven", "reading_hooks", "refuse", "writing_hooks"]


@dataclass(frozen=True, slots=True)
class AsyncHook:
    """An async method or validator of the user's.

    Args:
        name: its dotted name, for messages: it ends in ``validate`` or ``avalidate``.
        only: it has no sync form, so a sync call would have to leave it out.
    """

    name: str
    only: bool = True


WRITING = (
    "run_validation",
    "validate_empty_values",
    "to_internal_value",
    "run_validators",
    "validate",
    "run_child_validation",
)
READING = ("to_representation",)


def async_hook(obj: Any, name: str) -> AsyncHook | None:
    """Return the user's async form of hook *name* of *obj*, if there is one."""
    if not hasattr(obj, name) and not hasattr(obj, f"a{name}"):
        return None
    hook = hook_of(obj, name)
    if hook.steps is not None or hook.async_ is None:
        return None
    owner = type(obj)
    return AsyncHook(f"{owner.__module__}.{owner.__qualname__}.{hook.async_}", hook.sync is None)


def writing_hooks(serializer: Any, fields: Iterable[Any]) -> Iterator[AsyncHook]:
    """Return the async hooks that validating with *serializer* would meet, nested ones included.

    Args:
        serializer: an instance, or a prototype.
        fields: its fields.
    """
    names = [*WRITING]
    for field in fields:
        if not field.read_only:
            names.append(f"validate_{field.field_name}")
            yield from _nested(field, "_writing_hooks")
            yield from (AsyncHook(*found) for found in writing_of(field))
    yield from _found(serializer, names)


def validator_hooks(serializer: Any) -> Iterator[AsyncHook]:
    """Return the async validators of the serializer itself, without making fields for it."""
    stock = type(serializer).get_validators in _GET_VALIDATORS
    if stock and "_validators" not in vars(serializer) and isinstance(serializer, drf.Serializer):
        given = getattr(getattr(serializer, "Meta", None), "validators", None) or ()
    else:
        given = serializer.validators
    return (AsyncHook(name) for name in async_validators(given))


_GET_VALIDATORS = (drf.Serializer.get_validators, drf.ModelSerializer.get_validators)


def reading_hooks(serializer: Any, fields: Iterable[Any]) -> Iterator[AsyncHook]:
    """Return the async hooks that representing with *serializer* would meet."""
    names = [*READING]
    for field in fields:
        if not field.write_only:
            if isinstance(field, drf.SerializerMethodField) and field.method_name:
                names.append(field.method_name)
            yield from _nested(field, "_reading_hooks")
            yield from (AsyncHook(*found) for found in reading_of(field))
    yield from _found(serializer, names)


def _nested(field: Any, name: str) -> Iterator[AsyncHook]:
    find = getattr(field, name, None)
    if find is not None:
        yield from find()


def _found(serializer: Any, names: Iterable[str]) -> Iterator[AsyncHook]:
    for name in names:
        hook = async_hook(serializer, name)
        if hook is not None:
            yield hook


def refuse(serializer: Any, called: str, hooks: Iterable[AsyncHook]) -> None:
    """Raise if a sync call would have to leave out async hooks.

    Raises:
        AsyncOnlyError: it names the first of them.
    """
    for hook in hooks:
        if hook.only:
            raise AsyncOnlyError(
                f"{hook.name}() is async, and {type(serializer).__qualname__}.{called} cannot "
                f"await it. Await a{called} instead."
            )


def is_driven(serializer: Any) -> bool:
    """Tell whether an async call is at work on the tree of *serializer*, so that we may wait."""
    while serializer.parent is not None:
        serializer = serializer.parent
    return bool(serializer.__dict__.get("_async_calls"))
