"""What travels through a broker: a rule's name and plain values, and what a worker makes of it."""

from __future__ import annotations

import base64
import datetime
import json
import logging
import uuid
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from .base import Job

__all__ = ["CannotTravel", "Undelivered", "decode", "encode", "receive"]

logger = logging.getLogger("restflow.caching")

VERSION = 1
PLAIN = (str, int, float, bool, type(None))


class CannotTravel(TypeError):
    """A value has no form in a message that a worker could read back."""


class Undelivered(Exception):
    """A worker could not reach the cache; the broker should try again."""


def _clock(value: Any) -> list[Any]:
    return [value.isoformat(), getattr(value.tzinfo, "key", None), value.fold]


def _clocked(kind: Any) -> Callable[[Any], Any]:
    def read(told: Any) -> Any:
        text, zone, fold = told
        found = kind.fromisoformat(text).replace(fold=fold)
        return found if zone is None else found.replace(tzinfo=ZoneInfo(zone))

    return read


#: By the name in a message: the type, what writes it, what reads it.
KINDS: dict[str, tuple[type, Callable[[Any], Any], Callable[[Any], Any]]] = {
    "uuid": (uuid.UUID, str, uuid.UUID),
    "decimal": (Decimal, str, Decimal),
    "datetime": (datetime.datetime, _clock, _clocked(datetime.datetime)),
    "date": (datetime.date, datetime.date.isoformat, datetime.date.fromisoformat),
    "time": (datetime.time, _clock, _clocked(datetime.time)),
    "delta": (
        datetime.timedelta,
        lambda v: [v.days, v.seconds, v.microseconds],
        lambda v: datetime.timedelta(*v),
    ),
    "bytes": (
        bytes,
        lambda v: base64.b64encode(v).decode(),
        lambda v: base64.b64decode(v),
    ),
    "tuple": (tuple, lambda v: [_pack(item) for item in v], lambda v: tuple(map(_unpack, v))),
}


def _pack(value: Any) -> Any:
    kind = type(value)
    if kind in PLAIN:
        return value
    if kind is list:
        return [_pack(item) for item in value]
    if kind is dict:
        if not all(type(name) is str for name in value):
            raise CannotTravel("A dictionary in a message has names that are no strings.")
        return {"$": "dict", "v": {name: _pack(item) for name, item in value.items()}}
    for name, (known, write, _) in KINDS.items():
        if kind is known:
            return {"$": name, "v": write(value)}
    if isinstance(value, str):  # choices: equal to what they stand for
        return str.__str__(value)
    if isinstance(value, int):
        return int(value)
    raise CannotTravel(f"A {kind.__module__}.{kind.__qualname__} cannot be put into a message.")


def _unpack(value: Any) -> Any:
    if isinstance(value, list):
        return [_unpack(item) for item in value]
    if isinstance(value, dict):
        kind, inner = value["$"], value["v"]
        if kind == "dict":
            return {name: _unpack(item) for name, item in inner.items()}
        return KINDS[kind][2](inner)
    return value


def encode(job: Job) -> str:
    """Return *job* as the text of a message.

    Raises:
        CannotTravel: it holds a value of a type that no message can carry.
    """
    change = job.change
    told: dict[str, Any] = {
        "version": VERSION,
        "rule": job.bound.name,
        "values": None if job.values is None else _pack(dict(job.values)),
        "context": _pack(dict(job.context)),
        "change": None,
    }
    if change is not None:
        told["change"] = _pack(
            {
                "model": change.model,
                "action": change.action,
                "pk": change.pk,
                "using": change.using,
                "old": dict(change.old),
                "new": dict(change.new),
            }
        )
    return json.dumps(told, separators=(",", ":"))


def decode(message: str) -> Job | None:
    """Return the job in *message*; a job this process cannot be sure of is refused and logged.

    A rule that is not known by its exact name is never guessed. If the function is known, and only
    its rules are others, everything the function has stored is dropped: that is never wrong.
    """
    from ..registry import registry
    from ..rules import Change, find_rule
    from .base import Job

    try:
        told = json.loads(message)
        if told["version"] != VERSION:
            raise ValueError(f"version {told['version']!r}")
        name, values = told["rule"], _unpack(told["values"])
        context, change = _unpack(told["context"]), _unpack(told["change"])
        if not isinstance(name, str) or not isinstance(values, Mapping | None):
            raise ValueError("fields of other types")
        made = None if change is None else Change(**change)
    except (KeyError, ValueError, TypeError, AttributeError, ArithmeticError) as error:
        logger.error("An invalidation was refused: its message cannot be read (%r).", error)
        return None
    bound = find_rule(name)
    if bound is not None:
        return Job(bound, values, made, context)
    wrapper = registry.find(name.partition(":")[0])
    if wrapper is None:
        logger.error(
            "An invalidation was refused: no rule %r is known here. Declare it in a caches.py or "
            "in RULE_MODULES, and let the workers run the same code.",
            name,
        )
        return None
    logger.error("No rule %r is known here; all of %s is dropped.", name, wrapper.name)
    wrapper.invalidate_all()
    return None


def receive(message: str) -> None:
    """Do what *message* says; what the tasks of every broker call in their workers.

    Receiving the same message again is harmless.

    Raises:
        Undelivered: the cache is out of order; the broker should deliver the message again.
    """
    job = decode(message)
    if job is None:
        return
    job.run()
    wrapper = job.bound.wrapper
    if wrapper is not None and wrapper.cached.store.pending:
        raise Undelivered(f"The cache {wrapper.cached.alias!r} is out of order.")
