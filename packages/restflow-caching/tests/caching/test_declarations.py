"""Methods, colours, counters, and declarations that are refused."""

from __future__ import annotations

import asyncio
import functools
import inspect
from typing import Any

import pytest
from asgiref.sync import iscoroutinefunction
from django.test import override_settings

from restflow.caching import (
    ArgsKeyField,
    DeclarationError,
    KeyConstructor,
    cache_event,
    cache_result,
)
from restflow.caching.registry import registry


class RowKey(KeyConstructor):
    row = ArgsKeyField("row", partition=True)
    page = ArgsKeyField("page")

    class Meta:
        namespace = "rows"


async def in_thread(func: Any, *args: Any, **kwargs: Any) -> Any:
    return await asyncio.to_thread(func, *args, **kwargs)


class Shop:
    def __init__(self, name: str) -> None:
        self.name = name
        self.calls: list[int] = []

    @cache_result
    def price(self, product: int) -> int:
        self.calls.append(product)
        return product * 2

    @cache_result
    async def aprice(self, product: int) -> int:
        return product * 3

    @cache_result
    @classmethod
    def currency(cls, country: str) -> str:
        return f"{cls.__name__}-{country}"

    @cache_result
    @staticmethod
    def rate(country: str) -> str:
        return country.upper()


async def test_methods() -> None:
    shop = Shop("corner")
    assert [await in_thread(shop.price, 2), await in_thread(shop.price, 2)] == [4, 4]
    assert shop.calls == [2]
    await in_thread(shop.price.delete_cache, 2)
    await in_thread(shop.price, product=2)
    assert shop.calls == [2, 2]
    assert shop.price.cache_key(2).endswith("Shop.price::2")
    assert await shop.aprice(2) == 6
    assert await shop.aprice.aget_with_metadata(2) == (
        6,
        (await shop.aprice.aget_with_metadata(2))[1],
    )
    assert Shop.currency("fr") == shop.currency("fr") == "Shop-fr"
    assert Shop.rate("fr") == shop.rate("fr") == "FR"
    assert shop.price == shop.price
    assert shop.price != Shop("other").price


def test_the_wrapper_passes_for_the_function() -> None:
    assert Shop.price.__name__ == "price"
    assert iscoroutinefunction(Shop.aprice)
    assert iscoroutinefunction(Shop("x").aprice)
    assert not iscoroutinefunction(Shop.price)
    assert list(inspect.signature(Shop.price).parameters) == ["self", "product"]


@cache_result
def at_module_level(number: int) -> int:
    return number


async def test_each_colour_is_reached_from_the_other() -> None:
    assert (await at_module_level.aget_with_metadata(5))[0] == 5
    await at_module_level.adelete_cache(5)
    assert at_module_level.get_with_metadata(5)[1]["cache_status"] == "MISS"

    @cache_result
    async def slow(number: int) -> int:
        await asyncio.sleep(0)
        return number

    assert (await in_thread(slow.get_with_metadata, 5))[0] == 5
    assert await in_thread(slow.refresh, 6) == 6


def test_explain() -> None:
    @cache_result(RowKey)
    def rows(row: int, page: int) -> int:
        return row

    found = rows.explain(3, 4)
    assert found["partition"] == [{"field": "row", "text": "3"}]
    assert found["suffix"] == [{"field": "page", "text": "4"}]
    assert found["key"] == rows.cache_key(3, 4)
    assert rows.stats()["computed"] == 0


def test_counters_and_the_signal() -> None:
    events = []

    def listen(sender: Any, event: str, seconds: float | None, **kwargs: Any) -> None:
        events.append(event)
        assert "secret" not in repr(kwargs)

    @cache_result
    def rows(row: str) -> int:
        return 1

    cache_event.connect(listen)
    try:
        rows("secret")
        rows("secret")
        rows.bypass_cache("secret")
    finally:
        cache_event.disconnect(listen)
    assert events == ["computed", "miss", "hit", "bypass", "computed"]
    assert rows.stats()["hit"] == 1
    assert rows.stats()["compute_seconds"] > 0


# -- declarations ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [{"ttl": 0}, {"ttl": -1}, {"stale_ttl": -1}, {"jitter": 2}, {"lease": 0}, {"codec": object()}],
)
def test_options_that_make_no_sense(options: Any) -> None:
    with pytest.raises(DeclarationError, match=next(iter(options))):
        cache_result(**options)(lambda: None)


