"""The rule table: which writes fire which rules, exactly, on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connections, transaction
from django.db.models import F
from django.test import TestCase

from restflow.caching import (
    ArgsKeyField,
    Change,
    DeclarationError,
    InlineKeyConstructor,
    InvalidatingManager,
    InvalidatingQuerySet,
    InvalidationRule,
    cache_result,
    rows_changed,
)
from restflow.caching.rules import bound_rules, firing
from restflow_testing.models import (
    ActiveProduct,
    Book,
    Category,
    Country,
    Parcel,
    Product,
    Review,
    StockLevel,
    Tag,
)
from restflow_testing.services import POSTGRES

from .databases import made_database

Seen = list[tuple[str, Any]]
ROWS = (Category, Tag, Product, Book, Review, Parcel, Country, StockLevel)


@pytest.fixture(scope="module")
def postgres_tables(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """A PostgreSQL database of this module's own, beside the two of the suite."""
    POSTGRES.require()
    with made_database("postgres", POSTGRES.django_database(), django_db_blocker) as alias:
        yield alias


@pytest.fixture(params=["default", "postgres"])
def using(
    request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: Any
) -> Iterator[str]:
    """A database of each kind with the tables of the shop, in which transactions are real."""
    if request.param == "postgres":
        request.getfixturevalue("postgres_tables")
    with django_db_blocker.unblock():
        yield request.param
        if request.param == "default":
            call_command("flush", database="default", interactive=False, verbosity=0)
            return
        with connections["postgres"].cursor() as cursor:
            names = ", ".join(f'"{model._meta.db_table}"' for model in ROWS)
            cursor.execute(f"TRUNCATE {names} RESTART IDENTITY CASCADE")


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Seen:
    """What rules did, in order: the name of the function, and what it dropped."""
    found: Seen = []
    genuine = firing.Firing.__call__

    def call(self: firing.Firing) -> None:
        values = None if self.values is None else tuple(self.values.values())
        if not self.done:
            found.append((self.bound.function_name.rpartition(".")[2], values))
        genuine(self)

    monkeypatch.setattr(firing.Firing, "__call__", call)
    return found


#: Functions live as long as modules do; rules alone do not keep them.
KEPT: list[Any] = []


@pytest.fixture(autouse=True)
def _kept() -> Iterator[None]:
    yield
    KEPT.clear()


def function(name: str, argument: str, *rules: InvalidationRule) -> Any:
    """Return a cached function of one argument, called *name*."""

    def func(value: Any) -> str:
        return f"{name} {value}"

    func.__name__ = func.__qualname__ = name
    fields = {argument: ArgsKeyField("value", partition=True)}
    constructor = InlineKeyConstructor(fields, namespace="table")
    wrapper = cache_result(constructor, invalidates_on=rules)(func)
    KEPT.append(wrapper)
    return wrapper


def test_saves(using: str, seen: Seen) -> None:
    by_id = function("by_id", "id", InvalidationRule(Product, {"id": "id"}))
    by_category = function(
        "by_category", "category", InvalidationRule(Product, {"category": "category_id"})
    )
    named = function("named", "id", InvalidationRule(Product, {"id": "pk"}, watch_fields=["name"]))
    one, two = (Category.objects.using(using).create(name=n, slug=n) for n in ("one", "two"))
    assert seen == []
    product = Product(name="a", category=one)
    product.save(using=using)
    pk = product.pk
    assert sorted(seen) == [("by_category", (one.pk,)), ("by_id", (pk,)), ("named", (pk,))]
    assert by_id(pk) == f"by_id {pk}"
    for wrapper in (by_id, named):
        assert wrapper.get_with_metadata(pk)[1]["cache_status"] in ("MISS", "HIT")
    seen.clear()

    product.price = 2
    product.save()  # the name is what it was
    assert sorted(seen) == [("by_category", (one.pk,)), ("by_id", (pk,))]
    assert by_id.get_with_metadata(pk)[1]["cache_status"] == "MISS"
    assert named.get_with_metadata(pk)[1]["cache_status"] == "HIT"
    assert by_category.name
    seen.clear()

    product.category = two
    product.save(update_fields=["category"])
    assert sorted(seen) == [
        ("by_category", (one.pk,)),
        ("by_category", (two.pk,)),
        ("by_id", (pk,)),
    ]
    seen.clear()

    product.name = "b"
    product.category = one  # not written: it must not be taken for what the row says
    product.save(update_fields=["name"])
    assert sorted(seen) == [("by_category", (two.pk,)), ("by_id", (pk,)), ("named", (pk,))]
    seen.clear()

    old = Product.objects.using(using).get(pk=pk)
    Product.objects.using(using).filter(pk=pk).update(category=one)  # nobody is told
    assert seen == []
    old.category = None
    old.save()
    assert ("by_category", (one.pk,)) in seen  # where it really was
    assert ("by_category", (None,)) in seen
    assert ("by_category", (two.pk,)) not in seen
    seen.clear()

    old.category_id = two.pk
    old.delete()
    assert sorted(seen, key=str) == [("by_category", (None,)), ("by_id", (pk,)), ("named", (pk,))]


