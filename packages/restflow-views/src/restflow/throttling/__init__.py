"""Throttles that let exactly the allowed number through, in both colours."""

from .base import BaseThrottle
from .rates import AnonRateThrottle, ScopedRateThrottle, UserRateThrottle
from .simple import SimpleRateThrottle

__all__ = [
    "AnonRateThrottle",
    "BaseThrottle",
    "ScopedRateThrottle",
    "SimpleRateThrottle",
    "UserRateThrottle",
]
