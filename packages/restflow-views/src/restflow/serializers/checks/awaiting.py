"""``async def`` where nobody will await it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from inspect import iscoroutinefunction
from typing import Any

from django.core.checks import CheckMessage, Error
from rest_framework import serializers as drf
from rest_framework.fields import empty

from ..field_hooks import FIELD_READING, FIELD_WRITING, reading_of, tree, writing_of
from ..hooks import READING, WRITING
from ..listing import ListSerializer
from ..model import HyperlinkedModelSerializer
from ..plans.plan import prototype
from .classes import Declared, full_name, serializers_of, view_classes

#: Hooks of a serializer that are awaited if they are async.
AWAITED = frozenset({*WRITING, *READING, "create", "update", "save", "is_valid", "get_data"})


def never_awaited(declared: Declared) -> Iterator[CheckMessage]:
    """E332: DRF calls the hook while it makes fields or passes data about, where nobody waits."""
    root = ListSerializer if declared.is_list else HyperlinkedModelSerializer
    for name in _stray(declared.coroutines, root, AWAITED):
        yield Error(
            f"{declared.name}.{name}() is async, and nobody will ever await it.",
            hint=f"Make it sync; these may be async: {', '.join(sorted(AWAITED))}, "
            "validate_<field> and the methods of SerializerMethodField.",
            id="restflow.E332",
        )
    for field in declared.known_fields.values():
        for each in tree(field):
            yield from _field_never_awaited(declared, each)
    if declared.is_list:
        return
    listed = getattr(declared.meta, "list_serializer_class", ListSerializer)
    if listed is not drf.ListSerializer and not issubclass(listed, ListSerializer):
        for name in sorted(_async_only(declared)):
            yield Error(
                f"{name}() is async, and {full_name(listed)}, the list_serializer_class of "
                f"{declared.name}, is a list of DRF's, which cannot await it.",
                hint=f"Derive {listed.__qualname__} from restflow.serializers.ListSerializer.",
                id="restflow.E331",
            )


def _field_never_awaited(declared: Declared, field: Any) -> Iterator[CheckMessage]:
    cls = type(field)
    own = {
        name: base
        for base in cls.__mro__
        if not base.__module__.startswith(("rest_framework.", "django.", "restflow."))
        for name, value in vars(base).items()
        if iscoroutinefunction(value)
    }
    awaited = frozenset({*FIELD_WRITING, *FIELD_READING})
    where = f"field {field.field_name or field.parent.field_name!r} of {declared.name}"
    for name in _stray(own, drf.ManyRelatedField, awaited, drf.PrimaryKeyRelatedField, drf.Field):
        yield Error(
            f"{full_name(cls)}.{name}(), of {where}, is async, and nobody will ever await it.",
            hint=f"Make it sync; of a field these may be async: {', '.join(sorted(awaited))}.",
            id="restflow.E332",
        )
    if field.default is not empty and iscoroutinefunction(field.default):
        yield Error(
            f"The default of {where} is async, and nobody will ever await it.",
            hint="Make the function sync, or set the value in an async validate().",
            id="restflow.E332",
        )


def _stray(names: Iterable[str], root: type, awaited: frozenset[str], *more: type) -> list[str]:
    """Return the names, or ``a<name>``, of methods of *root* that are not among the *awaited*."""
    roots = (root, *more)
    found = []
    for name in names:
        if name in awaited or (name[:1] == "a" and name[1:] in awaited):
            continue
        meant = [each for each in (name, name[1:] if name[:1] == "a" else "") if each]
        if any(callable(getattr(each, target, None)) for each in roots for target in meant):
            found.append(name)
    return sorted(found)


def never_awaited_by_drf(declared: Declared) -> Iterator[CheckMessage]:
    """E331: an async hook on a serializer of DRF's own, or below one."""
    fields: dict[str, Any] = getattr(declared.cls, "_declared_fields", {})
    methods = {
        field.method_name or f"get_{name}"
        for name, field in fields.items()
        if isinstance(field, drf.SerializerMethodField)
    }
    own = [
        f"{declared.name}.{name}"
        for name in sorted(declared.coroutines)
        if name in methods or _is_hook(name) or (name[:1] == "a" and _is_hook(name[1:]))
    ]
    below = [name for field in fields.values() for name in _async_names(field)]
    for name in (*own, *dict.fromkeys(below)):
        yield Error(
            f"{name}() is async, and {declared.name} is a serializer of DRF's, which never awaits.",
            hint=f"Derive {declared.cls.__qualname__} from the class of the same name in "
            "restflow.serializers.",
            id="restflow.E331",
        )


def _is_hook(name: str) -> bool:
    return name in AWAITED or name.startswith("validate_")


def _async_names(field: Any) -> Iterator[str]:
    """Yield the names of the async-only methods in a field, nested serializers included."""
    inner = getattr(field, "child", None) if isinstance(field, drf.BaseSerializer) else None
    if inner is not None:
        yield from _async_names(inner)
    elif hasattr(field, "_writing_hooks"):
        yield from _async_only(Declared(type(field)))
    elif not isinstance(field, drf.BaseSerializer):
        yield from (name for name, only in (*writing_of(field), *reading_of(field)) if only)


def _async_only(declared: Declared) -> set[str]:
    """Return the names of the hooks that a sync use of the class would have to leave out."""
    if not declared.has_own_fields:
        return {
            f"{declared.name}.{name}"
            for name in declared.coroutines
            if name in (*WRITING, *READING) or name.startswith("validate_")
        }
    try:
        sample = prototype(declared.cls, partial=False)
        hooks = [*sample._writing_hooks(), *sample._reading_hooks()]
    except Exception:
        return set()  # E330 says so
    return {hook.name for hook in hooks if hook.only}


def drf_views_that_cannot_wait() -> Iterator[CheckMessage]:
    """E340: a view of DRF's own would call the sync form of a serializer that has none."""
    for view in sorted(view_classes(), key=full_name):
        if hasattr(view, "validated_serializer") or getattr(view, "view_is_async", False):
            continue
        for cls in serializers_of(view):
            declared = Declared(cls)
            if not declared.is_ours or declared.is_list:
                continue
            for name in sorted(_async_only(declared)):
                yield Error(
                    f"{name}() is async, and {full_name(view)}, a sync view, cannot await it.",
                    hint="Derive the view from restflow.views.",
                    id="restflow.E340",
                )
