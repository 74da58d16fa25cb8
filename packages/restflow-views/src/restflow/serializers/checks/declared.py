"""What is wrong with a serializer class as it was declared."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.core.checks import CheckMessage, Error

from .awaiting import drf_views_that_cannot_wait, never_awaited, never_awaited_by_drf
from .classes import Declared, project_serializers
from .meta import ignored_for_declared_fields, names_of_no_field, options_nobody_reads
from .methods import hooks_of_no_field, missing_methods

__all__ = ["check_serializers", "problems"]


def check_serializers(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Check the serializers of the project: those of its apps and those its URLs lead to."""
    messages = [message for cls in project_serializers() for message in problems(cls)]
    return [*messages, *drf_views_that_cannot_wait()]


def problems(cls: type[Any]) -> Iterator[CheckMessage]:
    """Yield what is wrong with one serializer class."""
    declared = Declared(cls)
    if not declared.is_ours:
        yield from never_awaited_by_drf(declared)
        return
    yield from never_awaited(declared)
    yield from options_nobody_reads(declared)
    try:
        _ = declared.fields
    except Exception as error:
        yield Error(
            f"The fields of {declared.name} cannot be made: {error}",
            hint="Correct the class: its first use raises this error.",
            id="restflow.E330",
        )
        return
    for check in _OF_FIELDS:
        yield from check(declared)


_OF_FIELDS: tuple[Callable[[Declared], Iterator[CheckMessage]], ...] = (
    hooks_of_no_field,
    missing_methods,
    ignored_for_declared_fields,
    names_of_no_field,
)
