"""What a viewset does differently for one action."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from enum import Enum
from typing import Any, Final

from django.db.models import Manager


class Unset(Enum):
    """Marks what an :class:`ActionConfig` leaves to the class. ``None`` is a value."""

    UNSET = "unset"

    def __repr__(self) -> str:
        return "UNSET"


UNSET: Final = Unset.UNSET


@dataclass(frozen=True, kw_only=True, slots=True)
class ActionConfig:
    """Overrides of a viewset's attributes for one action; what is not given stays the class's.

    ``None`` is a value: ``pagination_class=None`` turns paging off. ``queryset`` may also be a
    manager, or a callable that gets the view and returns a queryset, sync or async.
    """

    serializer_class: type | Unset | None = UNSET
    request_serializer_class: type | Unset | None = UNSET
    response_serializer_class: type | Unset | None = UNSET
    authentication_classes: Sequence[Any] | Unset = UNSET
    permission_classes: Sequence[Any] | Unset = UNSET
    throttle_classes: Sequence[Any] | Unset = UNSET
    parser_classes: Sequence[Any] | Unset = UNSET
    renderer_classes: Sequence[Any] | Unset = UNSET
    filter_backends: Sequence[Any] | Unset = UNSET
    filterset_class: type | Unset | None = UNSET
    pagination_class: type | Unset | None = UNSET
    queryset: Any | Callable[[Any], Any] | Unset = UNSET

    def given(self) -> dict[str, Any]:
        """Return the overrides by attribute name."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if value is not UNSET}


def apply(view: Any, config: ActionConfig) -> None:
    """Set on *view*, an instance, what *config* overrides.

    A callable queryset is left for ``get_queryset``: calling it may block.
    """
    for name, value in config.given().items():
        if name != "queryset":
            setattr(view, name, value)
        elif isinstance(value, Manager):
            view.queryset = value.all()
        elif not callable(value):
            view.queryset = value


def queryset_factory(view: Any) -> Callable[[Any], Any] | None:
    """Return the callable that the current action's config gave for its queryset, if it did."""
    config = config_of(view)
    value = UNSET if config is None else config.queryset
    if value is UNSET or isinstance(value, Manager) or not callable(value):
        return None
    factory: Callable[[Any], Any] = value
    return factory


def config_of(view: Any) -> ActionConfig | None:
    """Return the config of the view's current action."""
    configs: Mapping[str, ActionConfig] = getattr(view, "action_configs", {})
    action = getattr(view, "action", None)
    return None if action is None else configs.get(action)


def check_action_configs(cls: type, initkwargs: Mapping[str, Any], actions: Sequence[str]) -> None:
    """Refuse what would not do what it says; called by ``as_view()``.

    Raises:
        TypeError: a value of ``action_configs`` is no :class:`ActionConfig`.
        ValueError: the class itself names an action it does not have, or an attribute of an
            ``@action`` is set both in its decorator and here.
    """
    configs: Mapping[str, ActionConfig] = getattr(cls, "action_configs", {})
    own: Mapping[str, ActionConfig] = vars(cls).get("action_configs", {})
    for action, config in configs.items():
        if not isinstance(config, ActionConfig):
            raise TypeError(
                f"{cls.__qualname__}.action_configs[{action!r}] is {type(config).__qualname__}. "
                f"Use ActionConfig(...)."
            )
        inherited = action not in own or any(
            action in getattr(base, "action_configs", {}) for base in cls.__mro__[1:]
        )
        if action != "metadata" and not inherited and not callable(getattr(cls, action, None)):
            raise ValueError(
                f"{cls.__qualname__}.action_configs names {action!r}, which is no method of the "
                f"class. Correct the name, or define the action: as it is, no request gets what "
                f"the entry says."
            )
    for action in actions:
        if action in configs:
            twice = configs[action].given().keys() & initkwargs.keys()
            if twice:
                raise ValueError(
                    f"{cls.__qualname__}: {', '.join(sorted(twice))} of the action {action!r} is "
                    f"set in @action(...) and in action_configs. Set it in one place."
                )
