"""Parsers for DRF: JSON by the fastest library at hand, with DRF's meaning."""

from .json import JSONParser

__all__ = ["JSONParser"]
