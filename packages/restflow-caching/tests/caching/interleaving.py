"""A scheduler that drives decisions through chosen interleavings, over a cache in memory.

Decisions yield before everything another process could get in between of, so the order in which
actors take their steps is the whole of concurrency. An order is a list of numbers: which of the
actors that can go on goes next. Searching all orders is counting through such lists.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from restflow.caching import computing
from restflow.caching.stores.flights import UNDER_WAY, Flight, Flights
from restflow.core.steps import Step, Steps


class MemoryRaw:
    """The raw operations, each one atomic, over a dictionary; nothing ends by itself."""

    inline = False

    def __init__(self, *, scripted: bool) -> None:
        self.hop_free = scripted
        self.data: dict[str, bytes] = {}

    def get(self, key: str) -> bytes | None:
        return self.data.get(key)

    def get_many(self, keys: Sequence[str]) -> list[bytes | None]:
        return [self.data.get(key) for key in keys]

    def set(self, key: str, value: bytes, ttl_ms: int | None = None) -> None:
        self.data[key] = value

    def set_many(self, values: dict[str, bytes], ttl_ms: int | None = None) -> None:
        self.data.update(values)

    def add(self, key: str, value: bytes, ttl_ms: int | None = None) -> bool:
        return self.data.setdefault(key, value) is value

    def delete(self, *keys: str) -> int:
        return sum(self.data.pop(key, None) is not None for key in keys)

    def replace(self, key: str, old: bytes, new: bytes, ttl_ms: int | None = None) -> bool:
        if self.data.get(key) != old:
            return False
        self.data[key] = new
        return True

    def discard(self, key: str, old: bytes) -> bool:
        return self.data.get(key) == old and bool(self.delete(key))

    def eval(self, script: Any, keys: Sequence[str], args: Sequence[Any]) -> Any:
        return script.fallback(self, keys, args)

    async def aget_many(self) -> None: ...

    aget = aset = aset_many = aadd = adelete = areplace = adiscard = aeval = aget_many


@dataclass
class Actor:
    """One caller: a decision, the step it takes next, and the process it lives in."""

    name: str
    make: Callable[[], Steps[Any]]
    process: Flights = field(default_factory=Flights)
    steps: Steps[Any] | None = None
    step: Step | None = None
    ended: bool = False
    result: Any = None
    #: Somebody else has done something since this actor began to wait.
    stirred: bool = True

    @property
    def waits(self) -> bool:
        """Whether a turn would change nothing: what it waits for has not happened."""
        if self.ended or self.step is None or self.step.sync is None:
            return self.ended
        flight = getattr(self.step.sync, "__self__", None)
        if isinstance(flight, Flight):
            return flight.state == UNDER_WAY
        return self.step.sync is time.sleep and not self.stirred

    def turn(self) -> None:
        """Take the next step, and run up to the one after it."""
        computing.flights = self.process  # type: ignore[attr-defined]
        try:
            if self.steps is None:
                self.steps = self.make()
                self.step = next(self.steps)
                return
            assert self.step is not None
            try:
                value = self._perform(self.step)
            except Exception as error:
                self.step = self.steps.throw(error)
            else:
                self.step = self.steps.send(value)
        except StopIteration as stop:
            self.ended, self.result = True, stop.value

    @staticmethod
    def _perform(step: Step) -> Any:
        assert step.sync is not None
        if step.sync is time.sleep or isinstance(getattr(step.sync, "__self__", None), Flight):
            return None  # it was not called while it would have had to wait
        return step.sync(*step.args, **step.kwargs)


@dataclass
class Orders:
    """All orders of turns up to a bound, one after the other; then the caller stops asking."""

    choices: list[tuple[int, int]] = field(default_factory=list)
    position: int = 0

    def choose(self, count: int) -> int:
        """Return which of *count* actors goes next."""
        if self.position == len(self.choices):
            self.choices.append((0, count))
        chosen, known = self.choices[self.position]
        assert known == count, "the same choices must lead to the same place"
        self.position += 1
        return chosen

    def advance(self) -> bool:
        """Go on to the next order; ``False`` when there is none."""
        while self.choices and self.choices[-1][0] + 1 >= self.choices[-1][1]:
            self.choices.pop()
        if not self.choices:
            return False
        chosen, count = self.choices[-1]
        self.choices[-1] = (chosen + 1, count)
        self.position = 0
        return True


class Drawn:
    """One order, drawn at random; some actors are preferred for a while, as schedulers do."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def choose(self, count: int) -> int:
        return self.random.randrange(count)


def play(actors: Sequence[Actor], order: Any, *, most: int = 3000) -> None:
    """Let *actors* take turns in *order* until all have ended."""
    genuine = computing.flights
    try:
        for _ in range(most):
            ready = [actor for actor in actors if not actor.waits]
            if not ready:
                ready = [actor for actor in actors if not actor.ended]
                if not ready:
                    return
            actor = ready[order.choose(len(ready)) if len(ready) > 1 else 0]
            asleep = actor.step is not None and actor.step.sync is time.sleep
            actor.turn()
            actor.stirred = False
            if not asleep:
                for other in actors:
                    other.stirred = other.stirred or other is not actor
    finally:
        computing.flights = genuine
    raise AssertionError(f"no end in sight: {[actor.name for actor in actors if not actor.ended]}")


def all_orders(limit: int) -> Iterator[Orders]:
    """Yield orders one by one, at most *limit*."""
    orders = Orders()
    for _ in range(limit):
        yield orders
        if not orders.advance():
            return
