"""``@api_view`` for functions, ``async def`` or not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction

from .base import APIView, AsyncAPIView

#: The class attributes that DRF's decorators put on a function.
POLICIES = (
    "renderer_classes",
    "parser_classes",
    "authentication_classes",
    "throttle_classes",
    "permission_classes",
    "content_negotiation_class",
    "metadata_class",
    "versioning_class",
    "schema",
)


def api_view(http_method_names: Any = None) -> Callable[[Any], Any]:
    """Turn a function into a view, as DRF's decorator does; an ``async def`` into an async one.

    DRF's ``@permission_classes`` and its siblings go below it, as always.

    Args:
        http_method_names: the methods it answers, ``["GET"]`` by default.

    Raises:
        TypeError: the parentheses were forgotten, or one string was given.
    """
    if callable(http_method_names) or isinstance(http_method_names, str):
        raise TypeError(f"@api_view([...]) takes a list of methods, not {http_method_names!r}.")
    methods = ["GET"] if http_method_names is None else list(http_method_names)

    def decorate(func: Any) -> Any:
        base: Any = AsyncAPIView if iscoroutinefunction(func) else APIView

        async def awaited(self: Any, *args: Any, **kwargs: Any) -> Any:
            return await func(*args, **kwargs)

        def called(self: Any, *args: Any, **kwargs: Any) -> Any:
            return func(*args, **kwargs)

        body: dict[str, Any] = {
            "__doc__": func.__doc__,
            "__module__": func.__module__,
            "http_method_names": [method.lower() for method in {*methods, "options"}],
            "throttle_scope": getattr(func, "throttle_scope", None),
        }
        body |= {name: getattr(func, name) for name in POLICIES if hasattr(func, name)}
        answer = awaited if base is AsyncAPIView else called
        body |= {method.lower(): answer for method in methods}
        view_class: Any = type(func.__name__, (base,), body)
        return view_class.as_view()

    return decorate
