"""Which key a call has, and which calls have none."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, Optional
from uuid import UUID

import pytest
from django.http import QueryDict
from django.test import RequestFactory

from restflow.caching import (
    ArgsKeyField,
    CacheKeyError,
    ConstantKeyField,
    ContextKeyField,
    DeclarationError,
    DefaultKeyConstructor,
    DjangoModelKeyField,
    InlineKeyConstructor,
    KeyConstructor,
    KeyField,
    QueryParamsKeyField,
    RequestValueKeyField,
    UnstableValueError,
)
from restflow.caching.keys import KeyBuilder
from restflow_testing.models import Product


def key(func: Any, constructor: Any, *args: Any, **kwargs: Any) -> str:
    return str(KeyBuilder(func, constructor).build(*args, **kwargs)[0])


def inline(**fields: KeyField) -> Any:
    return InlineKeyConstructor(fields, namespace="n")


def get_user_data(user_id: int, scope: str) -> None: ...


@pytest.mark.parametrize(("hash", "end"), [(False, "full"), (True, None)])
def test_the_example(hash: bool, end: str | None) -> None:
    class UserKey(KeyConstructor):
        user = ArgsKeyField("user_id", partition=True)
        environment = ConstantKeyField("v", "production", partition=True)
        scope = ArgsKeyField("scope", hash=hash)

        class Meta:
            namespace = "users"

    found = key(get_user_data, UserKey, user_id=1, scope="full")
    head, _, tail = found.rpartition("::")
    assert head == "users::get_user_data::1::production"
    assert tail == end or (end is None and len(tail) == 32 and int(tail, 16))


def test_without_a_namespace_the_module_counts() -> None:
    constructor = InlineKeyConstructor({"user": ArgsKeyField("user_id")})
    assert key(get_user_data, constructor, 7, "x") == f"{__name__}.get_user_data::7"


def test_partition_fields_come_first() -> None:
    constructor = inline(scope=ArgsKeyField("scope"), user=ArgsKeyField("user_id", partition=True))
    assert key(get_user_data, constructor, 7, "x") == "n::get_user_data::7::x"


def test_arguments_are_brought_to_their_annotated_type() -> None:
    def typed(a: int, b: str, c: Optional[UUID], d: list[int]) -> None: ...  # noqa: UP045

    same = UUID(int=3)
    one = key(typed, DefaultKeyConstructor, "42", 5, str(same), ["1", 2])
    assert one == key(typed, DefaultKeyConstructor, 42, "5", same, [1, "2"])
    assert one != key(typed, DefaultKeyConstructor, 42, "5", None, [1, "2"])


def test_an_annotation_for_type_checkers_only_does_no_harm() -> None:
    def typed(a: Unknown, b: int) -> None: ...  # type: ignore[name-defined]  # noqa: F821

    assert key(typed, DefaultKeyConstructor, 1, "2") == key(typed, DefaultKeyConstructor, 1, 2)


def test_without_annotation_numbers_and_strings_meet_in_partitions_only() -> None:
    def untyped(a, b):  # type: ignore[no-untyped-def]
        ...

    constructor = inline(a=ArgsKeyField("a", partition=True), b=ArgsKeyField("b"))
    assert key(untyped, constructor, 1, 2) == key(untyped, constructor, "1", 2)
    assert key(untyped, constructor, 1, 2) != key(untyped, constructor, 1, "2")
    assert KeyBuilder(untyped, constructor, mapped=["b"]).build(1, 2)[0] == "n::" + (
        untyped.__qualname__.replace("<", "%3C").replace(">", "%3E") + "::1::2"
    )


def test_one_who_drops_a_number_means_its_string() -> None:
    def untyped(a, b):  # type: ignore[no-untyped-def]
        ...

    builder = KeyBuilder(untyped, DefaultKeyConstructor)
    keys = {built.key for built in builder.variants((1, "x2"), {})}
    assert keys == {builder.build(1, "x2")[0], builder.build("1", "x2")[0]}
    assert len(builder.variants((1, 2), {})) == 4
    assert len(builder.variants(("007", None), {})) == 1


def test_every_kind_of_parameter() -> None:
    def every(a: int, /, b: int, *more: int, c: int = 3, **rest: int) -> None: ...

    found = {
        key(every, DefaultKeyConstructor, 1, 2),
        key(every, DefaultKeyConstructor, 1, b=2, c=3),
        key(every, DefaultKeyConstructor, 1, 2, 3),
        key(every, DefaultKeyConstructor, 1, 2, d=3),
        key(every, DefaultKeyConstructor, 1, 2, c=4),
    }
    assert len(found) == 4


def test_arguments_that_do_not_fit_are_named_as_python_does() -> None:
    with pytest.raises(TypeError, match=r"get_user_data\(\) missing 1 required.*'scope'"):
        key(get_user_data, DefaultKeyConstructor, 1)


def test_paths_lists_and_normalizers() -> None:
    def func(order: Any, a: str, b: str) -> None: ...

    order = SimpleNamespace(owner=SimpleNamespace(id=7))
    constructor = inline(
        owner=ArgsKeyField("order", path="owner.id", partition=True),
        both=ArgsKeyField(["a", "b"], normalizer=str.lower),
    )
    assert key(func, constructor, order, "X", "y").endswith("func::7::x::y")
    with pytest.raises(CacheKeyError, match=r"argument 'order'.owner .*has no 'id'"):
        key(func, constructor, SimpleNamespace(owner=SimpleNamespace()), "X", "y")


def test_a_parameter_that_does_not_exist_is_refused_at_once() -> None:
    with pytest.raises(DeclarationError, match=r"'nobody'.*get_user_data\(user_id: 'int'"):
        KeyBuilder(get_user_data, inline(who=ArgsKeyField("nobody")))


def test_a_missing_keyword_is_never_dropped() -> None:
    def func(**options: Any) -> None: ...

    constructor = inline(page=ArgsKeyField("page"))
    assert key(func, constructor, page=3).endswith("::3")
    with pytest.raises(CacheKeyError, match="needs the argument 'page'"):
        key(func, constructor, size=3)


def lines() -> Iterator[int]:
    yield 1


class Opaque:
    pass


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (Opaque(), "normalizer="),
        (lines(), "iterator"),
        (RequestFactory().get("/"), "RequestValueKeyField"),
        (Product.objects.all(), "queryset"),
        (Product(), "unsaved"),
        ([Opaque()], "Opaque"),
        (lambda: None, "without a name"),
    ],
)
def test_values_without_a_stable_text_are_refused_by_name(value: Any, message: str) -> None:
    with pytest.raises(CacheKeyError, match=f"get_user_data: 'scope'.*{message}"):
        key(get_user_data, DefaultKeyConstructor, 1, value)


def test_a_container_that_holds_itself_is_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(CacheKeyError, match="contains itself"):
        key(get_user_data, DefaultKeyConstructor, 1, endless)


def test_refusals_are_of_one_kind() -> None:
    assert issubclass(UnstableValueError, CacheKeyError)


# -- requests ----------------------------------------------------------------------------------


class View:
    def __init__(self, request: Any) -> None:
        self.request = request

    def listing(self, page: int) -> None: ...

    def handler(self, request: Any, *args: Any) -> None: ...


def test_the_request_of_a_view_is_found() -> None:
    request = RequestFactory().get("/", {"page": "2"})
    request.user = SimpleNamespace(id=9)  # type: ignore[assignment]
    constructor = inline(user=RequestValueKeyField("user.id", partition=True))
    for func, args in ((View.listing, (View(request), 1)), (View.handler, (View(None), request))):
        built = KeyBuilder(func, constructor, method=True).build(*args)[0]
        assert built.endswith("::9")
    with pytest.raises(CacheKeyError, match="needs a request"):
        key(View.listing, constructor, View(None), 1)
    request.user = SimpleNamespace()  # type: ignore[assignment]
    with pytest.raises(CacheKeyError, match=r"the request.user .*has no 'id'"):
        key(View.listing, constructor, View(request), 1)


@pytest.mark.parametrize(
    ("names", "query", "text"),
    [
        (["page", "size"], "size=3&page=2&x=1", "page=2&size=3"),
        ("page", "page=2&page=1", "page=2&page=1"),
        (["page", "size"], "page=", "page="),
        (["page"], "", ""),
        ("*", "b=1&a=%26%3D", "a=%26%3D&b=1"),
    ],
)
def test_query_parameters(names: Any, query: str, text: str) -> None:
    def func(request: Any) -> None: ...

    for request in (
        SimpleNamespace(GET=QueryDict(query)),
        SimpleNamespace(query_params=QueryDict(query)),
    ):
        assert key(func, inline(q=QueryParamsKeyField(names)), request).endswith(f"func::{text}")


def test_self_is_left_out_unless_asked_for() -> None:
    builder = KeyBuilder(View.listing, inline(all=ArgsKeyField("*")), method=True)
    assert builder.build(View(None), 3)[0] == "n::View.listing::3"
    asked = KeyBuilder(
        View.listing, inline(pk=ArgsKeyField("self", path="request.pk")), method=True
    )
    assert asked.build(View(SimpleNamespace(pk=5)), 3)[0] == "n::View.listing::5"


def test_ambient_state_is_read_for_each_key() -> None:
    tenants = iter(["acme", "globex"])
    builder = KeyBuilder(get_user_data, inline(tenant=ContextKeyField(lambda: next(tenants))))
    assert builder.build(1, "x")[0] != builder.build(1, "x")[0]


def test_a_field_of_ones_own() -> None:
    class Length(KeyField):
        def get_value(self, call: Any) -> int:
            return len(call.arguments["scope"])

    assert key(get_user_data, inline(n=Length()), 1, "four").endswith("::4")


# -- partitions --------------------------------------------------------------------------------


def partitioned() -> KeyBuilder:
    def func(tenant: int, user: int, page: int) -> None: ...

    return KeyBuilder(
        func,
        inline(
            tenant=ArgsKeyField("tenant", partition=True),
            kind=ConstantKeyField("kind", "k", partition=True),
            user=ArgsKeyField("user", partition=True),
            page=ArgsKeyField("page"),
        ),
    )


def test_leading_partition_fields_may_be_given_alone() -> None:
    builder = partitioned()
    _, tokens = builder.build(1, 2, 3)
    for given in ({"tenant": 1}, {"tenant": "1", "user": 2}):
        assert f"@{builder.prefix}::{builder.partition_text(given)}" in tokens
    assert builder.partition_text({"tenant": 1}) == "1::k"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"user": 2}, "leading partition field 'tenant' is left out"),
        ({"page": 2}, "'page' is no partition field"),
        ({}, r"invalidate_all\(\)"),
    ],
)
def test_what_cannot_be_wiped_is_named(given: Any, message: str) -> None:
    with pytest.raises(CacheKeyError, match=message):
        partitioned().partition_text(given)


def test_partitions_are_whole_values() -> None:
    builder = partitioned()
    names = {builder.build(tenant, 1, 1)[1] for tenant in ("*", "4*", 42, 420, 4)}
    partitions = {tokens[2] for tokens in names}
    assert len(partitions) == 5
    assert not any(a != b and b.startswith(a) for a in partitions for b in partitions)


# -- constructors ------------------------------------------------------------------------------


def test_fields_are_inherited_and_left_out_by_none() -> None:
    class Base(KeyConstructor):
        user = ArgsKeyField("user_id")
        scope = ArgsKeyField("scope")

        class Meta:
            namespace = "base"

    class Narrow(Base):
        scope = None

    assert key(get_user_data, Narrow, 1, "x") == "base::get_user_data::1"


def test_an_unknown_option_is_named() -> None:
    with pytest.raises(DeclarationError, match="no option 'name_space'"):
        type("Odd", (KeyConstructor,), {"Meta": type("Meta", (), {"name_space": "x"})})


def test_a_field_class_in_place_of_a_field() -> None:
    with pytest.raises(DeclarationError, match=r"user = ArgsKeyField\(...\)"):
        type("Odd", (KeyConstructor,), {"user": ArgsKeyField})


def test_long_keys_end_in_a_digest_never_in_a_cut() -> None:
    builder = KeyBuilder(get_user_data, DefaultKeyConstructor, limit=120)
    keys = {builder.build(1, "x" * n)[0] for n in (300, 301, 302)}
    assert len(keys) == 3
    assert {len(each) for each in keys} == {120}


def test_fingerprints_are_computed_once() -> None:
    builder = KeyBuilder(
        get_user_data, inline(model=DjangoModelKeyField("restflow_testing.Product"))
    )
    assert builder.build(1, "x") == builder.build(2, "y")
