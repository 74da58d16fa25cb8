"""Methods that belong to a field: ``validate_<field>`` and those of ``SerializerMethodField``."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from django.core.checks import CheckMessage, Error, Warning
from rest_framework import serializers as drf

from ..model import HyperlinkedModelSerializer
from .classes import Declared


def hooks_of_no_field(declared: Declared) -> Iterator[CheckMessage]:
    """E333, W333, E334: ``validate_<field>`` without a field, or of one that takes no input."""
    if not declared.has_own_fields:
        return
    for method in vars(declared.cls):
        name = _field_of(method)
        if name is None or not callable(getattr(declared.cls, method)):
            continue
        users = [each.known_fields.get(name) for each in (declared, *declared.subclasses)]
        found = [field for field in users if field is not None]
        if any(not field.read_only for field in found):
            continue
        if found:
            yield Error(
                f"{declared.name}.{method}() never runs: {name!r} is read-only.",
                hint="Remove the method, or let clients write the field.",
                id="restflow.E334",
            )
        elif method not in declared.called:
            yield _without_field(declared, method, name)


def _field_of(method: str) -> str | None:
    for prefix in ("validate_", "avalidate_"):
        if method.startswith(prefix) and not hasattr(HyperlinkedModelSerializer, method):
            return method.removeprefix(prefix)
    return None


def _without_field(declared: Declared, method: str, name: str) -> CheckMessage:
    text = f"{declared.name}.{method}() never runs: there is no field {name!r}."
    close = get_close_matches(name, declared.fields, n=1)
    if close:
        prefix = method.removesuffix(name)
        return Error(text, hint=f"Did you mean {prefix}{close[0]}()?", id="restflow.E333")
    return Warning(
        text,
        hint="Give it another name if other code calls it, or remove it.",
        id="restflow.W333",
    )


def missing_methods(declared: Declared) -> Iterator[CheckMessage]:
    """E335: the method of a ``SerializerMethodField`` does not exist."""
    for name, field in declared.fields.items():
        if not isinstance(field, drf.SerializerMethodField):
            continue
        method = field.method_name
        classes = [declared.cls, *(each.cls for each in declared.subclasses)]
        if any(hasattr(cls, method) or hasattr(cls, f"a{method}") for cls in classes):
            continue
        close = get_close_matches(method, [n for n in dir(declared.cls) if n.startswith("get_")])
        yield Error(
            f"{declared.name} has no method {method}() for its field {name!r}.",
            hint=f"Did you mean {close[0]}()?" if close else f"Define {method}(self, instance).",
            id="restflow.E335",
        )
