"""Obtain, refresh, blacklist."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import connections
from rest_framework.exceptions import NotAuthenticated
from rest_framework.permissions import AllowAny

from restflow.core.adapters import enter, handler, loop_safe, twins
from restflow.core.steps import Steps
from restflow.responses import Response
from restflow.views import AsyncAPIView

from ..bearer import header_types, verification
from ..claims import now
from ..conf import jwt_settings
from ..cookies import delete_cookies, set_cookies
from ..errors import TokenError, refused
from ..keys import current_keys
from ..lifecycle import obtaining, refreshing, revocation
from ..login import logged_in
from ..schemes import csrf_step
from ..serializers import TokenObtainSerializer, TokenPairSerializer, TokenRefreshSerializer
from ..tokens import RefreshToken


class TokenView(AsyncAPIView):
    """Base of the three: open to everybody, answers are never stored, errors challenge.

    The views take no part in ``ATOMIC_REQUESTS``: that a stolen token was used again has to be
    remembered although the request fails.

    Attributes:
        token_class: the refresh tokens to hand out; it names the access tokens.
        transport: ``"body"`` or ``"cookie"``; None for the setting ``TRANSPORT``.
    """

    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]
    token_class: ClassVar[type[RefreshToken]] = RefreshToken
    transport: str | None = None
    www_authenticate_realm = "api"

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Any:
        """Return the view function, exempt from the transactions of ``ATOMIC_REQUESTS``."""
        view = super().as_view(**initkwargs)
        view._non_atomic_requests.update(connections)
        return view

    @property
    def default_response_headers(self) -> dict[str, str]:
        return {**super().default_response_headers, "Cache-Control": "no-store"}

    @loop_safe
    def get_authenticate_header(self, request: Any) -> str:
        """Return the challenge of a 401 (RFC 6750, section 3)."""
        return f'{header_types()[0]} realm="{self.www_authenticate_realm}"'

    @property
    def by_cookie(self) -> bool:
        """Whether tokens travel in cookies."""
        return (self.transport or jwt_settings.TRANSPORT) == "cookie"

    def _refresh_token(self, request: Any) -> Steps[str]:
        """Return the refresh token that *request* brings, as it travels.

        Raises:
            NotAuthenticated: the cookie is missing.
            PermissionDenied: it came by cookie and the CSRF check failed.
        """
        if not self.by_cookie:
            serializer = yield from enter(self, "validated_serializer")
            return str(serializer.validated_data["refresh"])
        yield csrf_step(request)
        raw = request.COOKIES.get(jwt_settings.COOKIE_REFRESH_NAME)
        if not raw:
            raise NotAuthenticated()
        return str(raw)

    def _answer(self, refresh: Any, access: Any, *, new: bool) -> Response:
        if not self.by_cookie:
            given = {"access": str(access)}
            if new:
                given["refresh"] = str(refresh)
            return Response(given)
        response = Response({"access_expires_in": max(int(access.exp - now()), 0)})
        set_cookies(response, refresh if new else None, access)
        return response


class TokenObtainView(TokenView):
    """``POST`` username and password: ``200 {access, refresh}``, or 401."""

    serializer_class = TokenObtainSerializer
    response_serializer_class = TokenPairSerializer

    def _login(self, request: Any, credentials: dict[str, Any]) -> Steps[Any]:
        """Return the user whom *credentials* are right for.

        Raises:
            AuthenticationFailed: there is none who may log in.
            Throttled: too many attempts failed.
        """
        return (yield from logged_in(request, credentials))

    login, alogin = twins(_login)

    def _post(self, request: Any, *args: Any, **kwargs: Any) -> Steps[Response]:
        """Check the password and begin a login."""
        if self.by_cookie:  # nobody shall be logged in as somebody else without knowing
            yield csrf_step(request)
        serializer = yield from enter(self, "validated_serializer")
        user = yield from enter(self, "login", request, dict(serializer.validated_data))
        yield from current_keys()
        token = yield from obtaining(self.token_class, user, request)
        return self._answer(token, token.access_token, new=True)

    post: Any = handler(_post)


class TokenRefreshView(TokenView):
    """``POST`` a refresh token: ``200 {access[, refresh]}``, or 401."""

    serializer_class = TokenRefreshSerializer
    response_serializer_class = TokenPairSerializer

    def _post(self, request: Any, *args: Any, **kwargs: Any) -> Steps[Response]:
        """Exchange the refresh token, after asking for its user again."""
        raw = yield from self._refresh_token(request)
        try:
            refresh, new = yield from self._exchange(raw, request)
        except TokenError as error:
            raise refused(error) from error
        return self._answer(refresh, refresh.access_token, new=new)

    post: Any = handler(_post)

    def _exchange(self, raw: str, request: Any) -> Steps[tuple[Any, bool]]:
        """Return the refresh token to go on with, and whether it is a new one."""
        token = yield from verification(self.token_class, raw)
        refresh = yield from refreshing(token, request)
        return refresh, refresh is not token


class TokenBlacklistView(TokenView):
    """``POST`` a refresh token: its login ends, ``204``; or 401."""

    serializer_class = TokenRefreshSerializer

    def _post(self, request: Any, *args: Any, **kwargs: Any) -> Steps[Response]:
        """Revoke the login that the refresh token belongs to."""
        raw = yield from self._refresh_token(request)
        try:
            token = yield from verification(self.token_class, raw)
        except TokenError as error:
            raise refused(error) from error
        yield from revocation(token, request)
        response = Response(status=204)
        if self.by_cookie:
            delete_cookies(response)
        return response

    post: Any = handler(_post)
