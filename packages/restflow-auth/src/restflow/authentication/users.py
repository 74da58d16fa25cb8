"""Whose token it is, and whether they may still use it."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured, MultipleObjectsReturned, ValidationError
from django.utils.crypto import constant_time_compare

from restflow.core.adapters import calling, loop_safe
from restflow.core.steps import Steps, blocking

from .conf import jwt_settings
from .errors import TokenRevoked

#: What a value that no user has may raise on its way to the database.
NOT_AN_ID = (MultipleObjectsReturned, OverflowError, TypeError, ValidationError, ValueError)


@loop_safe
def default_user_authentication_rule(user: Any) -> bool:
    """Return whether *user* may use tokens: active, unless ``CHECK_USER_IS_ACTIVE`` is off."""
    return user is not None and (
        not jwt_settings.CHECK_USER_IS_ACTIVE or bool(getattr(user, "is_active", True))
    )


def identity_claims(user: Any) -> dict[str, Any]:
    """Return the claims that tie a token to *user*.

    Raises:
        ImproperlyConfigured: ``USER_ID_FIELD`` is not in its allowlist, or *user* has no value.
    """
    field = jwt_settings.USER_ID_FIELD
    if field not in jwt_settings.USER_ID_FIELD_ALLOWLIST:
        raise ImproperlyConfigured(
            f"RESTFLOW_SETTINGS['JWT']['USER_ID_FIELD'] is {field!r}, which is not in "
            f"USER_ID_FIELD_ALLOWLIST: whatever it names stands in every token, readable."
        )
    value = getattr(user, field, None)
    if value is None or value == "":
        raise ImproperlyConfigured(
            f"{type(user).__qualname__} {user!r} has no {field!r}, by which tokens would name it. "
            f"Save it first, or set USER_ID_FIELD."
        )
    claim = jwt_settings.USER_ID_CLAIM
    if type(value) is not int or claim == "sub":  # `sub` is text (RFC 7519, 4.1.2)
        value = str(value)
    claims = {claim: value}
    if jwt_settings.CHECK_REVOKE_TOKEN and hasattr(user, "get_session_auth_hash"):
        claims[jwt_settings.REVOKE_TOKEN_CLAIM] = digest(user.get_session_auth_hash())
    return claims


def digest(session_hash: str) -> str:
    """Return what a token says of a session hash: enough to compare, and no way back."""
    value = sha256(b"restflow.authentication:" + session_hash.encode()).digest()[:18]
    return urlsafe_b64encode(value).decode()


def current_user(token: Any) -> Steps[Any]:
    """Return the user of *token*.

    Raises:
        TokenRevoked: there is none, or they may not use it any more.
    """
    user = yield blocking(found, token)
    if user is None:
        raise TokenRevoked("The user of the token does not exist.", "user_not_found")
    if jwt_settings.CHECK_USER_IS_ACTIVE and not getattr(user, "is_active", True):
        raise TokenRevoked("The user of the token is inactive.", "user_inactive")
    if not (yield calling(jwt_settings.USER_AUTHENTICATION_RULE, user)):
        raise TokenRevoked("The user of the token may not use it.", "user_inactive")
    if jwt_settings.CHECK_REVOKE_TOKEN and not matches(user, token):
        raise TokenRevoked("The password of the user has changed.", "password_changed")
    return user


def found(token: Any) -> Any:
    """Return the user that *token* names, None if there is none: one query."""
    model = get_user_model()
    name = jwt_settings.USER_ID_FIELD
    field: Any = model._meta.pk if name == "pk" else model._meta.get_field(name)
    try:
        return model._default_manager.get(**{name: field.to_python(token.user_id)})
    except (model.DoesNotExist, *NOT_AN_ID):
        return None


def matches(user: Any, token: Any) -> bool:
    """Tell whether *token* was issued under the password that *user* has, SECRET_KEY_FALLBACKS
    included.
    """
    if not hasattr(user, "get_session_auth_hash"):
        return True
    claim = token.get(jwt_settings.REVOKE_TOKEN_CLAIM)
    if not isinstance(claim, str):
        return False
    if constant_time_compare(claim, digest(user.get_session_auth_hash())):
        return True
    fallbacks = getattr(user, "get_session_auth_fallback_hash", tuple)
    return any(constant_time_compare(claim, digest(each)) for each in fallbacks())
