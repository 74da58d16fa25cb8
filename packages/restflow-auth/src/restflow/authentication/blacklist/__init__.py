"""Where it is remembered which tokens were used up or revoked."""

from .base import BlacklistBackend, Outcome, Use
from .cache import CacheBlacklistBackend
from .chosen import blacklist_backend
from .model import ModelBlacklistBackend

__all__ = [
    "BlacklistBackend",
    "CacheBlacklistBackend",
    "ModelBlacklistBackend",
    "Outcome",
    "Use",
    "blacklist_backend",
]
