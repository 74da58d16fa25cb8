"""What may stand around a whole annotation: ``ClassVar``, ``Final``, ``NotRequired``, ..."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Final, NotRequired, Required, get_args, get_origin

from .errors import AnnotationError, UnresolvedAnnotationError, text_of
from .site import Site


def is_constant(raw: Any, site: Site) -> bool:
    """Tell an attribute of the class itself, ``ClassVar`` or ``Final``, from a field.

    The name of a type that does not exist (yet) is no obstacle: ``ClassVar[Later]``.
    """
    try:
        hint = site.resolve(raw)
    except UnresolvedAnnotationError:
        outermost = text_of(raw).partition("[")[0]
        try:
            hint = site.resolve(outermost)
        except AnnotationError:
            return False
    return (get_origin(hint) or hint) in (ClassVar, Final)


def unqualified(raw: Any, site: Site) -> tuple[Any, bool | None]:
    """Return a hint without the qualifiers around it, and whether they say it is required."""
    required = None
    metadata: tuple[Any, ...] = ()
    while True:
        raw = site.resolve(raw)
        origin = get_origin(raw)
        if origin in (NotRequired, Required):
            required = origin is Required
            raw = get_args(raw)[0]
        elif origin is Final or getattr(origin, "_name", None) == "ReadOnly":
            raw = get_args(raw)[0]
        elif origin is Annotated and _is_qualified(get_args(raw)[0], site):
            raw, *more = get_args(raw)
            metadata = (*more, *metadata)
        else:
            return (Annotated[(raw, *metadata)] if metadata else raw), required


def _is_qualified(raw: Any, site: Site) -> bool:
    origin = get_origin(site.resolve(raw))
    return origin in (NotRequired, Required, Final) or getattr(origin, "_name", "") == "ReadOnly"
