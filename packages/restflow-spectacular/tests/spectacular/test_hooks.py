"""Hooks that change a finished document."""

from __future__ import annotations

from typing import Any

from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.response import Response

from restflow.serializers import Serializer
from restflow.views import AsyncAPIView

from .documents import document, operation

HOOKS = {
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "restflow.spectacular.hooks.postprocess_exclude_negations",
    ]
}
QUERY = ["price", "price!", "price__in", "price__in!", "wow!"]


class PriceSerializer(Serializer):
    price: int


def patterns() -> list[Any]:
    """Made inside of a test: ``@extend_schema`` reads the settings when it decorates."""

    class PricesView(AsyncAPIView):
        serializer_class = PriceSerializer

        @extend_schema(
            parameters=[
                *(OpenApiParameter(name, OpenApiTypes.STR) for name in QUERY),
                OpenApiParameter("price!", OpenApiTypes.STR, OpenApiParameter.HEADER),
            ]
        )
        async def get(self, request: Any) -> Response:
            return Response({"price": 1})

        async def post(self, request: Any) -> Response:
            return Response({"price": 1})

    return [path("prices/", PricesView.as_view())]


def parameters(**settings: Any) -> set[tuple[str, str]]:
    found = operation(document(patterns(), **settings), "/prices/")["parameters"]
    return {(one["in"], one["name"]) for one in found}


def test_negations_are_left_out_and_nothing_else() -> None:
    every = {("header", "price!"), *(("query", name) for name in QUERY)}
    assert parameters() == every
    assert parameters(**HOOKS) == every - {("query", "price!"), ("query", "price__in!")}


def test_operations_without_parameters_stay_as_they_are() -> None:
    plain, hooked = document(patterns()), document(patterns(), **HOOKS)
    assert operation(hooked, "/prices/", "post") == operation(plain, "/prices/", "post")
    assert document([], **HOOKS)["paths"] == {}
