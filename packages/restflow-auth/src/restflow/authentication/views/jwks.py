"""The public keys, for services that verify tokens and issue none (RFC 7517, section 5)."""

from __future__ import annotations

from typing import Any

from rest_framework.permissions import AllowAny

from restflow.core.adapters import handler
from restflow.core.steps import Steps
from restflow.responses import Response
from restflow.views import AsyncAPIView

from ..keys import current_keys


class JWKSView(AsyncAPIView):
    """``GET``: the key ring's public keys as a JWK Set. Secrets of HS algorithms never appear.

    Attributes:
        max_age: seconds for which clients may keep the answer.
    """

    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]
    max_age = 300

    def _get(self, request: Any, *args: Any, **kwargs: Any) -> Steps[Response]:
        """Return the keys."""
        ring = yield from current_keys()
        return Response(
            ring.jwks(),
            content_type="application/jwk-set+json",
            headers={"Cache-Control": f"public, max-age={self.max_age}"},
        )

    get: Any = handler(_get)
