"""Checking a password: the same work, and the same answer, whatever is wrong.

Django's ``ModelBackend`` runs the password hasher once for a known user, once for an unknown one
and once for an inactive one. It is called in a worker thread, never on the event loop.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth import authenticate, get_user_model
from rest_framework.exceptions import AuthenticationFailed

from restflow.core.adapters import calling
from restflow.core.steps import Steps, blocking

from . import limits
from .conf import jwt_settings

#: One sentence for an unknown user, a wrong password and an inactive user.
REFUSED = "No active account was found with the given credentials."


def logged_in(request: Any, credentials: dict[str, Any]) -> Steps[Any]:
    """Return the user whom *credentials* are right for.

    Raises:
        AuthenticationFailed: there is none who may log in.
        Throttled: too many attempts failed.
    """
    account = str(credentials.get(get_user_model().USERNAME_FIELD, ""))
    counted = yield from limits.begun(request, account)
    try:
        user = yield blocking(authenticate, request._request, **credentials)
        allowed = user is not None and (yield from _may_log_in(user))
    except BaseException:
        yield from limits.taken_back(counted)
        raise
    if not allowed:
        raise AuthenticationFailed(REFUSED, "no_active_account")
    yield from limits.taken_back(counted)
    if jwt_settings.UPDATE_LAST_LOGIN:
        yield blocking(_update_last_login, user)
    return user


def _update_last_login(user: Any) -> None:
    from django.contrib.auth.models import update_last_login

    update_last_login(type(user), user)


def _may_log_in(user: Any) -> Steps[bool]:
    if jwt_settings.CHECK_USER_IS_ACTIVE and not getattr(user, "is_active", True):
        return False
    return bool((yield calling(jwt_settings.USER_AUTHENTICATION_RULE, user)))
