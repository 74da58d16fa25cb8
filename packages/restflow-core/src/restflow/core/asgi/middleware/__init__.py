"""Django's own middlewares on the event loop, where they do nothing that blocks.

Exactly the classes in :data:`PLANS`, as Django ships them: a subclass, a class that somebody has
patched, and everything else keeps Django's path.
"""

from .inlining import inline_middleware, inline_process_view, plan_of
from .plans import PLANS, Plan

__all__ = ["PLANS", "Plan", "inline_middleware", "inline_process_view", "plan_of"]
