"""One cached function: its key, its policy, its format, and the decisions that read and compute."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from inspect import iscoroutinefunction
from typing import Any

from asgiref.sync import iscoroutinefunction as is_marked
from django.core.exceptions import SynchronousOnlyOperation

from restflow.core.steps import Step, Steps, awaiting, blocking

from .computing import Computation
from .conf import caching_settings
from .entries import Codec, Entry, EntryFormat, codec_of
from .keys import KeyBuilder
from .metadata import Answer, hit
from .policy import Policy
from .statistics import Statistics
from .stores import PARTITION_LIFE, Store, StoreUnavailable, leading, store_of
from .transactions import Publication


class Computed:
    """The result of the user's function, in a box: a driver must not take it for an awaitable.

    Args:
        value: the result.
        publication: what the transactions of its thread say; ``None`` on an event loop, where
            there are none.
    """

    __slots__ = ("publication", "value")

    def __init__(self, value: Any, publication: Publication | None = None) -> None:
        self.value = value
        self.publication = publication


class CachedFunction:
    """What a :class:`CachedWrapper` stands for, without its public face.

    Args:
        func: the user's function.
        builder: of its keys.
        policy: times and predicates.
        alias: the key in ``CACHES``.
        codec: of its results; ``None`` for the setting.
        statistics: where events are counted.
    """

    def __init__(
        self,
        func: Callable[..., Any],
        builder: KeyBuilder,
        policy: Policy,
        *,
        alias: str,
        codec: Any,
        statistics: Statistics,
    ) -> None:
        self.func = func
        self.builder = builder
        self.policy = policy
        self.alias = alias
        self.version = builder.constructor.options.version
        self.statistics = statistics
        self.is_async = iscoroutinefunction(func) or is_marked(func)
        self.codec: Codec | None = None if codec is None else codec_of(codec)
        self._format: tuple[Any, Any] = (None, None)

    # -- parts -------------------------------------------------------------------------------

    @property
    def builder(self) -> KeyBuilder:
        """Builds the keys; a new one may take its place until the first call."""
        return self._builder

    @builder.setter
    def builder(self, builder: KeyBuilder) -> None:
        self._builder = builder
        self._build: Any = None

    @property
    def build(self) -> Callable[..., tuple[str, tuple[str, ...]]]:
        """The compiled key function."""
        if self._build is None:
            self._build = self._builder.build
        found: Callable[..., tuple[str, tuple[str, ...]]] = self._build
        return found

    @property
    def store(self) -> Store:
        return store_of(self.alias, self.version)

    def format_of(self, store: Store) -> EntryFormat:
        """Return the format of entries in *store*, under the settings of the moment."""
        if self._format[0] is not store:  # settings that change make new stores
            made = EntryFormat(
                self.codec or codec_of(caching_settings.CODEC),
                signed=not store.local,
                compress_above=caching_settings.COMPRESS_ABOVE,
                max_size=caching_settings.MAX_ENTRY_SIZE,
            )
            self._format = (store, made)
        found: EntryFormat = self._format[1]
        return found

    @property
    def lease(self) -> float:
        """Seconds that one process may compute before another takes over."""
        seconds: float = self.policy.lease or caching_settings.LEASE
        return seconds

    def lives(self, names: Sequence[str]) -> list[float | None]:
        """Return for how long each of the tokens *names* has to be kept."""
        partitions = 2 * len(self.builder.levels)
        tags = len(names) - 3 - partitions
        life = self.policy.token_life
        shared = None if life is None else max(PARTITION_LIFE, life)
        return [None, None, *[shared] * partitions, *[None] * tags, life]

    # -- reading -----------------------------------------------------------------------------

    def glance(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Answer | None:
        """Return the answer if the memory of this process has a fresh one: nothing to decide."""
        store = store_of(self.alias, self.version)
        if not store.local:
            return None
        try:
            key, names = (self._build or self.build)(*args, **kwargs)
            found = store.look(key, names)
        except (SynchronousOnlyOperation, StoreUnavailable):
            return None
        entry = self._entry(store, key, found)
        return None if entry is None else self._fresh(key, entry)

    def _entry(self, store: Store, key: str, found: list[bytes | None]) -> Entry | None:
        data = found[0]
        return None if data is None else self.format_of(store).read(key, data, found[1:])

    def _fresh(self, key: str, entry: Entry) -> Answer | None:
        value, made, expires = entry
        if time.time() >= expires:
            return None
        self.statistics.note("hit")
        return hit((value, "HIT", key, made, expires))

    def read(
        self, args: tuple[Any, ...], kwargs: dict[str, Any], *, on_loop: bool = False
    ) -> Steps[Answer]:
        """Answer a call from the cache, or compute and store: what calling the wrapper does.

        Args:
            args: of the call.
            kwargs: of the call.
            on_loop: the driver is the async one; waiting for others must not occupy a thread.
        """
        try:
            key, names = self.build(*args, **kwargs)
        except SynchronousOnlyOperation:  # a lazy user, say: the key needs the database
            key, names = yield blocking(self.build, *args, **kwargs)
        store = self.store
        if (store.pending or store.breaker.open) and not (yield from self._usable(store)):
            return (yield from self.bypass(args, kwargs, key))
        try:
            found = yield from store.fetch(key, names)
        except StoreUnavailable as error:
            repaired = yield from self._repaired(store, key, names, error)
            if repaired is None:
                return (yield from self.bypass(args, kwargs, key))
            found = repaired
        old = None
        entry = self._entry(store, key, found)
        if entry is not None:
            answer = self._fresh(key, entry)
            if answer is not None:
                return answer
            overdue = time.time() - entry.expires
            if overdue < self.policy.stale_ttl:
                self.statistics.note("stale")
                Computation(self, store, args, kwargs, key, names).refresh_later(found)
                return Answer(entry.value, "STALE", key, entry.made, entry.expires)
            if overdue < self.policy.stale_if_error:
                old = entry
        if (self.alias, self.version, key) in leading.get():
            return (yield from self.bypass(args, kwargs, key))
        computation = Computation(self, store, args, kwargs, key, names, on_loop=on_loop)
        return (yield from computation.miss(found, old))

    def refresh(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Steps[Answer]:
        """Compute and store, whatever is stored already."""
        try:
            key, names = self.build(*args, **kwargs)
        except SynchronousOnlyOperation:
            key, names = yield blocking(self.build, *args, **kwargs)
        store = self.store
        if (store.pending or store.breaker.open) and not (yield from self._usable(store)):
            return (yield from self.bypass(args, kwargs, key))
        return (yield from Computation(self, store, args, kwargs, key, names).anew())

    def bypass(
        self, args: tuple[Any, ...], kwargs: dict[str, Any], key: str | None = None
    ) -> Steps[Answer]:
        """Compute and store nothing."""
        self.statistics.note("bypass")
        computed = yield from self.compute(args, kwargs, key)
        return Answer(computed.value, "BYPASS", key)

    def _usable(self, store: Store) -> Steps[bool]:
        """Tell whether the cache may be asked: it works, and knows of every invalidation."""
        if not store.breaker.allows():
            return False
        if store.pending:
            try:
                yield from store.flush()
            except StoreUnavailable:
                return False
        return True

    def _repaired(
        self, store: Store, key: str, names: Sequence[str], error: StoreUnavailable
    ) -> Steps[list[bytes | None] | None]:
        if not error.foreign:
            return None
        try:  # what others put under our keys is a miss, and must not stay one
            yield from store.repair(key, names)
            return (yield from store.fetch(key, names))
        except StoreUnavailable:
            return None

    # -- computing ---------------------------------------------------------------------------

    def compute(
        self, args: tuple[Any, ...], kwargs: dict[str, Any], key: str | None
    ) -> Steps[Computed]:
        """Run the user's function where it may run, and return what it returns, in a box."""
        started = time.perf_counter()
        try:
            computed: Computed = yield self._step(args, kwargs, key)
        except Exception:
            self.statistics.note("error")
            raise
        self.statistics.note("computed", time.perf_counter() - started)
        return computed

    def _step(self, args: tuple[Any, ...], kwargs: dict[str, Any], key: str | None) -> Step:
        if self.is_async:
            return awaiting(self._acall, args, kwargs, key)
        return blocking(self._call, args, kwargs, key)

    def _call(self, args: tuple[Any, ...], kwargs: dict[str, Any], key: str | None) -> Computed:
        before = leading.get()
        leading.set(before | {(self.alias, self.version, key)})
        try:
            return Computed(self.func(*args, **kwargs), Publication())
        finally:
            leading.set(before)

    async def _acall(
        self, args: tuple[Any, ...], kwargs: dict[str, Any], key: str | None
    ) -> Computed:
        before = leading.get()
        leading.set(before | {(self.alias, self.version, key)})
        try:
            return Computed(await self.func(*args, **kwargs))
        finally:  # not reset(): a coroutine that is collected is closed in another context
            leading.set(before)
