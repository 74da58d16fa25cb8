"""Every hook of DRF, overridden sync and async: it runs as often, and in the order, DRF runs it.

The hooks are collected from DRF's classes, so a release with a new one fails here until it has
its async twin.
"""

from __future__ import annotations

import asyncio
import inspect
import itertools
from functools import cache
from types import SimpleNamespace
from typing import Any

import pytest
from asgiref.sync import async_to_sync, iscoroutinefunction, sync_to_async
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from rest_framework import (
    authentication,
    generics,
    mixins,
    pagination,
    permissions,
    serializers,
    throttling,
    viewsets,
)
from rest_framework import views as drf_views
from rest_framework.test import APIRequestFactory

from restflow import views as ours
from restflow.test import AsyncAPIRequestFactory
from restflow_testing.counts import cases
from restflow_testing.models import Product

from .sequences import catch_up

HOMES = [
    drf_views.APIView,
    generics.GenericAPIView,
    viewsets.ViewSetMixin,
    mixins.CreateModelMixin,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.UpdateModelMixin,
    mixins.DestroyModelMixin,
]
#: Methods of DRF's classes that no request calls: tools for a project's own code.
TOOLS = {"reverse_action", "get_extra_action_url_map"}
#: Methods that are async under their own name on async classes.
HANDLERS = {
    "dispatch", "options", "list", "create", "retrieve", "update", "partial_update", "destroy",
}  # fmt: skip
VIEW_HOOKS = sorted(
    {
        name
        for home in HOMES
        for name, value in vars(home).items()
        if inspect.isfunction(value) and not name.startswith("_")
    }
    - TOOLS
)


def hooks_of(component: type) -> list[str]:
    return sorted(
        name
        for name, value in vars(component).items()
        if inspect.isfunction(value)
        and not name.startswith("_")
        and name not in {"get_schema_fields", "get_schema_operation_parameters"}
    )


class Slow(throttling.BaseThrottle):
    def allow_request(self, request: Any, view: Any) -> bool:
        return "fast" not in request.query_params

    def wait(self) -> float:
        return 3


class Pages(pagination.PageNumberPagination):
    page_size = 2


class Named(authentication.BaseAuthentication):
    """Believes the header: the hooks are what matters here, and passwords take time."""

    def authenticate(self, request: Any) -> Any:
        return (USER, None) if "HTTP_AUTHORIZATION" in request.META else None

    def authenticate_header(self, request: Any) -> str:
        return "Named"


USER = SimpleNamespace(is_authenticated=True, pk=1)


class ProductSerializer(serializers.Serializer):
    """Written out: what a ``ModelSerializer`` derives takes time too."""

    name = serializers.CharField()
    price = serializers.DecimalField(10, 2)

    def create(self, validated_data: Any) -> Product:
        return Product.objects.create(**validated_data)

    def update(self, instance: Product, validated_data: Any) -> Product:
        for name, value in validated_data.items():
            setattr(instance, name, value)
        instance.save()
        return instance


COMPONENTS: dict[str, tuple[type, str]] = {
    "permission": (permissions.IsAuthenticated, "permission_classes"),
    "authenticator": (Named, "authentication_classes"),
    "throttle": (Slow, "throttle_classes"),
    "paginator": (Pages, "pagination_class"),
}
COMPONENT_HOOKS = {
    "permission": hooks_of(permissions.BasePermission),
    "authenticator": ["authenticate", "authenticate_header"],
    "throttle": ["allow_request", "wait"],
    "paginator": ["paginate_queryset", "get_paginated_response"],
}
#: Hooks that DRF calls by themselves and for which an async form has no place to be awaited.
SYNC_ONLY = {"wait"}
#: Families of views, and colours of overrides.
BOTH = list(itertools.product(["sync", "async"], repeat=2))
FAMILIES = {
    "drf": viewsets.ModelViewSet,
    "sync": ours.ModelViewSet,
    "async": ours.AsyncModelViewSet,
}


def override(name: str, colour: str, twin: bool, log: list[str], holder: list[type]) -> Any:
    """Return (attribute, function): an override that logs and does what its base does."""
    if colour == "sync":

        def sync(self: Any, *args: Any, **kwargs: Any) -> Any:
            log.append(name)
            return getattr(super(holder[0], self), name)(*args, **kwargs)

        return name, sync
    attribute = f"a{name}" if twin else name

    async def async_(self: Any, *args: Any, **kwargs: Any) -> Any:
        log.append(name)
        await asyncio.sleep(0)
        found = getattr(super(holder[0], self), attribute)(*args, **kwargs)
        return await found if inspect.isawaitable(found) else found

    return attribute, async_


def overriding(base: type, colours: dict[str, str], log: list[str], family: str) -> type:
    holder: list[type] = []
    body = dict(
        override(name, colour, name not in HANDLERS or family != "async", log, holder)
        for name, colour in colours.items()
    )
    holder.append(type(base)("Overriding", (base,), body))
    return holder[0]


def component(kind: str, colours: dict[str, str], log: list[str]) -> Any:
    """Return a component whose hooks log; an async one answers with what the plain class says."""
    plain, _ = COMPONENTS[kind]

    def logging(name: str, colour: str) -> tuple[str, Any]:
        hook = getattr(plain, name)

        def sync(self: Any, *args: Any, **kwargs: Any) -> Any:
            log.append(f"{kind}.{name}")
            return hook(self, *args, **kwargs)

        async def async_(self: Any, *args: Any, **kwargs: Any) -> Any:
            log.append(f"{kind}.{name}")
            return await sync_to_async(hook)(self, *args, **kwargs)

        return (name, sync) if colour == "sync" else (f"a{name}", async_)

    body = dict(logging(name, colour) for name, colour in colours.items())
    return type(plain)(f"Logging{plain.__name__}", (plain,), body)


