"""The project's ``RESTFLOW_SETTINGS``: one typed section per subsystem, lazy and reloading.

A package declares its section next to the code that reads it::

    class ErrorSettings(Section, name="ERRORS"):
        DETAILS: Literal["messages", "full"] = "messages"

    error_settings = ErrorSettings()

and names the instance in the entry point group ``restflow.settings`` of its distribution, so that
the sections of packages nobody has imported yet are known too.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from importlib import metadata
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ENTRY_POINT_GROUP", "SETTING", "RestflowSettings", "Section", "restflow_settings"]

SETTING = "RESTFLOW_SETTINGS"
ENTRY_POINT_GROUP = "restflow.settings"


def user_settings() -> Mapping[str, Any]:
    """Return ``RESTFLOW_SETTINGS`` as the project wrote it, ``{}`` when it is not set.

    Raises:
        ImproperlyConfigured: the setting is not a mapping.
    """
    value = getattr(settings, SETTING, None) or {}
    if not isinstance(value, Mapping):
        raise ImproperlyConfigured(
            f"{SETTING} must be a dict of sections, not {type(value).__name__}. "
            f'Write {SETTING} = {{"JWT": {{...}}}}.'
        )
    return value


class Section:
    """One section of ``RESTFLOW_SETTINGS``: upper-case class attributes are keys with defaults.

    Reading an attribute gives the project's value or else the default; it is looked up once and
    forgotten when Django's ``setting_changed`` reports a change, so ``override_settings`` works.

    Args:
        name: the section's key in ``RESTFLOW_SETTINGS``.
        import_strings: keys whose values may be dotted paths; they are imported on access, inside
            lists and tuples too.
    """

    name: ClassVar[str]
    defaults: ClassVar[Mapping[str, Any]]
    import_strings: ClassVar[frozenset[str]]

    def __init_subclass__(cls, *, name: str, import_strings: tuple[str, ...] = ()) -> None:
        super().__init_subclass__()
        cls.name = name
        cls.import_strings = frozenset(import_strings)
        cls.defaults = {key: value for key, value in vars(cls).items() if key.isupper()}
        # A class attribute would win over __getattr__; the annotations stay for type checkers.
        for key in cls.defaults:
            delattr(cls, key)
        unknown = cls.import_strings - cls.defaults.keys()
        if unknown:
            raise TypeError(f"{cls.__name__}: import_strings names no key: {sorted(unknown)}.")

    def __init__(self) -> None:
        setting_changed.connect(self._reload)

    def __getattr__(self, key: str) -> Any:
        if key not in self.defaults:
            raise AttributeError(f"{SETTING}[{self.name!r}] has no key {key!r}.")
        given = self.user_values()
        # A mutable default must not be shared: what one caller adds would be everybody's default.
        value = given[key] if key in given else copy.deepcopy(self.defaults[key])
        if key in self.import_strings:
            value = self._imported(key, value)
        vars(self)[key] = value
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self.defaults)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {SETTING}[{self.name!r}]>"

    def user_values(self) -> Mapping[str, Any]:
        """Return what the project wrote for this section.

        Raises:
            ImproperlyConfigured: the section is not a mapping.
        """
        value = user_settings().get(self.name) or {}
        if not isinstance(value, Mapping):
            raise ImproperlyConfigured(
                f"{SETTING}[{self.name!r}] must be a dict, not {type(value).__name__}."
            )
        return value

    def is_set(self, key: str) -> bool:
        """Tell whether the project gave *key* a value of its own."""
        return key in self.user_values()

    def _imported(self, key: str, value: Any) -> Any:
        if isinstance(value, (list, tuple)):
            return type(value)(self._imported(key, item) for item in value)
        if not isinstance(value, str):
            return value
        try:
            return import_string(value)
        except ImportError as error:
            raise ImproperlyConfigured(
                f"{SETTING}[{self.name!r}][{key!r}] names {value!r}, which cannot be imported: "
                f"{error}"
            ) from error

    def _reload(self, *, setting: str, **kwargs: Any) -> None:
        if setting == SETTING:
            vars(self).clear()


class RestflowSettings:
    """Every section of every installed distribution: ``restflow_settings.JWT.ALGORITHM``."""

    def __init__(self) -> None:
        self._entry_points: dict[str, metadata.EntryPoint] | None = None

    @property
    def entry_points(self) -> Mapping[str, metadata.EntryPoint]:
        """The installed sections by name, none of them imported."""
        if self._entry_points is None:
            self._entry_points = {
                point.name: point for point in metadata.entry_points(group=ENTRY_POINT_GROUP)
            }
        return self._entry_points

    def __getattr__(self, name: str) -> Section:
        if name.startswith("_") or name not in self.entry_points:
            raise AttributeError(
                f"No installed restflow package declares the section {SETTING}[{name!r}]."
            )
        section: Section = self.entry_points[name].load()
        vars(self)[name] = section
        return section

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self.entry_points))


restflow_settings = RestflowSettings()
