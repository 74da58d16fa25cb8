"""An override in one colour answers in the other colour too: its mirror."""

from __future__ import annotations

from typing import Any

from ..steps import Steps, arun, run
from .order import call_of, only


class Twinned:
    """Base of classes whose hooks are :func:`~restflow.core.adapters.twins`.

    A subclass that overrides one colour of a hook gets the other one as a mirror that calls the
    override. So ``super().get_object()`` and ``super().aget_object()`` reach every class of a
    hierarchy, whichever colours its levels were written in.
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        defined: set[str] = set()
        for owner in cls.__mro__:
            defined.update(vars(owner))
            if owner is not cls and issubclass(owner, Twinned):
                continue  # has mirrors of its own
            for source in list(vars(owner)):
                name = _counterpart(cls, source)
                if name and name not in defined:
                    setattr(cls, name, _mirror(cls, owner, source, name))
                    defined.add(name)


def _counterpart(cls: type, name: str) -> str | None:
    """Return the name of the other colour if *name* is one of a hook's two names."""
    if is_twin(cls, name):
        return f"a{name}"
    if name.startswith("a") and is_twin(cls, name[1:]):
        return name[1:]
    return None


def is_twin(cls: type, name: str) -> bool:
    """Tell whether a base of *cls* has hook *name* in both colours."""
    return any(
        name in vars(base) and hasattr(vars(base).get(f"a{name}"), "__steps__")
        for base in cls.__mro__[1:]
    )


def _mirror(cls: type, owner: type, source: str, name: str) -> Any:
    """Return the method *name* of *cls* that calls what *owner* defines as *source*."""

    def decision(obj: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Steps[Any]:
        return only(call_of(obj, owner, source, args, kwargs))

    def sync(self: Any, /, *args: Any, **kwargs: Any) -> Any:
        return run(decision(self, args, kwargs))

    async def async_(self: Any, /, *args: Any, **kwargs: Any) -> Any:
        return await arun(decision(self, args, kwargs))

    method: Any = sync if source == f"a{name}" else async_
    method.__name__ = name
    method.__qualname__ = f"{cls.__qualname__}.{name}"
    method.__module__ = cls.__module__
    method.__doc__ = f"Calls :meth:`{source}` of {owner.__qualname__}."
    method.__mirrors__ = source
    return method
