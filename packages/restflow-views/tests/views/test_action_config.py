"""ActionConfig: every attribute, for its action and no other; and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpRequest
from rest_framework import serializers
from rest_framework.authentication import BasicAuthentication
from rest_framework.decorators import action
from rest_framework.pagination import PageNumberPagination
from rest_framework.parsers import FormParser
from rest_framework.permissions import AllowAny, IsAdminUser
from rest_framework.renderers import StaticHTMLRenderer
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory

from restflow.test import AsyncAPIRequestFactory
from restflow.views import ActionConfig, AsyncModelViewSet, ModelViewSet
from restflow_testing.models import Product

from .sequences import catch_up


class Short(serializers.ModelSerializer):
    class Meta:
        model = Product
        fields = ["id"]


class Long(serializers.ModelSerializer):
    class Meta:
        model = Product
        fields = ["id", "name", "price"]


class Named(serializers.ModelSerializer):
    class Meta:
        model = Product
        fields = ["name", "price"]


class Pages(PageNumberPagination):
    page_size = 1


class Others(PageNumberPagination):
    page_size = 2


async def cheap(view: Any) -> Any:
    return Product.objects.filter(price__lt=2)


CONFIGS = {
    "list": ActionConfig(response_serializer_class=Short, pagination_class=None, queryset=cheap),
    "retrieve": ActionConfig(serializer_class=Short, queryset=Product.objects),
    "create": ActionConfig(request_serializer_class=Named, response_serializer_class=Short),
    "destroy": ActionConfig(permission_classes=[IsAdminUser]),
    "top": ActionConfig(pagination_class=Others, queryset=Product.objects.order_by("-price")),
}


def viewset(base: Any) -> Any:
    class Products(base):  # type: ignore[misc]
        queryset = Product.objects.order_by("pk")
        serializer_class = Long
        pagination_class = Pages
        permission_classes = [AllowAny]
        authentication_classes: list[Any] = []
        action_configs = CONFIGS

        @action(detail=False)
        def top(self, request: Any) -> Response:
            return self.paginated_response(self.get_queryset())

    return Products


@pytest.fixture(params=["async", "sync"])
def ask(request: pytest.FixtureRequest, db: None) -> Any:
    from asgiref.sync import async_to_sync

    for number in (1, 2, 3):
        Product.objects.create(pk=number, name=f"p{number}", price=number)
    catch_up(Product)
    cls = viewset(AsyncModelViewSet if request.param == "async" else ModelViewSet)

    def send(method: str, name: str, data: Any = None, **kwargs: Any) -> Any:
        view = cls.as_view({method: name})

        async def drive() -> Any:
            made = getattr(AsyncAPIRequestFactory(), method)("/", data=data, format="json")
            return await view(made, **kwargs)

        if request.param == "async":
            return async_to_sync(drive)()
        return view(getattr(APIRequestFactory(), method)("/", data=data, format="json"), **kwargs)

    return send


def test_list_has_its_serializer_no_pages_and_its_queryset(ask: Any) -> None:
    assert ask("get", "list").data == [{"id": 1}]


def test_retrieve_has_its_serializer(ask: Any) -> None:
    assert ask("get", "retrieve", pk=2).data == {"id": 2}


def test_create_takes_one_shape_and_gives_another(ask: Any) -> None:
    response = ask("post", "create", {"name": "new", "price": "1.00"})
    assert (response.status_code, list(response.data)) == (201, ["id"])
    assert set(ask("post", "create", {}).data) == {"name"}


def test_destroy_is_for_staff(ask: Any) -> None:
    assert ask("delete", "destroy", pk=1).status_code == 403
    assert Product.objects.count() == 3


def test_what_has_no_config_is_the_classs_own(ask: Any) -> None:
    response = ask("patch", "partial_update", {"name": "other"}, pk=1)
    assert list(response.data) == ["id", "name", "price"]


def test_custom_actions_take_part(ask: Any) -> None:
    response = ask("get", "top")
    assert response.data["count"] == 3
    assert [row["id"] for row in response.data["results"]] == [3, 2]


def test_parsers_renderers_and_authentication_follow_the_action() -> None:
    class Products(viewset(AsyncModelViewSet)):  # type: ignore[misc]
        action_configs = {
            "list": ActionConfig(
                parser_classes=[FormParser],
                renderer_classes=[StaticHTMLRenderer],
                authentication_classes=[BasicAuthentication],
            )
        }

    view = Products()
    view.action_map = {"get": "list"}
    request = HttpRequest()
    request.method = "GET"
    next(view._dispatch(request), None)
    assert view.parser_classes == [FormParser]
    assert view.renderer_classes == [StaticHTMLRenderer]
    assert view.authentication_classes == [BasicAuthentication]


def test_a_name_that_is_no_action_is_an_error_at_as_view() -> None:
    class Products(viewset(AsyncModelViewSet)):  # type: ignore[misc]
        action_configs = {"destory": ActionConfig(permission_classes=[IsAdminUser])}

    with pytest.raises(ValueError, match=r"names 'destory', which is no method"):
        Products.as_view({"get": "list"})


def test_metadata_and_inherited_names_are_fine() -> None:
    class Base(viewset(AsyncModelViewSet)):  # type: ignore[misc]
        action_configs = {
            "metadata": ActionConfig(permission_classes=[AllowAny]),
            "publish": ActionConfig(),
        }

        def publish(self, request: Any) -> Response:
            return Response()

    class Child(Base):
        publish = None

    Base.as_view({"get": "list"})
    Child.as_view({"get": "list"})


def test_something_else_than_a_config_is_refused() -> None:
    class Products(viewset(AsyncModelViewSet)):  # type: ignore[misc]
        action_configs = {"list": {"serializer_class": Short}}

    with pytest.raises(TypeError, match=r"action_configs\['list'\] is dict"):
        Products.as_view({"get": "list"})


def test_one_attribute_in_two_places_is_refused() -> None:
    class Products(viewset(AsyncModelViewSet)):  # type: ignore[misc]
        pass

    with pytest.raises(ValueError, match="pagination_class of the action 'top' is set in @action"):
        Products.as_view({"get": "top"}, pagination_class=Pages)


def test_what_an_action_lacks_is_found_at_as_view() -> None:
    class NoQueryset(AsyncModelViewSet):
        serializer_class = Long

    class NoSerializer(AsyncModelViewSet):
        queryset = Product.objects.all()

    class Overridden(AsyncModelViewSet):
        def get_queryset(self) -> Any:
            return Product.objects.all()

        async def aget_serializer_class(self) -> Any:
            return Long

    with pytest.raises(AssertionError, match=r"NoQueryset' should either include a `queryset`"):
        NoQueryset.as_view({"get": "list"})
    NoQueryset.as_view({"post": "create"})
    with pytest.raises(AssertionError, match=r"NoSerializer' should.*`serializer_class`"):
        NoSerializer.as_view({"get": "list"})
    NoSerializer.as_view({"delete": "destroy"})
    Overridden.as_view({"get": "list"})


def test_a_hook_that_cannot_run_is_found_at_as_view() -> None:
    class Products(viewset(AsyncModelViewSet)):  # type: ignore[misc]
        async def list(self, request: Any) -> Any:
            yield "a row"

    with pytest.raises(TypeError, match=r"Products\.list\(\) is a generator"):
        Products.as_view({"get": "list"})
