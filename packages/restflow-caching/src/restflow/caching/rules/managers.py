"""A queryset whose bulk writes tell the rules, and a function that does so for any other write."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from asgiref.sync import sync_to_async
from django.db import models, transaction

from .binding import BoundRule
from .listening import listener, tell, tell_all, tell_rows
from .rows import MOST_ROWS, columns_of, fetch_many, from_instance

__all__ = ["InvalidatingManager", "InvalidatingQuerySet", "arows_changed", "rows_changed"]


class InvalidatingQuerySet(models.QuerySet[Any]):
    """A queryset whose ``update()``, ``bulk_create()`` and ``bulk_update()`` fire rules.

    Django sends no signals for them. Use it through ``InvalidatingManager``, or as a base of a
    queryset class of your own, before ``QuerySet``. Each takes up to two more queries, in one
    transaction, for models that rules name; beyond 500 rows everything of the function is dropped.
    """

    def update(self, **kwargs: Any) -> int:
        """Like Django's, and fires the rules of the rows, for what they were and what they are."""
        watched = Watched(self, set(kwargs))
        if not watched.rules:
            return super().update(**kwargs)
        with transaction.atomic(using=watched.using, savepoint=False):
            watched.read()
            count = super().update(**kwargs)
            watched.tell()
            return count

    update.alters_data = True  # type: ignore[attr-defined]

    def bulk_create(self, objs: Iterable[Any], *args: Any, **kwargs: Any) -> list[Any]:
        """Like Django's, and fires the rules of the new rows."""
        rows = list(objs)
        self._for_write = True
        using, model = self.db, self.model
        with transaction.atomic(using=using, savepoint=False):
            made: list[Any] = super().bulk_create(rows, *args, **kwargs)
            merged = bool(kwargs.get("update_conflicts") or args[2:3] == (True,))
            for concerned, rules in listener.groups(model):
                for bound in rules:
                    _created(bound, concerned, made, using, merged=merged)
        return made

    # ``bulk_update`` calls ``update``; ``delete`` sends signals once a rule listens to them.


InvalidatingManager = models.Manager.from_queryset(InvalidatingQuerySet, "InvalidatingManager")


class Watched:
    """The rows of a queryset around a write to them.

    Args:
        rows: the queryset.
        written: names of the fields that are written; ``None`` if nobody knows.
    """

    def __init__(self, rows: models.QuerySet[Any], written: set[str] | None) -> None:
        rows._for_write = True  # type: ignore[attr-defined]
        self.using = rows.db
        self.rows = rows
        self.rules = [
            (model, concerned)
            for model, rules in listener.groups(rows.model)
            if (concerned := [bound for bound in rules if _concerns(bound, written)])
        ]
        self.pks: list[Any] | None = []
        self.before: list[Any] = []

    def read(self) -> None:
        """Note which rows there are, and what they are."""
        pks = list(self.rows.order_by().values_list("pk", flat=True)[: MOST_ROWS + 1])
        self.pks = pks if len(pks) <= MOST_ROWS else None
        self.before = [self._fetched(model, rules) for model, rules in self.rules]

    def _fetched(self, model: Any, rules: list[BoundRule]) -> Any:
        if self.pks is None:
            return None
        return fetch_many(model, columns_of(rules), self.using, self.pks)

    def tell(self) -> None:
        """Fire the rules of these rows, for what they were and what they are now."""
        for (model, rules), before in zip(self.rules, self.before, strict=True):
            if before != []:
                after = self._fetched(model, rules)
                tell_rows(rules, "updated", before, after, self.using)


def _concerns(bound: BoundRule, written: set[str] | None) -> bool:
    if written is None or bound.rule.watch_fields is None:
        return True
    names: set[str] = set()
    for path in (*bound.rule.field_mapping.values(), *bound.rule.watch_fields):
        first = path.split("__")[0]
        names |= {first, first.removesuffix("_id"), f"{first}_id"}
    return bool(names & written)


def _created(bound: BoundRule, model: Any, made: list[Any], using: str, *, merged: bool) -> None:
    """Fire *bound* for rows that were inserted together."""
    if not made or not bound.rule.trigger_on_create:
        return
    columns = columns_of([bound], compared=False)
    rows = None
    if not merged and len(made) <= MOST_ROWS:
        rows = [from_instance(model, columns, instance, None, None) for instance in made]
    if rows is None or any(row is None or row["pk"] is None for row in rows):
        tell_all(bound, "created", using)  # what they are only the database knows
        return
    for row in rows:
        tell(bound, "created", None, row, using)


def rows_changed(rows: models.QuerySet[Any], *fields: str) -> None:
    """Fire the rules of *rows* after a write that neither signals nor managers have seen.

    Use it after raw SQL, a trigger, or another program. What the rows were before is not known:
    when mapped values may have moved, call it before the write as well, in the same transaction.

    Args:
        rows: a queryset of the rows that were, or will be, written.
        fields: names of the columns that were written; without them any may have been.
    """
    watched = Watched(rows.all(), set(fields) or None)
    if watched.rules:
        with transaction.atomic(using=watched.using, savepoint=False):  # rows in one place: once
            watched.read()
            watched.tell()


async def arows_changed(rows: models.QuerySet[Any], *fields: str) -> None:
    """Async twin of :func:`rows_changed`."""
    await sync_to_async(rows_changed)(rows, *fields)
