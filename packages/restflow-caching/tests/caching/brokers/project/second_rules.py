"""A neighbour with the same mapping, which the web process never writes about."""

from __future__ import annotations

from goods.models import Item

from restflow.caching import InvalidationRule, cache_result


@cache_result(invalidates_on=[InvalidationRule(Item, {"item_id": "id"}, trigger_on_create=False)])
def other(item_id: str) -> str:
    return "other"
