"""System checks of authentication: ids ``restflow.E400`` to ``E499`` and ``W400`` to ``W499``.

They speak up once a project uses JWT: an authenticator in ``REST_FRAMEWORK`` or on a view, a token
view in the URLs, or a section JWT in ``RESTFLOW_SETTINGS``. Having the package installed is no use.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.cache import InvalidCacheBackendError, caches
from django.core.cache.backends.db import DatabaseCache
from django.core.cache.backends.filebased import FileBasedCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.checks import CheckMessage, Error, Warning
from django.core.exceptions import FieldDoesNotExist, ImproperlyConfigured

from .bearer import header_types
from .blacklist import BlacklistBackend, CacheBlacklistBackend, ModelBlacklistBackend
from .blacklist.cache import unfit
from .conf import jwt_settings, leeway
from .keys import InvalidKey, Key
from .keys.ring import configured_keys
from .limits import parsed
from .usage import Usage, usage

__all__ = ["check_authentication", "check_deployment"]

SECTION = "RESTFLOW_SETTINGS['JWT']"
CSRF = "django.middleware.csrf.CsrfViewMiddleware"
#: Keys that stand in documentation, where everybody has read them.
PRINTED = frozenset(
    {
        "a-string-secret-at-least-256-bits-long",
        "change-me",
        "change-me-in-production",
        "changeme",
        "my-secret-key",
        "secret",
        "secret-key",
        "super-secret-key",
        "your-256-bit-secret",
        "your-384-bit-secret",
        "your-512-bit-secret",
        "your-secret-key",
    }
)
#: Claims whose meaning is fixed (RFC 7519, 4.1) or ours.
TAKEN = frozenset({"aud", "exp", "fam", "iat", "iss", "jti", "nbf", "token_type"})


def check_authentication(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Find JWT settings that cannot work, or work less well than they seem to."""
    used = usage()
    if not used.jwt:
        return []
    found = [*_keys(used), *_claims(), *_times(), *_limits(used), *_cookies(used)]
    found += [
        *_blacklist(used),
        *(Warning(*each[:1], hint=each[1], id=each[2]) for each in _weak()),
    ]
    return found


