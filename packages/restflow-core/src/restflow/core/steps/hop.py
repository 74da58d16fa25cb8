"""One stay of a decision in the worker thread, and the care that cancellation needs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from threading import Lock
from typing import Any

from asgiref.sync import sync_to_async

from .step import Step, Steps
from .sync_driver import discard, unawaited

#: Called in the worker with the stay to enclose; returns what the stay returns.
Around = Callable[[Callable[[], Any]], Any]

QUEUED, INSIDE, LEFT, ABANDONED = range(4)


class Returned:
    """The end of a decision: a generator's return value must not travel as ``StopIteration``."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


class Hop:
    """Takes a decision to the worker and brings back its next async step, or its end.

    A generator belongs to one thread at a time. asgiref stops waiting for a worker as soon as the
    waiting task is cancelled, while the worker is still inside: resuming the generator on the loop
    then would run its ``finally`` in the middle of a step. So cancelling is a flag which the
    worker reads after each step, and the loop touches the generator only once the worker has left.
    """

    __slots__ = (
        "_around",
        "_cancelled",
        "_delivered",
        "_error",
        "_left",
        "_lock",
        "_outcome",
        "_state",
        "_step",
        "_steps",
    )

    def __init__(self, steps: Steps[Any], step: Step, around: Around | None) -> None:
        self._steps = steps
        self._step = step
        self._around = around
        self._lock = Lock()
        self._state = QUEUED
        self._cancelled = False  # the request is to be abandoned
        self._delivered = False  # the decision knows: it was given CancelledError
        self._outcome: Step | Returned | None = None
        self._error: BaseException | None = None
        self._left: asyncio.Future[None] | None = None

    async def outcome(self) -> Step | Returned:
        """Stay in the worker and return the next step to await, or the end of the decision.

        Raises:
            BaseException: whatever ended the decision.
        """
        task = asyncio.current_task()
        requests = task.cancelling() if task else 0
        try:
            await _in_worker(self)
        except asyncio.CancelledError as error:
            if self._abandon():
                return self._throw(error)
            await self._emptied()
        except GeneratorExit:  # nobody will resume this coroutine: leave it to the worker
            self._cancelled = True
            raise
        except Exception as error:  # the job was refused, by asgiref or by the executor
            if not self._abandon():
                await self._emptied()
            return self._throw(error)
        if task and task.cancelling() > requests and not self._delivered:
            # asgiref swallows a cancellation when a nested task of the worker outlives it.
            return self._throw(asyncio.CancelledError())
        if self._error is not None:
            return self._throw(self._taken())
        assert self._outcome is not None
        return self._outcome

    def _taken(self) -> BaseException:
        error, self._error = self._error, None
        assert error is not None
        return error

    def _throw(self, error: BaseException) -> Step | Returned:
        """Raise *error* in the decision; one that has ended raises it again from here."""
        try:
            return self._steps.throw(error)
        except StopIteration as stop:
            return Returned(stop.value)
        finally:
            del error  # its traceback holds this frame: no cycle may outlive the request

    # -- on the loop -------------------------------------------------------------------------

    def _abandon(self) -> bool:
        """Withdraw a job that no thread has begun; ``False`` when one has."""
        with self._lock:
            if self._state != QUEUED:
                return False
            self._state = ABANDONED
            return True

    async def _emptied(self) -> None:
        """Ask the worker to stop after its current step and wait until it has left."""
        with self._lock:
            self._cancelled = True
            if self._state == LEFT:
                return
            self._left = left = asyncio.get_running_loop().create_future()
        while not left.done():
            try:
                await asyncio.wait([left])
            except asyncio.CancelledError:
                continue  # being cancelled twice changes nothing: the decision gets it once

    # -- in the worker -----------------------------------------------------------------------

    def enter(self) -> None:
        """Run the decision as far as it can go in a thread."""
        with self._lock:
            if self._state != QUEUED:
                return
            self._state = INSIDE
        try:
            around = self._around
            self._outcome = self._stay() if around is None else around(self._stay)
        except BaseException as error:
            self._error = error
        finally:
            with self._lock:
                self._state = LEFT
                left = self._left
            if left is not None:
                left.get_loop().call_soon_threadsafe(_finish, left)

    def _stay(self) -> Step | Returned:
        steps, step = self._steps, self._step
        try:
            while step.sync is not None:
                try:
                    value = step.sync(*step.args, **step.kwargs)
                    if hasattr(type(value), "__await__"):
                        step = unawaited(step, value)
                        if self._delivered or not self._cancelled:
                            return step
                        discard(step)
                except BaseException as error:
                    step = steps.throw(self._due() or error)
                else:
                    if self._cancelled and (cancelled := self._due()):
                        step = steps.throw(cancelled)
                    else:
                        step = steps.send(value)
        except StopIteration as stop:
            return Returned(stop.value)
        return step

    def _due(self) -> BaseException | None:
        """Return the ``CancelledError`` the decision has to be given now, if any: once."""
        if not self._cancelled or self._delivered:
            return None
        self._delivered = True
        return asyncio.CancelledError()


def _finish(left: asyncio.Future[None]) -> None:
    if not left.done():
        left.set_result(None)


# Made once: wrapping a function costs more than calling it.
_in_worker = sync_to_async(Hop.enter, thread_sensitive=True)
