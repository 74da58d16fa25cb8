"""Async hooks that no call can reach, because sync ones above them go to a base of DRF."""

from __future__ import annotations

from collections.abc import Iterator

from asgiref.sync import iscoroutinefunction


def unreachable(cls: type) -> Iterator[tuple[str, type, type, type]]:
    """Yield (hook, class with only its async form, sync class above, base below) of *cls*.

    restflow's own bases have twins, which look for overrides of either colour before they answer.
    A base of DRF does not: a mixin with nothing but ``ahas_permission`` would be passed over, and
    what the base says, which is yes, would count.
    """
    for index, klass in enumerate(cls.__mro__):
        for attribute, value in vars(klass).items():
            hook = attribute[1:]
            if attribute[:1] != "a" or hook in vars(klass) or not iscoroutinefunction(value):
                continue
            below = [base for base in cls.__mro__[index + 1 :] if hook in vars(base)]
            if not below or any(_is_twin(each, hook) for each in (klass, *below)):
                continue
            if not below[0].__module__.startswith("rest_framework."):
                continue
            for above in reversed(cls.__mro__[:index]):
                if hook in vars(above) and attribute not in vars(above):
                    yield hook, klass, above, below[0]
                    break


def _is_twin(cls: type, hook: str) -> bool:
    names = (hook, f"a{hook}")
    return any(hasattr(vars(cls).get(name), "__steps__") for name in names)
