"""A refresh view for the time in which clients still hold tokens of simplejwt's."""

from __future__ import annotations

from typing import Any

from restflow.core.steps import Steps

from ..simplejwt import exchanged, is_ours
from .tokens import TokenRefreshView


class SimpleJWTRefreshView(TokenRefreshView):
    """``TokenRefreshView`` that also takes refresh tokens of simplejwt's, each once.

    The answer is a pair of restflow's, so clients move over with their next refresh.
    """

    def _exchange(self, raw: str, request: Any) -> Steps[tuple[Any, bool]]:
        if is_ours(raw):
            return (yield from super()._exchange(raw, request))
        return (yield from exchanged(raw, self.token_class, request)), True
