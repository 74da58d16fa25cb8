"""What can go wrong with a cache key or a declaration, in the user's own words."""

from __future__ import annotations

__all__ = ["CacheKeyError", "DeclarationError", "UnstableValueError"]


class CacheKeyError(ValueError):
    """A call cannot be given a cache key: a value is missing, or means something else each time."""


class UnstableValueError(CacheKeyError):
    """A value has no text that would be the same in every process."""


class DeclarationError(TypeError):
    """A key constructor or a cached function is declared in a way that cannot work."""
