"""The async surface: the user's hooks run where they may, in DRF's order, and none is left out."""

import asyncio
import threading
from typing import Any

import pytest
from asgiref.sync import SyncToAsync
from django.db import IntegrityError
from rest_framework import serializers as drf

from restflow.core.adapters import enter
from restflow.core.steps import AsyncOnlyError, Steps, arun, blocking
from restflow.serializers import ListSerializer, ModelSerializer, Serializer
from restflow_testing.models import Category, Product, Tag


@pytest.fixture
def hops(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every trip to a thread that is made meanwhile."""
    taken: list[str] = []
    original = SyncToAsync.__call__

    async def counted(self: Any, *args: Any, **kwargs: Any) -> Any:
        taken.append(type(self.func).__name__)
        return await original(self, *args, **kwargs)

    monkeypatch.setattr(SyncToAsync, "__call__", counted)
    return taken


def on_loop() -> bool:
    return threading.current_thread() is threading.main_thread()


class TagSerializer(ModelSerializer):
    class Meta:
        model = Tag
        fields = ["id", "name"]


class ProductSerializer(ModelSerializer):
    class Meta:
        model = Product
        fields = ["id", "name", "category", "tags"]


class Plain(Serializer):
    name: str
    count: int = 1


class TestWhereThingsRun:
    async def test_computing_takes_no_hop(self, hops: list[str]) -> None:
        serializer = Plain(data={"name": "x"})
        assert await serializer.ais_valid()
        many = Plain(data=[{"name": "x"}, {}], many=True)
        assert not await many.ais_valid()
        assert hops == []

    async def test_large_data_leave_the_loop(self, hops: list[str]) -> None:
        serializer = Plain(data=[{"name": "x"}] * 1000, many=True)
        assert await serializer.ais_valid()
        assert len(hops) == 1

    async def test_users_sync_hooks_run_in_one_stay(self, hops: list[str]) -> None:
        class Made(Plain):
            def validate_name(self, value: str) -> str:
                assert not on_loop()
                return value.upper()

            def validate(self, attrs: Any) -> Any:
                assert not on_loop()
                return attrs

            def create(self, validated_data: Any) -> Any:
                assert not on_loop()
                return dict(validated_data)

        serializer = Made(data={"name": "x"})
        assert await serializer.ais_valid()
        assert len(hops) == 1
        assert await serializer.asave(extra=1) == {"name": "X", "count": 1, "extra": 1}
        assert len(hops) == 2

    @pytest.mark.usefixtures("adb")
    async def test_queries_never_run_on_the_loop(self, hops: list[str]) -> None:
        await Tag.objects.acreate(name="taken")
        hops.clear()
        serializer = TagSerializer(data={"name": "taken"})
        assert not await serializer.ais_valid()
        assert serializer.errors["name"][0].code == "unique"
        many = ProductSerializer(data=[{"name": "a", "category": 77}], many=True)
        assert not await many.ais_valid()
        assert len(hops) == 2

    @pytest.mark.usefixtures("adb")
    async def test_data_after_an_awaited_save_need_no_query(self) -> None:
        tag = await Tag.objects.acreate(name="t")
        category = await Category.objects.acreate(name="c", slug="c")

        class Nested(ModelSerializer):
            tags = TagSerializer(many=True, read_only=True)
            parents = drf.SerializerMethodField()

            class Meta:
                model = Product
                fields = ["name", "category", "tags", "parents"]

            def get_parents(self, product: Product) -> int:
                return product.category.products.count() if product.category else 0

        serializer = Nested(data={"name": "x", "category": category.pk})
        assert await serializer.ais_valid(raise_exception=True)
        product = await serializer.asave()
        assert serializer.data["parents"] == 1  # on the loop
        await product.tags.aadd(tag)
        assert (await Nested(product).adata)["tags"] == [{"id": tag.pk, "name": "t"}]

    @pytest.mark.usefixtures("adb")
    async def test_a_decision_enters_all_of_it_in_one_stay(self, hops: list[str]) -> None:
        def handler(serializer: Any) -> Steps[Any]:
            yield blocking(Tag.objects.count)
            yield from enter(serializer, "is_valid", raise_exception=True)
            yield from enter(serializer, "save")
            return (yield from enter(serializer, "get_data"))

        data = await arun(handler(TagSerializer(data={"name": "one"})))
        assert data["name"] == "one"
        assert len(hops) == 1


class TestAsyncHooks:
    async def test_each_is_awaited_in_drfs_order(self) -> None:
        log: list[Any] = []

        def hooks(awaited: bool) -> Any:
            class Inner(Serializer):
                city: str

            class Outer(Serializer):
                a: int
                inner: Inner
                inners = Inner(many=True)
                b: int

            for cls, names in ((Inner, ["city"]), (Outer, ["a", "inner", "inners", "b"])):
                for name in names:
                    _define(cls, f"validate_{name}", log, awaited)
                _define(cls, "validate", log, awaited)
            return Outer

        data = {"a": 1, "inner": {"city": "x"}, "inners": [{"city": "y"}, {"city": ""}], "b": "z"}
        for given in (data, {**data, "b": 2, "inners": [{"city": "y"}]}, {}, None):
            results = []
            for awaited in (False, True):
                log.clear()
                serializer = hooks(awaited)(data=given)
                valid = await serializer.ais_valid() if awaited else serializer.is_valid()
                results.append((valid, serializer.errors, serializer.validated_data, list(log)))
            assert results[0] == results[1]

    async def test_a_prefixed_hook_stands_for_its_sync_name(self) -> None:
        class Made(Plain):
            async def avalidate_name(self, value: str) -> str:
                await asyncio.sleep(0)
                return value * 2

            async def avalidate(self, attrs: Any) -> Any:
                return {**attrs, "seen": True}

        serializer = Made(data={"name": "x"})
        assert await serializer.ais_valid()
        assert serializer.validated_data == {"name": "xx", "count": 1, "seen": True}

    async def test_async_create_and_update_are_awaited(self) -> None:
        class Made(Plain):
            async def create(self, validated_data: Any) -> Any:
                await asyncio.sleep(0)
                return ["created", dict(validated_data)]

            async def aupdate(self, instance: Any, validated_data: Any) -> Any:
                return ["updated", instance, dict(validated_data)]

        serializer = Made(data={"name": "x"})
        await serializer.ais_valid()
        assert await serializer.asave(by=1) == ["created", {"name": "x", "count": 1, "by": 1}]
        serializer = Made("old", data={"name": "x"})
        await serializer.ais_valid()
        assert await serializer.asave() == ["updated", "old", {"name": "x", "count": 1}]
        many = Made(data=[{"name": "x"}, {"name": "y"}], many=True)
        await many.ais_valid()
        assert [made[1]["name"] for made in await many.asave()] == ["x", "y"]

    async def test_async_representation_is_awaited(self) -> None:
        class Inner(Serializer):
            city: str

            async def ato_representation(self, instance: Any) -> Any:
                return {"shouted": instance["city"].upper()}

        class Made(Serializer):
            inner: Inner
            inners = Inner(many=True)
            title = drf.SerializerMethodField()

            async def get_title(self, instance: Any) -> str:
                await asyncio.sleep(0)
                return "async"

        given = {"inner": {"city": "a"}, "inners": [{"city": "b"}]}
        expected = {"inner": {"shouted": "A"}, "inners": [{"shouted": "B"}], "title": "async"}
        assert await Made(given).adata == expected
        assert await Made([given], many=True).adata == [expected]
        with pytest.raises(AsyncOnlyError, match=r"ato_representation\(\) is async"):
            _ = Made(given).data

    async def test_sync_overrides_above_async_hooks_wait_for_them(self) -> None:
        class Made(Plain):
            async def validate_name(self, value: str) -> str:
                return value.upper()

            def to_internal_value(self, data: Any) -> Any:
                assert not on_loop()
                return {**super().to_internal_value(data), "over": True}

        serializer = Made(data={"name": "x"})
        assert await serializer.ais_valid()
        assert serializer.validated_data == {"name": "X", "count": 1, "over": True}

    async def test_overridden_calls_of_the_other_colour_are_used(self) -> None:
        log: list[str] = []

        class Made(Plain):
            def is_valid(self, *, raise_exception: bool = False) -> bool:
                log.append("is_valid")
                return super().is_valid(raise_exception=raise_exception)

            def save(self, **kwargs: Any) -> Any:
                log.append("save")
                return super().save(**kwargs)

            def create(self, validated_data: Any) -> Any:
                log.append("create")
                return dict(validated_data)

        serializer = Made(data={"name": "x"})
        assert await serializer.ais_valid()
        assert await serializer.asave() == {"name": "x", "count": 1}
        assert log == ["is_valid", "save", "create"]

    async def test_a_list_serializer_of_ones_own(self) -> None:
        class Rows(ListSerializer):
            async def aupdate(self, instance: Any, validated_data: Any) -> Any:
                return [*instance, *validated_data]

            async def arun_child_validation(self, data: Any) -> Any:
                return await super().arun_child_validation({**data, "count": 5})

        class Made(Plain):
            class Meta:
                list_serializer_class = Rows

        serializer = Made([1], data=[{"name": "x"}], many=True)
        assert await serializer.ais_valid()
        assert await serializer.asave() == [1, {"name": "x", "count": 5}]

    async def test_invalid_data_raise_if_asked(self) -> None:
        with pytest.raises(drf.ValidationError) as caught:
            await Plain(data={}).ais_valid(raise_exception=True)
        assert caught.value.detail["name"][0].code == "required"  # type: ignore[index, call-overload]

    async def test_saving_too_early_is_refused(self) -> None:
        class Made(Plain):
            async def create(self, validated_data: Any) -> Any:
                return validated_data

        with pytest.raises(AssertionError, match="ais_valid"):
            await Made(data={"name": "x"}).asave()
        serializer = Made(data={})
        await serializer.ais_valid()
        with pytest.raises(AssertionError, match="Invalid data"):
            await serializer.asave()


def _define(cls: Any, name: str, log: list[Any], awaited: bool) -> None:
    def hook(self: Any, value: Any) -> Any:
        log.append((cls.__name__, name, repr(value)))
        if value == "y":
            raise drf.ValidationError("why")
        return value

    async def async_hook(self: Any, value: Any) -> Any:
        await asyncio.sleep(0)
        return hook(self, value)

    setattr(cls, name, async_hook if awaited else hook)


class TestSyncRefuses:
    @pytest.mark.parametrize("name", ["validate_name", "avalidate_name", "validate", "avalidate"])
    def test_validating_without_an_async_hook(self, name: str) -> None:
        async def hook(self: Any, value: Any) -> Any:
            return value

        made = type(Serializer)("Made", (Plain,), {name: hook})
        with pytest.raises(AsyncOnlyError, match=rf"Made\.{name}\(\) is async.*ais_valid"):
            made(data={"name": "x"}).is_valid()
        with pytest.raises(AsyncOnlyError, match=rf"Made\.{name}\(\)"):
            made(data=[{"name": "x"}], many=True).is_valid()
        outer = type(Serializer)("Outer", (Serializer,), {"inner": made()})
        with pytest.raises(AsyncOnlyError, match=rf"Made\.{name}\(\)"):
            outer(data={"inner": {"name": "x"}}).is_valid()
        dynamic = type(Serializer)(
            "Dynamic", (made,), {"get_fields": lambda s: made().get_fields()}
        )
        with pytest.raises(AsyncOnlyError, match=rf"\.{name}\(\)"):
            dynamic(data={"name": "x"}).is_valid()

    @pytest.mark.parametrize("name", ["create", "acreate"])
    def test_saving_without_an_async_hook(self, name: str) -> None:
        async def hook(self: Any, validated_data: Any) -> Any:
            return validated_data

        made = type(Serializer)("Made", (Plain,), {name: hook})
        for kwargs in ({"data": {"name": "x"}}, {"data": [{"name": "x"}], "many": True}):
            serializer = made(**kwargs)
            assert serializer.is_valid()
            with pytest.raises(AsyncOnlyError, match=rf"Made\.{name}\(\) is async.*asave"):
                serializer.save()


class TestTransactions:
    @pytest.mark.usefixtures("adb")
    async def test_a_save_is_one_transaction(self, monkeypatch: pytest.MonkeyPatch) -> None:
        tag = await Tag.objects.acreate(name="t")

        def broken(self: Any, *args: Any, **kwargs: Any) -> None:
            raise IntegrityError("no through rows today")

        serializer = ProductSerializer(data={"name": "x", "tags": [tag.pk]})
        assert await serializer.ais_valid()
        manager = type(Product(pk=1).tags)
        monkeypatch.setattr(manager, "set", broken)
        with pytest.raises(IntegrityError):
            await serializer.asave()
        assert await Product.objects.acount() == 0

    @pytest.mark.usefixtures("adb")
    async def test_a_list_is_one_transaction(self) -> None:
        class Made(TagSerializer):
            def create(self, validated_data: Any) -> Any:
                if validated_data["name"] == "b":
                    raise IntegrityError("b")
                return super().create(validated_data)

        serializer = Made(data=[{"name": "a"}, {"name": "b"}], many=True)
        assert await serializer.ais_valid()
        with pytest.raises(IntegrityError):
            await serializer.asave()
        assert await Tag.objects.acount() == 0

    @pytest.mark.usefixtures("adb")
    async def test_acreate_and_aupdate_write_the_relations(self) -> None:
        tag = await Tag.objects.acreate(name="t")
        serializer = ProductSerializer()
        product = await serializer.acreate({"name": "x", "tags": [tag]})
        assert [t.pk async for t in product.tags.all()] == [tag.pk]
        product = await serializer.aupdate(product, {"name": "y", "tags": []})
        assert product.name == "y"
        assert [t.pk async for t in product.tags.all()] == []
