"""A plan holds only while class, instance and settings are what it was made from."""

import datetime
from collections import OrderedDict, defaultdict
from decimal import Decimal, InvalidOperation
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import override_settings
from django.utils import timezone
from rest_framework import serializers as drf

from restflow.serializers import ListSerializer, ModelSerializer, Serializer
from restflow.serializers.plans import plan_for, plan_of
from restflow_testing.models import Category, Product


class Plain(Serializer):
    name: str
    price: Decimal = Decimal("1.00")


class Named(ModelSerializer):
    class Meta:
        model = Product
        fields = ["name", "stock"]


def fresh() -> Any:
    class Made(Serializer):
        a = drf.CharField()
        b = drf.IntegerField(required=False)

    return Made


def test_an_ordinary_class_has_one_plan() -> None:
    cls = fresh()
    assert plan_of(cls) is not None
    assert plan_of(cls) is plan_of(cls)
    assert plan_for(cls()) is plan_of(cls)


class TestInstances:
    def test_popping_a_field(self) -> None:
        serializer = fresh()({"a": "x", "b": 1})
        serializer.fields.pop("b")
        assert serializer.data == {"a": "x"}

    def test_changing_a_field(self) -> None:
        serializer = fresh()(data={"a": ""})
        serializer.fields["a"].allow_blank = True
        assert serializer.is_valid()

    def test_changing_a_childs_fields(self) -> None:
        many = fresh()([{"a": "x", "b": 1}], many=True)
        many.child.fields.pop("a")
        assert many.data == [{"b": 1}]
        checked = fresh()(data=[{"b": "x"}], many=True)
        checked.child.fields.pop("a")
        assert not checked.is_valid()
        assert checked.errors[0].keys() == {"b"}

    def test_changing_a_nested_field(self) -> None:
        class Outer(Serializer):
            inner = fresh()()

        serializer = Outer({"inner": {"a": "x", "b": 1}})
        serializer.fields["inner"].fields.pop("b")
        assert serializer.data == {"inner": {"a": "x"}}

    def test_fields_in_a_constructor(self) -> None:
        class Short(fresh()):  # type: ignore[misc]
            def __init__(self, *args: Any, only: Any = None, **kwargs: Any) -> None:
                super().__init__(*args, **kwargs)
                for name in set(self.fields if only else ()) - set(only or ()):
                    self.fields.pop(name)

        given = {"a": "x", "b": 1}
        assert Short(given).data == given
        assert Short(given, only=["b"]).data == {"b": 1}
        assert Short([given], many=True, only=["b"]).data == [{"b": 1}]

        class Outer(Serializer):
            inner = Short(only=["a"])

        assert Outer({"inner": given}).data == {"inner": {"a": "x"}}

    @pytest.mark.parametrize("name", ["to_representation", "validate", "validate_a", "get_fields"])
    def test_a_method_on_an_instance(self, name: str) -> None:
        serializer = fresh()({"a": "x"}, data={"a": "y"})
        assert plan_for(serializer) is not None
        setattr(serializer, name, lambda *args: {"own": 1})
        assert plan_for(serializer) is None

    def test_validators_of_one_instance(self) -> None:
        def refuse(value: Any) -> None:
            raise drf.ValidationError("no")

        serializer = fresh()(data={"a": "x"}, validators=[refuse])
        assert not serializer.is_valid()

    def test_defaults_are_not_shared(self) -> None:
        class Made(Serializer):
            tags = drf.ListField(default=[])
            more = drf.JSONField(default=dict)

        first, second = Made(data={}), Made(data={})
        assert first.is_valid()
        assert second.is_valid()
        first.validated_data["tags"].append(1)
        first.validated_data["more"]["x"] = 1
        assert second.validated_data == {"tags": [], "more": {}}

    def test_fields_changed_between_rows(self) -> None:
        class Made(fresh()):  # type: ignore[misc]
            c = drf.SerializerMethodField()

            def get_c(self, instance: Any) -> str:
                self.fields.pop("b", None)
                return "c"

        rows = [{"a": "x", "b": 1}, {"a": "y", "b": 2}]
        assert Made(rows, many=True).data[1] == {"a": "y", "c": "c"}


