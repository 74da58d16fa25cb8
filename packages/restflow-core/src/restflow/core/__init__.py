"""Settings, adapters, steps, annotations and cache access: what every plugin stands on."""

__all__ = ["__version__"]

__version__ = "0.1.0"
