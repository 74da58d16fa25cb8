"""Stock: how it changes, and what is remembered of that."""

import random
import re

from django.db import transaction
from django.db.models import Max
from rest_framework.exceptions import ValidationError

from .models import Product, StockChange

LOW = 5  # pieces below which more are ordered
ORDER = 50
FIRST_VISIT = 10  # changes to begin with
AT_ONCE = 500


def note(product, before):
    """Remember that the stock of *product*, now saved, was *before*."""
    if product.stock == before:
        return None
    return StockChange.objects.create(product=product, before=before, after=product.stock)


@transaction.atomic
def sell_something(dice=random):
    """Sell a few pieces of any product, or order more if there are few; return the change."""
    products = Product.objects.order_by("pk")
    product = products[dice.randrange(products.count())]
    before = product.stock
    product.stock = before + ORDER if before < LOW else before - dice.randint(1, 3)
    product.save(update_fields=["stock"])
    return note(product, before)


def newest():
    """Return the id of the last change, 0 when there is none.

    Ids grow in the order of commits because SQLite has one writer at a time. On a server with
    several, a change that commits late would be passed over: take a sequence of the outbox then.
    """
    return StockChange.objects.aggregate(newest=Max("pk"))["newest"] or 0


def start(seen):
    """Return the id after which to begin for a client that saw *seen*; None: a first visit."""
    last = newest()
    if seen is None or seen > last:  # above the last one: the shop was seeded anew
        return max(last - FIRST_VISIT, 0)
    return seen


def since(seen):
    """Return the next changes after the one with the id *seen*, a bounded number."""
    return StockChange.objects.filter(pk__gt=seen).select_related("product")[:AT_ONCE]


def parse_id(text):
    """Return the id that a client brings as text; None when it brings none.

    Raises:
        ValidationError: it is not one of ours.
    """
    if text is None:
        return None
    if not re.fullmatch(r"[0-9]{1,18}", text):
        raise ValidationError({"Last-Event-ID": ["This is no id of a stock change."]})
    return int(text)
