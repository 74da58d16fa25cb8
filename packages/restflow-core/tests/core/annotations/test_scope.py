"""Names in annotations: what they mean, when they are looked up, and what is kept to do so."""

from __future__ import annotations

import gc
import sys
import typing
import weakref
from collections.abc import Callable
from datetime import date
from types import ModuleType
from typing import Any

import pytest

from restflow.core.annotations import (
    AnnotationError,
    Choice,
    Collection,
    Nested,
    Scalar,
    Structure,
)

Make = Callable[..., ModuleType]
FUTURE = "from __future__ import annotations\n"
#: Forward references need quotes or the future import; from Python 3.14 on they need neither.
STYLES = [("future", FUTURE, "{}"), ("quoted", "", "'{}'")]
if sys.version_info >= (3, 14):
    STYLES.append(("bare", "", "{}"))
styles = pytest.mark.parametrize(
    ("head", "quote"), [s[1:] for s in STYLES], ids=[s[0] for s in STYLES]
)


@styles
def test_the_class_itself(head: str, quote: str, module: Make) -> None:
    Node = module(
        f"{head}class Node(Serializer):\n"
        f"    children: {quote.format('list[Node]')}\n"
        f"    parent: {quote.format('Node | None')}\n"
    ).Node
    assert Node.specs.pending == ()
    assert Node.specs["children"].type == Collection(list, Nested(Node))
    assert Node.specs["parent"].type == Nested(Node, nullable=True)


@styles
def test_a_class_defined_later(head: str, quote: str, module: Make) -> None:
    made = module(
        f"{head}from typing import Annotated, NotRequired, Optional\n"
        "import annotated_types as at\n"
        "class Order(Serializer):\n"
        "    id: int\n"
        f"    a: {quote.format('Later')}\n"
        f"    b: {quote.format('NotRequired[Later]')}\n"
        f"    c: {quote.format('list[Later] | None')} = None\n"
        f"    d: {quote.format('Annotated[dict[str, Later], at.MaxLen(3)]')}\n"
        f"    e: {quote.format('Optional[Later]')}\n"
        "seen = Order.specs.pending\n"
        "class Later(Serializer):\n"
        f"    order: {quote.format('Order')}\n"
    )
    assert made.seen == ("a", "b", "c", "d", "e")
    specs = made.Order.specs
    nested = Nested(made.Later)
    assert specs["a"].type == nested
    assert specs.pending == ("b", "c", "d", "e")
    assert specs["b"].type == nested
    assert not specs["b"].required
    assert specs["c"].type == Collection(list, nested, nullable=True)
    assert specs["d"].type.value == nested
    assert specs["e"].type == nested.but(nullable=True)
    assert specs.pending == ()
    assert made.Later.specs["order"].type == Nested(made.Order)


@styles
def test_a_name_that_is_never_defined(head: str, quote: str, module: Make) -> None:
    Order = module(
        f"{head}from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    from people import Customer\n"
        "class Order(Serializer):\n"
        "    id: int\n"
        f"    customer: {quote.format('list[Customer]')}\n"
    ).Order
    assert Order.specs["id"].type == Scalar(int)
    for _ in range(2):
        with pytest.raises(AnnotationError, match="the name Customer is not defined") as caught:
            Order.specs["customer"]
        assert str(caught.value).startswith("Order.customer is annotated `list[")
        assert "an import under TYPE_CHECKING does not run" in caught.value.remedy


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("Decimal", "Add `from decimal import Decimal` to the module, not under TYPE_CHECKING."),
        ("Email", "Add `from restflow.core.annotations import Email` to the module"),
        ("Emial", "Did you mean Email? If not, define or import Emial"),
        ("Adress", "Did you mean Address?"),
        ("Zzzz", "Define or import Zzzz in the module before the class is first used"),
    ],
)
def test_what_a_missing_name_may_have_meant(name: str, remedy: str, module: Make) -> None:
    Made = module(f"class Address: ...\nclass Made(Serializer):\n    a: '{name}'\n").Made
    with pytest.raises(AnnotationError) as caught:
        Made.specs["a"]
    assert remedy in str(caught.value)


