"""Every URL of the project."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RegexPattern

from .costs import Endpoint
from .views import view_costs

GROUP = re.compile(r"\(\?P<(\w+)>(?:[^()\[\]]|\[[^\]]*\]|\([^()]*\))*\)")
#: The second pattern that DRF's routers make of each: ``products.json``.
FORMAT_SUFFIX = re.compile(r"\.?<(?:drf_format_suffix:)?format>/?$")


def endpoints(prefix: str = "") -> Iterator[Endpoint]:
    """Yield the endpoints whose route begins with *prefix*, in the order of the patterns.

    DRF's format suffixes are left out: they lead to the same views.
    """
    for route, name, view in _walk(get_resolver().url_patterns, "/", ""):
        if route.startswith(prefix) and not FORMAT_SUFFIX.search(route):
            yield Endpoint(route, name, view, view_costs(view))


def _readable(pattern: Any) -> str:
    """Return a route as it is, and a regular expression with its groups as a route's."""
    text = str(pattern)
    if not isinstance(pattern, RegexPattern):
        return text
    text = GROUP.sub(r"<\1>", text.removeprefix("^").removesuffix("$"))
    return text.replace("\\.", ".").removesuffix("/?")


def _walk(patterns: Any, above: str, namespace: str) -> Iterator[tuple[str, str, Any]]:
    for pattern in patterns:
        route = above + _readable(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = namespace + (f"{pattern.namespace}:" if pattern.namespace else "")
            yield from _walk(pattern.url_patterns, route, inner)
        elif isinstance(pattern, URLPattern):
            yield route, namespace + (pattern.name or ""), pattern.callback
