"""The text of a value in a key: equal in every process, different for values that differ.

Strings stand as they are, with everything but letters, digits and ``_ . - ~ @ / +`` escaped as
UTF-8 in percent signs. That leaves ``! ' [ ] ( ) { } , = & # :`` to us: no value can contain them,
so they mark types and structure, and two different values never share a text.
"""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import hashlib
import ipaddress
import pathlib
import re
import uuid
from collections.abc import Callable, Mapping, Set
from types import BuiltinFunctionType, FunctionType
from typing import Any
from urllib.parse import quote

from django.db.models import Model
from django.utils.datastructures import MultiValueDict
from django.utils.functional import Promise

from ..errors import UnstableValueError

SEPARATOR = "::"
DECIMAL = re.compile(r"-?[0-9]+")
#: Integers beyond this are written in hexadecimal: Python refuses to print them in decimal.
WIDE = 10**1000


def escape(text: str) -> str:
    """Return *text* with everything that has a meaning in keys, globs or protocols escaped."""
    if text.isascii() and text.isidentifier():
        return text
    return quote(text, safe="_.-~@/+", errors="surrogatepass")


def strict(value: Any) -> str:
    """Return the text of *value*; the integer 1 and the string "1" differ.

    Raises:
        UnstableValueError: *value* has no text that would be the same in every process.
    """
    encoder = ENCODERS.get(type(value))
    try:
        return _other(value) if encoder is None else encoder(value)
    except RecursionError:
        raise UnstableValueError("is nested too deeply, or contains itself") from None


def loose(value: Any) -> str:
    """Return the text of *value*; an integer or a UUID and its usual string are the same.

    For partitions and annotated arguments: URL kwargs are strings where model fields are not.

    Raises:
        UnstableValueError: *value* has no text that would be the same in every process.
    """
    kind = type(value)
    if kind is str and value:
        return escape(value)
    if kind is uuid.UUID:
        return str(value)
    return strict(value)


def twin(text: str) -> str | None:
    """Return the text of the number for that of its decimal string, and the other way round."""
    number = text.removeprefix("'")
    if DECIMAL.fullmatch(number) is None or (text != number and str(int(number)) != number):
        return None
    return number if text != number else f"'{number}"


def digest(text: str, algorithm: str) -> str:
    """Return 32 hexadecimal digits that stand for *text*."""
    if algorithm == "blake2b":
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
    return hashlib.new(algorithm, text.encode(), usedforsecurity=False).hexdigest()[:32]


def _string(value: str) -> str:
    if value.isascii() and value.isidentifier():
        return value
    return f"'{value}" if not value or DECIMAL.fullmatch(value) else escape(value)


def _integer(value: int) -> str:
    return str(value) if -WIDE < value < WIDE else f"!x({value:x})"


def _items(value: Any) -> str:
    return ",".join([strict(item) for item in value])


def _mapping(value: Mapping[Any, Any]) -> str:
    pairs = [f"{strict(key)}={strict(item)}" for key, item in value.items()]
    return f"{{{','.join(sorted(pairs))}}}"


def _set(value: Set[Any]) -> str:
    return f"!set({','.join(sorted(strict(item) for item in value))})"


def _datetime(value: datetime.datetime) -> str:
    zone = getattr(value.tzinfo, "key", None) or ""
    return f"!dt({escape(value.isoformat())},{escape(zone)},{value.fold})"


def _time(value: datetime.time) -> str:
    zone = getattr(value.tzinfo, "key", None) or ""
    return f"!time({escape(value.isoformat())},{escape(zone)},{value.fold})"


def _named(value: Any) -> str:
    """Classes and module-level functions: what they are called is what they are."""
    name = f"{value.__module__}.{value.__qualname__}"
    if "<" in name:
        raise UnstableValueError("is a function or class without a name of its own")
    return f"!ref({escape(name)})"


def _class_of(value: Any) -> str:
    kind = type(value)
    return escape(f"{kind.__module__}.{kind.__qualname__}")


