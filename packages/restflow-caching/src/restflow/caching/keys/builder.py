"""The key function of one cached function, compiled from its signature and its key fields."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..errors import CacheKeyError, DeclarationError, UnstableValueError
from .annotations import annotations_of, converter
from .constructor import KeyConstructor
from .fields import MISSING, ArgsKeyField, Call, Part
from .source import Arguments, compile_keys, function_name, signature_of
from .text import SEPARATOR, digest, escape, loose, strict, twin

#: At most so many spellings of one key are dropped together: 2 ** 6.
MOST_TWINS = 6
#: Bytes kept free under a project's own KEY_FUNCTION, which may add a schema name.
SLACK = 64


class Built(NamedTuple):
    """The keys of one call.

    Args:
        key: where the entry is stored.
        tokens: the keys of the tokens that make it acceptable; the entry's own comes last.
    """

    key: str
    tokens: tuple[str, ...]


@dataclass(frozen=True)
class Slot:
    """A part of the key with what turns its value into text."""

    part: Part
    text: Callable[[Any], str]
    #: Integers may be written as they stand, without calling ``text``.
    plain: bool
    #: An integer and its string have different texts here.
    split: bool


class KeyBuilder:
    """Builds, explains and varies the keys of *func*.

    Args:
        func: the function whose calls are cached.
        constructor: the key fields.
        method: leave the first parameter out of ``"*"``; it is ``self`` or ``cls``.
        mapped: arguments that invalidation rules fill from model fields.
        tags: keys of tags, or what computes the tags of a call.
        algorithm: name of the digest.
        limit: longest key in bytes, before Django's prefix.
    """

    def __init__(
        self,
        func: Callable[..., Any],
        constructor: type[KeyConstructor],
        *,
        method: bool = False,
        mapped: Iterable[str] = (),
        tags: Iterable[str] | Callable[..., Iterable[str]] = (),
        algorithm: str = "blake2b",
        limit: int = 200,
    ) -> None:
        self.func = func
        self.constructor = constructor
        self.name = function_name(func)
        self.signature = signature_of(func)
        self.method = method
        self.mapped = frozenset(mapped)
        self.tags = tags
        self.algorithm = algorithm
        self.limit = limit
        self.prefix = constructor.options.prefix(func.__module__, func.__qualname__)
        self.wide = f"@!{escape(constructor.identity)}"
        self._check_names()
        self._slots: tuple[list[Slot], list[Slot]] | None = None
        self._compiled: tuple[Callable[..., Any], Callable[..., Any]] | None = None

    # -- building ----------------------------------------------------------------------------

    @property
    def build(self) -> Callable[..., tuple[str, tuple[str, ...]]]:
        """The compiled function: takes the call's arguments, returns what ``Built`` holds.

        It raises ``CacheKeyError`` for a value without a stable text and, like the function
        itself, ``TypeError`` for arguments that do not fit the signature.
        """
        return self.compiled[0]

    @property
    def texts(self) -> Callable[..., tuple[str, ...]]:
        """The compiled function that returns the text of each part, partition first."""
        return self.compiled[1]

    @property
    def compiled(self) -> tuple[Callable[..., Any], Callable[..., Any]]:
        if self._compiled is None:
            self._compiled = compile_keys(self)
        return self._compiled

    @property
    def slots(self) -> tuple[list[Slot], list[Slot]]:
        """The parts of the partition and those of the suffix."""
        if self._slots is None:
            hints = annotations_of(self.func)
            partition: list[Slot] = []
            suffix: list[Slot] = []
            for field in self.constructor.fields.values():
                for part in field.parts(self.parameters):
                    slot = self._slot(part, hints, partition=field.partition)
                    (partition if field.partition else suffix).append(slot)
            self._slots = partition, suffix
        return self._slots

    @property
    def levels(self) -> list[int]:
        """How many partition parts each partition token covers; constants come along."""
        partition, _ = self.slots
        counts: list[int] = []
        for index, slot in enumerate(partition, 1):
            if slot.part.constant is None:
                counts.append(index)
            elif counts:
                counts[-1] = index
        return counts

    @property
    def parameters(self) -> list[str]:
        """The parameters that ``"*"`` stands for."""
        names = list(self.signature.parameters)
        return names[1:] if self.method else names

    def assemble(self, texts: Iterable[str]) -> Built:
        """Return the keys for given texts; what the compiled function does in one go."""
        texts = tuple(texts)
        key = SEPARATOR.join((self.prefix, *texts))
        tokens = [f"@{self.prefix}", self.wide]
        for count in self.levels:
            below = SEPARATOR.join(texts[:count])
            tokens += [f"@{self.prefix}::{below}", f"{self.wide}::{below}"]
        tokens.append(f"@={key}")
        return Built(self.shorten(key), tuple(map(self.shorten, tokens)))

    def shorten(self, key: str) -> str:
        """Return *key*, or its beginning and a digest of all of it if it is too long."""
        if len(key) <= self.limit:
            return key
        return f"{key[: self.limit - 33]}#{digest(key, self.algorithm)}"

    # -- wiping ------------------------------------------------------------------------------

    def variants(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> list[Built]:
        """Return the keys of a call, also with numbers for strings and strings for numbers.

        Without an annotation 1 and "1" are two entries; who drops one means both.
        """
        texts = self.texts(*args, **kwargs)
        slots = [*self.slots[0], *self.slots[1]]
        choices: list[tuple[str, ...]] = []
        for slot, text in zip(slots, texts, strict=True):
            other = twin(text) if slot.split and len(choices) < MOST_TWINS else None
            choices.append((text,) if other is None else (text, other))
        tags = self.tag_keys(args, kwargs)
        found = []
        for combination in itertools.product(*choices):
            key, tokens = self.assemble(combination)
            found.append(Built(key, (*tokens[:-1], *tags, tokens[-1])))
        return found

    def partition_text(self, given: Mapping[str, Any]) -> str:
        """Return the text of leading partition fields, as ``delete_by_prefix`` takes them.

        Raises:
            CacheKeyError: a name is no partition field, or a leading field is left out.
        """
        partition, _ = self.slots
        values = self._given(partition, given)
        fixed = [slot.part.constant is not None for slot in partition]
        ambient = [slot.part.ambient for slot in partition]
        last = max((i for i, value in enumerate(values) if value is not MISSING), default=-1)
        if last < 0:
            while last + 1 < len(partition) and (ambient[last + 1] or fixed[last + 1]):
                last += 1
            if not any(ambient[: last + 1]) and not all(fixed):
                names = ", ".join(f"{s.part.label}=" for s in partition if not s.part.constant)
                raise CacheKeyError(
                    f"{self.name}: name the partition to wipe ({names}), or call "
                    f"invalidate_all() to wipe everything."
                )
        while last + 1 < len(partition) and fixed[last + 1]:
            last += 1
        texts = []
        for slot, value in zip(partition[: last + 1], values, strict=False):
            part = slot.part
            if value is not MISSING:
                texts.append(slot.text(part.given(value) if part.given else value))
            elif part.constant is not None:
                texts.append(slot.text(None))
            elif part.ambient and part.value is not None:
                texts.append(slot.text(part.value(None)))
            else:
                raise CacheKeyError(
                    f"{self.name}: the leading partition field {part.label!r} is left out. "
                    f"Give it too, or only fields before it."
                )
        return SEPARATOR.join(texts)

    def _given(self, partition: list[Slot], given: Mapping[str, Any]) -> list[Any]:
        known = {name for slot in partition for name in slot.part.names}
        if not partition:
            raise CacheKeyError(
                f"{self.name}: its key constructor {self.constructor.__name__} has no partition "
                f"field. Declare one with partition=True, or call invalidate_all()."
            )
        unknown = sorted(given.keys() - known)
        if unknown:
            raise CacheKeyError(
                f"{self.name}: {unknown[0]!r} is no partition field; "
                f"{self.constructor.__name__} has {', '.join(sorted(known))}."
            )
        values = []
        for slot in partition:
            found = [given[name] for name in slot.part.names if name in given]
            values.append(found[0] if found else MISSING)
        return values

    def tag_keys(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the token keys of the call's tags."""
        tags = self.tags(*args, **kwargs) if callable(self.tags) else self.tags
        return tuple(self.shorten(tag_key(tag)) for tag in dict.fromkeys(tags))

    # -- parts -------------------------------------------------------------------------------

    def _slot(self, part: Part, hints: Mapping[str, Any], *, partition: bool) -> Slot:
        convert, unambiguous = None, False
        if part.value is None and part.label in hints:
            convert, unambiguous = converter(hints[part.label])
        free = partition or unambiguous or part.label in self.mapped
        encode: Callable[[Any], str] = str if part.raw else loose if free else strict
        algorithm, name = self.algorithm, self.name
        fixed = part.constant

        def text(value: Any) -> str:
            try:
                if fixed is not None:
                    found = fixed()
                else:
                    found = encode(value if convert is None else convert(value))
            except UnstableValueError as error:
                raise CacheKeyError(f"{name}: {part.label!r} {error}.") from None
            return digest(found, algorithm) if part.hash else found

        bare = part.parameter is not None and not part.hash
        keeps = convert is None or hints.get(part.label) in (int, str)
        return Slot(part, text, bare and keeps, split=not (free or part.raw or part.hash))

    def _check_names(self) -> None:
        parameters = self.signature.parameters
        if any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
            return
        for field in self.constructor.fields.values():
            for name in field.names if isinstance(field, ArgsKeyField) else ():
                if name != "*" and name not in parameters:
                    raise DeclarationError(
                        f"{self.constructor.__name__}.{field.attribute} takes the argument "
                        f"{name!r}, but {self.name}{self.signature} has none of that name."
                    )

    def request_of(self, arguments: Mapping[str, Any]) -> Any:
        """Return the request of a call: an argument ``request``, or that of the view.

        Raises:
            CacheKeyError: the call has no request.
        """
        found = arguments.get("request")
        if found is None and arguments:
            found = getattr(next(iter(arguments.values())), "request", None)
        if found is None:
            loose_ones = [*arguments.values()]
            for value in arguments.values():
                loose_ones += value if isinstance(value, tuple) else ()
            found = next((v for v in loose_ones if hasattr(v, "META")), None)
        if found is None:
            raise CacheKeyError(
                f"{self.name}: its key needs a request, and this call has none. Pass one as the "
                f"argument 'request', or cache a method of a view."
            )
        return found

    def call(self, arguments: Arguments) -> Call:
        """Return what key fields may look at."""
        return Call(arguments, lambda: self.request_of(arguments))


def tag_key(tag: str) -> str:
    """Return the key of a tag's token."""
    return f"@#{escape(str(tag))}"
