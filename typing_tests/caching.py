"""Cached functions keep their signature, in both colours."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, assert_type

from restflow.caching import (
    ArgsKeyField,
    CacheMetadata,
    KeyConstructor,
    cache_result,
    cache_status_headers,
)


class PriceKey(KeyConstructor):
    product = ArgsKeyField("product_id", partition=True)

    class Meta:
        namespace = "prices"


@cache_result
def bare(product_id: int) -> str:
    return str(product_id)


@cache_result(PriceKey, ttl=60, jitter=0.1)
def price(product_id: int, currency: str = "EUR") -> str:
    return f"{product_id} {currency}"


@cache_result(key_constructor=PriceKey, ttl=None, stale_ttl=30)
async def stock(product_id: int) -> list[int]:
    return [product_id]


def calls() -> None:
    assert_type(bare(1), str)
    assert_type(price(1, currency="USD"), str)
    called: Coroutine[Any, Any, list[int]] = stock(1)
    called.close()
    assert_type(price.refresh(1), str)
    value, metadata = price.get_with_metadata(1)
    assert_type(value, str)
    found: CacheMetadata = metadata
    assert_type(cache_status_headers(found), dict[str, str])
    price("1")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    price.refresh(number=1)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    price.delete_by_prefix(product_id=1)


async def awaited() -> None:
    assert_type(await stock(1), list[int])
    assert_type(await stock.arefresh(1), list[int])
    assert_type(await price.abypass_cache(1), str)
    assert_type((await stock.aget_with_metadata(1))[0], list[int])
    await stock.adelete_cache(1)
    await PriceKey.awipe(product=1)