class TestClasses:
    def test_a_patched_hook(self) -> None:
        cls = fresh()
        assert cls({"a": "x"}).data == {"a": "x"}
        cls.to_representation = lambda self, instance: {"patched": True}
        assert cls({"a": "x"}).data == {"patched": True}
        assert cls([{"a": "x"}], many=True).data == [{"patched": True}]
        del cls.to_representation
        assert cls({"a": "x"}).data == {"a": "x"}

    def test_a_hook_patched_into_a_mixin(self) -> None:
        class Mixin:
            def validate_a(self, value: str) -> str:
                return value

        cls = type(Serializer)("Made", (Mixin, fresh()), {})
        assert cls(data={"a": "x"}).is_valid()
        Mixin.validate_a = lambda self, value: value * 2  # type: ignore[method-assign, assignment]
        serializer = cls(data={"a": "x"})
        serializer.is_valid()
        assert serializer.validated_data == {"a": "xx"}

    def test_declared_fields_changed_in_place(self) -> None:
        cls = fresh()
        assert cls({"a": "x", "c": 1}).data == {"a": "x"}
        cls._declared_fields["c"] = drf.IntegerField()
        assert cls({"a": "x", "c": 1}).data == {"a": "x", "c": 1}

    def test_meta_changed_in_place(self) -> None:
        class Made(ModelSerializer):
            class Meta:
                model = Product
                fields = ["name"]

        product = Product(name="x", stock=3)
        assert Made(product).data == {"name": "x"}
        Made.Meta.fields.append("stock")
        assert Made(product).data == {"name": "x", "stock": 3}

    def test_a_nested_class_that_changed(self) -> None:
        inner = fresh()
        outer = type(Serializer)("Outer", (Serializer,), {"inner": inner()})
        assert outer({"inner": {"a": "x"}}).data == {"inner": {"a": "x"}}
        inner.to_representation = lambda self, instance: "inner"
        assert outer({"inner": {"a": "x"}}).data == {"inner": "inner"}

    def test_a_drf_field_that_was_patched(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(drf.CharField, "to_representation", lambda self, value: f"<{value}>")
        assert fresh()({"a": "x"}).data == {"a": "<x>"}

    def test_the_plan_is_freed_with_its_class(self) -> None:
        import gc
        import weakref

        cls = fresh()
        cls({"a": "x"}).data  # noqa: B018
        reference = weakref.ref(cls)
        del cls
        gc.collect()
        assert reference() is None


class TestSettings:
    def test_decimals(self) -> None:
        class Made(Serializer):
            price = drf.DecimalField(max_digits=5, decimal_places=2)

        assert Made({"price": Decimal("1.10")}).data == {"price": "1.10"}
        with override_settings(REST_FRAMEWORK={"COERCE_DECIMAL_TO_STRING": False}):
            assert Made({"price": Decimal("1.10")}).data == {"price": Decimal("1.10")}
        assert Made({"price": Decimal("1.10")}).data == {"price": "1.10"}

    def test_decimals_with_more_digits_than_allowed_raise_as_in_drf(self) -> None:
        for base in (drf.Serializer, Serializer):
            made = type(base)(
                "Made", (base,), {"price": drf.DecimalField(max_digits=5, decimal_places=2)}
            )
            with pytest.raises(InvalidOperation):
                _ = made({"price": Decimal("1234.56")}).data

    def test_formats(self) -> None:
        class Made(Serializer):
            on = drf.DateField()

        given = {"on": datetime.date(2024, 2, 1)}
        with override_settings(REST_FRAMEWORK={"DATE_FORMAT": "%d.%m.%Y"}):
            assert Made(given).data == {"on": "01.02.2024"}
        with override_settings(REST_FRAMEWORK={"DATE_INPUT_FORMATS": ["%d.%m.%Y"]}):
            assert not Made(data={"on": "2024-02-01"}).is_valid()
        assert Made(given).data == {"on": "2024-02-01"}

    def test_the_active_zone(self) -> None:
        class Made(Serializer):
            at = drf.DateTimeField()

        given = {"at": datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)}
        assert Made(given).data == {"at": "2024-01-01T00:00:00Z"}
        with timezone.override("Asia/Kathmandu"):
            assert Made(given).data == {"at": "2024-01-01T05:45:00+05:45"}
            serializer = Made(data={"at": "2024-01-01T00:00:00Z"})
            serializer.is_valid()
            assert str(serializer.validated_data.at.tzinfo) == "Asia/Kathmandu"

    def test_a_zone_that_a_method_activates(self) -> None:
        class Made(Serializer):
            zone = drf.SerializerMethodField()
            at = drf.DateTimeField()

            def get_zone(self, instance: Any) -> str:
                timezone.activate(instance["zone"])
                return str(instance["zone"])

        moment = datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)
        rows = [{"zone": zone, "at": moment} for zone in ("UTC", "Asia/Tokyo")]
        try:
            shown = [row["at"] for row in Made(rows, many=True).data]
        finally:
            timezone.deactivate()
        assert shown == ["2024-01-01T00:00:00Z", "2024-01-01T09:00:00+09:00"]