@styles
def test_locals_of_a_function(head: str, quote: str, module: Make) -> None:
    made = module(
        f"{head}from enum import Enum\n"
        "from typing import TypedDict\n"
        "class Address: ...  # the wrong one\n"
        "class Status: ...  # the wrong one\n"
        "def outer():\n"
        "    class Status(Enum):\n"
        "        ON = 'on'\n"
        "    def inner():\n"
        "        Status  # a free variable: strings see no others of outer after it has returned\n"
        "        class Address(TypedDict):\n"
        f"            status: {quote.format('Status')}\n"
        "        class Outer:\n"
        "            class Order(Serializer):\n"
        f"                address: {quote.format('Address')}\n"
        f"                status: {quote.format('Status')}\n"
        f"                again: {quote.format('list[Order]')}\n"
        "        return Outer.Order\n"
        "    return inner\n"
    )
    specs = made.outer()().specs
    assert specs.pending == ()
    status = specs["status"].type
    assert status.values == ("on",)
    assert specs["address"].type.members["status"].type == status
    assert specs["again"].type.item == Nested(specs.scope.owner)


@styles
def test_a_local_class_defined_later(head: str, quote: str, module: Make) -> None:
    made = module(
        f"{head}def make():\n"
        "    class Order(Serializer):\n"
        f"        lines: {quote.format('list[Line]')}\n"
        "    class Line(Serializer):\n"
        f"        order: {quote.format('Order')}\n"
        "    return Order, Line\n"
    )
    order, line = made.make()
    assert order.specs["lines"].type == Collection(list, Nested(line))
    assert line.specs["order"].type == Nested(order)


@styles
def test_a_function_is_not_kept_alive_by_its_resolved_classes(
    head: str, quote: str, module: Make
) -> None:
    made = module(
        f"{head}class Big: ...\n"
        "def make(later):\n"
        "    big = Big()\n"
        "    watch.append(weakref.ref(big))\n"
        "    class Line(Serializer):\n"
        f"        size: {quote.format('int')}\n"
        "    class Order(Serializer):\n"
        f"        lines: {quote.format('list[Line]')}\n"
        "    class Mixin:\n"
        f"        lines: {quote.format('list[Line]')}\n"
        "    class Mixed(Mixin, Serializer): ...\n"
        "    class Sub(Order): ...\n"
        "    class Empty(Serializer): ...\n"
        "    kept.append(Empty)\n"
        "    return Order, Mixed, Sub\n",
        kept=[],
        watch=(watch := []),
        weakref=weakref,
    )
    classes = made.make(None)
    gc.collect()
    assert watch[0]() is None
    assert [cls.specs["lines"].type.item.type.__name__ for cls in classes] == ["Line"] * 3


def test_a_class_in_a_function_is_collected(module: Make) -> None:
    made = module(
        "def make():\n    class Line(Serializer):\n        size: 'int'\n    return Line\n"
    )
    watch = weakref.ref(made.make())
    gc.collect()
    assert watch() is None


@styles
def test_a_default_or_method_hides_no_type(head: str, quote: str, module: Make) -> None:
    if quote == "{}" and not head:
        return  # bare on 3.14: see the next test; Python itself finds the default first
    Made = module(
        f"{head}from datetime import date\n"
        "class Made(Serializer):\n"
        f"    date: {quote.format('date | None')} = None\n"
        f"    tags: {quote.format('list[int]')}\n"
        f"    until: {quote.format('date')}\n"
        "    def list(self): ...\n"
    ).Made
    assert Made.specs["date"].type == Scalar(date, nullable=True)
    assert Made.specs["until"].type == Scalar(date)
    assert Made.specs["tags"].type == Collection(list, Scalar(int))


