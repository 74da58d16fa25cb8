"""Views that hand out, renew and revoke tokens, publish keys, and list logins."""

from .jwks import JWKSView
from .sessions import TokenSessionListView, TokenSessionView
from .tokens import TokenBlacklistView, TokenObtainView, TokenRefreshView

__all__ = [
    "JWKSView",
    "TokenBlacklistView",
    "TokenObtainView",
    "TokenRefreshView",
    "TokenSessionListView",
    "TokenSessionView",
]
