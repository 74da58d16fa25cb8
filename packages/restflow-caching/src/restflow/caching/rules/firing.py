"""From a write to the work: on commit, once for each rule and what it drops."""

from __future__ import annotations

import logging
from collections.abc import Hashable
from typing import Any

from django.db import connections
from django.db.transaction import TransactionManagementError

from .. import receipts
from .binding import BoundRule, Values
from .change import Change

logger = logging.getLogger("restflow.caching")


class Firing:
    """A hook of one commit: what a rule is to drop.

    Args:
        bound: the rule.
        values: of its mapping; ``None`` drops everything.
        change: the row, for an invalidator.
        using: alias of the database that was written.
    """

    __qualname__ = "Firing"  # Django names a hook that fails by it

    def __init__(self, bound: BoundRule, values: Values, change: Change | None, using: str) -> None:
        from ..dispatchers import capture_context

        self.bound = bound
        self.values = values
        self.change = change
        self.using = using
        self.context = capture_context()
        self.key = (bound.name, _frozen(values), _frozen(_told(bound, change)), repr(self.context))
        self.receipt: Any = None
        #: Equal ones that wait for the same commit: the first that is called is for all of them.
        self.group: list[Firing] = [self]
        self.done = False

    def __call__(self) -> None:
        """Have the work done; whatever goes wrong is not for who saved, unless it was asked for."""
        from ..dispatchers import dispatch

        if self.done:
            return
        for each in self.group:
            each.done = True
        try:
            dispatch(self)
        except Exception:
            if self.bound.raises:
                raise
            logger.exception("The rule %s failed.", self.bound.name)


def _told(bound: BoundRule, change: Change | None) -> Any:
    """What of *change* makes a difference to the work."""
    if change is None:
        return None
    if bound.rule.invalidator is None:
        return change.action == "deleted" and bound.rule.rewarm
    return (change.action, change.pk, *sorted(change.old.items()), "", *sorted(change.new.items()))


def _frozen(value: Any) -> Hashable:
    """*value* as part of a dictionary key: by its type too, since 1 and True are equal."""
    if isinstance(value, dict):
        return tuple((name, _frozen(item)) for name, item in sorted(value.items()))
    if isinstance(value, (list, tuple, set)):
        return (type(value).__name__, *map(_frozen, value))
    try:
        hash(value)
    except TypeError:
        return repr(value)
    return (type(value), value)


class Hooks:
    """What waits for the commit of one connection, so that nothing waits twice.

    Django replaces its list of hooks on a rollback, of a savepoint too, and only ever appends to
    it otherwise. So the list itself tells whether what was noted about it still holds.
    """

    def __init__(self) -> None:
        self.list: Any = None
        self.seen = 0
        self.groups: dict[Hashable, list[tuple[frozenset[Any], Firing]]] = {}

    def read(self, connection: Any) -> None:
        """Note what has been added to the list, or begin anew with another one."""
        if self.list is not connection.run_on_commit:
            self.list, self.seen, self.groups = connection.run_on_commit, 0, {}
        for sids, func, *_ in self.list[self.seen :]:
            if isinstance(func, Firing):
                group = self.groups.setdefault(func.key, [])
                group.append((frozenset(sids), func))
                members = [each for _, each in group]
                for each in members:
                    each.group = members
        self.seen = len(self.list)

    def knows(self, connection: Any, firing: Firing) -> bool:
        """Tell whether an equal firing is sure to run if the current savepoint survives."""
        self.read(connection)
        if any(getattr(block, "_from_testcase", False) for block in connection.atomic_blocks):
            return False  # that commit never comes: tests call the hooks of some lines only
        now = set(connection.savepoint_ids)
        waiting = self.groups.get(firing.key, ())
        return any(sids <= now and not known.done for sids, known in waiting)


def fire(bound: BoundRule, values: Values, change: Change | None, using: str) -> None:
    """Have *bound* act once what is being written to the database *using* is committed."""
    connection: Any = connections[using]
    firing = Firing(bound, values, change, using)
    hooks: Hooks = vars(connection).setdefault("_restflow_hooks", Hooks())
    if connection.in_atomic_block and hooks.knows(connection, firing):
        return
    firing.receipt = receipts.write(firing)
    try:
        connection.on_commit(firing)
        hooks.read(connection)
    except TransactionManagementError:
        # The project commits by hand: nobody tells when. Now is better than never.
        logger.warning("%s acts before the commit: autocommit is off.", bound.name)
        firing()
