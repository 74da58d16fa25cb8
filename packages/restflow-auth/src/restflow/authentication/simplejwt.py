"""djangorestframework-simplejwt beside restflow: its validation, in both colours.

Needs the extra ``simplejwt``. The classes are made at first use, so that importing this module,
as tools do that import everything, needs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from restflow.core.adapters import enter, plain_twins, twins
from restflow.core.steps import Steps, blocking

from .bearer import JWTAuthentication
from .blacklist import Outcome, blacklist_backend
from .claims import FAMILY
from .errors import TokenRevoked
from .jws import peeked
from .schemes import BaseAuthentication

if TYPE_CHECKING:
    from rest_framework_simplejwt.authentication import JWTAuthentication as _Theirs

    class SimpleJWTAuthentication(BaseAuthentication, _Theirs):  # type: ignore[misc]
        """simplejwt's authenticator with async twins."""


__all__ = ["SimpleJWTAuthentication", "exchanged"]


def is_ours(raw: Any) -> bool:
    """Tell whether *raw* looks like a token of restflow's; nothing about it is believed."""
    return FAMILY in peeked(raw)


def exchanged(raw: str, token_class: Any, request: Any = None) -> Steps[Any]:
    """Return a refresh token of restflow's for one of simplejwt's, which is used up by that.

    simplejwt judges *raw*, its own blacklist included; the user is asked for; then our blacklist
    takes note of its name, so that it serves once.

    Raises:
        TokenRevoked: simplejwt refuses it, it was used before, or its user may not go on.
    """
    from .lifecycle import begun

    theirs, user = yield blocking(_judged, raw)
    token = token_class.for_user(user)
    backend = blacklist_backend()
    if backend is not None:
        use = yield from enter(backend, "use", _Foreign(theirs), token)
        if use.outcome is not Outcome.WON:
            raise TokenRevoked("The token was used before or revoked.")
    yield blocking(_retired, theirs)
    yield from begun(token, user, request)
    return token


def _retired(theirs: Any) -> None:
    """Tell simplejwt's blacklist too, if there is one: its refresh view may still be served."""
    from django.apps import apps

    if apps.is_installed("rest_framework_simplejwt.token_blacklist"):
        theirs.blacklist()


class _Foreign:
    """A refresh token of simplejwt's, as a blacklist sees it."""

    token_type = "refresh"

    def __init__(self, theirs: Any) -> None:
        from rest_framework_simplejwt.settings import api_settings

        from .claims import now

        self.payload = dict(theirs.payload)
        self.payload.setdefault("iat", 0)
        self.jti = self.family = str(theirs[api_settings.JTI_CLAIM])
        self.user_id = theirs[api_settings.USER_ID_CLAIM]
        self.remaining = theirs["exp"] - now()


def _judged(raw: str) -> tuple[Any, Any]:
    from rest_framework.exceptions import AuthenticationFailed
    from rest_framework_simplejwt.authentication import JWTAuthentication as Theirs
    from rest_framework_simplejwt.exceptions import TokenError
    from rest_framework_simplejwt.settings import api_settings
    from rest_framework_simplejwt.tokens import RefreshToken

    try:
        token = RefreshToken(raw)  # type: ignore[arg-type]  # text, whatever its stub says
        user = Theirs().get_user(token)
    except (TokenError, AuthenticationFailed, KeyError) as error:
        raise TokenRevoked("The token is invalid or has expired.") from error
    if not api_settings.USER_AUTHENTICATION_RULE(user):
        raise TokenRevoked("The user of the token may not use it.")
    return token, user


def _made() -> Any:
    try:
        from rest_framework_simplejwt import authentication as theirs
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "restflow.authentication.simplejwt needs djangorestframework-simplejwt. "
            "Run: python -m pip install 'restflow-auth[simplejwt]'",
            name=error.name,
        ) from error

    class SimpleJWTAuthentication(BaseAuthentication, theirs.JWTAuthentication):
        """simplejwt's authenticator: its settings and hooks, the user looked up in a worker.

        List it before :class:`~restflow.authentication.JWTAuthentication` while tokens of both are
        about: it leaves to that one what looks like a token of restflow's.
        """

        def _authenticate(self, request: Any) -> Steps[Any]:
            """Return the user and the token, None without a header of simplejwt's.

            Raises:
                AuthenticationFailed: simplejwt does not accept the token or its user.
            """
            header = yield from enter(self, "get_header", request)
            raw = None if header is None else (yield from enter(self, "get_raw_token", header))
            if raw is None or (_followed(self, request) and is_ours(raw)):
                return None
            token = yield from enter(self, "get_validated_token", raw)
            return (yield from enter(self, "get_user", token)), token

        authenticate, aauthenticate = twins(_authenticate)
        get_header, aget_header = plain_twins(theirs.JWTAuthentication.get_header)
        get_raw_token, aget_raw_token = plain_twins(theirs.JWTAuthentication.get_raw_token)

        def _get_validated_token(self, raw_token: Any) -> Steps[Any]:
            """Return the token after simplejwt has judged it."""
            return (yield blocking(theirs.JWTAuthentication.get_validated_token, self, raw_token))

        get_validated_token, aget_validated_token = twins(_get_validated_token)

        def _get_user(self, validated_token: Any) -> Steps[Any]:
            """Look the user up as simplejwt does."""
            return (yield blocking(theirs.JWTAuthentication.get_user, self, validated_token))

        get_user, aget_user = twins(_get_user)
        authenticate_header, aauthenticate_header = plain_twins(
            theirs.JWTAuthentication.authenticate_header
        )

    SimpleJWTAuthentication.__module__ = __name__
    SimpleJWTAuthentication.__qualname__ = "SimpleJWTAuthentication"
    return SimpleJWTAuthentication


def _followed(authenticator: Any, request: Any) -> bool:
    """Tell whether an authenticator of restflow's gets its turn after this one."""
    others = list(getattr(request, "authenticators", None) or ())
    rest = others[others.index(authenticator) + 1 :] if authenticator in others else []
    return any(isinstance(other, JWTAuthentication) for other in rest)


def __getattr__(name: str) -> Any:
    if name != "SimpleJWTAuthentication":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    made = globals()[name] = _made()
    return made


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
