"""Calling hooks by name, in either colour, with no override ever skipped.

A hook is a name, not a base class: ``has_permission`` with its async twin ``ahas_permission``.
Of the two the most derived definition wins; when one class defines both, the caller's colour does.
"""

from .hooks import Hook, call, calling, declare_loop_safe, hook_of, hook_of_class, loop_safe
from .mirrors import Twinned
from .twins import AnyTwin, enter, handler, plain_twins, twins

__all__ = [
    "AnyTwin",
    "Hook",
    "Twinned",
    "call",
    "calling",
    "declare_loop_safe",
    "enter",
    "handler",
    "hook_of",
    "hook_of_class",
    "loop_safe",
    "plain_twins",
    "twins",
]
