"""A view as the request of one action would find it."""

from __future__ import annotations

from typing import Any

from django.db.models import Manager

#: Modules whose classes are the library's, not the project's.
LIBRARIES = ("restflow.", "rest_framework.", "drf_spectacular.")


def is_restflow(view: Any) -> bool:
    """Tell whether *view* is of restflow's family, sync or async."""
    return hasattr(view, "get_response_serializer_class")


def apply_action_config(view: Any) -> None:
    """Set on *view*, an instance, what its ``action_configs`` say of its action.

    As dispatch does. A callable queryset is left for ``get_queryset``.
    """
    config = (getattr(view, "action_configs", None) or {}).get(getattr(view, "action", None))
    if config is None:
        return
    for name, value in config.given().items():
        if name != "queryset":
            setattr(view, name, value)
        elif isinstance(value, Manager):
            view.queryset = value.all()
        elif not callable(value):
            view.queryset = value


def definer(cls: type, *names: str) -> type | None:
    """Return the most derived class that defines one of *names*, None if none does."""
    for owner in cls.__mro__:
        if not vars(owner).keys().isdisjoint(names):
            return owner
    return None


def is_the_projects(thing: Any) -> bool:
    """Tell whether *thing*, a class or function, is the project's: neither ours nor DRF's."""
    return thing is not None and not f"{thing.__module__}.".startswith(LIBRARIES)


def is_list(view: Any, method: str) -> bool:
    """Tell whether *method* of *view* answers with a list, where the class or a config says so.

    A view of the model families lists by its mixin. Any other one does if the project gave the
    view, or this action, a paginator: the project-wide one says nothing of single views.
    """
    from restflow.views import AsyncListModelMixin

    if method != "GET" or not is_restflow(view):
        return False
    action = getattr(view, "action", None)
    if action is not None:
        return action == "list" or (
            action != "retrieve" and vars(view).get("pagination_class") is not None
        )
    if isinstance(view, AsyncListModelMixin):
        return True
    if hasattr(view, "queryset"):
        return False
    return (
        is_the_projects(definer(type(view), "pagination_class"))
        and getattr(view, "pagination_class", None) is not None
    )


def is_creation(view: Any, method: str) -> bool:
    """Tell whether *method* of *view* is answered by its ``create``."""
    from restflow.views import AsyncCreateModelMixin

    action = getattr(view, "action", None)
    if method != "POST" or not isinstance(view, AsyncCreateModelMixin):
        return False
    return action is None or action == "create"


def handler_of(view: Any, method: str) -> Any:
    """Return the function that answers *method*, None if there is none."""
    name = getattr(view, "action", None) or method.lower()
    return getattr(view, name, None)
