"""The DRF filter backend: runs a view's filter set, strictly, and documents its parameters."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from django.core.exceptions import ImproperlyConfigured
from django.db.models import QuerySet
from rest_framework.exceptions import ParseError
from rest_framework.filters import BaseFilterBackend

from restflow.core.adapters import enter, twins
from restflow.core.steps import Steps

from .filterset import FilterSet
from .inline import InlineFilterSet
from .openapi import operation_parameters
from .owners import known_to

#: View class -> what was made of its ``filterset_fields``.
_made: WeakKeyDictionary[type, tuple[Any, type[FilterSet]]] = WeakKeyDictionary()


class RestflowFilterBackend(BaseFilterBackend):
    """Filters a view's queryset by its ``filterset_class``; list it in ``filter_backends``.

    The view says which class by ``get_filterset_class()``, ``filterset_class``, or
    ``filterset_fields`` (columns, as in ``Meta.fields``); a view with none of them is left alone.

    Parameters that neither the filter set nor anything else of the view declares are refused,
    unless ``Meta.unknown`` or the setting ``FILTERS.UNKNOWN`` says otherwise. On a detail route
    only the filter set's pre- and postprocessors run.
    """

    def _filter_queryset(
        self, request: Any, queryset: QuerySet[Any], view: Any
    ) -> Steps[QuerySet[Any]]:
        """Return *queryset* narrowed to what the request asks for.

        Args:
            request: DRF's request.
            queryset: what the view lists, or looks an object up in.
            view: the view.

        Raises:
            rest_framework.exceptions.ValidationError: a parameter is unknown or cannot be read.
        """
        filterset_class = self.get_filterset_class(view, queryset)
        if filterset_class is None:
            return queryset
        _check_model(filterset_class, queryset, view)
        if is_detail(view):
            scope = filterset_class({}, request=request)
            scoped: QuerySet[Any] = yield from enter(scope, "scope_queryset", queryset)
            return scoped
        filterset = self.get_filterset(filterset_class, request, view)
        filtered: QuerySet[Any] = yield from enter(filterset, "filter_queryset", queryset)
        return filtered

    filter_queryset, afilter_queryset = twins(_filter_queryset)

    def get_filterset_class(
        self, view: Any, queryset: QuerySet[Any] | None = None
    ) -> type[FilterSet] | None:
        """Return the filter set class of *view*, None if it has none.

        Args:
            view: the view.
            queryset: tells the model for ``filterset_fields``.
        """
        choose = getattr(view, "get_filterset_class", None)
        found: type[FilterSet] | None = (
            getattr(view, "filterset_class", None) if choose is None else choose()
        )
        columns = getattr(view, "filterset_fields", None)
        if found is None and columns is not None:
            found = _from_fields(view, columns, queryset)
        if found is not None and FilterSet not in getattr(found, "__mro__", ()):
            raise ImproperlyConfigured(
                f"{type(view).__name__}.filterset_class is {found!r}; RestflowFilterBackend "
                "needs a subclass of restflow.filters.FilterSet."
            )
        return found

    def get_filterset(self, filterset_class: type[FilterSet], request: Any, view: Any) -> FilterSet:
        """Return the filter set for one request; override it to pass more."""
        try:
            data = request.query_params
        except (LookupError, UnicodeError) as error:
            # The client names the encoding of its query string, and not all of them are one.
            raise ParseError("The query string cannot be decoded.") from error
        return filterset_class(data, request=request, known=known_to(view, request, self))

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """Return the OpenAPI parameters of the view's filter set; none for a detail route."""
        filterset_class = self.get_filterset_class(view, getattr(view, "queryset", None))
        if filterset_class is None or getattr(view, "detail", None) is True:
            return []
        return operation_parameters(filterset_class)


def is_detail(view: Any) -> bool:
    """Tell whether *view* is about to look up one object instead of listing.

    A router says so by ``view.detail``. Without one, a view that lists has a ``list`` method, as
    in DRF, and every other with its lookup in the URL is about one object.
    """
    detail = getattr(view, "detail", None)
    if detail is not None:
        return bool(detail)
    if hasattr(view, "list"):
        return False
    lookup = getattr(view, "lookup_url_kwarg", None) or getattr(view, "lookup_field", None)
    return lookup in (getattr(view, "kwargs", None) or {})


def _check_model(filterset_class: type[FilterSet], queryset: QuerySet[Any], view: Any) -> None:
    wanted = filterset_class.options.model
    found = getattr(queryset, "model", None)
    if wanted is None or found is None or found._meta.concrete_model is None:
        return
    if not issubclass(found._meta.concrete_model, wanted._meta.concrete_model or wanted):
        raise ImproperlyConfigured(
            f"{type(view).__name__} lists {found.__name__}, and its {filterset_class.__name__} "
            f"filters {wanted.__name__}; set Meta.model to {found.__name__}."
        )


def _from_fields(view: Any, columns: Any, queryset: QuerySet[Any] | None) -> type[FilterSet] | None:
    known = _made.get(type(view))
    if known is not None and known[0] is columns:
        return known[1]
    if queryset is None:
        return None
    name = f"{type(view).__name__}FilterSet"
    made = InlineFilterSet(model=queryset.model, name=name, columns=columns)
    _made[type(view)] = (columns, made)
    return made
