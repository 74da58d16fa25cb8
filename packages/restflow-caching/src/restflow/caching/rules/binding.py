"""A rule together with the function that it belongs to: its stable name, and what it drops."""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Mapping
from inspect import Parameter
from threading import Lock
from typing import TYPE_CHECKING, Any

from asgiref.sync import iscoroutinefunction
from django.apps import apps
from django.utils.module_loading import import_string

from restflow.core.steps import Steps, awaiting, blocking

from ..errors import DeclarationError
from ..invalidation import delete, delete_all, delete_partition
from ..keys.fingerprints import resolve_model
from ..registry import registry
from .change import Change

if TYPE_CHECKING:
    from ..wrapper import CachedWrapper
    from .rule import InvalidationRule

#: What a firing drops: values of a partition or a call, or ``None`` for everything.
Values = Mapping[str, Any] | None


class BoundRule:
    """One rule of one function.

    Args:
        rule: as declared.
        wrapper: the function; it is not kept alive by its rules.
        name: the same in every process and after every restart, as long as the declaration is.
        late: it was declared after start-up, so other processes may not know it.
    """

    def __init__(
        self,
        rule: InvalidationRule,
        wrapper: CachedWrapper[Any, Any, Any],
        name: str,
        *,
        late: bool,
    ) -> None:
        self.rule = rule
        self.name = name
        self.late = late
        self._wrapper = weakref.ref(wrapper)
        self.function_name = wrapper.name
        self._plan(wrapper)

    @property
    def wrapper(self) -> CachedWrapper[Any, Any, Any] | None:
        """The function, unless it is gone or another one has taken its place."""
        wrapper = self._wrapper()
        return wrapper if wrapper is not None and registry.holds(wrapper) else None

    @property
    def model(self) -> Any:
        """The concrete model class."""
        return resolve_model(self.rule.model)._meta.concrete_model

    @property
    def raises(self) -> bool:
        """Whether an error of the work reaches whoever saved."""
        from ..conf import caching_settings

        chosen = self.rule.raise_exception
        return bool(caching_settings.DISPATCHER_RAISE_EXCEPTION if chosen is None else chosen)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of what has to be known of a row."""
        rule = self.rule
        if rule.invalidator is None:
            names = [*rule.field_mapping.values(), *self.watched]
        elif rule.watch_fields is not None:
            names = ["pk", *self.watched]
        else:
            kinds = self.model._meta.concrete_fields
            names = ["pk", *(f.attname for f in kinds if f.get_internal_type() != "BinaryField")]
        return tuple(dict.fromkeys(names))

    @property
    def watched(self) -> tuple[str, ...]:
        """The watched columns, without many-to-many fields and relations from elsewhere."""
        found = []
        for name in self.rule.watch_fields or ():
            field = self.model._meta.get_field(name)
            if field.concrete and not field.many_to_many:
                found.append(name)
        return tuple(found)

    # -- what is dropped ---------------------------------------------------------------------

    def _plan(self, wrapper: CachedWrapper[Any, Any, Any]) -> None:
        """Decide whether mapped values name a partition, a call, or nothing less than all."""
        builder, rule = wrapper.cached.builder, self.rule
        mapped = set(rule.field_mapping)
        #: What ``delete_by_prefix`` is given, ``None`` if it cannot be used.
        self.partition: frozenset[str] | None = None
        #: Names of parameters by the names in the mapping.
        self.parameters: dict[str, str] = {name: name for name in mapped}
        self.exact = False
        if rule.invalidator is not None or not mapped:
            return
        consumed: set[str] = set()
        leading = covered = True
        for field in builder.constructor.fields.values():
            for part in field.parts(builder.parameters):
                names = mapped & set(part.names)
                if part.parameter is not None:
                    names |= mapped & {part.parameter}
                    self.parameters |= dict.fromkeys(names, part.parameter)
                if part.constant is not None:
                    continue
                covered = covered and bool(names)
                if field.partition and leading:
                    leading = bool(names) or part.ambient
                    consumed |= names
        known = set(builder.signature.parameters)
        self.exact = covered and {self.parameters[name] for name in mapped} <= known
        if consumed and (consumed == mapped or not self.exact):
            self.partition, self.exact = frozenset(consumed), False
        if self.partition is None and not self.exact and rule.require_args:
            raise DeclarationError(
                f"{wrapper.name}: {rule!r} maps {', '.join(sorted(mapped))}, which is neither a "
                f"leading partition of {builder.constructor.__name__} nor all that its key depends "
                f"on. Map more, declare a field with partition=True, or pass require_args=False."
            )
        self._check_rewarm(wrapper)

    def _check_rewarm(self, wrapper: CachedWrapper[Any, Any, Any]) -> None:
        if not self.rule.rewarm:
            return
        given = set(self.parameters.values())
        missing = [
            parameter.name
            for parameter in wrapper.cached.builder.signature.parameters.values()
            if parameter.default is Parameter.empty
            and parameter.kind not in (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)
            and parameter.name not in given
        ]
        if missing:
            raise DeclarationError(
                f"{wrapper.name}: rewarm=True has to call it, and {self.rule!r} maps no value to "
                f"{missing[0]!r}. Map it, give it a default, or leave rewarm out."
            )

    def values_of(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the mapping makes of a row."""
        return {name: row[path] for name, path in self.rule.field_mapping.items()}

    # -- doing it ----------------------------------------------------------------------------

    def work(self, values: Values, change: Change | None, *, on_loop: bool = False) -> Steps[None]:
        """Drop what *values* name, or call the invalidator with *change*.

        Args:
            values: of the mapping; ``None`` drops everything.
            change: for an invalidator; otherwise its action tells whether there is a row to
                rewarm for.
            on_loop: the driver is the async one.
        """
        wrapper = self.wrapper
        if wrapper is None:
            return
        if self.rule.invalidator is not None and change is not None:
            yield from self._custom(wrapper, change)
            return
        yield from self._drop(wrapper, values)
        gone = change is not None and change.action == "deleted"
        if self.rule.rewarm and values is not None and not gone:
            call = {self.parameters[name]: value for name, value in values.items()}
            yield from wrapper.cached.read((), call, on_loop=on_loop)

    def _drop(self, wrapper: CachedWrapper[Any, Any, Any], values: Values) -> Steps[None]:
        function = wrapper.cached
        if values is None or not (self.exact or self.partition):
            yield from delete_all(function)
        elif self.partition is not None:
            some = {name: value for name, value in values.items() if name in self.partition}
            yield from delete_partition(function, some)
        else:
            # ``self`` is no part of the key here: every part of it is mapped.
            args = (None,) if function.builder.method else ()
            call = {self.parameters[name]: value for name, value in values.items()}
            yield from delete(function, args, call)

    def _custom(self, wrapper: CachedWrapper[Any, Any, Any], change: Change) -> Steps[None]:
        invalidator: Any = self.rule.invalidator
        if isinstance(invalidator, str):
            invalidator = import_string(invalidator)
        make = awaiting if iscoroutinefunction(invalidator) else blocking
        partitions = yield make(invalidator, wrapper, change)
        if partitions is None:
            return
        if isinstance(partitions, Mapping):
            partitions = [partitions]
        for partition in partitions:
            yield from delete_partition(wrapper.cached, dict(partition))