class TestInstancesOfEveryKind:
    @pytest.mark.parametrize(
        "made",
        [dict, OrderedDict, lambda d: SimpleNamespace(**d), lambda d: defaultdict(str, d)],
        ids=["dict", "OrderedDict", "object", "defaultdict"],
    )
    def test_mappings_and_objects(self, made: Any) -> None:
        given = made({"name": "x", "price": Decimal("2.50")})
        theirs = type(drf.Serializer)(
            "Theirs",
            (drf.Serializer,),
            {"name": drf.CharField(), "price": drf.DecimalField(None, None)},
        )
        assert Plain(given).data == theirs(given).data

    def test_missing_keys_of_a_defaultdict_are_made(self) -> None:
        given: Any = defaultdict(lambda: 7)
        assert fresh()(given).data == {"a": "7", "b": 7}

    def test_slots_properties_and_getattr(self) -> None:
        class Slotted:
            __slots__ = ("a",)

            @property
            def b(self) -> int:
                return 2

        class Magic:
            def __getattr__(self, name: str) -> Any:
                return {"a": "m", "b": 3}[name]

        slotted = Slotted()
        slotted.a = "s"
        assert fresh()([slotted, Magic()], many=True).data == [
            {"a": "s", "b": 2},
            {"a": "m", "b": 3},
        ]

    @pytest.mark.django_db
    def test_deferred_columns_and_missing_relations(self) -> None:
        Product.objects.create(name="x", stock=4)
        row = Product.objects.defer("stock").get()
        assert Named(row).data == {"name": "x", "stock": 4}

        class Related(ModelSerializer):
            category = type(ModelSerializer)(
                "C",
                (ModelSerializer,),
                {"Meta": type("Meta", (), {"model": Category, "fields": ["name"]})},
            )()

            class Meta:
                model = Product
                fields = ["category"]

        assert Related(row).data == {"category": None}
        row.category = Category.objects.create(name="c", slug="c")
        assert Related(row).data == {"category": {"name": "c"}}


def test_a_list_serializer_of_ones_own_is_used() -> None:
    class Rows(ListSerializer):
        def to_representation(self, data: Any) -> Any:
            return ["own", *super().to_representation(data)]

    class Made(Plain):
        class Meta:
            list_serializer_class = Rows

    class Outer(Serializer):
        rows = Made(many=True)

    given = [{"name": "x", "price": None}]
    assert Made(given, many=True).data[0] == "own"
    assert Outer({"rows": given}).data["rows"][0] == "own"
