"""System checks of rules: what they would miss, and what they name that is not there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.checks import CheckMessage, Error, Warning
from django.utils.module_loading import import_string

from ..errors import DeclarationError
from .binding import BoundRule, bound_rules
from .listening import check_fields
from .managers import InvalidatingQuerySet

__all__ = ["check_rules"]


def check_rules(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Find rules that cannot work, that other processes may not know, or that miss writes."""
    rules = sorted(bound_rules, key=lambda bound: bound.name)
    return [*_wrong(rules), *_late(rules), *_blind(rules)]


def _wrong(rules: list[BoundRule]) -> Iterator[CheckMessage]:
    from ..dispatchers.base import dispatcher_for

    for bound in rules:
        try:
            check_fields(bound, bound.model)
            dispatcher_for(bound)
            if isinstance(bound.rule.invalidator, str):
                import_string(bound.rule.invalidator)
        except (DeclarationError, LookupError, ImportError) as error:
            yield Error(
                f"{bound.name}: {error}",
                hint="Correct the rule in invalidates_on.",
                id="restflow.E110",
            )


def _late(rules: list[BoundRule]) -> Iterator[CheckMessage]:
    for bound in rules:
        if bound.late:
            yield Warning(
                f"The rule {bound.name} is declared in a module that is not imported at start-up: "
                f"it fires only in processes that have imported it.",
                hint="Move the cached function to a caches.py of an app, or name its module in "
                "RESTFLOW_SETTINGS['CACHING']['RULE_MODULES'].",
                id="restflow.W110",
            )


def _blind(rules: list[BoundRule]) -> Iterator[CheckMessage]:
    """Name the rules of each model that has a manager whose bulk writes they do not see."""
    by_model: dict[Any, list[BoundRule]] = {}
    for bound in rules:
        by_model.setdefault(bound.model, []).append(bound)
    for model, concerned in sorted(by_model.items(), key=lambda item: str(item[0]._meta.label)):
        blind = [
            manager.name
            for manager in model._meta.managers
            if not isinstance(manager.get_queryset(), InvalidatingQuerySet)
        ]
        if blind:
            names = ", ".join(sorted({bound.function_name for bound in concerned}))
            yield Warning(
                f"update(), bulk_create() and bulk_update() of {model._meta.label}.{blind[0]} send "
                f"no signals, so the rules of {names} miss them.",
                hint="Derive the manager from restflow.caching.InvalidatingManager (or its "
                "queryset from InvalidatingQuerySet), or call rows_changed() after such writes; "
                "silence this check if there are none.",
                id="restflow.W111",
            )
