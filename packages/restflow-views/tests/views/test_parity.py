"""The same requests to stock DRF and to ours, under ASGI and under WSGI: the same answers."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth import get_user_model
from django.db import transaction
from django.test import AsyncClient, Client, override_settings

from restflow_testing.models import Category, Product, Tag

from .project import DRF, OURS, build
from .scenarios import SCENARIOS, Scenario

DRF_URLS = build(DRF)
OUR_URLS = build(OURS)


@pytest.fixture
def shop(db: None) -> None:
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


def via_asgi(scenario: Scenario) -> Any:
    async def send() -> Any:
        client = AsyncClient(raise_request_exception=False)
        return await client.generic(*arguments(scenario), headers=plain_headers(scenario))

    return async_to_sync(send)()


def via_wsgi(scenario: Scenario) -> Any:
    client = Client(raise_request_exception=False)
    return client.generic(*arguments(scenario), headers=plain_headers(scenario))


def arguments(scenario: Scenario) -> tuple[Any, ...]:
    return (scenario.method, scenario.path, scenario.body, scenario.content_type)


def plain_headers(scenario: Scenario) -> dict[str, str]:
    return {
        name.removeprefix("HTTP_").replace("_", "-").title(): value
        for name, value in scenario.headers.items()
    }


def answered(urls: str, send: Callable[[Scenario], Any], scenario: Scenario) -> Any:
    """Send the request, undo what it wrote, and return what a client can tell apart."""
    with override_settings(ROOT_URLCONF=urls), transaction.atomic():
        response = send(scenario)
        rows = list(Product.objects.order_by("pk").values_list("pk", "name", "price", "status"))
        transaction.set_rollback(True)
    headers = {name: value for name, value in response.items() if name != "Content-Length"}
    return response.status_code, headers, normal(response.content), rows


def normal(content: bytes) -> bytes:
    """Leave out what differs between two runs of DRF itself, and the names of the classes."""
    content = re.sub(rb'"csrfToken": "\w+"', b"", content)
    content = re.sub(rb'name="csrfmiddlewaretoken" value="\w+"', b"", content)
    return re.sub(rb"\s+", b" ", content)


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_same_answer(scenario: Scenario) -> None:
    expected = answered(DRF_URLS, via_wsgi, scenario)
    assert answered(OUR_URLS, via_asgi, scenario) == expected
    assert answered(OUR_URLS, via_wsgi, scenario) == expected


def test_the_table_is_as_large_as_it_claims() -> None:
    assert len(SCENARIOS) > 400
