"""Unions of classes, told apart by the value of one member."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal, TypeAlias, get_args, get_origin

from .choices import literal
from .errors import text_of
from .markers import Discriminator
from .qualifiers import is_constant, unqualified
from .scope import lineage
from .site import Site
from .spec import Nested, Structure, Variants

Options: TypeAlias = Sequence[Nested | Structure]
Cases: TypeAlias = tuple[tuple[Any, Nested | Structure], ...]


def variants(options: Options, given: Discriminator | None, site: Site) -> Variants:
    """Return the spec of a union.

    Args:
        options: the classes, at least two.
        given: what ``Annotated`` says; None to find the one member whose ``Literal`` values
            differ from class to class.
        site: where the union was found.
    """
    by_type = {option.type: option for option in options}
    if len(by_type) < len(options):
        raise site.error(
            "a class is in the union twice", "Give each its own class, by inheritance."
        )
    if given is None:
        given = Discriminator(_only_discriminator(options, site))
    if given.mapping is None:
        return Variants(given.name, _cases(options, given.name, site))
    if set(given.mapping.values()) != set(by_type):
        raise site.error(
            f"the mapping of Discriminator({given.name!r}) has other classes than the union",
            "Map at least one value to every class of the union, and to no other.",
        )
    cases = tuple((tag, by_type[cls]) for tag, cls in given.mapping.items())
    return Variants(given.name, cases)


def _only_discriminator(options: Options, site: Site) -> str:
    names = {
        name: None for scope in lineage(options[0].type, near=site.scope) for name in scope.hints
    }
    found = [name for name in names if _problem(_tags(options, name, site)) is None]
    if len(found) == 1:
        return found[0]
    raise site.error(
        f"{' and '.join(found)} each tell the classes apart"
        if found
        else "no member tells the classes apart by a Literal of its own in each",
        'Name the member: Annotated[A | B, Discriminator("kind")]; for classes that do not '
        'annotate it, Discriminator("kind", {"a": A, "b": B}).',
    )


def _cases(options: Options, name: str, site: Site) -> Cases:
    tags = _tags(options, name, site)
    problem = _problem(tags)
    if problem is not None:
        raise site.error(
            f"{name!r} does not tell the classes apart: {problem}",
            f"Annotate {name} in each class with a Literal of its own, or write "
            f'Discriminator({name!r}, {{"a": A, "b": B}}).',
        )
    return tuple((tag, option) for option, own in tags for tag in own or ())


def _tags(
    options: Options, name: str, site: Site
) -> list[tuple[Nested | Structure, tuple[Any, ...] | None]]:
    return [(option, _literal_values(option.type, name, site)) for option in options]


def _problem(tags: Sequence[tuple[Nested | Structure, tuple[Any, ...] | None]]) -> str | None:
    seen: dict[Any, str] = {}
    for option, own in tags:
        cls = text_of(option.type)
        if own is None:
            return f"{cls} has no Literal there"
        for tag in own:
            if tag in seen:
                return f"{seen[tag]} and {cls} both have {tag!r}"
            seen[tag] = cls
    return None


def _literal_values(cls: type, name: str, site: Site) -> tuple[Any, ...] | None:
    """Return the values of a member annotated with a ``Literal``, None for any other member."""
    for scope in lineage(cls, near=site.scope):
        if name in scope.hints:
            raw = scope.hints[name]
            inside = site.member(scope, name, raw)
            if is_constant(raw, inside):
                return None
            hint, _ = unqualified(raw, inside)
            while (opened := inside.open_alias(hint)) or get_origin(hint) is Annotated:
                hint, inside = opened or (get_args(hint)[0], inside)
                hint = inside.resolve(hint)
            return literal(hint, inside).values if get_origin(hint) is Literal else None
    return None
