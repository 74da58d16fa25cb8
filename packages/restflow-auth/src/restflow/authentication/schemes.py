"""DRF's own authenticators in both colours.

DRF reads the credentials; what it would hand to ``authenticate_credentials`` is caught and handed
to the hook that stands for it, so an override in either colour is what runs.
https://www.django-rest-framework.org/api-guide/authentication/
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from rest_framework import authentication as drf

from restflow.core.adapters import Twinned, enter, plain_twins, twins
from restflow.core.steps import Step, Steps, blocking

#: Bodies of more bytes are parsed off the loop, should looking for a CSRF token parse them.
LARGE = 65_536


class BaseAuthentication(Twinned, drf.BaseAuthentication):
    """Base of authenticators: override ``authenticate`` or ``aauthenticate``.

    A class that overrides only the async hook is waited for on sync views too.
    """

    def _authenticate(self, request: Any) -> Steps[Any]:
        """Return ``(user, auth)``, or None if *request* brings no credentials of this kind.

        Raises:
            AuthenticationFailed: it brings wrong ones.
        """
        yield from ()
        raise NotImplementedError(
            f"{type(self).__module__}.{type(self).__qualname__} must define authenticate() or "
            f"aauthenticate()."
        )

    authenticate, aauthenticate = twins(_authenticate)
    authenticate_header, aauthenticate_header = plain_twins(
        drf.BaseAuthentication.authenticate_header
    )


class _Reader:
    """Stands for an authenticator while DRF reads a header: catches what it would check."""

    def __init__(self, authenticator: Any) -> None:
        self._authenticator = authenticator

    def __getattr__(self, name: str) -> Any:
        return getattr(self._authenticator, name)

    def authenticate_credentials(self, *args: Any, **kwargs: Any) -> Any:
        return _Credentials(args, kwargs)


class _Credentials:
    def __init__(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.args = args
        self.kwargs = kwargs


def _checked(authenticator: Any, read: Any, request: Any) -> Steps[Any]:
    """Read the header of *request* with DRF's *read* and check what it finds."""
    found = read(_Reader(authenticator), request)
    if not isinstance(found, _Credentials):
        return found
    return (
        yield from enter(authenticator, "authenticate_credentials", *found.args, **found.kwargs)
    )


class BasicAuthentication(BaseAuthentication, drf.BasicAuthentication):
    """User name and password with every request (RFC 7617)."""

    def _authenticate(self, request: Any) -> Steps[Any]:
        """Return the user and None; the password is hashed in a worker thread."""
        return (yield from _checked(self, drf.BasicAuthentication.authenticate, request))

    authenticate, aauthenticate = twins(_authenticate)

    def _authenticate_credentials(
        self, userid: Any, password: Any, request: Any = None
    ) -> Steps[Any]:
        """Ask Django's authentication backends.

        Raises:
            AuthenticationFailed: they know no such active user.
        """
        check = drf.BasicAuthentication.authenticate_credentials
        return (yield blocking(check, self, userid, password, request))

    authenticate_credentials, aauthenticate_credentials = twins(_authenticate_credentials)
    authenticate_header, aauthenticate_header = plain_twins(
        drf.BasicAuthentication.authenticate_header
    )


class TokenAuthentication(BaseAuthentication, drf.TokenAuthentication):
    """DRF's tokens: one row for each user."""

    def _authenticate(self, request: Any) -> Steps[Any]:
        """Return the user and the token."""
        return (yield from _checked(self, drf.TokenAuthentication.authenticate, request))

    authenticate, aauthenticate = twins(_authenticate)

    def _authenticate_credentials(self, key: Any) -> Steps[Any]:
        """Look the token up with its user: one query.

        Raises:
            AuthenticationFailed: there is none, or its user is inactive.
        """
        return (yield blocking(drf.TokenAuthentication.authenticate_credentials, self, key))

    authenticate_credentials, aauthenticate_credentials = twins(_authenticate_credentials)
    authenticate_header, aauthenticate_header = plain_twins(
        drf.TokenAuthentication.authenticate_header
    )


class SessionAuthentication(BaseAuthentication, drf.SessionAuthentication):
    """Django's session, with CSRF enforced."""

    def _authenticate(self, request: Any) -> Steps[Any]:
        """Return the session's user and None, after the CSRF check.

        Raises:
            PermissionDenied: the check failed.
        """
        user = yield Step(_session_user, None, (request,), inline=_is_at_hand(request))
        if not user or not user.is_active:
            return None
        yield from enter(self, "enforce_csrf", request)
        return user, None

    authenticate, aauthenticate = twins(_authenticate)

    def _enforce_csrf(self, request: Any) -> Steps[None]:
        """Check that the request comes from a page of ours.

        Raises:
            PermissionDenied: it does not, as far as can be told.
        """
        yield csrf_step(request)

    enforce_csrf, aenforce_csrf = twins(_enforce_csrf)


class RemoteUserAuthentication(BaseAuthentication, drf.RemoteUserAuthentication):
    """The web server has authenticated the user (``REMOTE_USER``)."""

    def _authenticate(self, request: Any) -> Steps[Any]:
        """Ask Django's authentication backends about the name that the server gave."""
        return (yield blocking(drf.RemoteUserAuthentication.authenticate, self, request))

    authenticate, aauthenticate = twins(_authenticate)


def csrf_step(request: Any) -> Step:
    """Return the step that does DRF's CSRF check, on the loop if it can only compute.

    With ``CSRF_USE_SESSIONS`` it loads the session, and it may have to parse a large form.
    """
    cheap = not settings.CSRF_USE_SESSIONS and _length(request) <= LARGE
    return Step(_drf_enforce, None, (request,), inline=cheap)


def _drf_enforce(request: Any) -> None:
    drf.SessionAuthentication().enforce_csrf(request)


def _length(request: Any) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def _session_user(request: Any) -> Any:
    user = getattr(request._request, "user", None)
    # A lazy user is looked up here, where blocking is allowed, not at its first use.
    return None if user is None or not user.is_active else user


def _is_at_hand(request: Any) -> bool:
    """Tell whether looking at the session's user takes no query."""
    if hasattr(request._request, "_cached_user") or not hasattr(request._request, "user"):
        return True
    return settings.SESSION_COOKIE_NAME not in request.COOKIES