def check_deployment(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Find what a development server may do and a public one may not (``check --deploy``)."""
    used = usage()
    if not used.jwt:
        return []
    return [
        Error(text, hint=hint, id=number.replace("W40", "E45")) for text, hint, number in _weak()
    ]


def _weak() -> Iterator[tuple[str, str, str]]:
    """What is a warning during development and an error in deployment."""
    for key in _usable_keys():
        weakness = key.weakness()
        name = f"the key {key.kid!r}" if key.kid else "the SIGNING_KEY"
        if weakness:
            yield (
                f"{SECTION}: {name} {weakness}, so it can be guessed.",
                'Make one: python -c "import secrets; print(secrets.token_urlsafe(64))"',
                "restflow.W401",
            )
        if key.symmetric and is_printed(key.public):
            yield (
                f"{SECTION}: {name} stands in documentation, where everybody can read it.",
                'Make one: python -c "import secrets; print(secrets.token_urlsafe(64))"',
                "restflow.W402",
            )
    if not jwt_settings.BLACKLIST_ENABLED or _backend() is not CacheBlacklistBackend:
        return
    alias = jwt_settings.BLACKLIST_CACHE_ALIAS
    if isinstance(_cache(alias), LocMemCache) and not jwt_settings.BLACKLIST_ALLOW_LOCMEM:
        yield (
            f"The blacklist is in CACHES[{alias!r}], a LocMemCache: each process has its own, "
            f"forgets it when it ends, and drops entries when it is full. A token that one process "
            f"revokes is accepted by the others, and a refresh token serves once in each.",
            "Use a cache that all processes share, such as Redis, or the database: "
            f"{SECTION}['BLACKLIST_BACKEND'] = 'restflow.authentication.ModelBlacklistBackend'. "
            "With one process, set BLACKLIST_ALLOW_LOCMEM to silence this.",
            "restflow.W403",
        )


def _usable_keys() -> list[Key]:
    try:
        return configured_keys()
    except Exception:  # _keys() reports it
        return []


def is_printed(secret: bytes) -> bool:
    """Tell whether *secret* is one that documentation or ``startproject`` made public."""
    text = secret.decode("utf-8", "replace").strip().lower()
    return text in PRINTED or text.startswith("django-insecure-")


def _keys(used: Usage) -> Iterator[CheckMessage]:
    try:
        keys = configured_keys()
    except InvalidKey as error:
        yield Error(str(error), hint=f"Set {SECTION}['SIGNING_KEY'].", id="restflow.E401")
        return
    except Exception as error:  # the project's callable
        yield Error(
            f"{SECTION}['KEYS'] could not be asked: {type(error).__name__}: {error}",
            hint="It has to return a list of keys whenever it is called.",
            id="restflow.E401",
        )
        return
    names = [(key.algorithm, key.kid) for key in keys if key.kid is not None]
    for algorithm, kid in sorted({name for name in names if names.count(name) > 1}):
        yield Error(
            f"{SECTION}['KEYS'] has two {algorithm} keys named {kid!r}.",
            hint="Give each a KID of its own; a new key never takes over the name of an old one.",
            id="restflow.E402",
        )
    if used.issuing and all(key.private is None for key in keys):
        yield Error(
            f"{used.issuing} hands out tokens, but no key in {SECTION} can sign.",
            hint="Set a SIGNING_KEY, or take the view out of this service's URLs.",
            id="restflow.E403",
        )


def _claims() -> Iterator[CheckMessage]:
    claims = [jwt_settings.USER_ID_CLAIM, jwt_settings.REVOKE_TOKEN_CLAIM]
    for name in claims:
        if name in TAKEN or claims.count(name) > 1:
            yield Error(
                f"{SECTION}: the claim {name!r} has another use.",
                hint="Give USER_ID_CLAIM and REVOKE_TOKEN_CLAIM names of their own.",
                id="restflow.E404",
            )
            break
    field = jwt_settings.USER_ID_FIELD
    if field not in jwt_settings.USER_ID_FIELD_ALLOWLIST:
        yield Error(
            f"{SECTION}['USER_ID_FIELD'] is {field!r}, which is not in USER_ID_FIELD_ALLOWLIST.",
            hint="Everybody can read it in a token. Add it to the allowlist if that is meant.",
            id="restflow.E405",
        )
    problem = _user_field(field)
    if problem:
        yield Error(
            f"{SECTION}['USER_ID_FIELD'] is {field!r}, but {problem}.",
            hint="Name a field that is unique, and never given to somebody else.",
            id="restflow.E406",
        )
    if not header_types():
        yield Error(
            f"{SECTION}['AUTH_HEADER_TYPES'] is empty.",
            hint='Write ("Bearer",).',
            id="restflow.E407",
        )


def _user_field(name: str) -> str | None:
    try:
        model = get_user_model()
    except ImproperlyConfigured:
        return None  # Django reports it
    try:
        field: Any = model._meta.pk if name == "pk" else model._meta.get_field(name)
    except FieldDoesNotExist:
        return f"{model._meta.label} has no such field"
    unique = field.unique or any(
        constraint.fields == (name,) and constraint.condition is None
        for constraint in model._meta.total_unique_constraints
    )
    return None if unique else f"it is not unique on {model._meta.label}"


def _times() -> Iterator[CheckMessage]:
    for name in ("ACCESS_TOKEN_LIFETIME", "REFRESH_TOKEN_LIFETIME", "KEYS_MAX_AGE"):
        value = getattr(jwt_settings, name)
        if not isinstance(value, timedelta) or value <= timedelta(0):
            yield Error(
                f"{SECTION}[{name!r}] is {value!r}.",
                hint="Give a timedelta above zero, such as timedelta(minutes=5).",
                id="restflow.E408",
            )
            return
    if jwt_settings.ACCESS_TOKEN_LIFETIME > jwt_settings.REFRESH_TOKEN_LIFETIME:
        yield Warning(
            f"{SECTION}: access tokens live longer than refresh tokens.",
            hint="Access tokens travel with every request: minutes are usual.",
            id="restflow.W404",
        )
    grace = jwt_settings.REUSE_GRACE
    if leeway() < 0 or grace < timedelta(0):
        yield Error(
            f"{SECTION}: LEEWAY and REUSE_GRACE cannot be negative.",
            hint="Set LEEWAY to a number of seconds and REUSE_GRACE to a timedelta.",
            id="restflow.E409",
        )


def _limits(used: Usage) -> Iterator[CheckMessage]:
    rates = [jwt_settings.LOGIN_LIMIT_ACCOUNT, jwt_settings.LOGIN_LIMIT_ADDRESS]
    for name in ("LOGIN_LIMIT_ACCOUNT", "LOGIN_LIMIT_ADDRESS"):
        rate = getattr(jwt_settings, name)
        try:
            if rate is not None:
                parsed(rate)
        except ImproperlyConfigured as error:
            yield Error(
                f"{SECTION}[{name!r}]: {error}", hint="Write '10/15min'.", id="restflow.E410"
            )
    alias = jwt_settings.LOGIN_LIMIT_CACHE_ALIAS
    if any(rates) and used.logging_in and _cache(alias) is None:
        yield Error(
            f"{SECTION}['LOGIN_LIMIT_CACHE_ALIAS'] is {alias!r}, which is no usable cache.",
            hint=f"Add {alias!r} to CACHES.",
            id="restflow.E411",
        )


def _cookies(used: Usage) -> Iterator[CheckMessage]:
    if not used.cookies and jwt_settings.TRANSPORT != "cookie":
        return
    if jwt_settings.COOKIE_SAMESITE == "None" and not jwt_settings.COOKIE_SECURE:
        yield Error(
            f"{SECTION}: browsers refuse cookies with COOKIE_SAMESITE 'None' that are not secure.",
            hint="Set COOKIE_SECURE to True.",
            id="restflow.E412",
        )
    if not jwt_settings.COOKIE_SECURE and not settings.DEBUG:
        yield Warning(
            f"{SECTION}['COOKIE_SECURE'] is off: tokens travel over plain HTTP too.",
            hint="Leave it on; browsers accept it on localhost.",
            id="restflow.W405",
        )
    if CSRF not in settings.MIDDLEWARE:
        yield Warning(
            f"Tokens travel in cookies, and {CSRF} is not in MIDDLEWARE: nobody hands out the CSRF "
            f"cookie, without which every request that writes is refused.",
            hint=f"Add {CSRF}.",
            id="restflow.W406",
        )


def _blacklist(used: Usage) -> Iterator[CheckMessage]:
    if not jwt_settings.BLACKLIST_ENABLED:
        if jwt_settings.ROTATE_REFRESH_TOKENS or used.revoking:
            yield Warning(
                f"{SECTION}['BLACKLIST_ENABLED'] is off: tokens cannot be revoked, and a refresh "
                f"token that was exchanged stays good.",
                hint="Turn it on, or set ROTATE_REFRESH_TOKENS to False and take "
                "TokenBlacklistView out of the URLs.",
                id="restflow.W407",
            )
        return
    cls = _backend()
    if cls is None:
        return  # E005 of core: the dotted path is wrong
    if not isinstance(cls, type) or not issubclass(cls, BlacklistBackend):
        yield Error(
            f"{SECTION}['BLACKLIST_BACKEND'] is {cls!r}.",
            hint="Name a class that derives from restflow.authentication.BlacklistBackend.",
            id="restflow.E413",
        )
        return
    modelled = issubclass(cls, ModelBlacklistBackend)
    if (modelled or used.sessions) and not apps.is_installed("restflow.authentication"):
        yield Error(
            f"{used.sessions or cls.__qualname__} needs its models.",
            hint='Add "restflow.authentication" to INSTALLED_APPS and run manage.py migrate.',
            id="restflow.E414",
        )
    if used.sessions and not modelled:
        yield Error(
            f"{used.sessions} lists logins, which {cls.__qualname__} does not remember.",
            hint="Set BLACKLIST_BACKEND to 'restflow.authentication.ModelBlacklistBackend'.",
            id="restflow.E415",
        )
    if issubclass(cls, CacheBlacklistBackend):
        yield from _blacklist_cache(jwt_settings.BLACKLIST_CACHE_ALIAS)


def _blacklist_cache(alias: str) -> Iterator[CheckMessage]:
    reason = unfit(alias)
    if reason is not None:
        yield Error(
            f"CACHES[{alias!r}] cannot hold the blacklist: {reason}. Requests with tokens would "
            f"be answered 503.",
            hint="Set BLACKLIST_CACHE_ALIAS to a Redis cache, or BLACKLIST_BACKEND to "
            "'restflow.authentication.ModelBlacklistBackend'.",
            id="restflow.E416",
        )
    elif isinstance(_cache(alias), DatabaseCache | FileBasedCache):
        yield Warning(
            f"CACHES[{alias!r}] drops entries when it has more than MAX_ENTRIES: revoked tokens "
            f"would be accepted again.",
            hint="Give the blacklist a cache of its own with a large MAX_ENTRIES, use Redis, or "
            "ModelBlacklistBackend.",
            id="restflow.W408",
        )


def _backend() -> Any:
    try:
        return jwt_settings.BLACKLIST_BACKEND
    except ImproperlyConfigured:
        return None


def _cache(alias: str) -> Any:
    try:
        return caches[alias]
    except (InvalidCacheBackendError, ImportError):
        return None
