"""Renderers for DRF: JSON by the fastest library at hand, with DRF's meaning."""

from .json import JSONRenderer

__all__ = ["JSONRenderer"]
