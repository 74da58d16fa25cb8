"""Error responses: those an operation can give, and no others."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import override_settings
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import authentication, permissions, throttling, versioning, views
from rest_framework.filters import SearchFilter
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from restflow import permissions as ours
from restflow.exceptions import APIException, ErrorCode
from restflow.pagination import LimitOffsetPagination, PageNumberPagination
from restflow.serializers import ModelSerializer
from restflow.spectacular import RestflowAutoSchema
from restflow.views import (
    ActionConfig,
    AsyncAPIView,
    AsyncListCreateAPIView,
    AsyncModelViewSet,
    AsyncRetrieveAPIView,
)
from restflow_testing.models import Product

from .documents import VERSIONS, component, document, operation


class ProductSerializer(ModelSerializer):
    class Meta:
        model = Product
        fields = ["id", "name"]


class Pages(PageNumberPagination):
    page_size = 10


class Offsets(LimitOffsetPagination):
    default_limit = 10


class Ten(throttling.AnonRateThrottle):
    rate = "10/day"


class Unlimited(throttling.AnonRateThrottle):
    rate = None


class Owner(permissions.BasePermission):
    pass


class Basic:
    authentication_classes: Any = []
    permission_classes: Any = []
    queryset = Product.objects.all()
    serializer_class = ProductSerializer
    renderer_classes: Any = [JSONRenderer]


def statuses(found: dict[str, Any]) -> list[int]:
    return [int(status) for status in found["responses"] if int(status) >= 400]


def of(base: Any, method: str = "get", **attributes: Any) -> list[int]:
    view = type("View", (Basic, base), {"__module__": __name__, **attributes})
    route = "x/<int:pk>/" if base is AsyncRetrieveAPIView else "x/"
    (operations,) = document([path(route, view.as_view())], warnings=True)["paths"].values()
    return statuses(operations[method])


def test_nothing_but_negotiation_can_fail() -> None:
    assert of(AsyncListCreateAPIView) == [406]


def test_a_body_can_be_wrong() -> None:
    assert of(AsyncListCreateAPIView, "post") == [400, 406, 415]


def test_filters_can_refuse_parameters_of_lists() -> None:
    with_filters = {"filter_backends": [SearchFilter], "search_fields": ["name"]}
    assert of(AsyncListCreateAPIView, **with_filters) == [400, 406]
    assert of(AsyncListCreateAPIView, "post", **with_filters) == [400, 406, 415]
    assert of(AsyncRetrieveAPIView, **with_filters) == [404, 406]


def test_what_is_not_found() -> None:
    assert of(AsyncRetrieveAPIView) == [404, 406]
    assert of(AsyncListCreateAPIView, pagination_class=Pages) == [404, 406]
    assert of(AsyncListCreateAPIView, pagination_class=Offsets) == [406]
    assert of(AsyncListCreateAPIView, "post", pagination_class=Pages) == [400, 406, 415]
    version = {"versioning_class": versioning.QueryParameterVersioning}
    with override_settings(ALLOWED_HOSTS=["*"]):
        drf = {"DEFAULT_VERSION": "1"}
        view = type("View", (Basic, AsyncListCreateAPIView), {"__module__": __name__, **version})
        made = document([path("x/", view.as_view())], drf=drf, warnings=True)
        for operations in made["paths"].values():
            assert statuses(operations["get"]) == [404, 406]


def test_throttles() -> None:
    assert of(AsyncListCreateAPIView, throttle_classes=[Ten]) == [406, 429]
    assert of(AsyncListCreateAPIView, throttle_classes=[Unlimited]) == [406]
    scoped = [throttling.ScopedRateThrottle]
    assert of(AsyncListCreateAPIView, throttle_classes=scoped) == [406]
    assert of(AsyncListCreateAPIView, throttle_classes=scoped, throttle_scope="x") == [406, 429]


BASIC = [authentication.BasicAuthentication]
SESSION = [authentication.SessionAuthentication]
WHO = [
    # authenticators, permissions, statuses of GET, statuses of POST
    ([], [permissions.AllowAny], [], []),
    ([], [permissions.IsAuthenticated], [403], [403]),
    (BASIC, [], [401], [401]),
    (BASIC, [permissions.AllowAny], [401], [401]),
    (BASIC, [ours.AllowAny], [401], [401]),
    (BASIC, [permissions.IsAuthenticated], [401], [401]),
    (BASIC, [ours.IsAuthenticated], [401], [401]),
    (BASIC, [permissions.IsAdminUser], [401, 403], [401, 403]),
    (BASIC, [ours.IsAdminUser], [401, 403], [401, 403]),
    (BASIC, [permissions.IsAuthenticatedOrReadOnly], [401], [401]),
    (BASIC, [ours.IsAuthenticated & ours.IsAdminUser], [401, 403], [401, 403]),
    (BASIC, [ours.AllowAny | ours.IsAdminUser], [401], [401]),
    (BASIC, [~ours.IsAuthenticated], [401, 403], [401, 403]),
    (BASIC, [Owner], [401, 403], [401, 403]),
    (SESSION, [], [], [403]),
    (SESSION, [permissions.IsAuthenticatedOrReadOnly], [], [403]),
    (SESSION, [permissions.IsAuthenticated], [403], [403]),
    (SESSION + BASIC, [], [403], [403]),
    (BASIC + SESSION, [], [401], [401, 403]),
]


@pytest.mark.parametrize(("authenticators", "permitted", "get", "post"), WHO)
def test_who_is_refused(authenticators: Any, permitted: Any, get: Any, post: Any) -> None:
    given = {"authentication_classes": authenticators, "permission_classes": permitted}
    assert of(AsyncListCreateAPIView, **given) == [*get, 406]
    assert of(AsyncListCreateAPIView, "post", **given) == sorted([400, *post, 406, 415])


def test_a_subclass_that_decides_for_itself_is_unknown() -> None:
    class Weekdays(permissions.IsAuthenticated):
        def has_permission(self, request: Any, view: Any) -> bool:
            return False

    class Renamed(permissions.IsAuthenticated):
        message = "Log in."

    given = {"authentication_classes": BASIC}
    assert of(AsyncListCreateAPIView, permission_classes=[Weekdays], **given) == [401, 403, 406]
    assert of(AsyncListCreateAPIView, permission_classes=[Renamed], **given) == [401, 406]


def test_the_statuses_of_an_action() -> None:
    class ViewSet(Basic, AsyncModelViewSet):
        action_configs = {
            "list": ActionConfig(permission_classes=[ours.IsAdminUser], throttle_classes=[Ten]),
        }

    actions = {"get": "list", "post": "create"}
    made = document([path("x/", ViewSet.as_view(actions))], warnings=True)
    assert statuses(operation(made, "/x/")) == [403, 406, 429]
    assert statuses(operation(made, "/x/", "post")) == [400, 406, 415]


@pytest.mark.parametrize("version", VERSIONS)
def test_bodies_are_shared_components(version: str) -> None:
    class View(Basic, AsyncListCreateAPIView):
        pagination_class = Pages
        authentication_classes = BASIC
        throttle_classes = [Ten]

    made = document([path("x/", View.as_view())], version=version)
    responses = operation(made, "/x/", "post")["responses"]
    assert responses["400"] == {"$ref": "#/components/responses/InvalidRequest"}
    throttled = component(made, responses["429"])
    assert set(throttled["headers"]) == {"Retry-After"}
    assert set(component(made, responses["401"])["headers"]) == {"WWW-Authenticate"}
    schemas = made["components"]["schemas"]
    envelope = schemas["ErrorEnvelope"]["properties"]["error"]
    assert envelope["required"] == ["code", "details", "message"]
    errors = schemas["ValidationErrorEnvelope"]["properties"]["error"]["properties"]["details"]
    assert errors == {"$ref": "#/components/schemas/FieldErrors"}
    wait = schemas["ThrottledErrorEnvelope"]["properties"]["error"]["properties"]["details"]
    assert set(wait["properties"]) == {"retry_after_seconds"}


def test_details_in_full() -> None:
    with override_settings(RESTFLOW_SETTINGS={"ERRORS": {"DETAILS": "full"}}):
        view = type("View", (Basic, AsyncListCreateAPIView), {"__module__": __name__})
        made = document([path("x/", view.as_view())])
    items = made["components"]["schemas"]["FieldErrors"]["additionalProperties"]["anyOf"][0][
        "items"
    ]
    assert set(items["properties"]) == {"message", "code"}


def test_problem_json() -> None:
    with override_settings(RESTFLOW_SETTINGS={"ERRORS": {"FORMAT": "problem+json"}}):
        view = type("View", (Basic, AsyncListCreateAPIView), {"__module__": __name__})
        made = document([path("x/", view.as_view())])
    refused = component(made, operation(made, "/x/", "post")["responses"]["400"])
    (media,) = refused["content"]
    assert media == "application/problem+json"
    problem = component(made, refused["content"][media]["schema"])
    assert set(problem["properties"]) == {"type", "title", "status", "detail", "code", "details"}


def own_handler(exc: Exception, context: Any) -> Any:
    return Response({"oops": str(exc)}, status=418)


def test_other_exception_handlers() -> None:
    class Plain(Basic, views.APIView):
        schema = RestflowAutoSchema()

        @extend_schema(request=ProductSerializer, responses=ProductSerializer)
        def post(self, request: Any) -> Any: ...

    drf = {"EXCEPTION_HANDLER": "rest_framework.views.exception_handler"}
    made = document([path("x/", Plain.as_view())], drf=drf)
    responses = operation(made, "/x/", "post")["responses"]
    schema = component(made, responses["406"])["content"]["application/json"]["schema"]
    assert component(made, schema)["properties"] == {"detail": {"type": "string"}}
    own = {"EXCEPTION_HANDLER": f"{__name__}.own_handler"}
    made = document([path("x/", Plain.as_view())], drf=own)
    assert statuses(operation(made, "/x/", "post")) == []


def test_which_statuses_are_documented_is_a_setting() -> None:
    with override_settings(RESTFLOW_SETTINGS={"SCHEMA": {"ERROR_STATUSES": [400]}}):
        assert of(AsyncListCreateAPIView, "post") == [400]


class Locked(APIException):
    code = ErrorCode.CONFLICT.value
    status_code = 409
    default_detail = "The product is locked for editing."


def test_errors_of_the_application() -> None:
    class View(Basic, AsyncAPIView):
        schema = RestflowAutoSchema()

        @extend_schema(request=None, responses={200: ProductSerializer, 409: Locked, 406: None})
        async def post(self, request: Any) -> Any: ...

    made = document([path("x/", View.as_view())])
    responses = operation(made, "/x/", "post")["responses"]
    assert responses["409"]["description"] == "The product is locked for editing."
    schema = responses["409"]["content"]["application/json"]["schema"]
    assert schema == {"$ref": "#/components/schemas/ErrorEnvelope"}
    assert "content" not in responses["406"]  # as the decorator has it


def test_a_component_of_the_project_by_the_same_name_is_warned_of() -> None:
    class ErrorEnvelopeSerializer(ModelSerializer):
        class Meta:
            model = Product
            fields = ["id"]

    class View(Basic, AsyncListCreateAPIView):
        serializer_class = ErrorEnvelopeSerializer

    with pytest.raises(AssertionError, match="identical names"):
        document([path("x/", View.as_view())])
