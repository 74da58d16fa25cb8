"""Pages by number and windows: DRF's bodies, one hop, nothing hostile gets through."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from restflow.core.steps import on_loop
from restflow.pagination import LimitOffsetPagination, PageNumberPagination
from restflow.test import assert_hops
from restflow_testing.counts import cases
from restflow_testing.models import Product

from .pages import DRFNumbered, DRFWindowed, Fast, Numbered, Windowed, body, request

PAIRS = [(Numbered, DRFNumbered), (Windowed, DRFWindowed)]
NUMBERS = st.integers(-3, 60).map(str)
HOSTILE = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ["", "last", "0", "-0", "1e3", "NaN", "\u0661", "1_0", "0x1", "\x00", "9" * 19, "9" * 5000]
    ),
    st.integers(-(10**40), 10**40).map(str),
)


class TestBodies(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        Product.objects.bulk_create(
            Product(name=f"p{number}", stock=number % 5) for number in range(50)
        )

    @settings(max_examples=cases(300), deadline=None)
    @given(
        st.dictionaries(
            st.sampled_from(["page", "page_size", "limit", "offset"]), NUMBERS | HOSTILE
        ),
        st.sampled_from(["pk", "-pk", "-stock"]),
        st.integers(0, 5),
    )
    def test_equal_drfs(self, query: dict[str, str], order: str, stock: int) -> None:
        rows = Product.objects.filter(stock__lt=stock).order_by(order, "pk")
        for ours, drfs in PAIRS:
            assert body(ours(), rows, query=query) == body(drfs(), rows, query=query)
            listed = list(rows)
            assert body(ours(), listed, query=query) == body(drfs(), listed, query=query)

    @settings(max_examples=cases(200), deadline=None)
    @given(HOSTILE)
    @example("9" * 30)
    def test_hostile_values_are_refused_or_ignored(self, value: str) -> None:
        rows = Product.objects.all()
        for name, paginator in [
            ("page", Fast),
            ("page", Numbered),
            ("page_size", Fast),
            ("page_size", Unlimited),
            ("limit", UnlimitedWindow),
            ("offset", Windowed),
        ]:
            found = body(paginator(), rows, query={name: value})
            assert found[0] == 404 or "results" in found[0]


class Unlimited(Fast):
    max_page_size = None


class UnlimitedWindow(Windowed):
    max_limit = None


@pytest.mark.parametrize(("paginator", "name"), [(Numbered, "page_size"), (Windowed, "limit")])
def test_a_client_gets_a_thousand_rows_at_most(paginator: Any, name: str) -> None:
    found = paginator().paginate_queryset(range(3000), request(query={name: "2500"}))
    assert len(found) == 1000


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("paginator", [Numbered, Windowed])
async def test_count_and_page_are_one_hop(paginator: Any, django_assert_num_queries: Any) -> None:
    await Product.objects.abulk_create([Product(name="a"), Product(name="b")])
    pages = paginator()
    with assert_hops(1):
        page = await pages.apaginate_queryset(Product.objects.all(), request())
    with assert_hops(0):
        response = await pages.aget_paginated_response([row.name for row in page])
    assert response.data["count"] == 2
    assert response.data["results"] == ["a", "b"]


@pytest.mark.parametrize("paginator", [Numbered, Windowed, Fast])
async def test_a_list_needs_no_thread(paginator: Any) -> None:
    with assert_hops(0):
        page = await paginator().apaginate_queryset(list(range(20)), request())
    assert page == list(range(7))


class Places:
    """Notes for each hook of a user whether it ran on the loop."""

    seen: dict[str, bool]

    def __init__(self) -> None:
        self.seen = {}

    def note(self, name: str) -> None:
        self.seen[name] = on_loop()


class OwnNumbered(Places, Numbered):
    def get_page_size(self, request: Any) -> int:
        self.note("size")
        return 3

    def get_next_link(self) -> str:
        self.note("next")
        return "on"


class OwnWindowed(Places, Windowed):
    def get_limit(self, request: Any) -> int:
        self.note("size")
        return 3

    def get_next_link(self) -> str:
        self.note("next")
        return "on"


@pytest.mark.parametrize("paginator", [OwnNumbered, OwnWindowed])
async def test_overridden_hooks_run_in_a_worker(paginator: Any) -> None:
    pages = paginator()
    page = await pages.apaginate_queryset(list(range(20)), request())
    response = await pages.aget_paginated_response(page)
    assert response.data["results"] == [0, 1, 2]
    assert response.data["next"] == "on"
    assert pages.seen == {"size": False, "next": False}


class SyncOverride(Numbered):
    def paginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> Any:
        return list(reversed(super().paginate_queryset(queryset, request, view) or []))


class AsyncOverride(Numbered):
    async def apaginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> Any:
        return list(reversed(await super().apaginate_queryset(queryset, request, view) or []))


@pytest.mark.parametrize("paginator", [SyncOverride, AsyncOverride])
async def test_an_override_answers_in_both_colours(paginator: Any) -> None:
    page = await paginator().apaginate_queryset([1, 2, 3], request())
    assert page == [3, 2, 1]


@pytest.mark.parametrize("paginator", [SyncOverride, AsyncOverride])
def test_an_override_answers_sync_callers(paginator: Any) -> None:
    assert paginator().paginate_queryset([1, 2, 3], request()) == [3, 2, 1]


@pytest.mark.parametrize("paginator", [PageNumberPagination, LimitOffsetPagination])
async def test_without_a_size_there_are_no_pages(paginator: Any) -> None:
    assert await paginator().apaginate_queryset([1], request()) is None


@pytest.mark.parametrize(("ours", "drfs"), PAIRS)
def test_the_description_is_drfs(ours: Any, drfs: Any) -> None:
    schema = {"type": "array"}
    assert ours().get_paginated_response_schema(schema) == drfs().get_paginated_response_schema(
        schema
    )
    found = ours().get_schema_operation_parameters(None)
    assert found == drfs().get_schema_operation_parameters(None)
