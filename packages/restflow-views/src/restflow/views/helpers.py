"""Validate, serialize, paginate and respond: what handlers repeat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from rest_framework.generics import GenericAPIView
from rest_framework.settings import api_settings

from restflow.core.adapters import Twinned, enter, plain_twins, twins
from restflow.core.steps import Steps, blocking
from restflow.responses import Response

from .post_fetch import PostFetch
from .serialization import representation, validation

Direction = Literal["request", "response"]


class OfferedWithClass:
    """Hides ``get_serializer`` from DRF's metadata and forms on a view without serializers.

    DRF describes a view's input if the view *has* the method; ours has it for calls that name a
    class. While a view is described it is there only if the view has a class of its own.
    """

    def __init__(self, twin: Any) -> None:
        self.__twin__ = twin

    def __get__(self, view: Any, owner: type | None = None) -> Any:
        if view is not None and view.is_described and not has_serializer(view):
            raise AttributeError(f"{type(view).__qualname__} has no serializer_class.")
        return self.__twin__.__get__(view, owner)


class APIViewHelpersMixin(Twinned):
    """Serializer and pagination helpers for any view, each in both colours.

    ``request_serializer_class`` validates and ``response_serializer_class`` renders; each defaults
    to ``serializer_class``, and each has a getter to override.
    """

    serializer_class: Any = None
    request_serializer_class: Any = None
    response_serializer_class: Any = None
    pagination_class: Any = api_settings.DEFAULT_PAGINATION_CLASS
    #: The handler is done, or its place is taken by metadata: DRF looks at what the view has.
    is_described = False

    def _get_serializer_class(self: Any) -> Any:
        """Return ``serializer_class``; override to choose one by request."""
        assert self.serializer_class is not None, (
            f"'{type(self).__qualname__}' should either include a `serializer_class` attribute, "
            f"or override the `get_serializer_class()` method."
        )
        return self.serializer_class

    get_serializer_class, aget_serializer_class = plain_twins(_get_serializer_class)

    def _get_request_serializer_class(self) -> Steps[Any]:
        """Return the class that validates the body."""
        return self.request_serializer_class or (yield from enter(self, "get_serializer_class"))

    get_request_serializer_class, aget_request_serializer_class = twins(
        _get_request_serializer_class
    )

    def _get_response_serializer_class(self) -> Steps[Any]:
        """Return the class that renders objects."""
        return self.response_serializer_class or (yield from enter(self, "get_serializer_class"))

    get_response_serializer_class, aget_response_serializer_class = twins(
        _get_response_serializer_class
    )

    def _get_serializer_context(self: Any) -> dict[str, Any]:
        """Return what serializers get as ``context``."""
        return {"request": self.request, "format": self.format_kwarg, "view": self}

    get_serializer_context, aget_serializer_context = plain_twins(_get_serializer_context)

    def _get_serializer(
        self,
        /,
        *args: Any,
        serializer_class: Any = None,
        direction: Direction | None = None,
        **kwargs: Any,
    ) -> Steps[Any]:
        """Return a serializer with this view's context.

        Args:
            args: the instance to serialize.
            serializer_class: another class than the view's.
            direction: ``"request"`` or ``"response"`` to choose between the view's two.
            kwargs: the serializer's arguments: ``data``, ``many``, ``partial``...
        """
        if direction is None and self.is_described and is_split(self):
            direction = "request"  # metadata and forms are about what the client may send
        if serializer_class is None:
            hook = f"get_{direction}_serializer_class" if direction else "get_serializer_class"
            serializer_class = yield from enter(self, hook)
        if "context" not in kwargs:
            kwargs["context"] = yield from enter(self, "get_serializer_context")
        return serializer_class(*args, **kwargs)

    get_serializer, aget_serializer = twins(_get_serializer)
    get_serializer = OfferedWithClass(get_serializer)  # type: ignore[assignment]

    def _validated_serializer(
        self: Any, /, *, data: Any = None, serializer_class: Any = None, **kwargs: Any
    ) -> Steps[Any]:
        """Return a serializer that has validated the body, or *data*.

        Raises:
            ValidationError: it is not valid.
        """
        serializer = yield from serializer_for(
            self,
            "request",
            data=self.request.data if data is None else data,
            serializer_class=serializer_class,
            **kwargs,
        )
        yield from validation(serializer)
        return serializer

    validated_serializer, avalidated_serializer = twins(_validated_serializer)

    def _serialized_response(
        self,
        obj: Any,
        *,
        many: bool = False,
        status: int = 200,
        serializer_class: Any = None,
        post_fetches: Sequence[PostFetch] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Steps[Response]:
        """Return a response with *obj* serialized, or the objects of *obj* with *many*."""
        obj = yield from fetched(obj, many, post_fetches)
        serializer = yield from serializer_for(
            self, "response", obj, many=many, serializer_class=serializer_class
        )
        data = yield from representation(serializer)
        return Response(data, status=status, headers=dict(headers or {}))

    serialized_response, aserialized_response = twins(_serialized_response)

    def _paginated_response(
        self: Any,
        queryset: Any,
        *,
        serializer_class: Any = None,
        pagination_class: Any = None,
        post_fetches: Sequence[PostFetch] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Steps[Any]:
        """Return a response with one page of *queryset*, or all of it if the view has no pages."""
        if pagination_class is not None:
            self._paginator = pagination_class()
        page = yield from enter(self, "paginate_queryset", queryset)
        objects = yield from fetched(queryset if page is None else page, True, post_fetches)
        serializer = yield from serializer_for(
            self, "response", objects, many=True, serializer_class=serializer_class
        )
        data = yield from representation(serializer)
        if page is None:
            response = Response(data)
        else:
            response = yield from enter(self, "get_paginated_response", data)
        for name, value in (headers or {}).items():
            response[name] = value
        return response

    paginated_response, apaginated_response = twins(_paginated_response)

    @property
    def paginator(self) -> Any:
        """The paginator of this request, ``None`` when the view does not paginate."""
        if not hasattr(self, "_paginator"):
            self._paginator = None if self.pagination_class is None else self.pagination_class()
        return self._paginator

    def _paginate_queryset(self: Any, queryset: Any) -> Steps[list[Any] | None]:
        """Return one page of *queryset*, ``None`` when this view does not paginate."""
        paginator = self.paginator
        if paginator is None:
            return None
        page: list[Any] | None = yield from enter(
            paginator, "paginate_queryset", queryset, self.request, view=self
        )
        return page

    paginate_queryset, apaginate_queryset = twins(_paginate_queryset)

    def _get_paginated_response(self, data: Any) -> Steps[Any]:
        """Return the response that holds a page and the way to the next one."""
        assert self.paginator is not None
        return (yield from enter(self.paginator, "get_paginated_response", data))

    get_paginated_response, aget_paginated_response = twins(_get_paginated_response)


def serializer_for(view: Any, direction: Direction, *args: Any, **kwargs: Any) -> Steps[Any]:
    """Return a serializer of *view* for the request or the response.

    A ``get_serializer`` that a project wrote for DRF knows nothing of directions: it is asked for
    one only where the view really has two classes.
    """
    if kwargs.get("serializer_class") is None:
        kwargs.pop("serializer_class", None)
        if is_split(view):
            kwargs["direction"] = direction
    return (yield from enter(view, "get_serializer", *args, **kwargs))


def has_serializer(view: Any) -> bool:
    """Tell whether *view* can make a serializer without being told its class."""
    if isinstance(view, GenericAPIView) or view.serializer_class is not None or is_split(view):
        return True
    ours = APIViewHelpersMixin.get_serializer_class
    return type(view).get_serializer_class is not ours


#: The getters of the two classes, as they are when nobody overrode them.
GETTERS = tuple(
    (name, getattr(APIViewHelpersMixin, name))
    for direction in ("request", "response")
    for name in (f"get_{direction}_serializer_class", f"aget_{direction}_serializer_class")
)


def is_split(view: Any) -> bool:
    """Tell whether *view* distinguishes what it takes from what it gives."""
    if view.request_serializer_class is not None or view.response_serializer_class is not None:
        return True
    cls = type(view)
    return any(getattr(cls, name) is not ours for name, ours in GETTERS)


def fetched(objects: Any, many: bool, post_fetches: Sequence[PostFetch] | None) -> Steps[Any]:
    """Return *objects* with what the post-fetches attach to them."""
    if not post_fetches:
        return objects
    rows = [objects]
    if many:
        rows = objects if isinstance(objects, list) else (yield blocking(list, objects))
    for post_fetch in post_fetches:
        yield from enter(post_fetch, "fetch", rows)
    return rows if many else objects
