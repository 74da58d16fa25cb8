"""What ``class Meta`` of a filter set says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from typing import Any, Literal, TypeAlias

from django.core.exceptions import ImproperlyConfigured
from django.db import models

from .fields.ordering import Direction, OrderFields
from .lookups import Lookups

Unknown: TypeAlias = Literal["error", "warn", "ignore"]
Processors: TypeAlias = tuple[str | Callable[..., Any], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """The attributes of ``Meta``.

    Args:
        model: whose rows are filtered; every path and lookup is checked against it.
        fields: columns to make filters for: names, a map of name to lookups, or ``"__all__"``,
            which leaves out columns that look like secrets.
        exclude: columns to leave out of all the others.
        extra_kwargs: arguments for fields made from annotations or columns, by name.
        operator: how the conditions of one request combine: AND, OR or XOR.
        allow_negate: whether ``name!`` exists.
        lookup_separator: stands between a field's name and a lookup.
        preprocessors, postprocessors: the user's functions around the filtering.
        order_fields, default_order_fields, order_param, override_order_direction: the ordering
            parameter; see ``OrderField``.
        max_in_items: how many items a list may have.
        unknown: what an undeclared parameter means; ``FILTERS.UNKNOWN`` if not given.
    """

    model: type[models.Model] | None = None
    fields: Iterable[str] | Mapping[str, Lookups] | Literal["__all__"] | None = None
    exclude: Iterable[str] | None = None
    extra_kwargs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    operator: Literal["AND", "OR", "XOR"] = "AND"
    allow_negate: bool = True
    lookup_separator: str = "__"
    preprocessors: Processors = ()
    postprocessors: Processors = ()
    order_fields: OrderFields = ()
    default_order_fields: Iterable[str] = ()
    order_param: str | None = None
    override_order_direction: Direction | Mapping[str, Direction] | None = None
    max_in_items: int = 500
    unknown: Unknown | None = None


NAMES = tuple(item.name for item in fields(Options))


def options_of(cls: type) -> Options:
    """Return what ``Meta`` of *cls* says, its bases included.

    Raises:
        ImproperlyConfigured: it holds a name or a value that means nothing.
    """
    meta = getattr(cls, "Meta", None)
    names = [name for name in dir(meta) if not name.startswith("_")] if meta else []
    for name in names:
        if name not in NAMES:
            close = get_close_matches(name, NAMES, 1)
            hint = f"Did you mean {close[0]}?" if close else f"Known are {', '.join(NAMES)}."
            raise ImproperlyConfigured(f"{cls.__name__}.Meta.{name} means nothing. {hint}")
    given = {name: getattr(meta, name) for name in names}
    for name in ("preprocessors", "postprocessors"):
        listed = given.get(name, ())
        given[name] = (listed,) if isinstance(listed, str) or callable(listed) else tuple(listed)
    options = Options(**given)
    _check(cls, options)
    return options


def _check(cls: type, options: Options) -> None:
    name = f"{cls.__name__}.Meta"
    if options.operator not in ("AND", "OR", "XOR"):
        raise ImproperlyConfigured(
            f'{name}.operator is {options.operator!r}; write "AND", "OR" or "XOR".'
        )
    if options.unknown not in (None, "error", "warn", "ignore"):
        raise ImproperlyConfigured(
            f'{name}.unknown is {options.unknown!r}; write "error", "warn" or "ignore".'
        )
    if isinstance(options.fields, str) and options.fields != "__all__":
        raise ImproperlyConfigured(
            f'{name}.fields is the string {options.fields!r}; write a list, or "__all__".'
        )
    if isinstance(options.exclude, str):
        raise ImproperlyConfigured(f"{name}.exclude is a string; write a list of names.")
    if options.fields is not None and options.exclude is not None and options.fields != "__all__":
        raise ImproperlyConfigured(f"{name} has fields and exclude; one list is enough.")
    if options.model is None and (options.fields is not None or options.exclude is not None):
        raise ImproperlyConfigured(f"{name} lists fields of no model; set {name}.model.")
    if not options.lookup_separator or "!" in options.lookup_separator:
        raise ImproperlyConfigured(
            f'{name}.lookup_separator is {options.lookup_separator!r}; use "__", "." or the like.'
        )