def test_expressions_and_deferred_columns(using: str, seen: Seen) -> None:
    function("by_stock", "stock", InvalidationRule(Product, {"stock": "stock"}))
    function("watching", "id", InvalidationRule(Product, {"id": "id"}, watch_fields=["stock"]))
    product = Product.objects.using(using).create(name="a", stock=1)
    seen.clear()
    product.stock = F("stock") + 1
    product.save()
    assert sorted(seen) == [("by_stock", (1,)), ("by_stock", (2,)), ("watching", (product.pk,))]
    seen.clear()
    partial = Product.objects.using(using).only("name").get(pk=product.pk)
    partial.name = "b"
    partial.save()
    assert seen == [("by_stock", (2,))]


def test_inside_transactions(using: str, seen: Seen) -> None:
    function("by_id", "id", InvalidationRule(Product, {"id": "id"}))
    with transaction.atomic(using=using):
        product = Product.objects.using(using).create(name="a")
        pk = product.pk
        product.name = "b"
        product.save()
        product.pk = 10_000  # mutated before the commit
        assert seen == []
    assert seen == [("by_id", (pk,))]
    seen.clear()

    product = Product.objects.using(using).get(pk=pk)
    with transaction.atomic(using=using):
        product.save()
        transaction.set_rollback(True, using=using)
    assert seen == []

    with transaction.atomic(using=using):
        with transaction.atomic(using=using):
            product.save()
            transaction.set_rollback(True, using=using)  # of the savepoint
        assert seen == []
    assert seen == []

    with transaction.atomic(using=using):
        with transaction.atomic(using=using):
            product.save()
            transaction.set_rollback(True, using=using)
        with transaction.atomic(using=using):
            product.save()
            with transaction.atomic(using=using):
                product.save()
        product.save()
    assert seen == [("by_id", (pk,))]
    seen.clear()

    def fail() -> None:
        with transaction.atomic(using=using):
            product.save()
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert seen == []

    with transaction.atomic(using=using):
        product.delete()
    assert seen == [("by_id", (pk,))]


def test_a_save_in_a_hook_of_the_commit_counts(using: str, seen: Seen) -> None:
    function("by_id", "id", InvalidationRule(Product, {"id": "id"}))
    product = Product.objects.using(using).create(name="a")
    seen.clear()
    with transaction.atomic(using=using):
        product.save()
        transaction.on_commit(product.save, using=using)
    assert seen == [("by_id", (product.pk,))] * 2


def test_proxies_and_multi_table_children(using: str, seen: Seen) -> None:
    function("products", "id", InvalidationRule(Product, {"id": "id"}))
    function("proxied", "id", InvalidationRule(ActiveProduct, {"id": "id"}))
    function("books", "id", InvalidationRule(Book, {"id": "pk"}, watch_fields=["name", "pages"]))
    function("pages", "pages", InvalidationRule(Book, {"pages": "pages"}))
    product = Product.objects.using(using).create(name="a")
    assert sorted(seen) == [("products", (product.pk,)), ("proxied", (product.pk,))]
    seen.clear()
    ActiveProduct.objects.using(using).get().save()
    assert sorted(seen) == [("products", (product.pk,)), ("proxied", (product.pk,))]
    seen.clear()
    book = Book.objects.using(using).create(name="b", pages=5)
    expected = {(name, (book.pk,)) for name in ("products", "proxied", "books")}
    assert set(seen) == {*expected, ("pages", (5,))}
    assert len(seen) == 4
    seen.clear()
    Book.objects.using(using).get().save()
    assert set(seen) == {("products", (book.pk,)), ("proxied", (book.pk,)), ("pages", (5,))}
    seen.clear()
    parent = Product.objects.using(using).get(pk=book.pk)
    parent.name = "c"  # half of the book
    parent.save()
    assert set(seen) == {*expected, ("pages", (5,))}
    seen.clear()
    Book.objects.using(using).get().delete()
    assert set(seen) == {*expected, ("pages", (5,))}
    assert len(seen) == 4


