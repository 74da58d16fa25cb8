"""JWT and DRF's own authentication schemes, in both colours."""

__all__ = ["__version__"]

__version__ = "0.1.0"
