"""Decisions are generators that yield steps; two drivers do the waiting.

What a hook, a handler or a cache read has to do is written once, as a generator::

    def greet(user_id: int) -> Steps[str]:
        user = yield blocking(User.objects.get, pk=user_id)
        quota = yield either(quota_of, aquota_of, user)
        return f"{user.first_name}: {quota}"

    run(greet(1))           # in a thread: every step is called in place
    await arun(greet(1))    # on a loop: one hop, and what follows it stays in the worker

A step says what to call and where that may run; it never says how to wait.
"""

from .async_driver import arun
from .place import on_loop
from .step import Step, Steps, awaiting, blocking, either, inline
from .sync_driver import AsyncOnlyError, bridge, refuse, run

__all__ = [
    "AsyncOnlyError",
    "Step",
    "Steps",
    "arun",
    "awaiting",
    "blocking",
    "bridge",
    "either",
    "inline",
    "on_loop",
    "refuse",
    "run",
]
