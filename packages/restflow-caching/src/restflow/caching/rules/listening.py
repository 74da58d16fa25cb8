"""The signals that rules live on: saves, deletions, relations, and classes that come later."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from threading import RLock
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model
from django.db.models.deletion import CASCADE, DO_NOTHING, PROTECT, RESTRICT
from django.db.models.signals import (
    class_prepared,
    m2m_changed,
    post_delete,
    post_save,
    pre_delete,
    pre_save,
)

from ..errors import DeclarationError
from .binding import BoundRule
from .change import Change, Row
from .firing import fire
from .rows import columns_of, fetch, fetch_many, from_instance

#: Where an instance keeps what was read before its write, until after it.
SAVING, DELETING, CLEARING = "_restflow_saving", "_restflow_deleting", "_restflow_clearing"


@dataclass(frozen=True)
class Relation:
    """A relation by which rows of a model change when something else is written.

    Args:
        model: whose rows change.
        name: what ``watch_fields`` calls the relation there, and filters follow.
        far: the name of *model*'s column in the table between, for many-to-many.
        near: the name of the other column there.
        through: that table.
    """

    model: Any
    name: str
    far: str = ""
    near: str = ""
    through: Any = None


class Listener:
    """Knows which rules care about which class of rows."""

    def __init__(self) -> None:
        self._lock = RLock()
        #: Rules by the concrete model that they name.
        self.rules: dict[Any, list[BoundRule]] = {}
        self._waiting: list[BoundRule] = []
        self._groups: dict[Any, list[Any]] = {}
        #: Relations by the table between, and by the class whose deletion changes others.
        self.between: dict[Any, list[Relation]] = {}
        self.pointed_at: dict[Any, list[Relation]] = {}

    # -- wiring ------------------------------------------------------------------------------

    def watch(self, bound: BoundRule) -> None:
        """Listen for *bound* now, or once all models are there."""
        with self._lock:
            self._waiting.append(bound)
            if apps.models_ready:
                self.settle()

    def settle(self) -> None:
        """Connect what has been waiting for the models."""
        with self._lock:
            waiting, self._waiting = self._waiting, []
            for bound in waiting:
                model = bound.model
                check_fields(bound, model)
                self.rules.setdefault(model, []).append(bound)
                self._connect(model)

    def _connect(self, model: Any) -> None:
        self._groups.clear()
        for kind in apps.get_models(include_auto_created=True):
            if related(kind, model):
                for signal, receiver in SIGNALS:
                    signal.connect(receiver, sender=kind)
        for relation in relations_of(model):
            if relation.through is not None:
                _note(self.between, relation.through, relation)
                m2m_changed.connect(on_m2m, sender=relation.through)
        for target, relation in pointers_of(model):
            for kind in apps.get_models():
                if kind._meta.concrete_model is target:
                    _note(self.pointed_at, kind, relation)
                    pre_delete.connect(before_delete, sender=kind)
                    post_delete.connect(after_delete, sender=kind)

    def on_class(self, sender: Any) -> None:
        """Have a class that comes late, such as a proxy, fire the rules of its rows."""
        if apps.models_ready:
            with self._lock:
                for model in list(self.rules):
                    if related(sender, model):
                        self._groups.clear()
                        for signal, receiver in SIGNALS:
                            signal.connect(receiver, sender=sender)

    def groups(self, sender: Any) -> list[tuple[Any, list[BoundRule]]]:
        """Return the rules for rows of *sender*, by the model they name; those alive."""
        models = self._groups.get(sender)
        if models is None:
            models = [model for model in self.rules if related(sender, model)]
            self._groups[sender] = models
        found = []
        for model in models:
            alive = [bound for bound in self.rules[model] if bound.wrapper is not None]
            if len(alive) < len(self.rules[model]):
                self._prune(model)
            if alive:
                found.append((model, alive))
        return found

    def _prune(self, model: Any) -> None:
        with self._lock:  # only what is collected: others may come back in a test
            self.rules[model] = [b for b in self.rules[model] if b._wrapper() is not None]


listener = Listener()
watch = listener.watch


def _note(table: dict[Any, list[Relation]], key: Any, relation: Relation) -> None:
    known = table.setdefault(key, [])
    if relation not in known:
        known.append(relation)


def related(sender: Any, model: Any) -> bool:
    """Tell whether rows of *sender* are, in part, rows of *model*."""
    concrete = sender._meta.concrete_model
    if concrete is None:
        return False
    return issubclass(concrete, model) or issubclass(model, concrete)


def relations_of(model: Any) -> Iterator[Relation]:
    """Yield many-to-many relations from either side."""
    for field in model._meta.many_to_many:
        through = field.remote_field.through
        yield Relation(
            model, field.name, field.m2m_field_name(), field.m2m_reverse_field_name(), through
        )
    for other in model._meta.related_objects:
        if other.many_to_many:
            field = other.field
            through = field.remote_field.through
            near, far = field.m2m_field_name(), field.m2m_reverse_field_name()
            yield Relation(model, other.name, far, near, through)


def pointers_of(model: Any) -> Iterator[tuple[Any, Relation]]:
    """Yield what deletes or empties a relation of *model* without a signal for its rows."""
    silent = {CASCADE, PROTECT, RESTRICT, DO_NOTHING}
    for field in model._meta.concrete_fields:
        target: Any = field.related_model
        action = getattr(field.remote_field, "on_delete", None)
        if target is not None and action is not None and action not in silent:
            yield target._meta.concrete_model, Relation(model, field.name)
    for relation in relations_of(model):
        other: Any = model._meta.get_field(relation.name).related_model
        yield other._meta.concrete_model, relation


def check_fields(bound: BoundRule, model: Any) -> None:
    """Raise ``DeclarationError`` for names that *model* does not have."""
    rule = bound.rule
    for name in (*rule.field_mapping.values(), *(rule.watch_fields or ())):
        if name == "pk":
            continue
        first = name.split("__")[0]
        try:
            field = model._meta.get_field(first)
        except FieldDoesNotExist:
            known = ", ".join(sorted(f.name for f in model._meta.get_fields()))
            raise DeclarationError(
                f"{bound.function_name}: {rule!r} names {name!r}, which {model.__name__} does not "
                f"have. It has {known}."
            ) from None
        mapped = name in rule.field_mapping.values()
        if mapped and (field.many_to_many or field.one_to_many):
            raise DeclarationError(
                f"{bound.function_name}: {rule!r} maps {name!r}, which has many values. Put the "
                f"rule on the other model, or give an invalidator."
            )


# -- saves -------------------------------------------------------------------------------------


def before_save(
    sender: Any,
    instance: Any,
    using: str,
    raw: bool = False,
    update_fields: Any = None,
    **kwargs: Any,
) -> None:
    """Read the row that is about to be replaced, where a rule has to know it."""
    notes: dict[Any, Row | None] = {}
    pk, field = instance.pk, instance._meta.pk
    # Django does not even try to update a row whose key has just been made up.
    made_up = instance._state.adding and not raw and (field.has_default() or field.has_db_default())
    known = pk is not None and not (isinstance(pk, tuple) and None in pk)
    if known and not made_up:
        for model, rules in listener.groups(sender):
            columns = columns_of(rules)
            if any(_asks(bound, update_fields) for bound in rules):
                notes[model] = fetch(model, columns, using, lock=True, pk=pk)
    vars(instance)[SAVING] = notes


def _asks(bound: BoundRule, written: Any) -> bool:
    """Tell whether *bound* cannot judge a save without the row that it replaces."""
    rule = bound.rule
    if rule.invalidator is not None or set(rule.field_mapping.values()) - _keys(bound.model):
        return True
    return rule.watch_fields is not None and written is None


def _keys(model: Any) -> set[str]:
    return {"pk", model._meta.pk.name, model._meta.pk.attname}


def after_save(
    sender: Any, instance: Any, created: bool, using: str, update_fields: Any = None, **kwargs: Any
) -> None:
    """Fire the rules of a row that was saved."""
    notes = vars(instance).pop(SAVING, {})
    for model, rules in listener.groups(sender):
        before = notes.get(model)
        columns = columns_of(rules, compared=before is not None)
        after = None
        if isinstance(instance, model):
            after = from_instance(model, columns, instance, before, update_fields)
        if after is None:
            after = fetch(model, columns, using, pk=instance.pk)
        if after is None:
            continue  # the parent of nothing that a rule is about
        made = created and issubclass(sender._meta.concrete_model, model)
        for bound in rules:
            if made and not bound.rule.trigger_on_create:
                continue
            if not made and not _matters(bound, before, after, update_fields):
                continue
            if _wanted(bound, instance):
                tell(bound, "created" if made else "updated", before, after, using)


def _matters(bound: BoundRule, before: Row | None, after: Row, written: Any) -> bool:
    """Tell whether an update concerns *bound*: nothing is watched, or something watched changed."""
    if bound.rule.watch_fields is None:
        return True
    if written is not None:
        fields = [bound.model._meta.get_field(name) for name in bound.watched]
        names = {name for field in fields for name in (field.name, field.attname)}
        if names & set(written):
            return True
    if before is None:
        return written is None
    mapped = bound.rule.field_mapping.values()
    watched = () if written is not None else bound.watched
    return any(before[name] != after[name] for name in (*watched, *mapped))


def _wanted(bound: BoundRule, instance: Any) -> bool:
    predicate = bound.rule.invalidate_when
    return predicate is None or bool(predicate(instance))


def tell(bound: BoundRule, action: str, before: Row | None, after: Row | None, using: str) -> None:
    """Fire *bound* for a row: once for each place that it is or was in."""
    rows = [row for row in (before, after) if row is not None]
    label, pk = bound.model._meta.label, rows[-1]["pk"]
    if bound.rule.invalidator is not None:
        names = bound.columns
        old, new = (
            {} if row is None else {name: row[name] for name in names} for row in (before, after)
        )
        fire(bound, None, Change(label, action, pk, using, old, new), using)
        return
    change = Change(label, action, pk, using)
    if not bound.rule.field_mapping:
        fire(bound, None, change, using)
        return
    places = [bound.values_of(row) for row in rows]
    for index, values in enumerate(places):
        if values not in places[:index]:
            fire(bound, values, change, using)


def tell_all(bound: BoundRule, action: str, using: str) -> None:
    """Fire *bound* for rows that nobody can or wants to name."""
    change = Change(bound.model._meta.label, action, None, using)
    fire(bound, None, change, using)


# -- deletions ---------------------------------------------------------------------------------


def before_delete(
    sender: Any, instance: Any, using: str, origin: Any = None, **kwargs: Any
) -> None:
    """Note the row that goes, and rows elsewhere that will lose a relation without a signal."""
    rows: dict[Any, Row | None] = {}
    for model, rules in listener.groups(sender):
        columns = columns_of(rules)
        row = None
        # What a deletion has just loaded is true; what the caller holds may be old, or changed.
        if isinstance(instance, model) and not isinstance(origin, sender):
            row = from_instance(model, columns, instance, None, None)
        rows[model] = row or fetch(model, columns, using, pk=instance.pk)
    losing = []
    for relation in listener.pointed_at.get(sender, ()):
        rules = _interested(relation)
        if rules:
            far = model_rows(relation, using, instance)
            losing.append(
                (relation, fetch_many(relation.model, columns_of(rules), using, far), far)
            )
    vars(instance)[DELETING] = (rows, losing)


def model_rows(relation: Relation, using: str, instance: Any) -> list[Any]:
    """Return the primary keys of the rows that *relation* connects with *instance*."""
    if relation.through is not None:
        between = relation.through._base_manager.using(using)
        return list(
            between.filter(**{relation.near: instance.pk}).values_list(relation.far, flat=True)
        )
    rows = relation.model._base_manager.using(using).filter(**{relation.name: instance})
    return list(rows.order_by().values_list("pk", flat=True))


def after_delete(sender: Any, instance: Any, using: str, **kwargs: Any) -> None:
    """Fire the rules of a row that is gone, and of those that pointed at it."""
    rows, losing = vars(instance).pop(DELETING, ({}, []))
    for model, rules in listener.groups(sender):
        row = rows.get(model)
        for bound in rules:
            if row is not None and _wanted(bound, instance):
                tell(bound, "deleted", row, None, using)
    for relation, before, pks in losing:
        rules = _interested(relation)
        after = (
            None if before is None else fetch_many(relation.model, columns_of(rules), using, pks)
        )
        tell_rows(rules, "related", before, after, using)


def _interested(relation: Relation) -> list[BoundRule]:
    """The rules of the rows at the end of *relation* that a change of it concerns."""
    found = []
    for bound in listener.rules.get(relation.model, ()):
        rule = bound.rule
        names = {
            *(rule.watch_fields or ()),
            *(p.split("__")[0] for p in rule.field_mapping.values()),
        }
        spelled = {relation.name}
        field = relation.model._meta.get_field(relation.name)
        spelled |= {getattr(field, "attname", relation.name)}
        if hasattr(field, "get_accessor_name"):
            spelled.add(field.get_accessor_name())
        if bound.wrapper is not None and (rule.watch_fields is None or spelled & names):
            found.append(bound)
    return found


def tell_rows(
    rules: Iterable[BoundRule],
    action: str,
    before: list[Row] | None,
    after: list[Row] | None,
    using: str,
) -> None:
    """Fire for rows that were read before and after something happened to their relations."""
    for bound in rules:
        if before is None or after is None:
            tell_all(bound, action, using)
            continue
        now = {row["pk"]: row for row in after}
        for row in before:
            tell(bound, action, row, now.pop(row["pk"], None), using)
        for row in now.values():
            tell(bound, action, None, row, using)


# -- many-to-many ------------------------------------------------------------------------------


def on_m2m(
    sender: Any, instance: Any, action: str, reverse: bool, pk_set: Any, using: str, **kwargs: Any
) -> None:
    """Fire the rules of the rows at both ends of a relation."""
    for relation in listener.between.get(sender, ()):
        rules = _interested(relation)
        if not rules:
            continue
        field = relation.model._meta.get_field(relation.name)
        # The field's own side calls forwards; the other one in reverse.
        here = field.auto_created == reverse
        pks: Iterable[Any] | None = [instance.pk] if here else pk_set
        if action == "pre_clear":
            pks = pks if here else model_rows(relation, using, instance)
            vars(instance).setdefault(CLEARING, {})[relation] = list(pks or ())
            continue
        if not action.startswith("post"):
            continue
        if action == "post_clear":
            pks = vars(instance).get(CLEARING, {}).pop(relation, ())
        elif not pk_set:
            continue
        rows = fetch_many(relation.model, columns_of(rules), using, list(pks or ()))
        tell_rows(rules, "related", rows, rows, using)


SIGNALS = (
    (pre_save, before_save),
    (post_save, after_save),
    (pre_delete, before_delete),
    (post_delete, after_delete),
)


def _on_class(sender: type[Model], **kwargs: Any) -> None:
    listener.on_class(sender)


class_prepared.connect(_on_class)
