"""``InvalidationRule``: the rows a cached function depends on, and what to drop with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..errors import DeclarationError

if TYPE_CHECKING:
    from ..wrapper import CachedWrapper

__all__ = ["InvalidationRule"]


class InvalidationRule:
    """Drops entries of a cached function when rows of a model are written.

    ::

        @cache_result(UserKey, invalidates_on=[
            InvalidationRule(model=User, field_mapping={"user_id": "id"}, watch_fields=["email"]),
        ])
        def get_user_payload(user_id: int): ...

    What it needs to know is read when the signal fires; it acts when the transaction commits, on
    the database of the write, once per commit for each partition, and not at all on a rollback.

    Args:
        model: the class, or ``"app_label.Model"``. Proxies of it, and parents and children by
            multi-table inheritance, are rows of it too.
        field_mapping: values for arguments or partition fields of the function, by the name of a
            field of the model: ``"id"``, ``"pk"``, ``"owner_id"``, ``"owner__slug"``.
        watch_fields: fire on updates only if one of these fields changed, or one that is mapped.
            With ``save(update_fields=...)`` those named count as changed; otherwise the row is
            compared with what the database holds. Many-to-many fields may be named.
        rewarm: after dropping the entries, call the function again with the mapped values.
        invalidator: ``invalidator(wrapper, change)`` instead of a mapping, sync or async, or its
            dotted path; it may invalidate by itself, return partitions to drop as dictionaries,
            or both. Brokers need a function that can be imported.
        trigger_on_create: fire for new rows too.
        require_args: refuse a mapping that neither names a partition nor a whole call; with
            ``False`` such a rule drops everything the function has stored.
        invalidate_when: ``invalidate_when(instance)``; fire only if it is true. Writes without an
            instance (``update()``, the far side of a relation) always count.
        dispatcher: where the work runs: a registered name, a dotted path, a class or an object;
            ``None`` for ``DEFAULT_DISPATCHER``.
        dispatcher_config: options of the dispatcher, over those of ``DISPATCHER_SETTINGS``.
        raise_exception: let an error of the work reach whoever saved; ``None`` for the setting
            ``DISPATCHER_RAISE_EXCEPTION``.

    Raises:
        DeclarationError: the arguments contradict each other, or do not fit the function.
    """

    def __init__(
        self,
        model: Any,
        field_mapping: Mapping[str, str] | None = None,
        *,
        watch_fields: Sequence[str] | None = None,
        rewarm: bool = False,
        invalidator: Callable[..., Any] | str | None = None,
        trigger_on_create: bool = True,
        require_args: bool = True,
        invalidate_when: Callable[[Any], object] | None = None,
        dispatcher: Any = None,
        dispatcher_config: Mapping[str, Any] | None = None,
        raise_exception: bool | None = None,
    ) -> None:
        self.model = model
        self.field_mapping = dict(field_mapping or {})
        self.watch_fields = None if watch_fields is None else tuple(watch_fields)
        self.rewarm = rewarm
        self.invalidator = invalidator
        self.trigger_on_create = trigger_on_create
        self.require_args = require_args
        self.invalidate_when = invalidate_when
        self.dispatcher = dispatcher
        self.dispatcher_config = dict(dispatcher_config or {})
        self.raise_exception = raise_exception
        self._check()

    def _check(self) -> None:
        if isinstance(self.watch_fields, tuple) and not self.watch_fields:
            raise DeclarationError(
                f"{self!r}: watch_fields is empty. Name fields, or leave it out."
            )
        if self.invalidator is not None:
            if self.field_mapping or self.rewarm:
                raise DeclarationError(
                    f"{self!r}: an invalidator does all the work; leave out field_mapping "
                    f"and rewarm."
                )
            if not (callable(self.invalidator) or isinstance(self.invalidator, str)):
                raise DeclarationError(
                    f"{self!r}: invalidator={self.invalidator!r}; give a function or a dotted path."
                )
        elif not self.field_mapping and self.require_args:
            raise DeclarationError(
                f"{self!r} has no field_mapping. Map arguments to fields, give an invalidator, or "
                f"pass require_args=False to drop everything whenever a row changes."
            )
        for name, path in self.field_mapping.items():
            if not isinstance(path, str):
                raise DeclarationError(
                    f"{self!r}: field_mapping[{name!r}] is {path!r}, not the name of a field."
                )

    @property
    def label(self) -> str:
        """The model as the user gave it, in lower case: ``"auth.user"``."""
        if isinstance(self.model, str):
            return self.model.lower()
        label: str = self.model._meta.label_lower
        return label

    def attach(self, wrapper: CachedWrapper[Any, Any, Any]) -> None:
        """Begin to listen on behalf of *wrapper*; ``cache_result`` calls it."""
        from .binding import bind

        bind(self, wrapper)

    def __repr__(self) -> str:
        model = self.model if isinstance(self.model, str) else self.model.__name__
        return f"InvalidationRule({model})"
