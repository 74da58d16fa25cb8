"""Conditions on related rows, combined so that they speak of one and the same row.

The parameters of one ``RelatedField`` in one request mean: there is a related row for which all
of them hold (or any, if the other filter set's operator is OR). A negated one means: no related
row matches it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db.models import Exists as ExistsExpression
from django.db.models import OuterRef, Q, QuerySet

from restflow.core.steps import Steps

from .conditions import Child, combined, exists
from .parameters import Related, Term

if TYPE_CHECKING:
    from .filterset import FilterSet


def by_relation(terms: Iterable[Term]) -> tuple[list[Term], dict[Related, list[Term]]]:
    """Part the terms of a filter set from those of the filter sets it relates to."""
    own: list[Term] = []
    others: dict[Related, list[Term]] = {}
    for parameter, value in terms:
        if parameter.related is None or parameter.inner is None:
            own.append((parameter, value))
        else:
            others.setdefault(parameter.related, []).append((parameter.inner, value))
    return own, others


def joined(related: Related, terms: list[Term], prefix: str, queryset: QuerySet[Any]) -> Q:
    """Return the condition of *terms* over a relation, said with joins.

    Args:
        related: the relation; its filter set runs no code of the user's.
        terms: parameters of that filter set, with their values.
        prefix: path from the model of *queryset* to where the relation starts.
        queryset: what is being filtered.
    """
    children: list[Child] = []
    if related.many:
        held = [term for term in terms if not term[0].negated]
        if held:
            children.append(exists(queryset.model, _one_row(related, held, prefix)))
        children.extend(
            ~exists(queryset.model, _one_row(related, [term], prefix))
            for term in terms
            if term[0].negated
        )
        return combined(children, related.operator)
    within = f"{prefix}{related.path}__"
    own, others = by_relation(terms)
    for parameter, value in own:
        condition = parameter.condition
        assert condition is not None
        make = condition.negative if parameter.negated else condition.positive
        children.append(make(value, within, queryset))
    children.extend(joined(other, inner, within, queryset) for other, inner in others.items())
    return combined(children, related.operator)


def _one_row(related: Related, terms: list[Term], prefix: str) -> Q:
    """Return what holds for one row of the join, negations left to the caller."""
    within = f"{prefix}{related.path}__"
    own, others = by_relation(terms)
    children: list[Child] = []
    for parameter, value in own:
        assert parameter.condition is not None
        children.append(parameter.condition.inner(value, within))
    children.extend(_one_row(other, inner, within) for other, inner in others.items())
    return combined(children, related.operator)


def scoped(
    related: Related, terms: list[Term], parent: FilterSet, queryset: QuerySet[Any]
) -> Steps[Q]:
    """Return the condition of *terms* over a relation, of whose rows only those count that the
    preprocessors of its filter set leave.
    """
    child = related.filterset(request=parent.request)
    parameters = related.filterset.plan().parameters
    model = related.filterset.options.model
    assert model is not None
    rows = yield from child._preprocessed(QuerySet(model))
    held = [term for term in terms if not term[0].negated]
    children: list[Child] = []
    if held:
        matched = yield from child._narrowed(rows, held)
        children.append(_belongs_to(related, matched, queryset))
    for parameter, value in terms:
        if parameter.negated:
            twin = parameters[parameter.name.removesuffix("!")]
            matched = yield from child._narrowed(rows, [(twin, value)])
            children.append(Q(_belongs_to(related, matched, queryset), _negated=True))
    return combined(children, related.operator)


def _belongs_to(related: Related, rows: QuerySet[Any], queryset: QuerySet[Any]) -> Child:
    membership = (f"{related.path}__in", rows.order_by().values(related.target))
    if not related.many:
        return Q(membership)
    found: QuerySet[Any] = QuerySet(queryset.model).filter(pk=OuterRef("pk")).filter(Q(membership))
    return ExistsExpression(found)
