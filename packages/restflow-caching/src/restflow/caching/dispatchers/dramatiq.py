"""The dispatcher for dramatiq."""

from __future__ import annotations

from .base import needs
from .courier import BrokerDispatcher

__all__ = ["DramatiqDispatcher"]


class DramatiqDispatcher(BrokerDispatcher):
    """Sends a message to the actor of ``restflow.caching.workers.actors``.

    Options: ``queue`` (``"default"``) and ``delay`` (milliseconds); others become options of the
    message, such as ``max_retries`` or ``broker_priority``.
    """

    name = "dramatiq"

    def in_process(self) -> bool:
        dramatiq = needs("dramatiq", "restflow-caching[dramatiq]", self.name)
        return type(dramatiq.get_broker()).__name__ == "StubBroker"

    def send(self, message: str) -> None:
        from ..workers.actors import actor, declare

        given = self.given
        queue, delay = given.pop("queue", None), given.pop("delay", None)
        told = actor().message_with_options(args=(message,), **given)
        if queue is not None:
            declare(queue)
            told = told.copy(queue_name=queue)
        actor().broker.enqueue(told, delay=delay)
