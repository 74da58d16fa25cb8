"""The parts of a key for humans."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .function import CachedFunction


def explain(
    function: CachedFunction, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> dict[str, Any]:
    """Return where the key of a call comes from, field by field.

    Returns:
        ``function``, ``constructor``, ``alias``, ``version``, ``prefix``, ``partition`` and
        ``suffix`` (lists of ``{"field", "text"}``), ``key`` and ``tokens``.
    """
    builder = function.builder
    key, tokens = builder.build(*args, **kwargs)
    texts = iter(builder.texts(*args, **kwargs))
    partition, suffix = (
        [{"field": slot.part.label, "text": next(texts)} for slot in slots]
        for slots in builder.slots
    )
    return {
        "function": builder.name,
        "constructor": builder.constructor.__qualname__,
        "alias": function.alias,
        "version": function.version,
        "prefix": builder.prefix,
        "partition": partition,
        "suffix": suffix,
        "key": key,
        "tokens": list(tokens),
    }
