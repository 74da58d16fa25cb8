"""Cached responses of views: of DRF's, of Django's, and of restflow's own."""

from .decorator import cache_response

__all__ = ["cache_response"]
