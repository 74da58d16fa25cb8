"""OpenTelemetry sees the counters, and nothing of the keys."""

from __future__ import annotations

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from restflow.caching import cache_result
from restflow.caching.telemetry import instrument


def test_counters_are_observed() -> None:
    @cache_result
    def rows(row: str) -> int:
        return 1

    reader = InMemoryMetricReader()
    provider = MeterProvider([reader])
    instrument(provider.get_meter("test"))
    rows("secret-value")
    rows("secret-value")
    data = reader.get_metrics_data()
    assert data is not None
    metrics = {m.name: m for r in data.resource_metrics for s in r.scope_metrics for m in s.metrics}
    found = {
        point.attributes["restflow.cache.event"]: point.value
        for point in metrics["restflow.cache.events"].data.data_points
        if point.attributes["restflow.cache.function"] == rows.name
    }
    assert (found["hit"], found["miss"], found["stale"]) == (1, 1, 0)
    [spent] = metrics["restflow.cache.compute.duration"].data.data_points
    assert spent.value > 0
    assert "secret-value" not in data.to_json()
    provider.shutdown()
