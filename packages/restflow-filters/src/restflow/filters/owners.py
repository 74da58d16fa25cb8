"""Which query parameters a view understands besides its filters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any
from weakref import WeakKeyDictionary

from rest_framework.settings import api_settings

#: View class -> action -> names that were found to be somebody's.
_seen: WeakKeyDictionary[type, dict[Any, frozenset[str]]] = WeakKeyDictionary()


def known_to(view: Any, request: Any, beside: Any) -> Callable[[str], bool]:
    """Return the function that tells whether a parameter belongs to something of *view*.

    Owners are the other filter backends and the paginator (by what they document), versioning,
    content negotiation, and whatever the view or an authenticator lists in ``query_params``.
    Names are remembered by view class; one that is not among them is looked for anew.

    Args:
        view: the view that is filtered.
        request: its request.
        beside: the backend that asks.
    """

    def is_known(name: str) -> bool:
        remembered = _seen.setdefault(type(view), {})
        action = getattr(view, "action", None)
        if name in remembered.get(action, ()):
            return True
        names = frozenset(owned(view, request, beside))
        remembered[action] = names
        return name in names

    return is_known


def owned(view: Any, request: Any, beside: Any) -> Iterator[str]:
    """Yield the names of all parameters that something of *view* owns.

    Args:
        view: the view.
        request: its request; None when there is none yet.
        beside: a backend whose parameters do not count.
    """
    for backend in getattr(view, "filter_backends", ()):
        if not isinstance(beside, backend):
            yield from documented(backend(), view)
    yield from documented(getattr(view, "paginator", None), view)
    versioning = getattr(view, "versioning_class", None)
    if versioning is not None and "Query" in versioning.__name__:
        yield str(versioning.version_param)
    if api_settings.URL_FORMAT_OVERRIDE:
        yield str(api_settings.URL_FORMAT_OVERRIDE)
    yield from _listed(view)
    for authenticator in getattr(request, "authenticators", None) or ():
        yield from _listed(authenticator)


def documented(source: Any, view: Any) -> Iterator[str]:
    """Yield the query parameters that a backend or paginator documents."""
    describe = getattr(source, "get_schema_operation_parameters", None)
    if describe is None:
        return
    for parameter in describe(view):
        if parameter.get("in", "query") == "query":
            yield parameter["name"]


def _listed(owner: Any) -> Iterable[str]:
    names = getattr(owner, "query_params", ())
    return (names,) if isinstance(names, str) else tuple(names or ())