def test_a_constructor_instance_is_refused() -> None:
    with pytest.raises(DeclarationError, match="KeyConstructor class"):
        cache_result(RowKey())  # type: ignore[call-overload]


def make(module: str, constructor: Any) -> Any:
    def rows(row: int, page: int) -> int:
        return row

    rows.__module__, rows.__qualname__ = module, "rows"
    return cache_result(constructor)(rows)


def test_two_modules_never_share_a_prefix_by_chance() -> None:
    kept = make("shop.one", RowKey)
    again = make("shop.one", RowKey)  # a reload
    with pytest.raises(DeclarationError, match=r"shop\.one\.rows and shop\.two\.rows"):
        make("shop.two", RowKey)

    class Shared(RowKey):
        class Meta:
            namespace = "shared"
            key_identifier = "rows"

    class Nested(RowKey):
        class Meta:
            namespace = "shared::rows"
            key_identifier = "more"

    one, two = make("shop.three", Shared), make("shop.four", Shared)
    make("shop.five", Nested)  # "::" in a name is escaped: it is no part of the other's
    assert one.cache_key(1, 2) == two.cache_key(1, 2)
    assert kept.cache_key(1, 2) == again.cache_key(1, 2)


def test_two_closures_with_different_captures_warn() -> None:
    def factory(rate: int) -> Any:
        @cache_result
        def convert(amount: int) -> int:
            return amount * rate

        return convert

    one = factory(2)
    with pytest.warns(RuntimeWarning, match="key_identifier"):
        other = factory(3)
    assert one.name == other.name
    same = factory(3)
    assert same.name == one.name


def logged(word: str) -> Any:
    """A decorator: all that it returns has one code."""

    def decorate(func: Any) -> Any:
        @functools.wraps(func)
        def call(*args: Any) -> Any:
            return word, func(*args)

        return call

    return decorate


DECORATED = """
def rows(number):
    return number
"""


def test_what_decorators_wrap_decides_whether_a_function_was_made_twice() -> None:
    def factory(rate: int, word: str = "one") -> Any:
        @cache_result
        @logged("outer")
        @logged(word)
        def price(number: int) -> int:
            return number * rate

        return price

    kept = [factory(2), factory(2)]
    with pytest.warns(RuntimeWarning, match="made twice"):
        kept.append(factory(3))
    registry.clear()
    kept = [factory(2)]
    with pytest.warns(RuntimeWarning, match="made twice"):
        kept.append(factory(2, "two"))

    for _ in range(2):  # a reloaded module: the same source, another function
        scope: dict[str, Any] = {"__name__": "reloaded"}
        exec(compile(DECORATED, "reloaded.py", "exec"), scope)
        kept.append(cache_result(logged("a word")(scope["rows"])))


def test_a_function_that_calls_itself_is_compared_too() -> None:
    def factory(least: int) -> Any:
        def up(number: int) -> int:
            return number if number >= least else up(number + 1)

        return cache_result(up)

    kept = [factory(5), factory(5)]
    with pytest.warns(RuntimeWarning, match="made twice"):
        kept.append(factory(6))
    assert kept[0](1) == 5


def test_settings_are_read_when_used() -> None:
    @cache_result
    def rows(row: int) -> str:
        return "x" * 100

    with override_settings(RESTFLOW_SETTINGS={"CACHING": {"MAX_ENTRY_SIZE": 10}}):
        rows(1)
        assert rows.get_with_metadata(1)[1]["cache_status"] == "MISS"
    rows(1)
    assert rows.get_with_metadata(1)[1]["cache_status"] == "HIT"


def test_rules_are_attached_and_know_how_to_spell_numbers() -> None:
    class Rule:
        field_mapping = {"page": "id"}
        attached: list[Any] = []

        def attach(self, wrapper: Any) -> None:
            self.attached.append(wrapper)

    rule = Rule()

    @cache_result(RowKey, invalidates_on=[rule])
    def untyped(row, page):  # type: ignore[no-untyped-def]
        return row

    assert rule.attached == [untyped]
    assert untyped.cache_key(1, 2) == untyped.cache_key("1", "2")
