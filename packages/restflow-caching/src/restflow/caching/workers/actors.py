"""The dramatiq actor: name this module to the ``dramatiq`` command, after your broker's."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from typing import Any

from ..conf import caching_settings
from ..dispatchers import receive

__all__ = ["actor", "declare", "invalidate"]

NAME = "restflow_caching_invalidate"


@cache
def actor() -> Any:
    """Return the actor, declared on the broker that is set when it is first asked for."""
    import dramatiq

    options = caching_settings.DISPATCHER_SETTINGS.get("dramatiq", {})
    queue = options.get("queue", "default")
    made = dramatiq.actor(actor_name=NAME, queue_name=queue)(receive)
    from ..rules import bound_rules

    for bound in bound_rules:
        queue = bound.rule.dispatcher_config.get("queue")
        if bound.rule.dispatcher == "dramatiq" and queue:
            made.broker.declare_queue(queue)
    return made


def declare(queue: str) -> None:
    """Make *queue* known to the broker; doing so again changes nothing."""
    actor().broker.declare_queue(queue)


#: Workers find actors by importing this module.
invalidate = actor() if find_spec("dramatiq") is not None else None
