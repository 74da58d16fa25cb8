"""E002 to E006: ``RESTFLOW_SETTINGS`` says something that nobody will read, or cannot be used."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from django.core.checks import CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured

from ..settings import SETTING, Section, restflow_settings, user_settings


def check_settings(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Check sections, keys, value types and dotted paths of ``RESTFLOW_SETTINGS``."""
    try:
        sections = user_settings()
    except ImproperlyConfigured as error:
        return [Error(str(error), hint=f"See {SETTING} in the docs.", id="restflow.E004")]
    messages: list[CheckMessage] = []
    for name, values in sections.items():
        if name not in restflow_settings.entry_points:
            messages.append(
                Error(
                    f"{SETTING} has no section {name!r}.",
                    hint=_did_you_mean(name, list(restflow_settings), "sections"),
                    id="restflow.E002",
                )
            )
        elif not isinstance(values, dict):
            messages.append(
                Error(
                    f"{SETTING}[{name!r}] is {type(values).__name__}, not a dict.",
                    hint=f'Write {SETTING} = {{"{name}": {{...}}}}.',
                    id="restflow.E004",
                )
            )
        elif (section := _loaded(name)) is not None:
            messages.extend(_check_section(section, values))
    return messages


def _loaded(name: str) -> Section | None:
    """Return the section, or ``None`` when its package lacks an optional library: it is unused."""
    try:
        section: Section = getattr(restflow_settings, name)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "restflow":
            raise
        return None
    return section


def _check_section(section: Section, values: dict[str, Any]) -> Iterator[CheckMessage]:
    try:
        hints = get_type_hints(type(section))
    except NameError:  # a name that exists for type checkers only
        hints = {}
    for key, value in values.items():
        where = f"{SETTING}[{section.name!r}][{key!r}]"
        if key not in section.defaults:
            yield Error(
                f"{where} is not a setting.",
                hint=_did_you_mean(key, list(section.defaults), "keys"),
                id="restflow.E003",
            )
        elif key in section.import_strings:
            try:
                getattr(section, key)
            except ImproperlyConfigured as error:
                yield Error(
                    str(error), hint="Correct the dotted path or install it.", id="restflow.E005"
                )
        elif key in hints and not _fits(value, hints[key]):
            yield Error(
                f"{where} is {value!r}.", hint=f"Use {_spelled(hints[key])}.", id="restflow.E006"
            )


def _fits(value: Any, hint: Any) -> bool:
    if hint is Any:  # a class since Python 3.11, but not one to ask isinstance() about
        return True
    origin = get_origin(hint)
    if origin is Literal:
        return value in get_args(hint)
    if origin in (Union, UnionType):
        return any(_fits(value, part) for part in get_args(hint))
    if hint is None or hint is type(None):
        return value is None
    if hint is int or hint is float:
        return isinstance(value, (int, hint)) and not isinstance(value, bool)
    kind = origin or hint
    if kind in (list, tuple, set, frozenset):  # a project writes whichever sequence it likes
        return isinstance(value, (list, tuple, set, frozenset))
    return not isinstance(kind, type) or isinstance(value, kind)


def _spelled(hint: Any) -> str:
    origin = get_origin(hint)
    if origin is Literal:
        return " or ".join(repr(option) for option in get_args(hint))
    if origin in (Union, UnionType):
        return " or ".join(_spelled(part) for part in get_args(hint))
    if hint is type(None):
        return "None"
    kind = origin or hint
    return f"a value of type {getattr(kind, '__name__', kind)}"


def _did_you_mean(given: Any, known: list[str], what: str) -> str:
    close = get_close_matches(str(given).upper(), known, n=1)
    if close:
        return f"Did you mean {close[0]!r}?"
    if not known:
        return f"No installed restflow distribution declares {what}."
    return f"Known {what}: {', '.join(sorted(known))}."
