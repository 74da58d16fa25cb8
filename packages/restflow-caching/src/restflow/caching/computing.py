"""What happens on a miss: who computes, who waits, what is stored, and who gets which answer."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from django.db.transaction import on_commit

from restflow.core.steps import Step, Steps, awaiting, blocking, run

from .background import background
from .entries import Entry, UnserialisableError
from .metadata import Answer
from .stores import (
    ABANDONED,
    FAILED,
    LANDED,
    SOLO,
    Flight,
    Store,
    StoreUnavailable,
    barred,
    flights,
    sound,
)

if TYPE_CHECKING:
    from .function import CachedFunction

logger = logging.getLogger("restflow.caching")

#: Seconds between two looks at what another process computes: at first, and at most.
FIRST_PAUSE, LONGEST_PAUSE = 0.005, 0.05

Found = Sequence[bytes | None]


class Computation:
    """One call that found nothing acceptable.

    The order is what makes it correct: the tokens are read before the function begins to run, and
    what it returns is acceptable only while they are current. Whoever starts after an invalidation
    reads other tokens, and joins no flight that began under the old ones.
    """

    def __init__(
        self,
        function: CachedFunction,
        store: Store,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        key: str,
        names: Sequence[str],
        *,
        on_loop: bool = False,
    ) -> None:
        self.function = function
        self.on_loop = on_loop
        self.store = store
        self.args = args
        self.kwargs = kwargs
        self.key = key
        self.names = names
        self.lease = f"@&{names[-1][2:]}"
        self.format = function.format_of(store)
        self.note = function.statistics.note

    # -- ways in -----------------------------------------------------------------------------

    def miss(self, found: Found, old: Entry | None) -> Steps[Answer]:
        """Compute, or wait for who does. *old* is what to serve if computing fails."""
        try:
            return (yield from self._led(found))
        except StoreUnavailable:
            return (yield from self.function.bypass(self.args, self.kwargs, self.key))
        except Exception as error:
            if old is None:
                raise
            logger.warning("An old result is served, computing a new one failed: %r", error)
            self.note("stale")
            return Answer(old.value, "STALE", self.key, old.made, old.expires)

    def anew(self) -> Steps[Answer]:
        """Compute in any case; whatever was begun before is void."""
        life = self.function.policy.token_life
        try:
            # First of all: a slower computation that began earlier must not overwrite ours.
            yield from self.store.overwrite(self.names[-1:], life)
            found = yield from self.store.fetch(self.key, self.names)
            tokens, owner, _ = yield from self._begin(found)
        except StoreUnavailable:
            return (yield from self.function.bypass(self.args, self.kwargs, self.key))
        flight, _ = flights.join(self._flight_key(tokens))
        return (yield from self._lead(flight, tokens, owner, "REFRESH"))

    def refresh_later(self, found: Found) -> None:
        """Have somebody compute behind the caller's back: one per key, of all processes."""
        name = (self.function.alias, self.function.version, self.key, *found[1:])
        background.submit(name, lambda: self._refresh(found))

    def _refresh(self, found: Found) -> Steps[None]:
        try:
            tokens, owner, _ = yield from self._begin(found)
            if owner is None:
                return
            if self._current((yield from self.store.fetch(self.key, self.names))) is not None:
                yield from self.store.release(self.lease, owner)
                return  # another process was faster
        except StoreUnavailable:
            return
        flight, leads = flights.join(self._flight_key(tokens))
        yield from self._lead(flight if leads else Flight(), tokens, owner, "REFRESH")

    # -- waiting -----------------------------------------------------------------------------

    def _led(self, found: Found) -> Steps[Answer]:
        store, started = self.store, time.monotonic()
        patience = self.function.lease
        while True:
            tokens, owner, data = yield from self._begin(found)
            flight, leads = flights.join(self._flight_key(tokens))
            if leads or (owner is not None and not store.local):
                flight = flight if leads else Flight()
                try:
                    if store.local:
                        data = store.look(self.key, ())[0]
                    # Who led before us may have stored the entry between our look and our turn.
                    entry = None if owner is None else self._current((data, *tokens))
                    if entry is not None:
                        self._land(flight, tokens, LANDED, data)
                        yield from self._released(owner)
                        return Answer(entry.value, "HIT", self.key, entry.made, entry.expires)
                    if owner is None:
                        owner, answer, other = yield from self._watch(tokens, flight)
                        if answer is not None:
                            return answer
                        if other is not None:
                            found = other
                            continue  # there was an invalidation: begin again
                    return (yield from self._lead(flight, tokens, owner, "MISS"))
                finally:
                    self._land(flight, tokens, ABANDONED)
            self.note("wait")
            yield self._waiting(flight.wait, flight.await_, patience)
            state, value = flight.state, flight.value
            if state == LANDED:
                entry = self.format.read(self.key, value, tokens)
                if entry is not None:
                    return Answer(entry.value, "HIT", self.key, entry.made, entry.expires)
            if state == FAILED:
                raise value
            if state in (LANDED, SOLO) or time.monotonic() - started > 2 * patience:
                return (yield from self._alone())
            if state != ABANDONED:
                flights.replace(self._flight_key(tokens), flight)
            found = yield from store.fetch(self.key, self.names)
            entry = self._current(found)
            if entry is not None:
                return Answer(entry.value, "HIT", self.key, entry.made, entry.expires)

    def _watch(
        self, tokens: Sequence[bytes], flight: Flight
    ) -> Steps[tuple[bytes | None, Answer | None, list[bytes | None] | None]]:
        """Wait for another process: until it has stored the entry, or gives up, or is overdue.

        Returns:
            The owner's mark if the lease was free; the answer; what was read, if the tokens are
            no longer the same. All ``None`` if the other process is overdue.
        """
        self.note("wait")
        seconds = self.function.lease
        pause, started = FIRST_PAUSE, time.monotonic()
        while True:
            yield self._waiting(time.sleep, asyncio.sleep, pause)
            pause = min(2 * pause, LONGEST_PAUSE)
            *found, lease = yield from self.store.fetch(self.key, (*self.names, self.lease))
            if found[1:] != tokens:
                return None, None, found
            entry = self._current(found)
            if entry is None and lease is None:
                owner = yield from self.store.take(self.lease, seconds)
                if owner is not None:
                    # It may have been given back between our two looks, with the entry stored.
                    found = yield from self.store.fetch(self.key, self.names)
                    entry = self._current(found) if found[1:] == tokens else None
                    if entry is None:
                        return owner, None, None
                    yield from self._released(owner)
            if entry is not None:
                self._land(flight, tokens, LANDED, found[0])
                return None, Answer(entry.value, "HIT", self.key, entry.made, entry.expires), None
            if time.monotonic() - started > seconds:
                return None, None, None

    # -- computing ---------------------------------------------------------------------------

    def _lead(
        self, flight: Flight, tokens: list[bytes], owner: bytes | None, status: str
    ) -> Steps[Answer]:
        """Compute under *tokens*, store, and tell the flight how it ended."""
        function = self.function
        state, value = ABANDONED, cast("Any", None)
        try:
            try:
                computed = yield from function.compute(self.args, self.kwargs, self.key)
            except Exception as error:
                state, value = FAILED, error
                raise
            self.note("refresh" if status == "REFRESH" else "miss")
            result, waits = computed.value, computed.publication
            if waits is not None and waits.at_once:
                waits = None
            freshness = function.policy.freshness(result)
            if not freshness or barred(tokens) or (waits is not None and not waits.on_commit):
                state = SOLO
                return Answer(result, status, self.key)
            made = time.time()
            entry = Entry(result, made, made + freshness)
            try:
                data = self.format.write(self.key, entry, tokens)
            except UnserialisableError as error:
                state = SOLO
                self.note("unstored")
                logger.warning("A result of %s is not stored: %s", function.builder.name, error)
                return Answer(result, status, self.key)
            if waits is not None:
                state = SOLO  # nobody else may see what is not committed
                later = partial(self._publish, data, function.policy.life(freshness), tokens)
                yield blocking(on_commit, later, waits.on_commit, robust=True)
                return Answer(result, status, self.key)
            state, value = LANDED, data
            life, owned, owner = function.policy.life(freshness), owner, None
            yield from self._stored(data, life, owned, tokens)
            result = self.format.settled(entry, data, self.key, tokens)
            return Answer(result, status, self.key, made, entry.expires)
        except GeneratorExit:
            owner = None  # nobody will resume this decision: the lease ends by itself
            raise
        finally:
            self._land(flight, tokens, state, value)
            if owner is not None and not self.store.local:
                yield from self._released(owner)

    def _stored(
        self, data: bytes, life: float | None, owner: bytes | None, tokens: Sequence[bytes]
    ) -> Steps[None]:
        try:
            yield from self.store.finish(
                self.key, data, life, self.lease, owner, self.names, tokens
            )
        except StoreUnavailable:
            return  # the breaker knows; the caller has its result

    def _publish(self, data: bytes, life: float | None, tokens: Sequence[bytes]) -> None:
        """Store what a transaction computed, now that it has been committed."""
        run(self._stored(data, life, None, tokens))

    def _released(self, owner: bytes | None) -> Steps[None]:
        try:
            yield from self.store.release(self.lease, owner)
        except StoreUnavailable:
            return  # the lease ends by itself

    def _alone(self) -> Steps[Answer]:
        """Compute for this caller only: the result is not for others."""
        computed = yield from self.function.compute(self.args, self.kwargs, self.key)
        self.note("miss")
        return Answer(computed.value, "MISS", self.key)

    # -- parts -------------------------------------------------------------------------------

    def _waiting(self, sync: Any, async_: Any, seconds: float) -> Step:
        # Not a step with both forms: it would wait in the one thread that a hop of the decision
        # waited for may need.
        return awaiting(async_, seconds) if self.on_loop else blocking(sync, seconds)

    def _begin(self, found: Found) -> Steps[tuple[list[bytes], bytes | None, bytes | None]]:
        return self.store.begin(
            self.key,
            self.names,
            [sound(token) for token in found[1:]],
            self.function.lives(self.names),
            self.lease,
            self.function.lease,
        )

    def _entry(self, found: Found) -> Entry | None:
        data = found[0]
        return None if data is None else self.format.read(self.key, data, found[1:])

    def _current(self, found: Found) -> Entry | None:
        """Return the entry in *found* if it is acceptable and fresh."""
        entry = self._entry(found)
        return entry if entry is not None and time.time() < entry.expires else None

    def _flight_key(self, tokens: Sequence[bytes]) -> tuple[Any, ...]:
        return (self.function.alias, self.function.version, self.key, *tokens)

    def _land(self, flight: Flight, tokens: Sequence[bytes], state: int, value: Any = None) -> None:
        flights.land(self._flight_key(tokens), flight, state, value)
