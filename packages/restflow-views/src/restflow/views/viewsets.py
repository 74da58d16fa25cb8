"""Viewsets: DRF's, with its routers and its ``action`` names, in both families."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.decorators import classonlymethod
from rest_framework import viewsets as drf
from rest_framework.request import Request

from restflow.core.adapters import twins
from restflow.core.steps import Steps

from .action_config import ActionConfig, apply, check_action_configs, config_of
from .base import APIView, AsyncAPIView, async_view
from .dispatching import Dispatching
from .generic import AsyncGenericAPIView, GenericAPIView
from .mixins import (
    AsyncCreateModelMixin,
    AsyncDestroyModelMixin,
    AsyncListModelMixin,
    AsyncRetrieveModelMixin,
    AsyncUpdateModelMixin,
    CreateModelMixin,
    DestroyModelMixin,
    ListModelMixin,
    RetrieveModelMixin,
    UpdateModelMixin,
)
from .requirements import check_hooks, check_needs


class ViewSetSteps(drf.ViewSetMixin, Dispatching):
    """Binds methods to actions, as DRF's ``ViewSetMixin`` does, and applies their configs."""

    #: What single actions do differently; see :class:`ActionConfig`.
    action_configs: ClassVar[Mapping[str, ActionConfig]] = {}

    @classonlymethod
    def as_view(cls, actions: Any = None, **initkwargs: Any) -> Any:
        """Return the view function that maps HTTP methods to *actions*.

        Raises:
            TypeError: no actions, or what DRF refuses, or a hook that cannot run.
            ValueError: ``action_configs`` would not do what it says.
            AssertionError: an action lacks the queryset or serializer class it needs.
        """
        named = tuple((actions or {}).values())
        check_hooks(cls)
        check_action_configs(cls, initkwargs, named)
        check_needs(cls, named, initkwargs)
        return super().as_view(actions, **initkwargs)

    def _dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Steps[HttpResponseBase]:
        self._take_action(request)
        config = config_of(self)
        if config is not None:
            apply(self, config)
        return (yield from super()._dispatch(request, *args, **kwargs))

    def _take_action(self, request: HttpRequest) -> None:
        method = (request.method or "").lower()
        action: Any = "metadata" if method == "options" else self.action_map.get(method)
        self.action = action

    def _initialize_request(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> Steps[Request]:
        wrapped = yield from super()._initialize_request(request, *args, **kwargs)
        self._take_action(request)
        return wrapped

    initialize_request, ainitialize_request = twins(_initialize_request)


class ViewSetMixin(ViewSetSteps):
    """What makes a view of the sync family a viewset."""


class AsyncViewSetMixin(ViewSetSteps):
    """What makes a view of the async family a viewset."""

    @classonlymethod
    def as_view(cls, actions: Any = None, **initkwargs: Any) -> Any:
        """Return the async view function that maps HTTP methods to *actions*."""
        return async_view(super().as_view(actions, **initkwargs))


class ViewSet(ViewSetMixin, APIView):
    """A viewset without a queryset."""


class GenericViewSet(ViewSetMixin, GenericAPIView):
    """A viewset over a queryset, without actions."""


class ReadOnlyModelViewSet(RetrieveModelMixin, ListModelMixin, GenericViewSet):
    """List and retrieve."""


class ModelViewSet(
    CreateModelMixin,
    RetrieveModelMixin,
    UpdateModelMixin,
    DestroyModelMixin,
    ListModelMixin,
    GenericViewSet,
):
    """Create, list, retrieve, update and destroy."""


class AsyncViewSet(AsyncViewSetMixin, AsyncAPIView):
    """An async viewset without a queryset."""


class AsyncGenericViewSet(AsyncViewSetMixin, AsyncGenericAPIView):
    """An async viewset over a queryset, without actions."""


class AsyncReadOnlyModelViewSet(AsyncRetrieveModelMixin, AsyncListModelMixin, AsyncGenericViewSet):
    """List and retrieve, async."""


class AsyncModelViewSet(
    AsyncCreateModelMixin,
    AsyncRetrieveModelMixin,
    AsyncUpdateModelMixin,
    AsyncDestroyModelMixin,
    AsyncListModelMixin,
    AsyncGenericViewSet,
):
    """Create, list, retrieve, update and destroy, async."""
