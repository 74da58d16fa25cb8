"""What single and list serializers share: DRF's calls with guards, and their async twins."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from django.db import router, transaction
from rest_framework import serializers as drf

from restflow.core.adapters import hook_of, twins
from restflow.core.steps import Steps, blocking, on_loop, run

from . import decisions
from .hooks import AsyncHook, async_hook, is_driven, refuse
from .plans import CURRENT, Plan, plan_for
from .validated import ValidatedData

if TYPE_CHECKING:
    Base = drf.BaseSerializer[Any]
else:
    Base = object

__all__ = ["AsyncSurface"]


def _saved_and_prepared(self: Any, /, **kwargs: Any) -> Steps[Any]:
    """Save and return the instance, in one transaction unless ``create`` or ``update`` awaits.

    ``data`` is made in the same stay in the thread, so that reading it on the event loop
    afterwards needs no query.
    """
    instance = yield from decisions.save(self, kwargs)
    if not (yield from decisions.hooks_of(self, "_reading_hooks")):
        yield blocking(self._prepare)
    return instance


_saved_and_prepared.__name__ = "_save"


class AsyncSurface(Base):
    """DRF's ``is_valid``, ``save``, ``data`` and hooks, each with an awaitable twin.

    A sync call that would have to leave out one of the user's async hooks raises
    :class:`~restflow.core.steps.AsyncOnlyError` and names it.
    """

    #: What DRF keeps as validated data when there are errors.
    _nothing: type[Any] = dict
    _validated_data: Any
    _errors: Any

    # -- validation ------------------------------------------------------------------------------

    def is_valid(self, *, raise_exception: bool = False) -> bool:
        """Validate ``data``; see DRF.

        Raises:
            AsyncOnlyError: one of the user's hooks is async: await :meth:`ais_valid`.
            ValidationError: it is not valid and *raise_exception* is set.
        """
        if "_validated_data" in self.__dict__:
            return super().is_valid(raise_exception=raise_exception)
        state = self._planned().__dict__
        outermost = CURRENT not in state
        if outermost:
            state[CURRENT] = self._plan()  # holds for everything that is called in here
        try:
            if (hooks := self._early_hooks()) and not is_driven(self):
                refuse(self, "is_valid()", hooks)
            return super().is_valid(raise_exception=raise_exception)
        finally:
            if outermost:
                del state[CURRENT]
            if self.__dict__.get("_validated_data").__class__ is dict:
                self._validated_data = ValidatedData(self._validated_data)

    def _is_valid(self, *, raise_exception: bool = False) -> Steps[bool]:
        """Validate ``data`` and return whether it is valid.

        Raises:
            ValidationError: it is not valid and *raise_exception* is set.
        """
        yield from decisions.is_valid(self, self._nothing())
        return AsyncSurface.is_valid(self, raise_exception=raise_exception)

    ais_valid = twins(_is_valid)[1]

    def _run_validation(self, data: Any = drf.empty) -> Steps[Any]:
        """Validate *data* and return the validated value.

        Raises:
            ValidationError: it is not valid.
        """
        return (yield from decisions.run_validation(self, data))

    arun_validation = twins(_run_validation)[1]

    def validate(self, attrs: Any) -> Any:
        """Check values together; override it, or ``async def avalidate``, and return them."""
        return attrs

    def _validate(self, attrs: Any) -> Steps[Any]:
        """Check values together."""
        yield from ()
        return attrs

    avalidate = twins(_validate)[1]

    # -- saving ----------------------------------------------------------------------------------

    def save(self, **kwargs: Any) -> Any:
        """Save and return the instance; see DRF.

        Raises:
            AsyncOnlyError: the user's ``create`` or ``update`` is async: await :meth:`asave`.
        """
        name = "update" if self.instance is not None else "create"
        if self._awaits(name):
            if is_driven(self):
                return run(decisions.save(self, kwargs))
            refuse(self, "save()", self._saving_hooks(name))
        return super().save(**kwargs)

    def _save(self, **kwargs: Any) -> Steps[Any]:
        """Save and return the instance."""
        return (yield from decisions.save(self, kwargs))

    asave = twins(_saved_and_prepared)[1]
    # Who enters the hook goes on in the same stay and can ask for data there.
    asave.__steps__ = _save  # type: ignore[attr-defined]

    def create(self, validated_data: Any) -> Any:
        """Create and return an instance; see DRF."""
        self._refuse_directly("create")
        return super().create(validated_data)

    def _create(self, validated_data: Any) -> Steps[Any]:
        """Create and return an instance, in one transaction."""
        return (yield blocking(self._atomically, "create", validated_data))

    acreate = twins(_create)[1]

    def update(self, instance: Any, validated_data: Any) -> Any:
        """Update and return an instance; see DRF."""
        self._refuse_directly("update")
        return super().update(instance, validated_data)

    def _update(self, instance: Any, validated_data: Any) -> Steps[Any]:
        """Update and return an instance, in one transaction."""
        return (yield blocking(self._atomically, "update", instance, validated_data))

    aupdate = twins(_update)[1]

    def _atomically(self, name: str, *args: Any) -> Any:
        with decisions.driven(self), self._transaction():
            return getattr(self, name)(*args)

    def _save_at_once(self, kwargs: dict[str, Any]) -> Any:
        with self._transaction():
            return super().save(**kwargs)

    def _transaction(self) -> AbstractContextManager[Any]:
        """Return the transaction that one save is made in."""
        model = self._model()
        if model is None:
            return nullcontext()
        return transaction.atomic(using=router.db_for_write(model, instance=self._existing()))

    def _existing(self) -> Any:
        """Return the model instance that is updated, if any, for the database router."""
        return self.instance if hasattr(self.instance, "_state") else None

    def _model(self) -> Any:
        return getattr(getattr(self, "Meta", None), "model", None)

    def _to_save(self, kwargs: dict[str, Any]) -> Any:
        """Return what ``create`` or ``update`` is given, after DRF's checks.

        Raises:
            AssertionError: ``save`` was called too early, too late, or with ``commit``.
        """
        assert hasattr(self, "_errors"), "Await `ais_valid()` before `asave()`."
        assert not self.errors, "Invalid data cannot be saved: look at `errors`."
        assert "commit" not in kwargs, (
            "`asave()` takes no `commit`: change `validated_data`, or pass attributes to set."
        )
        assert not hasattr(self, "_data"), (
            "`asave()` comes before `data` is read; look at `validated_data` instead."
        )
        return self._merged(kwargs)

    def _merged(self, kwargs: dict[str, Any]) -> Any:
        return {**self.validated_data, **kwargs}

    # -- representation --------------------------------------------------------------------------

    @property
    def data(self) -> Any:
        """The representation; see DRF. After an awaited save it needs no query."""
        prepared = self.__dict__.get("_prepared")
        if prepared is not None and "_data" not in self.__dict__:
            instance, data = prepared
            if instance is self.instance and on_loop():
                self._data = data
        return super().data

    @property
    def adata(self) -> Coroutine[Any, Any, Any]:
        """The representation, to be awaited: ``await serializer.adata``."""
        return self.aget_data()

    def get_data(self) -> Any:
        """Return ``data``. A method, so that views can treat it like the other hooks."""
        return self.data

    def _get_data(self) -> Steps[Any]:
        """Return ``data``."""
        return (yield from decisions.representation(self))

    aget_data = twins(_get_data)[1]

    def _prepare(self) -> None:
        """Make ``data`` where queries may run; whatever is wrong shows when it is read."""
        self._prepared = None
        try:
            self._prepared = self.instance, self.to_representation(self.instance)
        except Exception:
            self._prepared = None

    # -- hooks -----------------------------------------------------------------------------------

    def _planned(self) -> Any:
        """Return the serializer whose class has the plan."""
        return self

    def _plan(self) -> Plan | None:
        return plan_for(self._planned())

    #: The async hooks that validating meets, those that representing meets, and those of
    #: validation that can be told without making fields: lists look for them elsewhere.
    _writing_hooks: Callable[[], Iterable[AsyncHook]]
    _reading_hooks: Callable[[], Iterable[AsyncHook]]
    _early_hooks: Callable[[], Iterable[AsyncHook]]

    def _awaits(self, name: str) -> bool:
        """Tell whether the user's hook *name* is async."""
        return async_hook(self, name) is not None

    def _saving_hooks(self, name: str) -> list[AsyncHook]:
        hook = async_hook(self, name)
        return [] if hook is None else [hook]

    def _refuse_directly(self, name: str) -> None:
        if hook_of(self, name).sync is None and not is_driven(self):
            refuse(self, f"{name}()", self._saving_hooks(name))
