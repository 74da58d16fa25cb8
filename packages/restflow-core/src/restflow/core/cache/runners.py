"""Where the operations of a cache run: in place, in a thread, or over the network from a loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from django.core.cache.backends.base import BaseCache

from ..adapters import hook_of
from ..steps import Step, Steps, arun, blocking, run
from .outages import Policy


class Runner(Protocol):
    """Calls operations by name, in either colour.

    Attributes:
        inline: the sync form is fast and safe on the event loop.
        hop_free: the async form enters no thread.
    """

    @property
    def inline(self) -> bool: ...
    @property
    def hop_free(self) -> bool: ...
    def run(self, name: str, *args: Any) -> Any: ...
    async def arun(self, name: str, *args: Any) -> Any: ...


class Inline:
    """Memory: the call is the answer, on a loop too."""

    inline = hop_free = True

    def __init__(self, target: Any, policy: Policy) -> None:
        self._target = target
        self._policy = policy

    def run(self, name: str, *args: Any) -> Any:
        try:
            return getattr(self._target, name)(*args)
        except self._policy.outages as error:
            return self._policy.answer(error, name, args)

    async def arun(self, name: str, *args: Any) -> Any:
        return self.run(name, *args)


class Decided:
    """Decisions: each operation is a generator whose steps have both forms, or only a sync one."""

    inline = False

    def __init__(self, target: Any, policy: Policy, *, hop_free: bool) -> None:
        self._target = target
        self._policy = policy
        self.hop_free = hop_free

    def run(self, name: str, *args: Any) -> Any:
        try:
            return run(getattr(self._target, name)(*args))
        except self._policy.outages as error:
            return self._policy.answer(error, name, args)

    async def arun(self, name: str, *args: Any) -> Any:
        try:
            return await arun(getattr(self._target, name)(*args))
        except self._policy.outages as error:
            return self._policy.answer(error, name, args)


class Threaded:
    """One hop for whatever *inner* does: keys are made there too."""

    inline = hop_free = False

    def __init__(self, inner: Runner) -> None:
        self.run = inner.run

    async def arun(self, name: str, *args: Any) -> Any:
        return await arun(_only(blocking(self.run, name, *args)))


class Hooks:
    """A backend we know nothing about: its methods, or the async ones it brings itself.

    Args:
        backend: gives the backend object of the calling thread and request.
    """

    inline = False

    def __init__(self, backend: Callable[[], Any], policy: Policy) -> None:
        self._backend = backend
        self._policy = policy
        self.hop_free = hook_of(backend(), "get").async_ is not None

    def run(self, name: str, *args: Any) -> Any:
        try:
            return run(_only(self._step(name, args)))
        except self._policy.outages as error:
            return self._policy.answer(error, name, args)

    async def arun(self, name: str, *args: Any) -> Any:
        try:
            return await arun(_only(self._step(name, args)))
        except self._policy.outages as error:
            return self._policy.answer(error, name, args)

    def _step(self, name: str, args: tuple[Any, ...]) -> Step:
        backend = self._backend()
        hook = hook_of(backend, name)
        if hook.owner is BaseCache:  # its async methods are hops, get_many() one for each key
            return blocking(getattr(backend, name), *args)
        return hook.step(backend, args, {})


def _only(step: Step) -> Steps[Any]:
    return (yield step)
