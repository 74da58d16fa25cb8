"""Who listens to the start and the end of a request, and whether that takes a thread."""

from __future__ import annotations

from typing import Any

from django.core.cache import close_caches
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.base import reset_urlconf
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, reset_queries

#: Django's own receivers. The lease does the work of the first two in the thread that it is about.
AT_START = frozenset({reset_queries, close_old_connections})
AT_END = frozenset({close_old_connections, close_caches, reset_urlconf})


def start_is_quiet(sender: type[ASGIHandler]) -> bool:
    """Tell whether only Django listens to ``request_started``."""
    return _only(request_started, sender, AT_START)


def end_is_quiet(sender: type[ASGIHandler]) -> bool:
    """Tell whether only Django listens to ``request_finished``."""
    return _only(request_finished, sender, AT_END)


def closes_old_connections(*, starting: bool = False) -> bool:
    """Tell whether connections are to be closed by age: test clients disconnect that receiver."""
    signal: Any = request_started if starting else request_finished
    sync, _ = signal._live_receivers(ASGIHandler)
    return close_old_connections in sync


def _only(signal: Any, sender: type[ASGIHandler], known: frozenset[Any]) -> bool:
    sync, async_ = signal._live_receivers(sender)
    return not async_ and known.issuperset(sync)
