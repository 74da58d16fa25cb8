"""Views that hand out, renew and revoke tokens, publish keys, and list logins."""

from .jwks import JWKSView
from .sessions import TokenSessionListView, TokenSessionView
from .simplejwt import SimpleJWTRefreshView
from .tokens import TokenBlacklistView, TokenObtainView, TokenRefreshView

__all__ = [
    "JWKSView",
    "SimpleJWTRefreshView",
    "TokenBlacklistView",
    "TokenObtainView",
    "TokenRefreshView",
    "TokenSessionListView",
    "TokenSessionView",
]
