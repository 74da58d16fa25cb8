"""A token's way: issued, exchanged, revoked. Every decision that needs a store stands here."""

from __future__ import annotations

from typing import Any

from restflow.core.adapters import enter
from restflow.core.steps import Steps

from .blacklist import Outcome, blacklist_backend
from .conf import jwt_settings
from .errors import BlacklistUnavailable, TokenRevoked
from .signals import sent, token_obtained, token_refreshed, token_reused, token_revoked
from .users import current_user


def obtaining(cls: Any, user: Any, request: Any = None) -> Steps[Any]:
    """Return the first refresh token of a login of *user*, and take note of the login."""
    token = cls.for_user(user)
    yield from begun(token, user, request)
    return token


def begun(token: Any, user: Any, request: Any = None) -> Steps[None]:
    """Take note of the login that *token* is the first refresh token of."""
    backend = blacklist_backend()
    if backend is not None:
        yield from enter(backend, "register", token, user, request)
    yield from sent(token_obtained, type(token), token=token, user=user, request=request)


def rotation(token: Any, request: Any = None) -> Steps[Any]:
    """Return the successor of *token* after asking for its user and using it up.

    Raises:
        TokenRevoked: it cannot be used.
        BlacklistUnavailable: the blacklist gives no answer.
    """
    user = yield from current_user(token)
    successor = yield from exchange(token, request)
    yield from sent(
        token_refreshed,
        type(token),
        token=token,
        successor=successor,
        user=user,
        request=request,
    )
    return successor


def exchange(token: Any, request: Any = None) -> Steps[Any]:
    """Return the successor of *token* after using it up; nobody asks for its user.

    Raises:
        TokenRevoked: it was used or revoked before.
        BlacklistUnavailable: the blacklist gives no answer.
    """
    successor = token.successor()
    backend = blacklist_backend()
    if backend is None:
        return successor
    use = yield from enter(backend, "use", token, successor)
    if use.outcome is Outcome.WON:
        return successor
    if use.outcome is Outcome.AGAIN:
        return token.successor(jti=use.jti, iat=use.iat)
    if use.outcome is Outcome.REUSED:
        yield from sent(token_reused, type(token), token=token, request=request)
        raise TokenRevoked("The token was used before; its login is revoked.", "token_reused")
    raise TokenRevoked("The token was revoked.")


def refreshing(token: Any, request: Any = None) -> Steps[Any]:
    """Return the refresh token whose access token to give out.

    That is the successor, or without ``ROTATE_REFRESH_TOKENS`` the same token.

    Raises:
        TokenRevoked: the token, or its user, may not be used any more.
        BlacklistUnavailable: the blacklist gives no answer.
    """
    if jwt_settings.ROTATE_REFRESH_TOKENS:
        return (yield from rotation(token, request))
    if (yield from is_revoked(token)):
        raise TokenRevoked("The token was revoked.")
    user = yield from current_user(token)
    yield from sent(
        token_refreshed, type(token), token=token, successor=None, user=user, request=request
    )
    return token


def is_revoked(token: Any) -> Steps[bool]:
    """Tell whether *token* stands on the blacklist, itself or by its login or user."""
    backend = blacklist_backend()
    if backend is None:
        return False
    return bool((yield from enter(backend, "is_blacklisted", token)))


def revocation(token: Any, request: Any = None) -> Steps[None]:
    """Revoke *token*; with a refresh token its whole login, access tokens included.

    Raises:
        BlacklistUnavailable: the blacklist is off, or gives no answer.
    """
    backend = _needed()
    if token.token_type == "refresh":  # first what matters more, should the second fail
        yield from enter(backend, "revoke_family", token.family)
    yield from enter(backend, "blacklist", token)
    yield from sent(token_revoked, type(token), token=token, user_id=token.user_id, request=request)


def revocation_of_family(family: str, user: Any, request: Any = None) -> Steps[None]:
    """Revoke a login by name, without a token of it at hand.

    Raises:
        BlacklistUnavailable: the blacklist is off, or gives no answer.
    """
    yield from enter(_needed(), "revoke_family", family)
    user_id = getattr(user, jwt_settings.USER_ID_FIELD)
    yield from sent(token_revoked, type(user), token=None, user_id=user_id, request=request)


def log_out_everywhere(user: Any, request: Any = None) -> Steps[None]:
    """Revoke every login of *user* up to now.

    Raises:
        BlacklistUnavailable: the blacklist is off, or gives no answer.
    """
    user_id = getattr(user, jwt_settings.USER_ID_FIELD)
    yield from enter(_needed(), "revoke_user", user_id)
    yield from sent(token_revoked, type(user), token=None, user_id=user_id, request=request)


def _needed() -> Any:
    backend = blacklist_backend()
    if backend is None:
        raise BlacklistUnavailable("Tokens cannot be revoked: BLACKLIST_ENABLED is off.")
    return backend