def test_a_default_that_hides_the_type_before_we_see_it(module: Make) -> None:
    with pytest.raises(AnnotationError, match=r"write the type with its module: `date: datetime"):
        module("from datetime import date\nclass Made(Serializer):\n    date: date = None\n")


@styles
def test_names_of_the_class_body(head: str, quote: str, module: Make) -> None:
    Made = module(
        f"{head}from enum import Enum\n"
        "Status = Small = Rows = int  # the wrong ones\n"
        "from typing import NewType\n"
        "class Made(Serializer):\n"
        "    class Status(Enum):\n"
        "        ON = 'on'\n"
        "    Small = NewType('Small', str)\n"
        "    Rows = list[Small]\n"
        f"    status: {quote.format('Status')}\n"
        f"    small: {quote.format('Small')}\n"
        f"    rows: {quote.format('Rows')}\n"
    ).Made
    assert Made.specs["status"].type == Choice(("on",), Made.Status)
    assert Made.specs["small"].type == Scalar(str)
    assert Made.specs["rows"].type == Collection(list, Scalar(str))


@styles
def test_a_base_is_read_in_its_own_module(head: str, quote: str, module: Make) -> None:
    module(
        f"{head}class Row: nests = True\n"
        "class Mixin:\n"
        f"    mixed: {quote.format('Row')}\n"
        "class Base(Serializer):\n"
        f"    rows: {quote.format('list[Row]')}\n"
        f"    late: {quote.format('Late')}\n",
        "home",
    )
    made = module(
        f"{head}from home import Base, Mixin\n"
        "class Row: ...  # the wrong one\n"
        "class Late: ...  # the wrong one\n"
        "class Made(Mixin, Base):\n"
        "    size: int\n",
        "away",
    )
    home = sys.modules["home"]
    assert made.Made.specs["rows"].type == Collection(list, Nested(home.Row))
    assert made.Made.specs["mixed"].type == Nested(home.Row)
    with pytest.raises(AnnotationError, match=r"Base\.late .* the name Late is not defined"):
        made.Made.specs["late"]
    vars(home)["Late"] = home.Row
    assert made.Made.specs["late"].type == Nested(home.Row)


def test_a_module_in_the_middle_of_its_import(module: Make) -> None:
    module("", "halfway")
    made = module("import halfway\nclass Made(Serializer):\n    row: 'halfway.Row'\n")
    specs = made.Made.specs
    assert specs.pending == ("row",)
    with pytest.raises(AnnotationError, match=r"the name halfway\.Row is not defined"):
        specs["row"]
    vars(sys.modules["halfway"])["Row"] = int
    assert specs["row"].type == Scalar(int)


@pytest.mark.parametrize(
    ("hint", "problem"),
    [
        ("int[", r"evaluating 'int\[' raises SyntaxError"),
        ("", r"evaluating '' raises SyntaxError"),
        ("int[str]", r"evaluating 'int\[str\]' raises TypeError"),
        ("int.Row", r"evaluating 'int.Row' raises AttributeError"),
        ("list['1/0']", r"evaluating '1/0' raises ZeroDivisionError"),
    ],
)
def test_a_text_that_is_no_annotation(hint: str, problem: str, module: Make) -> None:
    with pytest.raises(AnnotationError, match=problem) as caught:
        module(f"class Made(Serializer):\n    a: {hint!r}\n")
    assert str(caught.value).startswith("Made.a is annotated `")


def test_code_that_runs_under_the_name_of_another_module(Serializer: Any) -> None:
    namespace: dict[str, Any] = {"__name__": "decimal", "Serializer": Serializer}
    exec(
        "class Decimal: nests = True\n"
        "class Made(Serializer):\n    a: 'Decimal'\n"
        "def make():\n"
        "    class Local(Serializer):\n        a: 'Decimal'\n"
        "    return Local\n",
        namespace,
    )
    assert namespace["Made"].specs["a"].type == Nested(namespace["Decimal"])
    assert namespace["make"]().specs["a"].type == Nested(namespace["Decimal"])