class BoundRules:
    """Every rule of this process, by name."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._rules: dict[str, BoundRule] = {}

    def __iter__(self) -> Iterator[BoundRule]:
        return iter([bound for bound in list(self._rules.values()) if bound.wrapper is not None])

    def add(self, rule: InvalidationRule, wrapper: CachedWrapper[Any, Any, Any]) -> BoundRule:
        """Give *rule* a name and keep it, in place of an earlier one of a reloaded module."""
        base = f"{wrapper.name}:{_signature(rule)}"
        with self._lock:
            name, count = base, 1
            while (known := self._rules.get(name)) and known._wrapper() is wrapper:
                count += 1
                name = f"{base}#{count}"
            bound = BoundRule(rule, wrapper, name, late=apps.ready)
            self._rules = {n: b for n, b in self._rules.items() if b._wrapper() is not None}
            self._rules[name] = bound
        return bound

    def find(self, name: str) -> BoundRule | None:
        """Return the rule *name*, if this process knows it."""
        bound = self._rules.get(name)
        return bound if bound is not None and bound.wrapper is not None else None


def _signature(rule: InvalidationRule) -> str:
    """The declaration in one line: a message names it, and another rule has another line."""
    if rule.invalidator is not None:
        how = rule.invalidator
        if not isinstance(how, str):
            how = f"{how.__module__}.{getattr(how, '__qualname__', type(how).__qualname__)}"
    else:
        how = ",".join(f"{name}={path}" for name, path in sorted(rule.field_mapping.items()))
    return f"{rule.label}({how})"


bound_rules = BoundRules()


def find_rule(name: str) -> BoundRule | None:
    """Return the rule *name*, if this process knows it."""
    return bound_rules.find(name)


def bind(rule: InvalidationRule, wrapper: CachedWrapper[Any, Any, Any]) -> None:
    """Keep *rule* for *wrapper* and have its model watched."""
    from .listening import watch

    if apps.apps_ready and not apps.models_ready and not apps.is_installed("restflow.caching"):
        raise DeclarationError(
            f"{wrapper.name}: a rule that is declared while models are loaded needs "
            f'"restflow.caching" in INSTALLED_APPS, or belongs into a caches.py.'
        )
    watch(bound_rules.add(rule, wrapper))