def test_relations(using: str, seen: Seen) -> None:
    function("products", "id", InvalidationRule(Product, {"id": "id"}))
    function("tagged", "id", InvalidationRule(Product, {"id": "id"}, watch_fields=["tags"]))
    function("named", "id", InvalidationRule(Product, {"id": "id"}, watch_fields=["name"]))
    function("tags", "id", InvalidationRule(Tag, {"id": "id"}))
    function("tag_names", "id", InvalidationRule(Tag, {"id": "id"}, watch_fields=["name"]))
    one, two = (Product.objects.using(using).create(name=name) for name in "ab")
    x, y = (Tag.objects.using(using).create(name=name) for name in "xy")
    seen.clear()

    def expected(products: list[Product], tags: list[Tag]) -> list[Any]:
        found = [(name, (p.pk,)) for name in ("products", "tagged") for p in products]
        return sorted([*found, *[("tags", (t.pk,)) for t in tags]])

    one.tags.add(x, y)
    assert sorted(seen) == expected([one], [x, y])
    seen.clear()
    x.products.add(one)  # nothing new
    assert seen == []
    x.products.add(two)
    assert sorted(seen) == expected([two], [x])
    seen.clear()
    x.products.remove(two)
    assert sorted(seen) == expected([two], [x])
    seen.clear()
    one.tags.clear()
    assert sorted(seen) == expected([one], [x, y])
    seen.clear()
    one.tags.set([x])
    assert sorted(seen) == expected([one], [x])
    seen.clear()
    x.products.clear()
    assert sorted(seen) == expected([one], [x])
    one.tags.add(x)
    seen.clear()
    pk = x.pk
    x.delete()  # the row between goes without a signal
    assert sorted(seen) == sorted(
        [
            ("products", (one.pk,)),
            ("tagged", (one.pk,)),
            ("tags", (pk,)),
            ("tag_names", (pk,)),
        ]
    )


def test_what_a_deletion_does_to_others(using: str, seen: Seen) -> None:
    function("by_category", "category", InvalidationRule(Product, {"category": "category"}))
    function("named", "id", InvalidationRule(Product, {"id": "id"}, watch_fields=["name"]))
    function("reviews", "product", InvalidationRule(Review, {"product": "product_id"}))
    category = Category.objects.using(using).create(name="c", slug="c")
    pk = category.pk
    product = Product.objects.using(using).create(name="a", category=category)
    Review.objects.using(using).create(product=product)
    seen.clear()
    category.delete()  # sets it to null
    assert sorted(seen, key=str) == [("by_category", (pk,)), ("by_category", (None,))]
    seen.clear()
    pk = product.pk
    Product.objects.using(using).all().delete()  # cascades
    assert sorted(seen, key=str) == [
        ("by_category", (None,)),
        ("named", (pk,)),
        ("reviews", (pk,)),
    ]


def test_keys_of_every_kind(using: str, seen: Seen) -> None:
    function("parcels", "id", InvalidationRule(Parcel, {"id": "pk"}))
    function("countries", "code", InvalidationRule(Country, {"code": "pk"}))
    function("levels", "id", InvalidationRule(StockLevel, {"id": "pk"}))
    function("paths", "slug", InvalidationRule(Product, {"slug": "category__slug"}))
    parcel = Parcel.objects.using(using).create(address="here")
    Country.objects.using(using).create(code="NO", name="a")
    Country(code="NO", name="b").save(using=using)
    StockLevel.objects.using(using).create(warehouse="w", shelf=3)
    assert seen == [
        ("parcels", (parcel.pk,)),
        ("countries", ("NO",)),
        ("countries", ("NO",)),
        ("levels", (("w", 3),)),
    ]
    seen.clear()
    category = Category.objects.using(using).create(name="c", slug="c")
    product = Product.objects.using(using).create(name="a", category=category)
    product.category = None
    product.save()
    assert seen == [("paths", ("c",)), ("paths", ("c",)), ("paths", (None,))]


