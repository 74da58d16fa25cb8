"""Rows that keep an invalidation until it is done, where ``restflow.caching.outbox`` is an app."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from django.apps import apps

from restflow.core.steps import Steps, blocking, run

if TYPE_CHECKING:
    from .dispatchers.base import Job
    from .rules.firing import Firing

logger = logging.getLogger("restflow.caching")


def write(firing: Firing) -> Any:
    """Store *firing* in the transaction of the write it comes from; return the row, or ``None``."""
    if not apps.is_installed("restflow.caching.outbox"):
        return None
    from .dispatchers import Job
    from .outbox.models import OutboxEntry

    try:
        message = Job.of(firing).message
    except TypeError as error:
        logger.warning("An invalidation does not survive this process: %s", error)
        return None
    return OutboxEntry.objects.using(firing.using).create(message=message)


def settled(job: Job) -> Steps[None]:
    """Remove the row of *job* once the cache knows: not while it is out of order."""
    wrapper = job.bound.wrapper
    if job.receipt is not None and not (wrapper is not None and wrapper.cached.store.pending):
        yield blocking(job.receipt.delete)


def passed_on(job: Job) -> None:
    """Remove the row of *job*, which a broker keeps from now on."""
    if job.receipt is not None:
        run(_removed(job.receipt))


def _removed(receipt: Any) -> Steps[None]:
    yield blocking(receipt.delete)