ENCODERS: dict[type, Callable[[Any], str]] = {
    str: _string,
    int: _integer,
    type(None): lambda value: "!None",
    bool: lambda value: "!True" if value else "!False",
    float: lambda value: f"!f({value!r})",
    complex: lambda value: f"!c({escape(repr(value))})",
    decimal.Decimal: lambda value: f"!d({value})",
    uuid.UUID: lambda value: f"!u({value})",
    bytes: lambda value: f"!b({value.hex()})",
    bytearray: lambda value: f"!ba({value.hex()})",
    list: lambda value: f"[{_items(value)}]",
    tuple: lambda value: f"({_items(value)})",
    dict: _mapping,
    set: _set,
    frozenset: _set,
    range: lambda value: f"!range({value.start},{value.stop},{value.step})",
    slice: lambda value: f"!slice({_items((value.start, value.stop, value.step))})",
    datetime.datetime: _datetime,
    datetime.date: lambda value: f"!date({value.isoformat()})",
    datetime.time: _time,
    datetime.timedelta: lambda v: f"!delta({v.days},{v.seconds},{v.microseconds})",
    type(...): lambda value: "!...",
    FunctionType: _named,
    BuiltinFunctionType: _named,
}


def _other(value: Any) -> str:
    """Encode what has no entry of its own: subclasses, model instances, dataclasses."""
    if isinstance(value, Model):  # lazy objects such as request.user pass for what they wrap
        return _model(value)
    if isinstance(value, enum.Enum):
        if isinstance(value, (str, int)):  # equal to its value, so it has to share its key
            return strict(value.value)
        return f"!enum({_class_of(value)},{escape(value.name)})"
    if isinstance(value, Promise):
        return strict(str(value))
    if isinstance(value, type):
        return _named(value)
    if dataclasses.is_dataclass(value):
        fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        return f"!of({_class_of(value)},{_mapping(fields)})"
    if isinstance(value, (pathlib.PurePath, *ADDRESSES)):
        return f"!of({_class_of(value)},{escape(str(value))})"
    if isinstance(value, MultiValueDict):
        return f"!multi({_mapping(dict(value.lists()))})"
    for base in SUBCLASSED:
        if isinstance(value, base):
            return f"!of({_class_of(value)},{ENCODERS[base](value)})"
    raise UnstableValueError(_refusal(value))


ADDRESSES = (
    ipaddress.IPv4Address,
    ipaddress.IPv6Address,
    ipaddress.IPv4Network,
    ipaddress.IPv6Network,
    ipaddress.IPv4Interface,
    ipaddress.IPv6Interface,
)
SUBCLASSED = (
    str,
    int,
    float,
    bytes,
    tuple,
    list,
    dict,
    frozenset,
    set,
    decimal.Decimal,
    uuid.UUID,
    datetime.datetime,
    datetime.date,
    datetime.time,
    datetime.timedelta,
)


def _model(value: Model) -> str:
    if value.pk is None:
        raise UnstableValueError(f"is an unsaved {value._meta.label}; it has no primary key yet")
    database = value._state.db
    place = "" if database in (None, "default") else f",{escape(str(database))}"
    return f"!m({value._meta.label_lower},{strict(value.pk)}{place})"


def _refusal(value: Any) -> str:
    name = f"{type(value).__module__}.{type(value).__qualname__}"
    if hasattr(value, "META") and hasattr(value, "method"):
        return "is a request; key what the answer depends on with RequestValueKeyField"
    if hasattr(value, "query") and hasattr(value, "iterator"):
        return "is a queryset, which stands for other rows each time; pass ids or a filter value"
    if hasattr(value, "__next__") or hasattr(value, "__anext__"):
        return f"is an iterator ({name}), which is used up by reading it; pass a list"
    return (
        f"is a {name}, which has no stable text; key one of its attributes with path=, "
        f"or turn it into plain data with normalizer="
    )
