"""The rule under test, with arguments that JSON does not know."""

from __future__ import annotations

import datetime
import os
import uuid
from decimal import Decimal

import redis
from django.conf import settings
from goods.models import Item

from restflow.caching import ArgsKeyField, InvalidationRule, KeyConstructor, cache_result

server = redis.Redis.from_url(os.environ["CACHE_URL"], socket_timeout=60)


class ItemKey(KeyConstructor):
    item = ArgsKeyField("item_id", partition=True)
    price = ArgsKeyField("price", partition=True)
    seen = ArgsKeyField("seen_at", partition=True)


RULE = InvalidationRule(
    Item,
    {"item_id": "id", "price": "price", "seen_at": "seen_at"},
    rewarm=True,
    trigger_on_create=False,
    dispatcher=settings.KIND,
    dispatcher_config={"timeout": float(os.environ.get("TIMEOUT", "20"))}
    | ({} if settings.KIND == "django_q" else {"queue": settings.QUEUE}),
)


@cache_result(ItemKey, invalidates_on=[RULE])
def label(item_id: uuid.UUID, price: Decimal, seen_at: datetime.datetime) -> str:
    assert isinstance(item_id, uuid.UUID), item_id
    assert isinstance(price, Decimal), price
    assert isinstance(seen_at, datetime.datetime), seen_at
    server.rpush("computed", os.getpid())
    return Item.objects.get(pk=item_id).name


@cache_result(ItemKey)
def neighbour(item_id: uuid.UUID, price: Decimal, seen_at: datetime.datetime) -> str:
    return "untouched"