@styles
def test_recursive_functions_see_their_own_locals(head: str, quote: str, module: Make) -> None:
    made = module(
        f"{head}def make(depth):\n"
        "    class Made(Serializer):\n"
        f"        row: {quote.format('list[Row]')}\n"
        "    class Row: nests = depth\n"
        "    below = make(depth - 1) if depth else []\n"
        "    return [Made, *below]\n"
    )
    classes = made.make(3)
    assert [cls.specs["row"].type.item.type.nests for cls in classes] == [3, 2, 1, 0]


@styles
def test_a_local_structure_that_is_resolved_late(head: str, quote: str, module: Make) -> None:
    made = module(
        f"{head}from typing import TypedDict\n"
        "def make():\n"
        "    class Order(Serializer):\n"
        f"        address: {quote.format('Address')}\n"
        "    class Address(TypedDict):\n"
        f"        street: {quote.format('Street')}\n"
        "    class Street(TypedDict):\n"
        f"        addresses: {quote.format('list[Address]')}\n"
        "    return Order\n"
    )
    address = made.make().specs["address"].type
    assert address.members["street"].type.members["addresses"].type.item is address


@styles
def test_structures_are_read_where_they_stand(head: str, quote: str, module: Make) -> None:
    module(
        f"{head}from dataclasses import dataclass\n"
        "from typing import TypedDict\n"
        "class Home(TypedDict):\n"
        f"    street: {quote.format('Street')}\n"
        "@dataclass\n"
        "class Flat:\n"
        f"    street: {quote.format('Street')}\n"
        "class Street(TypedDict):\n"
        f"    home: {quote.format('Home | None')}\n",
        "home",
    )
    made = module(
        "from home import Home, Flat\n"
        "class Street: ...  # the wrong one\n"
        "class Wider(Home):\n    door: int\n"
        "class Made(Serializer):\n    home: Wider\n    flat: Flat\n"
    )
    home = sys.modules["home"]
    for name in ("home", "flat"):
        assert made.Made.specs[name].type.members["street"].type == Structure(home.Street)


if sys.version_info >= (3, 14):

    def test_names_of_a_closure(module: Make) -> None:
        made = module(
            "def make():\n"
            "    def inner():\n"
            "        class Order(Serializer):\n"
            "            lines: list[Line]\n"
            "            one: Line | None\n"
            "        return Order\n"
            "    order = inner()\n"
            "    class Line(Serializer): ...\n"
            "    return order, Line\n"
        )
        order, line = made.make()
        assert order.specs["lines"].type == Collection(list, Nested(line))
        assert order.specs["one"].type == Nested(line, nullable=True)

    def test_a_union_of_what_exists_and_what_does_not(module: Make) -> None:
        made = module(
            "class Leaf(Serializer):\n    kind: Literal['leaf']\n"
            "class Node(Serializer):\n"
            "    kind: Literal['node']\n"
            "    child: Leaf | Node\n"
            "    other: Leaf | Undefined\n",
            Literal=typing.Literal,
        )
        assert made.Node.specs.pending == ("other",)
        assert made.Node.specs["child"].type.cases[1] == ("node", Nested(made.Node))
        with pytest.raises(
            AnnotationError, match=r"^Node\.other is annotated `Leaf \| Undefined`:"
        ):
            made.Node.specs["other"]

    def test_one_broken_annotation_is_named(module: Make) -> None:
        with pytest.raises(AnnotationError, match=r"^Made\.bad is annotated `int\[str\]`: eval"):
            module("class Made(Serializer):\n    good: int\n    bad: int[str]\n")

    def test_a_method_hides_no_type_in_bare_annotations(module: Make) -> None:
        Made = module(
            "class Made(Serializer):\n    tags: list[int]\n    def list(self): ...\n"
        ).Made
        assert Made.specs["tags"].type == Collection(list, Scalar(int))
