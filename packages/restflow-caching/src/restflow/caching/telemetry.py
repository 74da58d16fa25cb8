"""OpenTelemetry: the counters of every cached function, read when they are exported."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .registry import registry
from .statistics import EVENTS

__all__ = ["instrument"]


def instrument(meter: Any = None) -> None:
    """Report cached functions to OpenTelemetry; the app does so if ``opentelemetry-api`` is there.

    Two instruments, with the attribute ``restflow.cache.function``: ``restflow.cache.events`` (by
    ``restflow.cache.event``) and ``restflow.cache.compute.duration`` (seconds). They are observed
    on export, so a hit costs nothing more. No part of a key is reported.

    Args:
        meter: of the application; ``None`` for the global provider's.

    Raises:
        ImportError: the library is absent; ``pip install opentelemetry-api``.
    """
    from opentelemetry.metrics import Observation, get_meter

    meter = meter or get_meter("restflow.caching")

    def events(options: Any) -> Iterable[Any]:
        for wrapper in registry:
            counts = wrapper.stats()
            for event in EVENTS:
                which = {"restflow.cache.function": wrapper.name, "restflow.cache.event": event}
                yield Observation(counts[event], which)

    def durations(options: Any) -> Iterable[Any]:
        for wrapper in registry:
            attributes = {"restflow.cache.function": wrapper.name}
            yield Observation(wrapper.stats()["compute_seconds"], attributes)

    meter.create_observable_counter(
        "restflow.cache.events", [events], unit="{event}", description="What cached calls met."
    )
    meter.create_observable_counter(
        "restflow.cache.compute.duration",
        [durations],
        unit="s",
        description="Time spent computing results.",
    )
