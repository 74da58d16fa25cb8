"""The same requests to stock DRF and to ours, under ASGI and under WSGI: same answers, same SQL."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from asgiref.sync import async_to_sync, iscoroutinefunction
from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.test import AsyncClient, Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import set_urlconf
from django.utils.decorators import sync_and_async_middleware

from restflow_testing.models import Category, Product, Tag

from .project import DRF, OURS, build
from .scenarios import SCENARIOS, Scenario
from .sequences import catch_up

DRF_URLS = build(DRF)
OUR_URLS = build(OURS)
#: The URLs of the request to come. Overriding ROOT_URLCONF would build the resolver each time.
chosen: list[str] = []


@sync_and_async_middleware
def choosing(get_response: Any) -> Any:
    """Route each request by the URLs that were chosen for it."""

    async def awaited(request: Any) -> Any:
        request.urlconf = chosen[-1]
        return await get_response(request)

    def called(request: Any) -> Any:
        request.urlconf = chosen[-1]
        return get_response(request)

    return awaited if iscoroutinefunction(get_response) else called


class Shop:
    """A filled database, and one client for each kind of server."""

    def __init__(self) -> None:
        fill()
        self.wsgi = Client(raise_request_exception=False)
        self.asgi = AsyncClient(raise_request_exception=False)
        with override_settings(MIDDLEWARE=[f"{__name__}.choosing"]):
            self.wsgi.handler.load_middleware()
            self.asgi.handler.load_middleware(is_async=True)

    def answered(self, urls: str, client: Client | AsyncClient, scenario: Scenario) -> Any:
        """Send the request, undo what it wrote, and return what a client can tell apart.

        And how often the database was asked.
        """
        chosen[:] = [urls]
        client.cookies.clear()
        with transaction.atomic():
            catch_up(Product)
            with CaptureQueriesContext(connection) as queries:
                response = sent(client, scenario)
            rows = list(Product.objects.order_by("pk").values_list("pk", "name", "price", "status"))
            transaction.set_rollback(True)
        headers = {name: value for name, value in response.items() if name != "Content-Length"}
        return response.status_code, headers, normal(response.content), rows, len(queries)


def fill() -> None:
    """Eight products, two categories, a user who may and one who is inactive."""
    users = get_user_model().objects
    users.create_user("ada", password="pen-and-ink", is_staff=True)
    users.create_user("sleeper", password="asleep", is_active=False)
    rulers = Category.objects.create(name="Rulers", slug="rulers")
    Category.objects.create(name="Pens", slug="pens")
    tag = Tag.objects.create(name="wood")
    for number in range(1, 9):
        product = Product.objects.create(
            pk=number,
            name=f"Pen {number % 3}",
            price=Decimal(number * 4),
            category=rulers if number % 2 else None,
            released_on=date(2026, 1, number),
        )
        product.tags.add(tag)


@pytest.fixture
def shop(db: None) -> Iterator[Shop]:
    yield Shop()
    set_urlconf(None)


def sent(client: Client | AsyncClient, scenario: Scenario) -> Any:
    arguments = (scenario.method, scenario.path, scenario.body, scenario.content_type)
    headers = {
        name.removeprefix("HTTP_").replace("_", "-").title(): value
        for name, value in scenario.headers.items()
    }
    if isinstance(client, Client):
        return client.generic(*arguments, headers=headers)

    async def send() -> Any:
        return await client.generic(*arguments, headers=headers)

    return async_to_sync(send)()


def normal(content: bytes) -> bytes:
    """Leave out what differs between two runs of DRF itself, and the names of the classes."""
    content = re.sub(rb'"csrfToken": "\w+"', b"", content)
    content = re.sub(rb'name="csrfmiddlewaretoken" value="\w+"', b"", content)
    return re.sub(rb"\s+", b" ", content)


BY_PATH: dict[str, list[Scenario]] = {}
for each in SCENARIOS:
    BY_PATH.setdefault(each.path.partition("?")[0], []).append(each)


@pytest.mark.parametrize("path", BY_PATH)
def test_same_answers(shop: Shop, path: str) -> None:
    for scenario in BY_PATH[path]:
        asked = str(scenario)
        expected = (asked, *shop.answered(DRF_URLS, shop.wsgi, scenario))
        assert (asked, *shop.answered(OUR_URLS, shop.asgi, scenario)) == expected
        assert (asked, *shop.answered(OUR_URLS, shop.wsgi, scenario)) == expected


def test_the_table_is_as_large_as_it_claims() -> None:
    assert sum(map(len, BY_PATH.values())) == len(SCENARIOS) > 400
