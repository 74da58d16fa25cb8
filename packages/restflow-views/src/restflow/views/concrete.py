"""The concrete generic views: DRF's, async."""

from __future__ import annotations

from typing import Any

from restflow.core.adapters import enter, handler
from restflow.core.steps import Steps

from .generic import AsyncGenericAPIView
from .mixins import (
    AsyncCreateModelMixin,
    AsyncDestroyModelMixin,
    AsyncListModelMixin,
    AsyncRetrieveModelMixin,
    AsyncUpdateModelMixin,
)


def answered_by(action: str, *, method: str) -> Any:
    """Return the handler of an HTTP *method* that *action* answers, overridden or not."""

    def decision(self: Any, request: Any, *args: Any, **kwargs: Any) -> Steps[Any]:
        return (yield from enter(self, action, request, *args, **kwargs))

    decision.__name__ = decision.__qualname__ = f"_{method}"
    decision.__doc__ = f"Answered by ``{action}``."
    return handler(decision)


class AsyncCreateAPIView(AsyncCreateModelMixin, AsyncGenericAPIView):
    """POST creates."""

    post = answered_by("create", method="post")


class AsyncListAPIView(AsyncListModelMixin, AsyncGenericAPIView):
    """GET lists."""

    get = answered_by("list", method="get")


class AsyncRetrieveAPIView(AsyncRetrieveModelMixin, AsyncGenericAPIView):
    """GET shows one object."""

    get = answered_by("retrieve", method="get")


class AsyncDestroyAPIView(AsyncDestroyModelMixin, AsyncGenericAPIView):
    """DELETE deletes one object."""

    delete = answered_by("destroy", method="delete")


class AsyncUpdateAPIView(AsyncUpdateModelMixin, AsyncGenericAPIView):
    """PUT and PATCH change one object."""

    put = answered_by("update", method="put")
    patch = answered_by("partial_update", method="patch")


class AsyncListCreateAPIView(AsyncListModelMixin, AsyncCreateModelMixin, AsyncGenericAPIView):
    """GET lists, POST creates."""

    get = answered_by("list", method="get")
    post = answered_by("create", method="post")


class AsyncRetrieveUpdateAPIView(
    AsyncRetrieveModelMixin, AsyncUpdateModelMixin, AsyncGenericAPIView
):
    """GET shows, PUT and PATCH change one object."""

    get = answered_by("retrieve", method="get")
    put = answered_by("update", method="put")
    patch = answered_by("partial_update", method="patch")


class AsyncRetrieveDestroyAPIView(
    AsyncRetrieveModelMixin, AsyncDestroyModelMixin, AsyncGenericAPIView
):
    """GET shows, DELETE deletes one object."""

    get = answered_by("retrieve", method="get")
    delete = answered_by("destroy", method="delete")


class AsyncRetrieveUpdateDestroyAPIView(
    AsyncRetrieveModelMixin, AsyncUpdateModelMixin, AsyncDestroyModelMixin, AsyncGenericAPIView
):
    """GET shows, PUT and PATCH change, DELETE deletes one object."""

    get = answered_by("retrieve", method="get")
    put = answered_by("update", method="put")
    patch = answered_by("partial_update", method="patch")
    delete = answered_by("destroy", method="delete")