def test_writes_without_signals(using: str, seen: Seen, monkeypatch: pytest.MonkeyPatch) -> None:
    rules = [
        InvalidationRule(Product, {"category": "category_id"}),
        InvalidationRule(Product, {"category": "category_id"}, watch_fields=["name"]),
    ]
    function("by_category", "category", rules[0])
    function("names", "category", rules[1])
    one, two = (Category.objects.using(using).create(name=n, slug=n) for n in ("one", "two"))
    plain, rows = Product.objects.using(using), InvalidatingQuerySet(Product, using=using)
    plain.bulk_create([Product(name="a", category=one)])
    plain.update(name="b")
    assert seen == []

    rows.all().update(price=3)
    assert seen == [("by_category", (one.pk,))]
    seen.clear()
    rows.all().update(category=two)
    places = [(name, (pk,)) for name in ("by_category", "names") for pk in (one.pk, two.pk)]
    assert sorted(seen) == sorted(places)
    seen.clear()
    rows.filter(name="nobody").update(name="c")
    assert seen == []
    rows.all().update(name=F("description"))
    assert sorted(seen) == [("by_category", (two.pk,)), ("names", (two.pk,))]
    seen.clear()

    rows.all().bulk_create([Product(name="d", category=one), Product(name="e", category=one)])
    assert sorted(seen) == [("by_category", (one.pk,)), ("names", (one.pk,))]
    seen.clear()
    products = list(rows.all())
    for product in products:
        product.category = None
    rows.all().bulk_update(products, ["category"])
    assert set(seen) == {
        (n, (pk,)) for n in ("by_category", "names") for pk in (one.pk, two.pk, None)
    }
    seen.clear()

    with transaction.atomic(using=using):
        rows.all().update(category=one)
        transaction.set_rollback(True, using=using)
    assert seen == []
    rows_changed(plain.all(), "price")
    assert seen == [("by_category", (None,))]
    seen.clear()
    monkeypatch.setattr("restflow.caching.rules.managers.MOST_ROWS", 1)
    rows.all().update(category=one)
    assert sorted(seen, key=str) == [("by_category", None), ("names", None)]


def test_predicates(using: str, seen: Seen) -> None:
    rule = InvalidationRule(
        Product,
        {"id": "id"},
        trigger_on_create=False,
        invalidate_when=lambda product: product.status == "active",
    )
    function("active", "id", rule)
    product = Product.objects.using(using).create(name="a", status="draft")
    product.save()
    assert seen == []
    product.status = "active"
    product.save()
    assert seen == [("active", (product.pk,))]


def test_a_fixture_counts(using: str, seen: Seen, tmp_path: Any) -> None:
    function("tags", "id", InvalidationRule("restflow_testing.Tag", {"id": "id"}))
    file = tmp_path / "tags.json"
    file.write_text('[{"model": "restflow_testing.tag", "pk": 7, "fields": {"name": "x"}}]')
    call_command("loaddata", str(file), database=using, verbosity=0)
    assert seen == [("tags", (7,))]


def test_custom_invalidators(using: str) -> None:
    changes: list[Change] = []

    def invalidate(wrapper: Any, change: Change) -> list[dict[str, Any]]:
        changes.append(change)
        return [{"id": change.pk}, {"id": 99}]

    async def ainvalidate(wrapper: Any, change: Change) -> None:
        await wrapper.adelete_by_prefix(id=change.pk)

    rule = InvalidationRule(Product, invalidator=invalidate, watch_fields=["name"])
    wrapper = function("custom", "id", rule)
    other = function("acustom", "id", InvalidationRule(Product, invalidator=ainvalidate))
    dotted = InvalidationRule(Product, invalidator=f"{__name__}.wipe_all")
    last = function("dotted", "id", dotted)
    product = Product.objects.using(using).create(name="a")
    for each in (wrapper, other, last):
        assert [each(product.pk), each(99)]
    product.name = "b"
    product.save()
    created, updated = changes
    assert (created.action, created.old, created.new["name"]) == ("created", {}, "a")
    assert (updated.action, updated.old["name"], updated.new["name"]) == ("updated", "a", "b")
    assert updated.fields == {"name"}
    assert updated.model == "restflow_testing.Product"

    def statuses(each: Any) -> list[str]:
        return [each.get_with_metadata(pk)[1]["cache_status"] for pk in (product.pk, 99)]

    assert statuses(wrapper) == ["MISS", "MISS"]
    assert statuses(other) == ["MISS", "HIT"]
    assert statuses(last) == ["MISS", "MISS"]


def wipe_all(wrapper: Any, change: Change) -> None:
    """Found by its dotted path."""
    wrapper.invalidate_all()


def test_rewarm(using: str) -> None:
    calls: list[Any] = []

    @cache_result(
        InlineKeyConstructor({"pk": ArgsKeyField("pk", partition=True)}, namespace="rewarm"),
        invalidates_on=[InvalidationRule(Product, {"pk": "id"}, rewarm=True)],
    )
    def names(pk: int) -> str:
        calls.append(pk)
        return Product.objects.using(using).get(pk=pk).name

    product = Product.objects.using(using).create(name="a")
    assert calls == [product.pk]
    assert names.get_with_metadata(product.pk)[0:1] == ("a",)
    with transaction.atomic(using=using):
        product.name = "b"
        product.save()
        assert len(calls) == 1
    value, metadata = names.get_with_metadata(product.pk)
    assert (value, metadata["cache_status"], len(calls)) == ("b", "HIT", 2)
    with transaction.atomic(using=using):
        product.save()
        transaction.set_rollback(True, using=using)
    assert len(calls) == 2
    product.delete()
    assert len(calls) == 2


