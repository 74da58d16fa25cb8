"""Generated annotations: any nesting, written in any way, gives the one spec it stands for."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from types import ModuleType
from typing import Any
from uuid import UUID

import annotated_types as at
from hypothesis import given, settings
from hypothesis import strategies as st

import restflow.core.annotations as public
from restflow.core.annotations import (
    JSON,
    AnnotationEngine,
    Choice,
    Collection,
    Constraints,
    Dictionary,
    Email,
    FixedTuple,
    ImageFile,
    IPAddress,
    Nested,
    Scalar,
    Slug,
    Structure,
    TypeSpec,
    UploadedFile,
    Url,
)
from restflow_testing.counts import cases


class Color(Enum):
    RED = "red"
    BLUE = "blue"


#: What is written, and what it means; classes stand in the spec by their names.
Form = tuple[str, Any]
NAMES = ("Alpha", "Beta", "Gamma")
NUMBERS = (int, float, Decimal)
PLAIN = (bool, date, datetime, time, timedelta, UUID, IPAddress, Url, UploadedFile, ImageFile)
HEAD = (
    "import typing\n"
    "from dataclasses import dataclass\n"
    "from typing import Annotated, Any, Literal, NotRequired, Optional, TypedDict, Union\n"
)
GIVEN = {kind.__name__: kind for kind in (*NUMBERS, *PLAIN, str, bytes, Email, Slug, JSON, Color)}
GIVEN |= {"at": at, "Info": public.Info}


def alternatives(*strategies: st.SearchStrategy[Form]) -> st.SearchStrategy[Form]:
    return st.one_of(*strategies)


def literals() -> st.SearchStrategy[Form]:
    values = st.one_of(st.text("abc'\"", max_size=3), st.integers(-9, 9), st.booleans())
    unique = st.lists(values, min_size=1, max_size=4, unique_by=lambda v: (type(v), v))
    # Sorted: typing caches List[Literal[1, 2]], and hands it out for List[Literal[2, 1]] too.
    ordered = unique.map(lambda vs: sorted(vs, key=repr))
    return ordered.map(lambda vs: (f"Literal[{', '.join(map(repr, vs))}]", Choice(tuple(vs))))


@st.composite
def bounded(draw: st.DrawFn) -> Form:
    """A scalar with constraints, some given twice, some in groups."""
    if draw(st.booleans()):
        kind = draw(st.sampled_from(NUMBERS))
        bounds = draw(st.dictionaries(st.sampled_from(["gt", "ge", "lt", "le"]), st.integers(0, 9)))
        items = [f"at.{name.title()}({value})" for name, value in bounds.items()]
        if draw(st.booleans()):
            items.append(f"at.Interval({', '.join(f'{n}={v}' for n, v in bounds.items())})")
        if "gt" in bounds:
            items.insert(0, f"at.Gt({bounds['gt'] - 1})")
    else:
        kind = draw(st.sampled_from((str, bytes, Email, Slug)))
        low, more = draw(st.integers(1, 5)), draw(st.integers(0, 5))
        bounds = {"min_length": low, "max_length": low + more}
        items = [f"at.Len({low}, {low + more})", f"at.MaxLen({low + more + 1})"]
    spec = Scalar(kind, constraints=Constraints(**bounds))
    if draw(st.booleans()):
        items.append("Info('title', 'words')")
        spec = spec.but(title="title", description="words")
    text = f"Annotated[{', '.join([kind.__name__, *items])}]" if items else kind.__name__
    return text, spec


def scalars() -> st.SearchStrategy[Form]:
    kinds = st.sampled_from((*PLAIN, JSON)).map(lambda kind: (kind.__name__, Scalar(kind)))
    return alternatives(
        kinds, literals(), bounded(), st.just(("Color", Choice(("red", "blue"), Color)))
    )


def nullable(form: Form, way: str) -> Form:
    return way.format(form[0]), form[1].but(nullable=True)


def fits_in_set(spec: TypeSpec) -> bool:
    return isinstance(spec, Choice) or (isinstance(spec, Scalar) and spec.type is not JSON)


def wrapped(inner: st.SearchStrategy[Form]) -> st.SearchStrategy[Form]:
    several = st.lists(inner, min_size=1, max_size=3)
    ways = ["{} | None", "None | {}", "Optional[{}]", "Union[None, {}]"]
    return alternatives(
        inner.map(lambda f: (f"list[{f[0]}]", Collection(list, f[1]))),
        inner.map(lambda f: (f"typing.List[{f[0]}]", Collection(list, f[1]))),
        inner.map(lambda f: (f"tuple[{f[0]}, ...]", Collection(tuple, f[1]))),
        inner.map(lambda f: (f"dict[str, {f[0]}]", Dictionary(f[1]))),
        inner.map(lambda f: (f"set[{f[0]}]", Collection(set, f[1])) if fits_in_set(f[1]) else f),
        several.map(
            lambda fs: (
                f"tuple[{', '.join(f[0] for f in fs)}]",
                FixedTuple(tuple(f[1] for f in fs)),
            )
        ),
        st.builds(nullable, inner, st.sampled_from(ways)),
        inner.map(
            lambda f: (f"Annotated[{f[0]}, 'words']", f[1].but(metadata=(*f[1].metadata, "words")))
        ),
        st.sampled_from(
            [("list", Collection(list)), ("dict[str, Any]", Dictionary()), ("dict", Dictionary())]
        ),
    )


def forms(leaves: st.SearchStrategy[Form]) -> st.SearchStrategy[Form]:
    return st.recursive(leaves, wrapped, max_leaves=4)


@given(forms(scalars()))
@settings(max_examples=cases(1000))
def test_any_nesting_written_in_any_way(form: Form) -> None:
    text, spec = form
    globals_ = {**GIVEN, "__name__": "made"}
    exec(HEAD + "def owner(): ...", globals_)
    engine = AnnotationEngine()
    for hint in (text, repr(text), eval(text, dict(globals_)), f"Annotated[{text!r}, 'm']"):
        read = engine.field(hint, owner=globals_["owner"], attribute="a").type
        if read.metadata[-1:] == ("m",):
            read = read.but(metadata=read.metadata[:-1])
        assert read == spec
        assert hash(read) == hash(spec)


@dataclass
class Member:
    name: str
    form: Form
    optional: bool


#: A class is written as `Nested`, whatever its kind will be.
ANYTHING = forms(
    alternatives(scalars(), st.sampled_from(NAMES).map(lambda name: (name, Nested(name))))
)
MEMBERS = st.lists(st.tuples(ANYTHING, st.booleans()), min_size=1, max_size=3)


@st.composite
def families(draw: st.DrawFn) -> dict[str, tuple[str, list[Member]]]:
    """Classes of three kinds that refer to each other and themselves in any order."""
    kinds = draw(
        st.fixed_dictionaries(
            {name: st.sampled_from(["serializer", "typed dict", "dataclass"]) for name in NAMES}
        )
    )

    return {
        name: (
            kinds[name],
            [
                Member(f"m{index}", form, optional and kinds[name] != "dataclass")
                for index, (form, optional) in enumerate(draw(MEMBERS))
            ],
        )
        for name in draw(st.permutations(NAMES))
    }


def source(family: dict[str, tuple[str, list[Member]]], write: Any, indent: str) -> str:
    lines = []
    for name, (kind, members) in family.items():
        if kind == "dataclass":
            lines.append("@dataclass")
        base = {"serializer": "(Serializer)", "typed dict": "(TypedDict)", "dataclass": ""}[kind]
        lines.append(f"class {name}{base}:")
        for member in members:
            text = member.form[0]
            lines.append(
                f"    {member.name}: {write(f'NotRequired[{text}]' if member.optional else text)}"
            )
    return "".join(f"{indent}{line}\n" for line in lines)


def family_root() -> Any:
    class Meta(type):
        def __init__(cls, name: str, bases: Any, body: Any) -> None:
            super().__init__(name, bases, body)
            if bases:
                cls.specs: Any = engine.declare(cls)

    engine = AnnotationEngine(lambda cls: isinstance(cls, Meta))
    return Meta("Serializer", (), {})


def named(spec: Any) -> Any:
    """Return a spec with classes as the strategy writes them."""
    match spec:
        case Nested() | Structure():
            assert isinstance(spec, Nested) is hasattr(spec.type, "specs")
            return Nested(spec.type.__name__, nullable=spec.nullable, metadata=spec.metadata)
        case Collection():
            return spec.but(item=named(spec.item))
        case Dictionary():
            return spec.but(value=named(spec.value))
        case FixedTuple():
            return spec.but(items=tuple(map(named, spec.items)))
    return spec


def reached(spec: Any) -> Any:
    """Yield the structures in a spec."""
    match spec:
        case Structure():
            yield spec
        case Collection():
            yield from reached(spec.item)
        case Dictionary():
            yield from reached(spec.value)
        case FixedTuple():
            for item in spec.items:
                yield from reached(item)


def check(
    members: Any, family: dict[str, tuple[str, list[Member]]], name: str, seen: set[str]
) -> None:
    expected = {m.name: (m.form[1], not m.optional) for m in family[name][1]}
    assert {key: (named(m.type), m.required) for key, m in members.items()} == expected
    for member in members.values():
        for structure in reached(member.type):
            if structure.type.__name__ not in seen:
                seen.add(structure.type.__name__)
                check(structure.members, family, structure.type.__name__, seen)


WAYS = {
    "future": ("from __future__ import annotations\n", str),
    "quoted": ("", repr),
    "quoted twice": ("from __future__ import annotations\n", repr),
}
if sys.version_info >= (3, 14):
    WAYS["bare"] = ("", str)


@given(families(), st.sampled_from(sorted(WAYS)), st.booleans())
@settings(max_examples=cases(300))
def test_classes_that_refer_to_each_other(
    family: dict[str, tuple[str, list[Member]]], way: str, local: bool
) -> None:
    head, write = WAYS[way]
    if local:
        body = f"def make():\n{source(family, write, '    ')}    return locals()\n"
    else:
        body = source(family, write, "")
    made = ModuleType("made")
    vars(made).update(GIVEN, Serializer=family_root())
    sys.modules["made"] = made
    try:
        exec(compile(head + HEAD + body, "<made>", "exec", dont_inherit=True), vars(made))
        classes = made.make() if local else vars(made)
        for name, (kind, _) in family.items():
            if kind == "serializer":
                check(classes[name].specs, family, name, set())
                assert classes[name].specs.pending == ()
    finally:
        del sys.modules["made"]
