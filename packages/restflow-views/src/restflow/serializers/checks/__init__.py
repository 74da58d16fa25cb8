"""System checks of serializers: ids ``restflow.E330`` and ``W330`` to ``W349``."""

from .declared import check_serializers

__all__ = ["check_serializers"]
