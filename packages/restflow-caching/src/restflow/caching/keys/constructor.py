"""Key constructors: classes whose attributes are the key's fields, in order."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import quote

from ..errors import DeclarationError
from .fields import ArgsKeyField, KeyField
from .text import SEPARATOR

__all__ = ["DefaultKeyConstructor", "InlineKeyConstructor", "KeyConstructor", "Options"]

OPTIONS = ("namespace", "version", "key_identifier")


class Options:
    """What ``class Meta`` of a constructor says.

    Args:
        namespace: first part of the key; with it the function's qualified name is enough.
        version: Django's cache version, an integer; ``None`` is the alias' own.
        key_identifier: replaces the function's name, for functions that share entries on purpose.
    """

    def __init__(self, owner: str, meta: type | None) -> None:
        given = {
            name: getattr(meta, name)
            for name in dir(meta)
            if meta is not None and not name.startswith("_")
        }
        unknown = sorted(given.keys() - set(OPTIONS))
        if unknown:
            raise DeclarationError(
                f"{owner}.Meta has no option {unknown[0]!r}. It takes {', '.join(OPTIONS)}."
            )
        self.namespace: str | None = given.get("namespace")
        self.version: int | None = given.get("version")
        self.key_identifier: str | None = given.get("key_identifier")

    def prefix(self, module: str, qualname: str) -> str:
        """Return what all keys of a function begin with."""
        if self.key_identifier is not None:
            name = self.key_identifier
        else:
            name = qualname if self.namespace is not None else f"{module}.{qualname}"
        parts = [name] if self.namespace is None else [self.namespace, name]
        return SEPARATOR.join(quote(part, safe="_.-~/+") for part in parts)


class KeyConstructor:
    """Describes a cache key: attributes are key fields, ``Meta`` holds the options.

    ::

        class UserKey(KeyConstructor):
            user = ArgsKeyField("user_id", partition=True)
            scope = ArgsKeyField("scope")

            class Meta:
                namespace = "users"

    Subclasses inherit fields and ``Meta``; setting a field to ``None`` leaves it out.
    """

    fields: ClassVar[Mapping[str, KeyField]] = {}
    options: ClassVar[Options] = Options("KeyConstructor", None)
    identity: ClassVar[str] = "restflow.caching.KeyConstructor"

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        names: dict[str, KeyField] = {}
        for base in reversed(cls.__mro__):
            for name, value in vars(base).items():
                if isinstance(value, KeyField):
                    names.pop(name, None)
                    names[name] = value
                elif value is None:
                    names.pop(name, None)
                elif isinstance(value, type) and issubclass(value, KeyField):
                    raise DeclarationError(
                        f"{base.__name__}.{name} is the class {value.__name__}. "
                        f"Write {name} = {value.__name__}(...)."
                    )
        cls.fields = names
        cls.options = Options(cls.__qualname__, getattr(cls, "Meta", None))
        cls.identity = cls.options.key_identifier or f"{cls.__module__}.{cls.__qualname__}"

    @classmethod
    def wipe(cls, **partition: Any) -> None:
        """Make every entry unacceptable that a function with this constructor has stored.

        Args:
            partition: values of leading partition fields; without them everything goes.

        Raises:
            CacheKeyError: a leading partition field is left out, or a name is unknown.
        """
        from ..invalidation import wipe

        wipe(cls, partition)

    @classmethod
    async def awipe(cls, **partition: Any) -> None:
        """Like :meth:`wipe`, awaited."""
        from ..invalidation import awipe

        await awipe(cls, partition)


class DefaultKeyConstructor(KeyConstructor):
    """All arguments of the call; what ``cache_result`` uses when it is given no constructor."""

    arguments = ArgsKeyField("*")


def InlineKeyConstructor(
    fields: Mapping[str, KeyField],
    *,
    namespace: str | None = None,
    version: int | None = None,
    key_identifier: str | None = None,
) -> type[KeyConstructor]:
    """Return a constructor class for one-off use.

    Args:
        fields: key fields by name, in the order of the key.
        namespace: as in ``Meta``.
        version: as in ``Meta``.
        key_identifier: as in ``Meta``.
    """
    meta = type(
        "Meta",
        (),
        {"namespace": namespace, "version": version, "key_identifier": key_identifier},
    )
    created: Any = type("InlineKeyConstructor", (KeyConstructor,), {**fields, "Meta": meta})
    for name, value in fields.items():
        if not isinstance(value, KeyField):
            raise DeclarationError(
                f"InlineKeyConstructor: {name!r} is {value!r}. Give it a key field."
            )
    if key_identifier is None:
        # It has no path of its own; functions that repeat the declaration mean the same thing.
        shape = [namespace, version, [(name, type(f).__name__) for name, f in fields.items()]]
        mark = hashlib.blake2b(repr(shape).encode(), digest_size=8).hexdigest()
        created.identity = f"inline-{mark}"
    found: type[KeyConstructor] = created
    return found
