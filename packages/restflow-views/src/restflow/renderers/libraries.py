"""The JSON libraries a project may have installed, each held to what DRF's encoder means."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from math import isfinite
from typing import Any

from rest_framework.utils.encoders import JSONEncoder
from rest_framework.utils.serializer_helpers import ReturnDict, ReturnList

__all__ = ["encoder"]

#: U+2028 and U+2029, which DRF escapes for JavaScript's sake: the first two of their three bytes.
SEPARATORS = b"\xe2\x80"


@cache
def encoder() -> Callable[[Any], bytes | None] | None:
    """Return a function from data to JSON, or to ``None`` where DRF has to write it.

    ``None`` is returned if neither orjson nor msgspec is installed.
    """
    for make in (_orjson, _msgspec):
        try:
            return make()
        except ImportError:
            continue
    return None


def _default(value: Any) -> Any:
    """Return something simpler for *value*, as DRF's encoder does.

    Raises:
        TypeError: there is nothing.
    """
    if isinstance(value, (ReturnDict, ReturnList)):
        return dict(value) if isinstance(value, dict) else list(value)
    if isinstance(value, (str, int, float, dict, list, tuple)):
        # json writes subclasses by their base; which methods it calls for that, only json knows.
        raise TypeError(type(value).__qualname__)
    return JSONEncoder().default(value)


def _orjson() -> Callable[[Any], bytes | None]:
    import orjson

    options = (
        orjson.OPT_PASSTHROUGH_SUBCLASS
        | orjson.OPT_PASSTHROUGH_DATETIME
        | orjson.OPT_PASSTHROUGH_DATACLASS
    )

    def encode(data: Any) -> bytes | None:
        try:
            body = orjson.dumps(data, _default, options)
        except TypeError:  # JSONEncodeError is one
            return None
        # orjson writes null for NaN and infinities, where DRF refuses.
        if _has_separators(body) or (_has_nulls(body, data) and not _is_finite(data)):
            return None
        return body

    return encode


def _msgspec() -> Callable[[Any], bytes | None]:
    import msgspec

    encode_json = msgspec.json.Encoder(enc_hook=_default).encode

    def encode(data: Any) -> bytes | None:
        # msgspec writes enums, dataclasses, dates and decimals its own way, without asking.
        if not _is_plain(data):
            return None
        try:
            body = encode_json(data)
        except (TypeError, ValueError, OverflowError):
            return None
        return None if _has_separators(body) else body

    return encode


_PLAIN = frozenset({str, int, bool, type(None)})


def _is_plain(data: Any) -> bool:
    """Tell whether *data* consists of nothing but JSON's own types, and finite numbers."""
    waiting = [data]
    while waiting:
        item = waiting.pop()
        kind = item.__class__
        if kind in _PLAIN:
            continue
        if kind is dict or kind is ReturnDict:
            if any(key.__class__ is not str for key in item):
                return False
            waiting.extend(item.values())
        elif kind is list or kind is tuple or kind is ReturnList:
            waiting.extend(item)
        elif kind is not float or not isfinite(item):
            return False
    return True


def _has_separators(body: bytes) -> bool:
    """Tell whether *body* may contain U+2028 or U+2029; most bodies are ASCII, quickly told."""
    return not body.isascii() and SEPARATORS in body


def _has_nulls(body: bytes, data: Any) -> bool:
    """Tell whether *body* has a null that no None at the top of *data* accounts for.

    The first page has no previous one and the last no next: most pages stop here.
    """
    count = body.count(b"null")
    if count and data.__class__ is dict:
        count -= list(data.values()).count(None)
    return count != 0


_CONTAINERS: frozenset[type[Any]] = frozenset({dict, list, tuple, ReturnDict, ReturnList})


def _is_finite(data: Any) -> bool:
    """Tell whether every float in *data*, as far as it is plain, is a finite number.

    What is not plain counts as not finite: DRF then looks for itself.
    """
    waiting = [[data]]
    while waiting:
        item: Any = waiting.pop()
        values: Any = item.values() if isinstance(item, dict) else item
        others = set(map(type, values)) - _PLAIN
        if not others:
            continue
        if not others <= _CONTAINERS:
            if not others <= _CONTAINERS | {float}:
                return False
            if not all(isfinite(value) for value in values if isinstance(value, float)):
                return False
        waiting.extend(value for value in values if value.__class__ in _CONTAINERS)
    return True