def test_errors_stay_out_of_the_save(using: str, caplog: pytest.LogCaptureFixture) -> None:
    def fail(wrapper: Any, change: Change) -> None:
        raise LookupError("planted")

    function("failing", "id", InvalidationRule(Tag, invalidator=fail))
    later: list[int] = []
    with transaction.atomic(using=using):
        Tag.objects.using(using).create(name="a")
        transaction.on_commit(lambda: later.append(1), using=using)
    assert later == [1]
    assert "test_table.failing" in caplog.text
    function("loud", "id", InvalidationRule(Tag, invalidator=fail, raise_exception=True))
    with pytest.raises(LookupError, match="planted"):
        Tag.objects.using(using).create(name="b")
    assert Tag.objects.using(using).count() == 2


@pytest.mark.django_db
def test_the_hooks_that_a_test_case_captures(seen: Seen) -> None:
    function("by_id", "id", InvalidationRule(Tag, {"id": "id"}))
    tag = Tag.objects.create(name="a")
    for _ in range(2):
        with TestCase.captureOnCommitCallbacks(execute=True):
            tag.save()
            tag.save()
    assert seen == [("by_id", (tag.pk,))] * 2


# -- declarations ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (lambda: InvalidationRule(Product), "has no field_mapping"),
        (
            lambda: InvalidationRule(Product, {"id": "id"}, invalidator=wipe_all),
            "does all the work",
        ),
        (lambda: InvalidationRule(Product, {"id": lambda p: p.id}), "not the name of a field"),
        (lambda: InvalidationRule(Product, {"id": "id"}, watch_fields=[]), "watch_fields is empty"),
        (lambda: InvalidationRule(Product, invalidator=7), "a function or a dotted path"),
        (lambda: InvalidationRule(Product, {"id": "colour"}), "which Product does not have"),
        (lambda: InvalidationRule(Product, {"id": "tags"}), "which has many values"),
        (lambda: InvalidationRule(Product, {"nothing": "id"}), "neither a leading partition"),
    ],
)
def test_wrong_declarations(rule: Any, words: str) -> None:
    with pytest.raises(DeclarationError, match=words):
        function("wrong", "id", rule())


def test_rewarm_needs_every_argument() -> None:
    fields = {"pk": ArgsKeyField("pk", partition=True), "scope": ArgsKeyField("scope")}

    def func(pk: int, scope: str) -> None: ...

    rule = InvalidationRule(Product, {"pk": "id"}, rewarm=True)
    with pytest.raises(DeclarationError, match="maps no value to 'scope'"):
        cache_result(InlineKeyConstructor(fields), invalidates_on=[rule])(func)


def test_a_whole_call_may_be_mapped(transactional_db: None) -> None:
    @cache_result(invalidates_on=[InvalidationRule(Tag, {"name": "name"})])
    def by_name(name: str) -> str:
        return name

    by_name("a")
    by_name("b")
    Tag.objects.create(name="a")
    assert by_name.get_with_metadata("a")[1]["cache_status"] == "MISS"
    assert by_name.get_with_metadata("b")[1]["cache_status"] == "HIT"

    def priced(name: str, currency: str = "EUR") -> str:
        return name + currency

    rule = InvalidationRule(Tag, {"name": "name"})
    with pytest.raises(DeclarationError, match="neither"):  # "USD" would stay
        cache_result(invalidates_on=[rule])(priced)


def test_a_reloaded_module_fires_once(transactional_db: None, seen: Seen) -> None:
    rules = [InvalidationRule(Tag, {"id": "id"}) for _ in range(2)]
    kept = [function("again", "id", rule) for rule in rules]
    Tag.objects.create(name="a")
    assert len(seen) == 1
    assert kept


def test_names_are_stable() -> None:
    rule = InvalidationRule(Tag, {"id": "id"})
    wrapper = function("stable", "id", rule)
    [bound] = [each for each in bound_rules if each.wrapper is wrapper]
    assert bound.name == f"{__name__}.stable:restflow_testing.tag(id=id)"
    assert issubclass(InvalidatingManager, object)
