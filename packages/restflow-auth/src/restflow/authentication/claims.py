"""The claims that every token has, written and judged (RFC 7519, section 4.1)."""

from __future__ import annotations

from collections.abc import Mapping
from secrets import token_hex
from time import time
from typing import Any

from .conf import jwt_settings, leeway
from .errors import TokenError, TokenExpired

#: Tells a token's login: every token that came of it has the same.
FAMILY = "fam"
TOKEN_TYPE = "token_type"
#: What each token has of its own: not taken over by another one made from it.
OWN = frozenset({TOKEN_TYPE, "exp", "iat", "jti", "nbf"})
#: Seconds a token may seem to come from the future: clocks differ.
SKEW = 60
#: The year 9999: what can be shown as a date.
LAST = 253_402_300_799
LONGEST = 255


def now() -> float:
    """Return the time in seconds since 1970."""
    return time()


def new_jti() -> str:
    """Return a name for one token."""
    return token_hex(16)


def new_family() -> str:
    """Return a name for one login. Its first twelve digits are the milliseconds since 1970."""
    return f"{int(now() * 1000):012x}{token_hex(10)}"


def born(payload: Mapping[str, Any]) -> int:
    """Return when the login of a token was, in milliseconds since 1970."""
    family = payload.get(FAMILY)
    if isinstance(family, str) and len(family) == 32:
        try:
            return int(family[:12], 16)
        except ValueError:
            pass
    return int(payload["iat"]) * 1000


def dated(token_type: str, lifetime: float, *, at: float | None = None) -> dict[str, Any]:
    """Return the claims that a new token of *token_type* has of its own.

    Args:
        lifetime: in seconds.
        at: seconds since 1970; now if left out.
    """
    issued = int(now() if at is None else at)
    claims: dict[str, Any] = {
        TOKEN_TYPE: token_type,
        "iat": issued,
        "exp": issued + int(lifetime),
        "jti": new_jti(),
    }
    if jwt_settings.ISSUER is not None:
        claims["iss"] = jwt_settings.ISSUER
    if jwt_settings.AUDIENCE is not None:
        audience = jwt_settings.AUDIENCE
        claims["aud"] = audience if isinstance(audience, str) else list(audience)
    return claims


def judge(claims: Mapping[str, Any], token_type: str) -> None:
    """Judge the claims of a token whose signature is good.

    Raises:
        TokenExpired: its time is over.
        TokenError: a claim is missing, of a wrong form, or not meant for us.
    """
    found = claims.get(TOKEN_TYPE)
    if found != token_type or type(found) is not str:
        raise TokenError("The token is of another type.")
    expires, issued = _date(claims, "exp"), _date(claims, "iat")
    _name(claims, "jti")
    _user_id(claims)
    if FAMILY in claims:
        _name(claims, FAMILY)
    moment, tolerance = now(), leeway()
    if moment >= expires + tolerance:
        raise TokenExpired("The token has expired.")
    if issued > moment + tolerance + SKEW:
        raise TokenError("The token comes from the future.")
    if "nbf" in claims and _date(claims, "nbf") > moment + tolerance:
        raise TokenError("The token is not valid yet.")
    issuer = jwt_settings.ISSUER
    if issuer is not None and (claims.get("iss") != issuer or type(claims["iss"]) is not str):
        raise TokenError("The token is from another issuer.")
    _audience(claims)


def _date(claims: Mapping[str, Any], name: str) -> int:
    value = claims.get(name)
    if type(value) is not int or not 0 <= value <= LAST:
        raise TokenError(f"The token has no usable {name}.")
    return value


def _name(claims: Mapping[str, Any], name: str) -> None:
    value = claims.get(name)
    if type(value) is not str or not 0 < len(value) <= LONGEST or not value.isprintable():
        raise TokenError(f"The token has no usable {name}.")


def _user_id(claims: Mapping[str, Any]) -> None:
    value = claims.get(jwt_settings.USER_ID_CLAIM)
    if type(value) is int:
        if abs(value) < 2**63:
            return
    elif type(value) is str and 0 < len(value) <= LONGEST and value.isprintable():
        return
    raise TokenError("The token names no user.")


def _audience(claims: Mapping[str, Any]) -> None:
    """A token that names whom it is for is for nobody else (RFC 7519, 4.1.3)."""
    ours, theirs = jwt_settings.AUDIENCE, claims.get("aud")
    if ours is None:
        if "aud" in claims:
            raise TokenError("The token is for another audience.")
        return
    wanted = {ours} if isinstance(ours, str) else set(ours)
    given = [theirs] if isinstance(theirs, str) else theirs
    if not isinstance(given, list) or not all(isinstance(each, str) for each in given):
        raise TokenError("The token is for another audience.")
    if wanted.isdisjoint(given):
        raise TokenError("The token is for another audience.")
