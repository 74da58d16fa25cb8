"""Key fields: each takes one thing from a call and makes it a part, or several, of the key."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import CacheKeyError, DeclarationError
from .fingerprints import model_fingerprint, resolve_model, serializer_fingerprint
from .text import escape, strict

MISSING: Any = object()


@dataclass(frozen=True)
class Call:
    """What a key field may look at: one call of the function.

    Args:
        arguments: the arguments by parameter name, defaults filled in.
        request: returns the request of the call; raises ``CacheKeyError`` if there is none.
    """

    arguments: Mapping[str, Any]
    request: Callable[[], Any]


@dataclass(frozen=True)
class Part:
    """One piece of a key, between two ``::``.

    Args:
        label: what ``explain`` and error messages call it.
        names: keywords by which ``delete_by_prefix`` takes its value.
        constant: its text, where that never changes.
        parameter: the parameter whose value it is, where it is one as it stands.
        value: computes the value from the call otherwise.
        given: brings a value given to ``delete_by_prefix`` to the form of ``value``.
        ambient: the value can be computed without a call (``value`` is passed ``None``).
        raw: the value is its own, already escaped, text.
        hash: write a digest instead of the text.
    """

    label: str
    names: tuple[str, ...] = ()
    constant: Callable[[], str] | None = None
    parameter: str | None = None
    value: Callable[[Any], Any] | None = None
    given: Callable[[Any], Any] | None = None
    ambient: bool = False
    raw: bool = False
    hash: bool = False


class KeyField:
    """Base of all key fields; subclass it and define :meth:`get_value` for one of your own.

    Args:
        partition: put the value into the prefix, so that entries sharing it can be wiped together.
        hash: replace the value by 32 hexadecimal digits of its digest.
    """

    def __init__(self, *, partition: bool = False, hash: bool = False) -> None:
        self.partition = partition
        self.hash = hash
        self.attribute = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.attribute = name

    def get_value(self, call: Call) -> Any:
        """Return the value of this field for *call*; fast and without I/O."""
        raise DeclarationError(f"{type(self).__name__} must define get_value(call).")

    def parts(self, parameters: Iterable[str]) -> list[Part]:
        """Return the pieces of the key for a function that has *parameters*."""
        name = getattr(self, "name", None) or self.attribute
        return [Part(name, self._names(name), value=self.get_value, hash=self.hash)]

    def _names(self, *names: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for name in (*names, self.attribute) if name))


class ConstantKeyField(KeyField):
    """A fixed value on every call, for environment labels and feature-flag stamps.

    Args:
        name: what the constant is called; it does not appear in the key.
        value: what does appear.
    """

    def __init__(self, name: str, value: Any, *, partition: bool = False, hash: bool = False):
        super().__init__(partition=partition, hash=hash)
        self.name = name
        self.constant = value

    def parts(self, parameters: Iterable[str]) -> list[Part]:
        # As it stands: the next constant of this field belongs to another version of the code.
        text = escape(self.constant) if isinstance(self.constant, str) else strict(self.constant)
        return [Part(self.name, self._names(self.name), constant=lambda: text, hash=self.hash)]


class ArgsKeyField(KeyField):
    """An argument of the function, several (a list of names), or all of them (``"*"``).

    Args:
        name: parameter name, list of names, or ``"*"``.
        path: attribute path below the argument, such as ``"owner.id"``.
        normalizer: brings the value to plain data, or to one spelling; fast and without I/O.
    """

    def __init__(
        self,
        name: str | Iterable[str],
        *,
        path: str | None = None,
        normalizer: Callable[[Any], Any] | None = None,
        partition: bool = False,
        hash: bool = False,
    ) -> None:
        super().__init__(partition=partition, hash=hash)
        self.names = (name,) if isinstance(name, str) else tuple(name)
        self.path = tuple(path.split(".")) if path else ()
        self.normalizer = normalizer
        if not self.names:
            raise DeclarationError("ArgsKeyField([]) names no argument. Leave the field out.")

    def parts(self, parameters: Iterable[str]) -> list[Part]:
        names = tuple(parameters) if self.names == ("*",) else self.names
        return [self._part(name, single=len(names) == 1) for name in names]

    def _part(self, name: str, *, single: bool) -> Part:
        names = self._names(name) if single else (name,)
        if not self.path and self.normalizer is None:
            return Part(name, names, parameter=name, hash=self.hash)
        label = ".".join((name, *self.path))

        def value(call: Call) -> Any:
            return self._normalized(self._walk(call.arguments[name], name))

        def given(value: Any) -> Any:
            if self.path and hasattr(value, self.path[0]):
                value = self._walk(value, name)
            return self._normalized(value)

        return Part(label, names, value=value, given=given, hash=self.hash)

    def _walk(self, value: Any, name: str) -> Any:
        return walk(value, self.path, f"argument {name!r}")

    def _normalized(self, value: Any) -> Any:
        return value if self.normalizer is None else self.normalizer(value)


class RequestValueKeyField(KeyField):
    """A value read off the request: ``RequestValueKeyField("user.id")``.

    Args:
        name: what ``delete_by_prefix`` calls the value; with one argument, the path itself.
        attr: dotted path below the request; dictionary keys work like attributes.
    """

    def __init__(
        self, name: str, attr: str | None = None, *, partition: bool = False, hash: bool = False
    ) -> None:
        super().__init__(partition=partition, hash=hash)
        self.name = name
        self.path = tuple((attr or name).split("."))

    def get_value(self, call: Call) -> Any:
        return walk(call.request(), self.path, "the request")

    def parts(self, parameters: Iterable[str]) -> list[Part]:
        names = self._names(self.name, self.name.replace(".", "_"))
        return [Part(self.name, names, value=self.get_value, hash=self.hash)]


class QueryParamsKeyField(KeyField):
    """Query string parameters: the named ones, or all (``"*"``); absent and empty ones differ.

    Args:
        names: parameter name, list of names, or ``"*"``.
    """

    def __init__(
        self, names: str | Iterable[str], *, partition: bool = False, hash: bool = False
    ) -> None:
        super().__init__(partition=partition, hash=hash)
        self.names = (names,) if isinstance(names, str) else tuple(sorted(set(names)))

    def get_value(self, call: Call) -> str:
        request = call.request()
        query = getattr(request, "query_params", None)
        return self._text(request.GET if query is None else query)

    def _text(self, query: Any) -> str:
        names = sorted(query) if self.names == ("*",) else self.names
        many = getattr(query, "getlist", None)
        pairs = []
        for name in names:
            values = many(name) if many else [str(query[name])] if name in query else []
            pairs += [f"{escape(name)}={escape(value)}" for value in values]
        return "&".join(pairs)

    def parts(self, parameters: Iterable[str]) -> list[Part]:
        label = f"query:{','.join(self.names)}"
        return [
            Part(
                label,
                self._names(),
                value=self.get_value,
                given=self._text,
                raw=True,
                hash=self.hash,
            )
        ]


class DjangoModelKeyField(KeyField):
    """A fingerprint of a model's fields, so that a migration drops what was cached before it.

    Args:
        model: the class, or ``"app_label.Model"``.
    """

    def __init__(self, model: Any, *, partition: bool = False, hash: bool = False) -> None:
        super().__init__(partition=partition, hash=hash)
        self.model = model

    def parts(self, parameters: Iterable[str]) -> list[Part]:
        return [
            Part(
                self.attribute or "model",
                self._names(),
                constant=lambda: model_fingerprint(resolve_model(self.model)),
                hash=self.hash,
            )
        ]


class DrfSerializerKeyField(KeyField):
    """A fingerprint of a serializer's fields, so that changing it drops what was cached before.

    Args:
        serializer_class: a DRF serializer class; it is instantiated once, without data.
    """

    def __init__(
        self, serializer_class: Any, *, partition: bool = False, hash: bool = False
    ) -> None:
        super().__init__(partition=partition, hash=hash)
        self.serializer_class = serializer_class

    def parts(self, parameters: Iterable[str]) -> list[Part]:
        return [
            Part(
                self.attribute or "serializer",
                self._names(),
                constant=lambda: serializer_fingerprint(self.serializer_class),
                hash=self.hash,
            )
        ]


class ContextKeyField(KeyField):
    """Ambient state such as the tenant or the language: whatever *function* returns right now.

    Args:
        function: called without arguments for every key; fast and without I/O.
        name: what ``delete_by_prefix`` calls the value; without it the current value is used.
    """

    def __init__(
        self,
        function: Callable[[], Any],
        *,
        name: str = "",
        partition: bool = False,
        hash: bool = False,
    ) -> None:
        super().__init__(partition=partition, hash=hash)
        self.function = function
        self.name = name

    def parts(self, parameters: Iterable[str]) -> list[Part]:
        label = self.name or self.attribute or getattr(self.function, "__name__", "context")
        return [
            Part(
                label,
                self._names(label),
                value=lambda call: self.function(),
                ambient=True,
                hash=self.hash,
            )
        ]


def walk(value: Any, path: tuple[str, ...], start: str) -> Any:
    """Follow *path* from *value*, through attributes and dictionary keys.

    Raises:
        CacheKeyError: something on the way is missing; a missing value is never left out.
    """
    for index, name in enumerate(path):
        found = getattr(value, name, MISSING)
        if found is MISSING and isinstance(value, Mapping):
            found = value.get(name, MISSING)
        if found is MISSING:
            way = ".".join((start, *path[:index]))
            raise CacheKeyError(f"{way} ({type(value).__name__}) has no {name!r}.")
        value = found
    return value
