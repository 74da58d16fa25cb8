"""What a view costs, as far as its class or function shows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from asgiref.sync import iscoroutinefunction

from ..adapters import Hook, hook_of_class
from .costs import Cost, dotted

DRF_VIEW = "rest_framework.views.APIView"
ASYNC_VIEW = "restflow.views.base.AsyncAPIView"

#: The attributes of a DRF view that list classes, and the hooks through which each is used.
COMPONENTS = {
    "authentication_classes": ("authenticate",),
    "permission_classes": ("has_permission", "has_object_permission"),
    "throttle_classes": ("allow_request",),
    "filter_backends": ("filter_queryset",),
}


def view_costs(view: Any) -> list[Cost]:
    """Return the costs of *view*, a callable of the URL configuration."""
    cls = class_of(view)
    name = dotted(cls or view)
    if is_drf(cls) and not iscoroutinefunction(view):
        return [
            Cost("view", name, 1, 1, "a sync view runs in a thread"),
            Cost(
                "rendering",
                name,
                1,
                1,
                "Django renders the response in a second hop",
                "An async view renders in its own hop: see whether it can move.",
            ),
        ]
    if not iscoroutinefunction(view):
        return [Cost("view", name, 1, 1, "a sync view runs in a thread")]
    if cls is not None and inherits(cls, ASYNC_VIEW):
        return list(_async_view(cls, name, view))
    why = "async: one hop for each time it awaits the ORM or sync_to_async()"
    remedy = "Gather what blocks in one function and await sync_to_async(function)() once."
    return [Cost("view", name, 0, 0, why, remedy)]


def class_of(view: Any) -> type | None:
    """Return the class of a class-based view."""
    found = getattr(view, "cls", None) or getattr(view, "view_class", None)
    return found if isinstance(found, type) else None


def is_drf(cls: type | None) -> bool:
    """Tell whether *cls* is a view of Django REST Framework."""
    return cls is not None and inherits(cls, DRF_VIEW)


def inherits(cls: type, name: str) -> bool:
    """Tell whether a class of this dotted name is among the bases; nothing is imported for it."""
    return any(dotted(base) == name for base in cls.__mro__)


def components(cls: type) -> Iterator[tuple[str, type, list[Hook]]]:
    """Yield the classes that a view lists, with the attribute and the hooks that stand for them."""
    for attribute, names in COMPONENTS.items():
        for listed in getattr(cls, attribute, ()) or ():
            if not isinstance(listed, type):
                continue  # an expression: IsAdminUser | IsOwner
            hooks = [
                hook_of_class(listed, name)
                for name in names
                if hasattr(listed, name) or hasattr(listed, f"a{name}")
            ]
            yield attribute, listed, hooks


def _async_view(cls: type, name: str, view: Any) -> Iterator[Cost]:
    """One hop for all that blocks; what can only be awaited may end it early."""
    blocking = [*_blocking_handlers(cls, view)]
    if getattr(cls, "queryset", None) is not None:
        blocking.append("the queryset")
    splitting: list[Cost] = []
    for attribute, listed, hooks in components(cls):
        for hook in hooks:
            if hook.sync is None and hook.async_ is not None:
                why = f"{attribute}: {hook.async_}() can only be awaited"
                remedy = "It costs a second hop where something blocks before and after it."
                splitting.append(Cost("component", dotted(listed), 0, 0, why, remedy))
                break
            if hook.inline is False and hook.steps is None and hook.async_ is None:
                blocking.append(dotted(listed))
                break
    if blocking:
        what = ", ".join(dict.fromkeys(blocking))
        yield Cost("view", name, 1, 1, f"one hop for {what}")
    else:
        yield Cost("view", name, 0, 0, "nothing that is declared needs a thread")
    yield from splitting


def _blocking_handlers(cls: type, view: Any) -> Iterator[str]:
    """Yield the handlers and actions that are sync functions of the project."""
    names = (getattr(view, "actions", None) or {}).values() or getattr(cls, "http_method_names", ())
    for name in dict.fromkeys(names):
        handler = getattr(cls, name, None)
        if handler is None or hasattr(handler, "__steps__") or name == "options":
            continue
        if not iscoroutinefunction(handler):
            yield f"{name}()"
