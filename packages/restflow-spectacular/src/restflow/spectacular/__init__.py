"""A drf-spectacular schema class that documents what restflow's views run."""

__all__ = ["__version__"]

__version__ = "0.1.0"
