"""The five model mixins: create, list, retrieve, update, destroy."""

from __future__ import annotations

from typing import Any

from rest_framework import mixins as drf
from rest_framework import status
from rest_framework.request import Request

from restflow.core.adapters import Twinned, enter, handler, plain_twins, twins
from restflow.core.steps import Steps, blocking
from restflow.responses import Response

from .helpers import is_split, serializer_for
from .serialization import representation, validation


class AsyncCreateModelMixin(Twinned):
    """Create an object from the request's body."""

    def _create(self, request: Request, *args: Any, **kwargs: Any) -> Steps[Any]:
        """Answer 201 with the new object, or 400 with what is wrong with the body."""
        serializer = yield from serializer_for(self, "request", data=request.data)
        yield from validation(serializer)
        yield from enter(self, "perform_create", serializer)
        data = yield from saved(self, serializer)
        headers = yield from enter(self, "get_success_headers", data)
        return Response(data, status=status.HTTP_201_CREATED, headers=headers)

    create = handler(_create)

    def _perform_create(self, serializer: Any) -> Steps[None]:
        """Save the new object; the place to add what the client does not send."""
        yield from enter(serializer, "save")

    perform_create, aperform_create = twins(_perform_create)
    get_success_headers, aget_success_headers = plain_twins(
        drf.CreateModelMixin.get_success_headers
    )


class AsyncListModelMixin(Twinned):
    """List a queryset."""

    def _list(self, request: Request, *args: Any, **kwargs: Any) -> Steps[Any]:
        """Answer with a page of the filtered queryset, or with all of it."""
        queryset = yield from enter(self, "get_queryset")
        queryset = yield from enter(self, "filter_queryset", queryset)
        page = yield from enter(self, "paginate_queryset", queryset)
        objects = queryset if page is None else page
        serializer = yield from serializer_for(self, "response", objects, many=True)
        data = yield from representation(serializer)
        if page is None:
            return Response(data)
        return (yield from enter(self, "get_paginated_response", data))

    list = handler(_list)


class AsyncRetrieveModelMixin(Twinned):
    """Show one object."""

    def _retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Steps[Any]:
        """Answer with the object that the URL names."""
        instance = yield from enter(self, "get_object")
        serializer = yield from serializer_for(self, "response", instance)
        return Response((yield from representation(serializer)))

    retrieve = handler(_retrieve)


class AsyncUpdateModelMixin(Twinned):
    """Change one object."""

    def _update(self, request: Request, *args: Any, **kwargs: Any) -> Steps[Any]:
        """Answer with the changed object, or 400 with what is wrong with the body."""
        partial = kwargs.pop("partial", False)
        instance = yield from enter(self, "get_object")
        serializer = yield from serializer_for(
            self, "request", instance, data=request.data, partial=partial
        )
        yield from validation(serializer)
        yield from enter(self, "perform_update", serializer)
        if getattr(instance, "_prefetched_objects_cache", None):
            instance._prefetched_objects_cache = {}  # what was prefetched is older than the save
        return Response((yield from saved(self, serializer)))

    update = handler(_update)

    def _partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Steps[Any]:
        """Change only what the body names."""
        kwargs["partial"] = True
        return (yield from enter(self, "update", request, *args, **kwargs))

    partial_update = handler(_partial_update)

    def _perform_update(self, serializer: Any) -> Steps[None]:
        """Save the changed object."""
        yield from enter(serializer, "save")

    perform_update, aperform_update = twins(_perform_update)


class AsyncDestroyModelMixin(Twinned):
    """Delete one object."""

    def _destroy(self, request: Request, *args: Any, **kwargs: Any) -> Steps[Any]:
        """Answer 204."""
        instance = yield from enter(self, "get_object")
        yield from enter(self, "perform_destroy", instance)
        return Response(status=status.HTTP_204_NO_CONTENT)

    destroy = handler(_destroy)

    def _perform_destroy(self, instance: Any) -> Steps[None]:
        """Delete the object."""
        yield blocking(instance.delete)

    perform_destroy, aperform_destroy = twins(_perform_destroy)


def saved(view: Any, serializer: Any) -> Steps[Any]:
    """Return what *view* answers about the object that *serializer* saved."""
    if is_split(view):
        serializer = yield from serializer_for(view, "response", serializer.instance)
    return (yield from representation(serializer))


class CreateModelMixin(AsyncCreateModelMixin):
    """Create an object from the request's body, for sync views."""

    create = twins(AsyncCreateModelMixin._create)[0]


class ListModelMixin(AsyncListModelMixin):
    """List a queryset, for sync views."""

    list = twins(AsyncListModelMixin._list)[0]


class RetrieveModelMixin(AsyncRetrieveModelMixin):
    """Show one object, for sync views."""

    retrieve = twins(AsyncRetrieveModelMixin._retrieve)[0]


class UpdateModelMixin(AsyncUpdateModelMixin):
    """Change one object, for sync views."""

    update = twins(AsyncUpdateModelMixin._update)[0]
    partial_update = twins(AsyncUpdateModelMixin._partial_update)[0]


class DestroyModelMixin(AsyncDestroyModelMixin):
    """Delete one object, for sync views."""

    destroy = twins(AsyncDestroyModelMixin._destroy)[0]
