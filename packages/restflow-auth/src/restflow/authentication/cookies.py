"""Tokens in HttpOnly cookies: out of the reach of scripts, so within that of forged requests.

Whoever authenticates by cookie is therefore held to the CSRF check.
"""

from __future__ import annotations

from typing import Any

from restflow.core.adapters import enter, twins
from restflow.core.steps import Steps

from .bearer import JWTAuthentication
from .conf import jwt_settings
from .schemes import csrf_step


class JWTCookieAuthentication(JWTAuthentication):
    """Authenticates by ``Authorization`` header, or else by the cookie ``COOKIE_ACCESS_NAME``.

    With the cookie Django's CSRF check has to pass, as in a session. A header needs no such check:
    no other site can make a browser send it.
    """

    def _authenticate(self, request: Any) -> Steps[Any]:
        """Return the user and the token; None with neither header nor cookie.

        Raises:
            AuthenticationFailed: the token, or its user, is not accepted.
            PermissionDenied: the CSRF check failed.
            BlacklistUnavailable: nobody can say whether it was revoked.
        """
        raw = yield from self._find(request)
        if raw is not None:
            return (yield from self._accepted(raw))
        raw = request.COOKIES.get(jwt_settings.COOKIE_ACCESS_NAME)
        if not raw:
            return None
        found = yield from self._accepted(raw)
        yield from enter(self, "enforce_csrf", request)
        return found

    authenticate, aauthenticate = twins(_authenticate)

    def _enforce_csrf(self, request: Any) -> Steps[None]:
        """Check that the request comes from a page of ours.

        Raises:
            PermissionDenied: it does not, as far as can be told.
        """
        yield csrf_step(request)

    enforce_csrf, aenforce_csrf = twins(_enforce_csrf)


def set_cookies(response: Any, refresh: Any, access: Any) -> None:
    """Put the tokens into cookies of *response*; *refresh* may be None for leaving it alone."""
    _set(response, jwt_settings.COOKIE_ACCESS_NAME, access, jwt_settings.COOKIE_PATH)
    if refresh is not None:
        path = jwt_settings.COOKIE_REFRESH_PATH
        _set(response, jwt_settings.COOKIE_REFRESH_NAME, refresh, path)


def delete_cookies(response: Any) -> None:
    """Have the client forget both tokens."""
    for name, path in (
        (jwt_settings.COOKIE_ACCESS_NAME, jwt_settings.COOKIE_PATH),
        (jwt_settings.COOKIE_REFRESH_NAME, jwt_settings.COOKIE_REFRESH_PATH),
    ):
        response.delete_cookie(
            name,
            path=path,
            domain=jwt_settings.COOKIE_DOMAIN,
            samesite=jwt_settings.COOKIE_SAMESITE,
        )


def _set(response: Any, name: str, token: Any, path: str) -> None:
    response.set_cookie(
        name,
        str(token),
        max_age=max(int(token.remaining), 0),
        path=path,
        domain=jwt_settings.COOKIE_DOMAIN,
        secure=jwt_settings.COOKIE_SECURE,
        httponly=True,
        samesite=jwt_settings.COOKIE_SAMESITE,
    )
