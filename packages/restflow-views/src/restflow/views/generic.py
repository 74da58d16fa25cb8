"""Views over a queryset: DRF's ``GenericAPIView`` in both colours."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404
from rest_framework.generics import GenericAPIView as DRFGenericAPIView

from restflow.core.adapters import calling, enter, twins
from restflow.core.steps import Steps, blocking

from .action_config import queryset_factory
from .base import APIView, AsyncAPIView
from .dispatching import Dispatching
from .helpers import APIViewHelpersMixin


class GenericSteps(APIViewHelpersMixin, Dispatching, DRFGenericAPIView[Any]):
    """DRF's ``GenericAPIView``: queryset, filters, object."""

    def _get_queryset(self) -> Steps[Any]:
        """Return this view's queryset, fresh for the request.

        Raises:
            AssertionError: the view has none.
        """
        factory = queryset_factory(self)
        if factory is None:
            return DRFGenericAPIView.get_queryset(self)
        return (yield calling(factory, self))

    get_queryset, aget_queryset = twins(_get_queryset)

    def _filter_queryset(self, queryset: Any) -> Steps[Any]:
        """Apply the filter backends, one after the other."""
        for backend in list(self.filter_backends):
            queryset = yield from enter(backend(), "filter_queryset", self.request, queryset, self)
        return queryset

    filter_queryset, afilter_queryset = twins(_filter_queryset)

    def _get_object(self) -> Steps[Any]:
        """Return the object that the URL names, if the request may see it.

        Raises:
            Http404: there is none, or the URL's value cannot name one.
            PermissionDenied: an object permission refused.
        """
        queryset = yield from enter(self, "get_queryset")
        queryset = yield from enter(self, "filter_queryset", queryset)
        lookup = self.lookup_url_kwarg or self.lookup_field
        assert lookup in self.kwargs, (
            f"{type(self).__qualname__} was called without the URL keyword argument {lookup!r}. "
            f"Name it so in the URL pattern, or set .lookup_field or .lookup_url_kwarg on the view."
        )
        found = yield blocking(_object_or_404, queryset, {self.lookup_field: self.kwargs[lookup]})
        yield from enter(self, "check_object_permissions", self.request, found)
        return found

    get_object, aget_object = twins(_get_object)


class GenericAPIView(GenericSteps, APIView):
    """DRF's ``GenericAPIView`` on restflow's pipeline."""


class AsyncGenericAPIView(GenericSteps, AsyncAPIView):
    """DRF's ``GenericAPIView``, async."""


def _object_or_404(queryset: Any, lookup: dict[str, Any]) -> Any:
    try:
        return get_object_or_404(queryset, **lookup)
    except (TypeError, ValueError, ValidationError):
        raise Http404 from None
