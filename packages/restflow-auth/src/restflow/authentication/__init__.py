"""JWT and DRF's own authentication schemes, in both colours.

What ``REST_FRAMEWORK`` may list imports neither views nor models; the token views are in
:mod:`restflow.authentication.views`.
"""

from .bearer import JWTAuthentication, JWTStatelessUserAuthentication
from .blacklist import BlacklistBackend, CacheBlacklistBackend, ModelBlacklistBackend, Outcome, Use
from .cookies import JWTCookieAuthentication
from .errors import (
    BlacklistUnavailable,
    InvalidToken,
    TokenError,
    TokenExpired,
    TokenRevoked,
)
from .keys import InvalidKey, Key, KeyRing, key_ring
from .schemes import (
    BaseAuthentication,
    BasicAuthentication,
    RemoteUserAuthentication,
    SessionAuthentication,
    TokenAuthentication,
)
from .sessions import alog_out_everywhere, log_out_everywhere
from .signals import token_obtained, token_refreshed, token_reused, token_revoked
from .stateless import TokenUser
from .tokens import AccessToken, RefreshToken, Token

__all__ = [
    "AccessToken",
    "BaseAuthentication",
    "BasicAuthentication",
    "BlacklistBackend",
    "BlacklistUnavailable",
    "CacheBlacklistBackend",
    "InvalidKey",
    "InvalidToken",
    "JWTAuthentication",
    "JWTCookieAuthentication",
    "JWTStatelessUserAuthentication",
    "Key",
    "KeyRing",
    "ModelBlacklistBackend",
    "Outcome",
    "RefreshToken",
    "RemoteUserAuthentication",
    "SessionAuthentication",
    "Token",
    "TokenAuthentication",
    "TokenError",
    "TokenExpired",
    "TokenRevoked",
    "TokenUser",
    "Use",
    "__version__",
    "alog_out_everywhere",
    "key_ring",
    "log_out_everywhere",
    "token_obtained",
    "token_refreshed",
    "token_reused",
    "token_revoked",
]

__version__ = "0.1.0"