LIST = {"get": "list", "post": "create"}
DETAIL = {"get": "retrieve", "put": "update", "patch": "partial_update", "delete": "destroy"}
REQUESTS: list[tuple[str, str, Any, bool]] = [
    ("get", "/", None, True),
    ("get", "/?page=9", None, True),
    ("get", "/?page=2", None, True),
    ("get", "/101/", None, True),
    ("get", "/9/", None, True),
    ("post", "/", {"name": "ink", "price": "1.00"}, True),
    ("post", "/", {"price": "x"}, True),
    ("put", "/101/", {"name": "ink", "price": "1.00"}, True),
    ("patch", "/101/", {"price": "2.00"}, True),
    ("options", "/", None, True),
    ("put", "/", None, True),
    ("get", "/?fast=1", None, True),
    ("get", "/", None, False),
    ("delete", "/101/", None, True),
]


@pytest.fixture(autouse=True)
def _rows(db: None) -> None:
    Product.objects.bulk_create(Product(pk=n, name=f"pen {n}", price=n) for n in range(101, 104))
    catch_up(Product)


def view_class(
    family: str, colours: dict[str, str], parts: dict[str, dict[str, str]], log: list[str]
) -> Any:
    attributes: dict[str, Any] = {
        "queryset": Product.objects.all(),
        "serializer_class": ProductSerializer,
    }
    for kind, (plain, attribute) in COMPONENTS.items():
        logged = component(kind, parts[kind], log) if parts.get(kind) else plain
        attributes[attribute] = logged if attribute == "pagination_class" else [logged]
    base = type("View", (FAMILIES[family],), attributes)
    return overriding(base, colours, log, family)


def played(
    family: str,
    colours: dict[str, str] | None = None,
    parts: dict[str, dict[str, str]] | None = None,
) -> list[Any]:
    """Play every request; return each one's status and the hooks it ran, in order.

    Each finds what the ones before it wrote: the stacks to compare write the same.
    """
    log: list[str] = []
    cls = view_class(family, colours or {}, parts or {}, log)
    made = APIRequestFactory() if family != "async" else AsyncAPIRequestFactory()
    listing, detail = cls.as_view(LIST), cls.as_view(DETAIL)

    async def play() -> list[Any]:
        results = []
        for method, path, data, signed in REQUESTS:
            log.clear()
            extra = {} if data is None else {"data": data, "format": "json"}
            headers = {"HTTP_AUTHORIZATION": "Named Ada"} if signed else {}
            request = getattr(made, method)(path, **extra, **headers)
            pk = path.strip("/")
            response = detail(request, pk=pk) if pk.isdigit() else listing(request)
            if inspect.isawaitable(response):
                response = await response
            results.append((method, path, response.status_code, list(log)))
        return results

    with transaction.atomic():
        results = async_to_sync(play)() if family == "async" else finished(play())
        transaction.set_rollback(True)
    return results


def finished(coroutine: Any) -> Any:
    """Return the result of *coroutine*, which waits for nothing and needs no loop."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value
    raise AssertionError("a sync view was awaited")


@cache
def as_drf(*names: str, kind: str = "") -> list[Any]:
    """Return what DRF does with overrides of the hooks *names*, of the view or of a component."""
    colours = dict.fromkeys(names, "sync")
    return played("drf", parts={kind: colours}) if kind else played("drf", colours)


@pytest.mark.parametrize("name", VIEW_HOOKS)
@pytest.mark.parametrize(("family", "colour"), BOTH)
def test_one_override_of_a_view(name: str, family: str, colour: str) -> None:
    if colour == "async" and family == "sync" and name in HANDLERS:
        return  # a sync view's handlers are what they are; DRF's name has one colour there
    assert played(family, {name: colour}) == as_drf(name)


@pytest.mark.parametrize(
    ("kind", "name"), [(kind, name) for kind, names in COMPONENT_HOOKS.items() for name in names]
)
@pytest.mark.parametrize(("family", "colour"), BOTH)
def test_one_override_of_a_component(kind: str, name: str, family: str, colour: str) -> None:
    if colour == "async" and name in SYNC_ONLY:
        return
    assert played(family, parts={kind: {name: colour}}) == as_drf(name, kind=kind)


@pytest.mark.parametrize("family", ["sync", "async"])
def test_all_overrides_at_once_run_in_drfs_order(family: str) -> None:
    everything = dict.fromkeys(VIEW_HOOKS, "sync")
    parts = {kind: dict.fromkeys(names, "sync") for kind, names in COMPONENT_HOOKS.items()}
    assert played(family, everything, parts) == played("drf", everything, parts)


@settings(max_examples=cases(100))
@given(st.fixed_dictionaries({name: st.sampled_from(["sync", "async"]) for name in VIEW_HOOKS}))
def test_any_mix_of_colours_runs_in_drfs_order(colours: dict[str, str]) -> None:
    assert played("async", colours) == as_drf(*VIEW_HOOKS)


@pytest.mark.parametrize("name", VIEW_HOOKS)
def test_every_hook_has_its_twin(name: str) -> None:
    if name in HANDLERS:
        assert iscoroutinefunction(getattr(ours.AsyncModelViewSet, name))
    else:
        assert iscoroutinefunction(getattr(ours.AsyncModelViewSet, f"a{name}"))
        assert iscoroutinefunction(getattr(ours.ModelViewSet, f"a{name}"))
