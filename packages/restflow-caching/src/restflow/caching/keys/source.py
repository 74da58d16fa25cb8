"""Python source for the key function of one signature: no binding, no sorting, no loop per call."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..errors import CacheKeyError
from .text import SEPARATOR, WIDE

if TYPE_CHECKING:
    from .builder import KeyBuilder, Slot


class Arguments(dict[str, Any]):
    """The arguments of a call by name; one that is missing is an error, never left out."""

    def __init__(self, function: str, values: dict[str, Any], extra: dict[str, Any]) -> None:
        super().__init__(values)
        self.update(extra)
        self.function = function

    def __missing__(self, name: str) -> Any:
        raise CacheKeyError(
            f"{self.function}: its key needs the argument {name!r}, the call has none."
        )


def function_name(func: Callable[..., Any]) -> str:
    """Return the dotted name of *func* for messages."""
    return f"{func.__module__}.{func.__qualname__}"


def signature_of(func: Callable[..., Any]) -> inspect.Signature:
    """Return the signature of *func*, also where its annotations cannot be evaluated."""
    if sys.version_info >= (3, 14):
        import annotationlib

        return inspect.signature(func, annotation_format=annotationlib.Format.FORWARDREF)
    return inspect.signature(func)


def compile_keys(builder: KeyBuilder) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Return the functions ``build`` and ``texts`` for the signature of *builder*'s function.

    Both take the arguments of the function itself, so Python binds them and complains about
    arguments that do not fit in the words the function would use.
    """
    source = Source(builder)
    return source.function(source.built()), source.function(source.texts())


