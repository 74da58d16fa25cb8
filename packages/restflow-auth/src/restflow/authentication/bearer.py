"""Authentication by access token in the ``Authorization`` header (RFC 6750)."""

from __future__ import annotations

from typing import Any, ClassVar

from rest_framework.exceptions import AuthenticationFailed

from restflow.core.adapters import enter, loop_safe, plain_twins, twins
from restflow.core.steps import Steps

from .conf import jwt_settings
from .errors import TokenError, TokenRevoked, UnknownKey, refused
from .keys import current_keys, key_ring
from .lifecycle import is_revoked
from .schemes import BaseAuthentication
from .stateless import TokenUser
from .tokens import AccessToken
from .users import current_user


def _get_header(authenticator: Any, request: Any) -> bytes | None:
    """Return the ``Authorization`` header, None if there is none."""
    header = request.META.get("HTTP_AUTHORIZATION")
    if isinstance(header, str):
        return header.encode("latin-1", "replace")
    return header if isinstance(header, bytes) else None


def _get_raw_token(authenticator: Any, header: bytes) -> bytes | None:
    """Return the token in *header*, None if the header is of another scheme.

    Raises:
        AuthenticationFailed: there is not exactly one after the scheme.
    """
    parts = header.split(None, 2)
    schemes = {name.lower().encode("latin-1", "replace") for name in header_types()}
    if not parts or parts[0].lower() not in schemes:
        return None
    if len(parts) != 2:
        raise AuthenticationFailed(
            "The Authorization header must be a scheme and a token.", "bad_authorization_header"
        )
    return parts[1]


def _authenticate_header(authenticator: Any, request: Any) -> str:
    """Return the challenge of a 401."""
    return f'{next(iter(header_types()), "Bearer")} realm="{authenticator.www_authenticate_realm}"'


class JWTAuthentication(BaseAuthentication):
    """Authenticates by access token: its signature, its claims, the blacklist, then the user.

    Hooks, each in both colours: ``get_header(request)``, ``get_raw_token(header)``,
    ``get_validated_token(raw)``, ``check_blacklist(token)`` and ``get_user(token)``. What the token
    has to be is ``token_class``.
    """

    www_authenticate_realm = "api"
    token_class: ClassVar[type[AccessToken]] = AccessToken

    def _authenticate(self, request: Any) -> Steps[Any]:
        """Return the user and the token; None without an ``Authorization`` header of ours.

        Raises:
            AuthenticationFailed: the token, or its user, is not accepted.
            BlacklistUnavailable: nobody can say whether it was revoked.
        """
        raw = yield from self._find(request)
        return None if raw is None else (yield from self._accepted(raw))

    authenticate, aauthenticate = twins(_authenticate)

    def _accepted(self, raw: bytes | str) -> Steps[Any]:
        try:
            token = yield from enter(self, "get_validated_token", raw)
            yield from enter(self, "check_blacklist", token)
            user = yield from enter(self, "get_user", token)
        except TokenError as error:
            raise refused(error) from error
        return user, token

    def _find(self, request: Any) -> Steps[bytes | str | None]:
        header = yield from enter(self, "get_header", request)
        if header is None:
            return None
        found: bytes | str | None = yield from enter(self, "get_raw_token", header)
        return found

    get_header, aget_header = plain_twins(_get_header)
    get_raw_token, aget_raw_token = plain_twins(_get_raw_token)

    def _get_validated_token(self, raw: Any) -> Steps[Any]:
        """Return the token that *raw* is; keys of a callable are renewed on the way.

        Raises:
            TokenError: it is not acceptable.
        """
        return (yield from verification(self.token_class, raw))

    get_validated_token, aget_validated_token = twins(_get_validated_token)

    def _check_blacklist(self, token: Any) -> Steps[None]:
        """Ask whether *token* was revoked.

        Raises:
            TokenRevoked: it was.
            BlacklistUnavailable: the blacklist gives no answer.
        """
        if (yield from is_revoked(token)):
            raise TokenRevoked("The token was revoked.")

    check_blacklist, acheck_blacklist = twins(_check_blacklist)

    def _get_user(self, token: Any) -> Steps[Any]:
        """Return the user of *token*: one query.

        Raises:
            TokenError: there is none, or they may not use it any more.
        """
        return (yield from current_user(token))

    get_user, aget_user = twins(_get_user)
    authenticate_header, aauthenticate_header = plain_twins(_authenticate_header)


class JWTStatelessUserAuthentication(JWTAuthentication):
    """Takes the user from the token: no query, for services without the users' database.

    The user is a :class:`TokenUser`. Whether the user is active, or has a new password, is not
    known here; a blacklist in the cache is asked, one in the database is not. So a token may be
    accepted until it ends.
    """

    def _check_blacklist(self, token: Any) -> Steps[None]:
        """Ask whether *token* was revoked, where that is no query."""
        from .blacklist import blacklist_backend

        backend = blacklist_backend()
        if backend is not None and not backend.uses_database:
            yield from super()._check_blacklist(token)

    check_blacklist, acheck_blacklist = twins(_check_blacklist)

    @loop_safe
    def get_user(self, token: Any) -> Any:
        """Return a user who is what *token* says."""
        return TokenUser(token)


def verification(cls: Any, raw: Any) -> Steps[Any]:
    """Return the token of class *cls* that *raw* is.

    Raises:
        TokenError: it is not acceptable.
    """
    yield from current_keys()
    try:
        return cls.verify(raw)
    except UnknownKey:
        if not key_ring.may_look_again:
            raise
    key_ring.expire()
    yield from current_keys()
    return cls.verify(raw)


def header_types() -> tuple[str, ...]:
    """Return the schemes that announce a token."""
    given = jwt_settings.AUTH_HEADER_TYPES
    return (given,) if isinstance(given, str) else tuple(given)
