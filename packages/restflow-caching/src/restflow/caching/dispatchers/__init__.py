"""Where the work of a rule runs: in the caller, a thread, an event loop, or a broker's worker."""

from .base import Dispatcher, Job, dispatch, register_dispatcher
from .context import capture_context, register_context
from .messages import Undelivered, receive

__all__ = [
    "Dispatcher",
    "Job",
    "Undelivered",
    "capture_context",
    "dispatch",
    "receive",
    "register_context",
    "register_dispatcher",
]