class Source:
    """Writes the bodies; every name of ours begins with ``__rf_``, which no parameter does."""

    def __init__(self, builder: KeyBuilder) -> None:
        self.builder = builder
        self.names: dict[str, Any] = {
            "__rf_type": type,
            "__rf_int": int,
            "__rf_wide": WIDE,
            "__rf_len": len,
        }
        self.partition, self.suffix = builder.slots
        slots = [*self.partition, *self.suffix]
        self.pieces = [self._piece(index, slot) for index, slot in enumerate(slots)]
        self.needs_call = any("__rf_call" in piece for piece in self.pieces)

    def function(self, body: list[str]) -> Callable[..., Any]:
        """Return the function with the user's signature and *body*."""
        head = f"def {self._identifier()}({self._signature()}):"
        lines = [head, *(f"    {line}" for line in body)]
        scope = dict(self.names)
        exec("\n".join(lines), scope)
        function: Callable[..., Any] = scope[self._identifier()]
        return function

    def texts(self) -> list[str]:
        """The body that returns the text of each part."""
        strings = [f'f"{piece}"' for piece in self.pieces]
        return [*self._prelude(), f"return ({', '.join(strings)}{',' if strings else ''})"]

    def built(self) -> list[str]:
        """The body that returns the key and the keys of its tokens."""
        builder = self.builder
        self.names["__rf_long"] = lambda key, tokens: (
            builder.shorten(key),
            tuple(map(builder.shorten, tokens)),
        )
        lines = self._prelude()
        key = self._literal(builder.prefix)
        tokens = [repr(f"@{builder.prefix}"), repr(builder.wide)]
        done = 0
        for number, count in enumerate(builder.levels):
            pieces = SEPARATOR.join(self.pieces[done:count])
            before = "" if number == 0 else f"{{__rf_p{number - 1}}}{SEPARATOR}"
            lines.append(f'__rf_p{number} = f"{before}{pieces}"')
            tokens += [
                f'f"@{self._literal(builder.prefix)}::{{__rf_p{number}}}"',
                f'f"{self._literal(builder.wide)}::{{__rf_p{number}}}"',
            ]
            key = f"{self._literal(builder.prefix)}::{{__rf_p{number}}}"
            done = count
        rest = self.pieces[done:]
        lines.append(f'__rf_key = f"{SEPARATOR.join((key, *rest))}"')
        tokens += self._tags(lines)
        tokens.append('f"@={__rf_key}"')
        # The longest token is the key with two more characters, or the constructor's.
        longest = max(0, len(builder.wide) - len(builder.prefix)) + 2
        room = builder.limit - longest
        lines += [
            f"__rf_tokens = ({', '.join(tokens)})",
            f"if __rf_len(__rf_key) > {room}:",
            "    return __rf_long(__rf_key, __rf_tokens)",
            "return __rf_key, __rf_tokens",
        ]
        return lines

    def _tags(self, lines: list[str]) -> list[str]:
        builder = self.builder
        if not callable(builder.tags):
            return [repr(key) for key in builder.tag_keys((), {})]
        self.names["__rf_tag_keys"] = builder.tag_keys
        positional, keywords = self._forwarded()
        lines.append(f"__rf_tags = __rf_tag_keys(({positional}), {{{keywords}}})")
        return ["*__rf_tags"]

    def _prelude(self) -> list[str]:
        if not self.needs_call:
            return []
        builder = self.builder
        self.names["__rf_view"] = lambda values, extra: builder.call(
            Arguments(builder.name, values, extra)
        )
        values, extra = [], "{}"
        for parameter in builder.signature.parameters.values():
            if parameter.kind is parameter.VAR_KEYWORD:
                extra = parameter.name
            values.append(f"{parameter.name!r}: {parameter.name}")
        return [f"__rf_call = __rf_view({{{', '.join(values)}}}, {extra})"]

    def _piece(self, index: int, slot: Slot) -> str:
        """The replacement field of an f-string that gives the text of one part."""
        part = slot.part
        if part.constant is not None:
            return self._literal(slot.text(None))
        self.names[f"__rf_text{index}"] = slot.text
        if part.value is not None:
            self.names[f"__rf_value{index}"] = part.value
            return f"{{__rf_text{index}(__rf_value{index}(__rf_call))}}"
        name = part.parameter
        if name not in self.builder.signature.parameters:
            return f"{{__rf_text{index}(__rf_call.arguments[{name!r}])}}"
        if not slot.plain:
            return f"{{__rf_text{index}({name})}}"
        return (
            f"{{{name} if __rf_type({name}) is __rf_int and -__rf_wide < {name} < __rf_wide "
            f"else __rf_text{index}({name})}}"
        )

    def _identifier(self) -> str:
        name = self.builder.func.__name__
        return name if name.isidentifier() else "__rf_function"

    def _signature(self) -> str:
        words: list[str] = []
        kinds = inspect.Parameter
        parameters = list(self.builder.signature.parameters.values())
        starred = False
        for index, parameter in enumerate(parameters):
            if parameter.kind is kinds.KEYWORD_ONLY and not starred:
                words.append("*")
                starred = True
            word = parameter.name
            if parameter.kind is kinds.VAR_POSITIONAL:
                word, starred = f"*{word}", True
            elif parameter.kind is kinds.VAR_KEYWORD:
                word = f"**{word}"
            if parameter.default is not kinds.empty:
                self.names[f"__rf_default{index}"] = parameter.default
                word = f"{word}=__rf_default{index}"
            words.append(word)
            following = parameters[index + 1 : index + 2]
            if parameter.kind is kinds.POSITIONAL_ONLY and (
                not following or following[0].kind is not kinds.POSITIONAL_ONLY
            ):
                words.append("/")
        return ", ".join(words)

    def _forwarded(self) -> tuple[str, str]:
        positional, keywords = [], []
        for parameter in self.builder.signature.parameters.values():
            name = parameter.name
            if parameter.kind is parameter.VAR_POSITIONAL:
                positional.append(f"*{name}")
            elif parameter.kind is parameter.VAR_KEYWORD:
                keywords.append(f"**{name}")
            elif parameter.kind is parameter.KEYWORD_ONLY:
                keywords.append(f"{name!r}: {name}")
            else:
                positional.append(name)
        return "".join(f"{word}, " for word in positional), ", ".join(keywords)

    @staticmethod
    def _literal(text: str) -> str:
        """*text* inside an f-string; keys hold neither double quotes nor backslashes."""
        return text.replace("{", "{{").replace("}", "}}")
