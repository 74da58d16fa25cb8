"""Bringing arguments to their annotated type, so that "42" and 42 are one key for ``int``."""

from __future__ import annotations

import datetime
import decimal
import enum
import types
import typing
import uuid
from collections.abc import Callable
from typing import Any

from .text import DECIMAL

#: Brings one value to a type; a value that does not fit is returned as it is.
Converter = Callable[[Any], Any]


def annotations_of(func: Callable[..., Any]) -> dict[str, Any]:
    """Return the resolved annotations of *func*, leaving out those that cannot be resolved."""
    try:
        return typing.get_type_hints(func)
    except Exception:  # a name that exists for type checkers only: judge each by itself
        pass
    found = {}
    for name, annotation in _raw(func).items():
        try:
            found[name] = _resolved(annotation, getattr(func, "__globals__", {}))
        except Exception:  # an annotation is a hint: without it the key is stricter
            continue
    return found


def _raw(func: Callable[..., Any]) -> dict[str, Any]:
    try:
        return dict(func.__annotations__)
    except Exception:  # PEP 649: evaluating raises where a name is missing
        annotate = getattr(func, "__annotate__", None)
        if annotate is None:
            return {}
        import annotationlib  # type: ignore[import-not-found, unused-ignore]

        found: dict[str, Any] = annotationlib.call_annotate_function(
            annotate, annotationlib.Format.FORWARDREF
        )
        return found


def _resolved(annotation: Any, namespace: dict[str, Any]) -> Any:
    holder = types.new_class("Holder")
    holder.__annotations__ = {"value": annotation}
    return typing.get_type_hints(holder, globalns=namespace)["value"]


def converter(annotation: Any) -> tuple[Converter | None, bool]:
    """Return what brings a value to *annotation*, and whether its text may be loose.

    Loose means that within this type an integer (or UUID) and its string cannot both occur.
    """
    if typing.get_origin(annotation) is typing.Annotated:
        annotation = typing.get_args(annotation)[0]
    annotation = getattr(annotation, "__supertype__", annotation)  # NewType
    origin = typing.get_origin(annotation)
    if origin in (typing.Union, types.UnionType):
        members = [arg for arg in typing.get_args(annotation) if arg is not type(None)]
        return converter(members[0]) if len(members) == 1 else (None, False)
    if origin in CONTAINERS:
        return _elementwise(origin, typing.get_args(annotation)), False
    if annotation in SIMPLE:
        return SIMPLE[annotation], annotation in (int, str, uuid.UUID)
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        return _member(annotation), False
    return None, False


def _to_int(value: Any) -> Any:
    return int(value) if type(value) is str and DECIMAL.fullmatch(value) else value


def _to_str(value: Any) -> Any:
    return str(value) if type(value) is int or type(value) is uuid.UUID else value


def _to_float(value: Any) -> Any:
    try:
        return float(value) if type(value) in (int, str) else value
    except (ValueError, OverflowError):
        return value


def _to_uuid(value: Any) -> Any:
    try:
        return uuid.UUID(value) if type(value) is str else value
    except ValueError:
        return value


def _to_decimal(value: Any) -> Any:
    try:
        return decimal.Decimal(value) if type(value) in (int, str) else value
    except decimal.InvalidOperation:
        return value


def _parsing(kind: Any) -> Converter:
    def convert(value: Any) -> Any:
        try:
            return kind.fromisoformat(value) if type(value) is str else value
        except ValueError:
            return value

    return convert


def _member(kind: type[enum.Enum]) -> Converter:
    def convert(value: Any) -> Any:
        try:
            return kind(value)
        except ValueError:
            return value

    return convert


CONTAINERS = (list, set, frozenset, tuple)
SIMPLE: dict[Any, Converter] = {
    int: _to_int,
    str: _to_str,
    float: _to_float,
    uuid.UUID: _to_uuid,
    decimal.Decimal: _to_decimal,
    datetime.datetime: _parsing(datetime.datetime),
    datetime.date: _parsing(datetime.date),
    datetime.time: _parsing(datetime.time),
}


def _elementwise(kind: Any, args: tuple[Any, ...]) -> Converter | None:
    if not args or (kind is tuple and args[1:] != (...,)):
        return None
    each, _ = converter(args[0])
    if each is None:
        return None

    def convert(value: Any) -> Any:
        return kind(each(item) for item in value) if type(value) is kind else value

    return convert
