"""System checks of filter sets: ids ``restflow.E201`` to ``restflow.I299``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.core.checks import CheckMessage, Error, Info, Warning
from django.core.exceptions import ImproperlyConfigured
from django.db import connections, router

from restflow.core.annotations import AnnotationError

from .lookups import POSTGRES
from .model_fields import is_secret

if TYPE_CHECKING:
    from .filterset import FilterSet


def check_filter_sets(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Check every filter set class that has been imported."""
    from .filterset import classes

    messages: list[CheckMessage] = []
    for cls in sorted(classes, key=lambda item: (item.__module__, item.__qualname__)):
        messages.extend(_check(cls))  # type: ignore[arg-type]
    return messages


def _check(cls: type[FilterSet]) -> Iterator[CheckMessage]:
    name = f"{cls.__module__}.{cls.__qualname__}"
    try:
        plan = cls.plan()
    except (ImproperlyConfigured, AnnotationError) as error:
        yield Error(
            f"{name} cannot be compiled: {error}",
            hint="It was defined before the models were loaded; correct it.",
            obj=cls,
            id="restflow.E201",
        )
        return
    yield from _check_database(cls, name)
    if plan.left_out:
        columns = ", ".join(plan.left_out)
        yield Info(
            f'{name}: fields = "__all__" leaves out {columns}.',
            hint="Name them in Meta.exclude to agree, or declare them to make them filters.",
            obj=cls,
            id="restflow.I203",
        )
    exposed = sorted({item.field_name for item in plan.parameters.values() if _exposes(item)})
    if exposed:
        yield Warning(
            f"{name} filters by {', '.join(exposed)}, so clients can find the value out piece by "
            "piece.",
            hint="Remove the filter; a secret is compared in a view, in constant time.",
            obj=cls,
            id="restflow.W204",
        )


def _exposes(parameter: Any) -> bool:
    path = getattr(parameter.condition, "path", "")
    return any(is_secret(part) for part in path.split("__"))


def _check_database(cls: type[FilterSet], name: str) -> Iterator[CheckMessage]:
    model = cls.options.model
    if model is None:
        return
    alias = router.db_for_read(model)
    vendor = connections[alias].vendor
    if vendor == "postgresql":
        return
    found = sorted(
        item.name
        for item in cls.plan().parameters.values()
        if not item.negated and POSTGRES.intersection(item.lookup.split("__"))
    )
    if found:
        yield Error(
            f"{name} has lookups of PostgreSQL ({', '.join(found)}) and {model.__name__} is read "
            f"from {alias!r}, which is {vendor}.",
            hint="Remove them, or move the model to PostgreSQL.",
            obj=cls,
            id="restflow.E202",
        )
