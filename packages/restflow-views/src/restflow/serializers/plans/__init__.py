"""Compiled plans: what DRF works out anew for every instance and row, worked out once per class.

A plan does exactly what DRF does over fields that are exactly DRF's. Whatever is different, a
field, a hook, an instance, goes to DRF itself, and DRF alone words the errors.
"""

from .currency import expire, originals
from .environment import Environment
from .plan import CURRENT, Plan, plan_for, plan_of

__all__ = ["CURRENT", "Environment", "Plan", "expire", "originals", "plan_for", "plan_of"]
