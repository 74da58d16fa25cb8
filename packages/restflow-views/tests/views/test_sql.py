"""Every generic view and viewset asks the database what DRF's does, in DRF's order."""

from __future__ import annotations

import inspect
import re
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from rest_framework import authentication, filters, generics, pagination, permissions, viewsets
from rest_framework import serializers as drf_serializers
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory

from restflow import pagination as our_pagination
from restflow import permissions as our_permissions
from restflow import serializers as our_serializers
from restflow import views as ours
from restflow.test import AsyncAPIRequestFactory
from restflow_testing.models import Category, Product, Tag

from .sequences import catch_up

GENERIC = sorted(
    name for name in vars(generics) if name.endswith("APIView") and name != "GenericAPIView"
)
VIEWSETS = ["ModelViewSet", "ReadOnlyModelViewSet"]
ACTIONS = {"get": "list", "post": "create"}
DETAIL = {"get": "retrieve", "put": "update", "patch": "partial_update", "delete": "destroy"}
BODY = {"name": "ink", "price": "2.00", "category": 1}


def serializer(module: Any) -> Any:
    class TagSerializer(module.ModelSerializer):  # type: ignore[misc,name-defined]
        class Meta:
            model = Tag
            fields = ["name"]

    class ProductSerializer(module.ModelSerializer):  # type: ignore[misc,name-defined]
        tags = TagSerializer(many=True, read_only=True)

        class Meta:
            model = Product
            fields = ["id", "name", "price", "category", "tags"]

    return ProductSerializer


SERIALIZERS = {"drf": serializer(drf_serializers), "ours": serializer(our_serializers)}


def paged(base: Any, **attributes: Any) -> Any:
    return type("Pages", (base,), attributes)


def view_class(base: Any, component: str) -> Any:
    """Return a view of *base* whose components are all DRF's or all ours."""
    of_drf = component == "drf"
    allowed: Any = permissions if of_drf else our_permissions
    pages: Any = pagination if of_drf else our_pagination
    attributes: dict[str, Any] = {
        "queryset": Product.objects.select_related("category").prefetch_related("tags"),
        "serializer_class": SERIALIZERS[component],
        "pagination_class": paged(pages.PageNumberPagination, page_size=2),
        "authentication_classes": [authentication.BasicAuthentication],
        "permission_classes": [allowed.DjangoModelPermissionsOrAnonReadOnly],
        "filter_backends": [filters.SearchFilter, filters.OrderingFilter],
        "search_fields": ["name"],
        "ordering_fields": ["price"],
    }
    return type("View", (base,), attributes)


@pytest.fixture(autouse=True)
def _rows(db: None) -> None:
    user = get_user_model().objects.create_user("ada", password="x")
    if not Permission.objects.filter(codename="add_product").exists():
        from django.contrib.contenttypes.models import ContentType

        kind = ContentType.objects.get_for_model(Product)
        for verb in ("add", "change", "delete"):
            Permission.objects.create(codename=f"{verb}_product", content_type=kind, name=verb)
    user.user_permissions.set(Permission.objects.filter(codename__endswith="_product"))
    category = Category.objects.create(pk=1, name="Pens", slug="pens")
    tag = Tag.objects.create(name="wood")
    for number in range(1, 6):
        product = Product.objects.create(
            pk=number, name=f"pen {number}", price=number, category=category
        )
        product.tags.add(tag)
    catch_up(Category, Product)


REQUESTS: list[tuple[str, str, Any, bool]] = [
    ("get", "/", None, False),
    ("get", "/", None, True),
    ("get", "/?search=pen&ordering=-price&page=2", None, True),
    ("get", "/?page=9", None, True),
    ("head", "/", None, True),
    ("options", "/", None, True),
    ("post", "/", BODY, True),
    ("post", "/", {"price": "x", "category": 77}, True),
    ("post", "/", BODY, False),
    ("put", "/", BODY, True),
    ("put", "/", {}, True),
    ("patch", "/", {"price": "3.00"}, True),
    ("delete", "/", None, True),
]


def asked(cls: Any, actions: dict[str, str] | None, pk: int | None) -> list[Any]:
    """Send every request; return statuses and statements."""
    view = cls.as_view(actions) if actions else cls.as_view()
    is_async = issubclass(cls, ours.AsyncAPIView)
    factory: Any = AsyncAPIRequestFactory() if is_async else APIRequestFactory()
    kwargs = {} if pk is None else {"pk": pk}
    found = []

    async def awaited(request: Any) -> Any:
        response = await view(request, **kwargs)
        rendered = response.render()
        return await rendered if inspect.isawaitable(rendered) else rendered

    allowed = view.cls(**view.initkwargs).allowed_methods if actions is None else actions
    methods = {method.lower() for method in allowed} | {"options"}
    methods |= {"head"} if "get" in methods else {"put"} if "put" not in methods else set()
    for method, path, data, signed in REQUESTS:
        if method not in methods:
            continue
        extra = {} if data is None else {"data": data, "format": "json"}
        headers = {"HTTP_AUTHORIZATION": "Basic YWRhOng="} if signed else {}
        request = getattr(factory, method)(path, **extra, **headers)
        with transaction.atomic():
            with CaptureQueriesContext(connection) as captured:
                response: Response
                if is_async:
                    response = async_to_sync(awaited)(request)
                else:
                    response = view(request, **kwargs).render()
            transaction.set_rollback(True)
        statements = [plain(query["sql"]) for query in captured]
        found.append((method, path, response.status_code, [sql for sql in statements if sql]))
    return found


def plain(sql: str) -> str:
    """Leave out values that differ from run to run, and savepoints: our ``save`` is atomic."""
    sql = re.sub(r"'[^']*'|\b\d+\b", "?", sql)
    return "" if re.match(r"(RELEASE )?SAVEPOINT|ROLLBACK TO", sql) else sql


LISTS = [name for name in GENERIC if re.match("List|Create", name)]
CASES: list[Any] = [
    *((name, None, None) for name in LISTS),
    *((name, None, 1) for name in GENERIC if name not in LISTS),
    ("RetrieveUpdateDestroyAPIView", None, 99),
    *((name, ACTIONS, None) for name in VIEWSETS),
    *((name, DETAIL, 1) for name in VIEWSETS),
    ("ModelViewSet", DETAIL, 99),
]


@pytest.mark.parametrize(("name", "actions", "pk"), CASES)
def test_same_statements_as_drf(name: str, actions: Any, pk: int | None) -> None:
    stock = getattr(generics if actions is None else viewsets, name)
    actions = actions and {key: value for key, value in actions.items() if hasattr(stock, value)}
    expected = asked(view_class(stock, "drf"), actions, pk)
    assert any(statements for *_, statements in expected)
    for component in ("drf", "ours"):
        for base in (getattr(ours, f"Async{name}"), getattr(ours, name)):
            assert asked(view_class(base, component), actions, pk) == expected
