"""Rules that drop cached results when rows change, and what makes them see every change."""

from .binding import BoundRule, bound_rules, find_rule
from .change import Change
from .managers import InvalidatingManager, InvalidatingQuerySet, arows_changed, rows_changed
from .rule import InvalidationRule

__all__ = [
    "BoundRule",
    "Change",
    "InvalidatingManager",
    "InvalidatingQuerySet",
    "InvalidationRule",
    "arows_changed",
    "bound_rules",
    "find_rule",
    "rows_changed",
]
