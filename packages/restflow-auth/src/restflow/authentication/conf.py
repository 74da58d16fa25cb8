"""The section JWT of ``RESTFLOW_SETTINGS``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Literal

from restflow.core.settings import Section

__all__ = ["JWTSettings", "jwt_settings"]


class JWTSettings(
    Section,
    name="JWT",
    import_strings=("BLACKLIST_BACKEND", "USER_AUTHENTICATION_RULE"),
):
    """Keys, lifetimes and checks of JSON web tokens."""

    # -- keys
    #: The secret of HS algorithms, or the private key (PEM, JWK or ``cryptography`` object).
    SIGNING_KEY: Any = None
    #: The public key; derived from SIGNING_KEY if left out. Alone, it makes a service that only
    #: verifies.
    VERIFYING_KEY: Any = None
    #: HS256/384/512, RS256/384/512, PS256/384/512, ES256/384/512, EdDSA.
    ALGORITHM: str = "HS256"
    #: A key ring in place of the three above: a list of keys, or (the dotted path of) a callable
    #: that returns one. The first key that can sign does.
    KEYS: Any = None
    #: A callable in KEYS is asked again when its answer is older.
    KEYS_MAX_AGE: timedelta = timedelta(minutes=5)
    #: Longer tokens are refused unread, in bytes.
    MAX_TOKEN_SIZE: int = 8192

    # -- claims
    ACCESS_TOKEN_LIFETIME: timedelta = timedelta(minutes=5)
    REFRESH_TOKEN_LIFETIME: timedelta = timedelta(days=1)
    #: Written to ``iss`` and demanded there.
    ISSUER: str | None = None
    #: Written to ``aud``; a token has to name it, or one of them.
    AUDIENCE: str | Sequence[str] | None = None
    #: Seconds (or a timedelta) that clocks may differ.
    LEEWAY: int | float | timedelta = 0
    USER_ID_CLAIM: str = "user_id"
    USER_ID_FIELD: str = "id"
    USER_ID_FIELD_ALLOWLIST: Sequence[str] = ("id", "pk", "uuid", "username", "email")
    #: Holds what is derived from ``user.get_session_auth_hash()``.
    REVOKE_TOKEN_CLAIM: str = "session_hash"

    # -- what a token has to pass
    AUTH_HEADER_TYPES: Sequence[str] = ("Bearer",)
    CHECK_USER_IS_ACTIVE: bool = True
    #: End tokens when the password changes.
    CHECK_REVOKE_TOKEN: bool = True
    #: ``rule(user) -> bool``, sync or async: whether a user may use tokens.
    USER_AUTHENTICATION_RULE: Any = "restflow.authentication.users.default_user_authentication_rule"

    # -- revocation
    BLACKLIST_ENABLED: bool = True
    BLACKLIST_BACKEND: Any = "restflow.authentication.CacheBlacklistBackend"
    BLACKLIST_CACHE_ALIAS: str = "default"
    #: Silences the warning about a cache of one process; it does not make it shared.
    BLACKLIST_ALLOW_LOCMEM: bool = False
    ROTATE_REFRESH_TOKENS: bool = True
    #: So long after its first use a refresh token gives the same successor again.
    REUSE_GRACE: timedelta = timedelta(0)

    # -- login
    #: Failed logins for one account and from one address, as throttle rates; None for no limit.
    LOGIN_LIMIT_ACCOUNT: str | None = "10/15min"
    LOGIN_LIMIT_ADDRESS: str | None = "50/15min"
    LOGIN_LIMIT_CACHE_ALIAS: str = "default"
    #: Whether logins pass uncounted while that cache is down; else they are answered 503.
    LOGIN_PASSES_ON_OUTAGE: bool = False
    #: Write ``user.last_login`` when tokens are obtained.
    UPDATE_LAST_LOGIN: bool = False

    # -- transport
    #: ``"cookie"``: the token views set and read HttpOnly cookies instead of bodies.
    TRANSPORT: Literal["body", "cookie"] = "body"
    COOKIE_ACCESS_NAME: str = "access_token"
    COOKIE_REFRESH_NAME: str = "refresh_token"
    COOKIE_SECURE: bool = True
    COOKIE_SAMESITE: Literal["Strict", "Lax", "None"] = "Lax"
    COOKIE_DOMAIN: str | None = None
    COOKIE_PATH: str = "/"
    #: Only the token views need the refresh token: give their common prefix.
    COOKIE_REFRESH_PATH: str = "/"


jwt_settings = JWTSettings()


def leeway() -> float:
    """Return LEEWAY in seconds."""
    value = jwt_settings.LEEWAY
    return value.total_seconds() if isinstance(value, timedelta) else float(value)
