"""Making entries unacceptable: one, a partition, a function's, a constructor's, a tag's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from restflow.core.steps import Steps, arun, run

from .keys import KeyConstructor
from .keys.builder import KeyBuilder, tag_key
from .stores import PARTITION_LIFE, store_of

if TYPE_CHECKING:
    from .function import CachedFunction

__all__ = ["ainvalidate_tags", "invalidate_tags"]


class Operations:
    """The invalidating methods of a cached function.

    None of them raises when the cache is down: what could not be delivered is remembered, nothing
    older is served by this process meanwhile, and it is delivered when the cache works again.
    """

    cached: CachedFunction
    _bound: tuple[Any, ...]

    def delete_cache(self, *args: Any, **kwargs: Any) -> None:
        """Drop the entry of one call; without annotations that of 1 and of "1"."""
        run(delete(self.cached, self._bound + args, kwargs))

    async def adelete_cache(self, *args: Any, **kwargs: Any) -> None:
        await arun(delete(self.cached, self._bound + args, kwargs))

    def delete_by_prefix(self, **partition: Any) -> None:
        """Drop all entries of a partition, with one cache command.

        Args:
            partition: values of partition fields; leading ones may be given alone.

        Raises:
            CacheKeyError: a leading partition field is left out, or a name is unknown.
        """
        run(delete_partition(self.cached, partition))

    async def adelete_by_prefix(self, **partition: Any) -> None:
        await arun(delete_partition(self.cached, partition))

    def invalidate_all(self) -> None:
        """Drop everything this function has ever stored, with one cache command."""
        run(delete_all(self.cached))

    async def ainvalidate_all(self) -> None:
        await arun(delete_all(self.cached))


def delete(function: CachedFunction, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Steps[None]:
    """Drop the entries of one call."""
    found = function.builder.variants(args, kwargs)
    keys, names = [built.key for built in found], [built.tokens[-1] for built in found]
    yield from function.store.drop(keys, names)


def delete_partition(function: CachedFunction, partition: dict[str, Any]) -> Steps[None]:
    """Drop the entries of a partition."""
    builder = function.builder
    name = builder.shorten(f"@{builder.prefix}::{builder.partition_text(partition)}")
    yield from function.store.overwrite([name], PARTITION_LIFE)


def delete_all(function: CachedFunction) -> Steps[None]:
    """Drop the entries of a function."""
    builder = function.builder
    yield from function.store.overwrite([builder.shorten(f"@{builder.prefix}")], None)


def wipe(constructor: type[KeyConstructor], partition: dict[str, Any]) -> None:
    """Drop the entries of all functions with *constructor*."""
    run(_wipe(constructor, partition))


async def awipe(constructor: type[KeyConstructor], partition: dict[str, Any]) -> None:
    """Async twin of :func:`wipe`."""
    await arun(_wipe(constructor, partition))


def _wipe(constructor: type[KeyConstructor], partition: dict[str, Any]) -> Steps[None]:
    from .limits import key_limit
    from .registry import registry

    for alias, version in registry.aliases(constructor):
        builder = KeyBuilder(_anything, constructor, limit=key_limit(alias, version))
        if partition:
            name, life = f"{builder.wide}::{builder.partition_text(partition)}", PARTITION_LIFE
        else:
            name, life = builder.wide, None
        yield from store_of(alias, version).overwrite([builder.shorten(name)], life)


def _anything(**arguments: Any) -> None:
    """Stands for the functions of a constructor: it has whatever parameter is asked for."""


def invalidate_tags(*tags: str, alias: str = "default", version: int | None = None) -> None:
    """Drop the entries of every function that has one of *tags*, with one cache command.

    Args:
        tags: what ``cache_result(tags=...)`` names.
        alias: the key in ``CACHES``.
        version: the cache version of the functions, if their ``Meta`` sets one.
    """
    run(_invalidate_tags(tags, alias, version))


async def ainvalidate_tags(*tags: str, alias: str = "default", version: int | None = None) -> None:
    """Async twin of :func:`invalidate_tags`."""
    await arun(_invalidate_tags(tags, alias, version))


def _invalidate_tags(tags: tuple[str, ...], alias: str, version: int | None) -> Steps[None]:
    from .limits import key_limit

    builder = KeyBuilder(_anything, KeyConstructor, limit=key_limit(alias, version))
    names = [builder.shorten(tag_key(tag)) for tag in tags]
    yield from store_of(alias, version).overwrite(names, None)
