"""Signed tokens in compact form (RFC 7515, 7.1), read as strictly as RFC 8725 asks.

The order is the defence: size, form and header are judged before any signature is computed, the
signature before a byte of the claims is parsed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from .base64url import decoded, encoded
from .conf import jwt_settings
from .errors import TokenError, UnknownKey
from .keys import ALGORITHMS, InvalidKey, Key, KeyRing

#: Header members that change what the token means, or say where to get a key: the sender's word
#: for either is not taken. Others are ignored, as RFC 7515, 4 demands.
REFUSED = frozenset(
    {
        "b64",
        "crit",
        "cty",
        "enc",
        "epk",
        "iv",
        "jku",
        "jwk",
        "p2c",
        "p2s",
        "tag",
        "x5c",
        "x5u",
        "zip",
    }
)
#: Headers are short; a longer one is refused unread.
LONGEST_HEADER = 1024
LONGEST_KID = 255
#: How deep objects and arrays may stand in each other. Python's own limit differs between releases,
#: and what one process has read another has to be able to write.
DEEPEST = 64
#: ``typ`` says what a JWT is for (RFC 8725, 3.11); these two are ours (RFC 9068, 2.1).
TYPES = frozenset({"jwt", "at+jwt", "application/at+jwt"})

_write = DjangoJSONEncoder(separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode


def signed(claims: Mapping[str, Any], ring: KeyRing) -> str:
    """Return *claims* as a token, signed with the first key of *ring* that can sign.

    Raises:
        InvalidKey: none of them can.
        TypeError: a claim cannot be written as JSON.
    """
    key = ring.signer
    if key is None:
        raise InvalidKey("No key in RESTFLOW_SETTINGS['JWT'] can sign. Set a SIGNING_KEY.")
    data = key.header + b"." + encoded(_write(claims).encode("utf-8"))
    return (data + b"." + encoded(key.sign(data))).decode("ascii")


def opened(raw: str | bytes, ring: KeyRing) -> dict[str, Any]:
    """Return the claims of *raw* after its signature was found good; they are not judged here.

    Raises:
        UnknownKey: the header names a key that *ring* does not have.
        TokenError: *raw* is no token, or nobody with a key of ours signed it.
    """
    token = _ascii(raw)
    if len(token) > jwt_settings.MAX_TOKEN_SIZE:
        raise TokenError("The token is too long.")
    parts = token.split(b".", 3)
    if len(parts) != 3:
        raise TokenError("The token is malformed.")
    header, payload, signature = parts
    candidates = ring.headers.get(header) or _candidates(header, ring)
    try:
        given = decoded(signature)
    except ValueError:
        raise TokenError("The token is malformed.") from None
    if not given:
        raise TokenError("The token is not signed.")
    data = token[: len(header) + 1 + len(payload)]
    if not any(key.verify(data, given) for key in candidates):
        raise TokenError("The signature of the token is wrong.")
    return _object(payload)


def _ascii(raw: str | bytes) -> bytes:
    if isinstance(raw, str):
        try:
            return raw.encode("ascii")
        except UnicodeEncodeError:
            raise TokenError("The token is malformed.") from None
    return bytes(raw)


def _candidates(segment: bytes, ring: KeyRing) -> tuple[Key, ...]:
    """Return the keys that a header allows: at least one.

    Raises:
        UnknownKey: it names one that is not there.
        TokenError: it says what nobody may say.
    """
    if len(segment) > LONGEST_HEADER:
        raise TokenError("The header of the token is too long.")
    header = _object(segment)
    algorithm, kid, kind = header.get("alg"), header.get("kid"), header.get("typ", "JWT")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise TokenError("The algorithm of the token is not allowed.")
    if not REFUSED.isdisjoint(header):
        raise TokenError("The header of the token has a member that is not allowed.")
    if not isinstance(kind, str) or kind.lower() not in TYPES:
        raise TokenError("The token is of another kind.")
    if "kid" in header and (not isinstance(kid, str) or len(kid) > LONGEST_KID):
        raise TokenError("The key of the token is misnamed.")
    candidates = ring.candidates(algorithm, kid)
    if not candidates:
        if kid is None or any(key.kid == kid for key in ring.keys):
            raise TokenError("The algorithm of the token is not allowed.")
        raise UnknownKey("The key of the token is not known.")
    return candidates


def _object(segment: bytes) -> dict[str, Any]:
    """Return the JSON object in *segment*: UTF-8, each member once, numbers that are numbers.

    Raises:
        TokenError: it is something else.
    """
    try:
        text = decoded(segment).decode("utf-8")
        found = json.loads(text, object_pairs_hook=_unique, parse_constant=_refused)
    except (ValueError, RecursionError):
        raise TokenError("The token is malformed.") from None
    if type(found) is not dict:
        raise TokenError("The token is malformed.")
    if text.count("[") + text.count("{") > DEEPEST and _is_deep(found):
        raise TokenError("The token is malformed.")
    return found


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(DEEPEST):
        inner = (each.values() if type(each) is dict else each for each in level)
        level = [part for parts in inner for part in parts if type(part) in (dict, list)]
        if not level:
            return False
    return True


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):  # which one counts depends on the reader (RFC 7519, 4)
        raise ValueError("a member stands twice")
    return found


def _refused(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


def peeked(raw: str | bytes) -> dict[str, Any]:
    """Return the claims of *raw* without any check, for deciding whose token it is; ``{}`` if none.

    Nothing that is read here may be believed.
    """
    try:
        token = _ascii(raw)
        if len(token) > jwt_settings.MAX_TOKEN_SIZE:
            return {}
        return _object(token.split(b".")[1])
    except (TokenError, IndexError):
        return {}
