"""The logins of the current user: what there is, and an end to it (model backend)."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from rest_framework.permissions import IsAuthenticated

from restflow.core.adapters import handler
from restflow.core.steps import Steps
from restflow.responses import Response
from restflow.views import AsyncAPIView

from ..conf import jwt_settings
from ..cookies import delete_cookies
from ..lifecycle import log_out_everywhere
from ..serializers import TokenSessionSerializer
from ..sessions import ended, listed


class SessionsView(AsyncAPIView):
    """Base of the two views: for users, and not to be stored."""

    permission_classes = [IsAuthenticated]
    serializer_class = TokenSessionSerializer

    @property
    def default_response_headers(self) -> dict[str, str]:
        return {**super().default_response_headers, "Cache-Control": "no-store"}


class TokenSessionListView(SessionsView):
    """``GET``: the user's logins. ``DELETE``: log out everywhere, here too."""

    def _get(self, request: Any, *args: Any, **kwargs: Any) -> Steps[Response]:
        """Return the logins that are alive, the last used first; ``current`` is this one."""
        family = getattr(request.auth, "family", None)
        sessions = yield from listed(request.user)
        for session in sessions:
            session.current = session.family == family
        return Response(TokenSessionSerializer(sessions, many=True).data)

    get: Any = handler(_get)

    def _delete(self, request: Any, *args: Any, **kwargs: Any) -> Steps[Response]:
        """Revoke every login of the user."""
        yield from log_out_everywhere(request.user, request)
        response = Response(status=204)
        if jwt_settings.TRANSPORT == "cookie":
            delete_cookies(response)
        return response

    delete: Any = handler(_delete)


class TokenSessionView(SessionsView):
    """``DELETE``: end one login, by the ``id`` of the list, as the URL's ``pk``."""

    def _delete(self, request: Any, pk: Any, *args: Any, **kwargs: Any) -> Steps[Response]:
        """Revoke one login of the user.

        Raises:
            Http404: the user has no such login.
        """
        if not (yield from ended(request.user, pk, request)):
            raise Http404
        return Response(status=204)

    delete: Any = handler(_delete)
