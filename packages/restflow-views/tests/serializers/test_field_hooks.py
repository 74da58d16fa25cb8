"""Async methods of field classes and async validators: awaited, or refused by name."""

from __future__ import annotations

import asyncio
import threading
from typing import Annotated, Any

import pytest
from annotated_types import Predicate
from django.core.exceptions import ValidationError as DjangoValidationError
from rest_framework import serializers as drf

from restflow.core.steps import AsyncOnlyError
from restflow.serializers import ListSerializer, ModelSerializer, Serializer
from restflow_testing.models import Tag


def on_loop() -> bool:
    return threading.current_thread() is threading.main_thread()


class Doubled(drf.CharField):
    """A user's own field, its work awaited."""

    async def to_internal_value(self, data: Any) -> str:
        assert on_loop()
        await asyncio.sleep(0)
        value = super().to_internal_value(data)
        if value == "bad":
            raise drf.ValidationError("bad text", code="bad")
        return value * 2

    async def to_representation(self, value: Any) -> str:
        assert on_loop()
        await asyncio.sleep(0)
        return f"<{value}>"


class Same(drf.CharField):
    """What :class:`Doubled` does, without waiting."""

    def to_internal_value(self, data: Any) -> str:
        value = super().to_internal_value(data)
        if value == "bad":
            raise drf.ValidationError("bad text", code="bad")
        return value * 2

    def to_representation(self, value: Any) -> str:
        return f"<{value}>"


class Prefixed(drf.CharField):
    async def ato_internal_value(self, data: Any) -> str:
        return f"a{data}"

    async def arun_validation(self, data: Any = drf.empty) -> Any:
        value = await self.ato_internal_value(data)
        if value == "abad":
            raise drf.ValidationError("bad text", code="bad")
        return value


class Both(drf.CharField):
    def to_internal_value(self, data: Any) -> str:
        return f"sync {data}"

    async def ato_internal_value(self, data: Any) -> str:
        return f"async {data}"


class Upper(drf.CharField):
    """A user's sync method above an async one: it waits in the worker thread."""

    async def to_internal_value(self, data: Any) -> str:
        return str(data)

    def run_validation(self, data: Any = drf.empty) -> Any:
        assert not on_loop()
        return super().run_validation(data).upper()


class Fetched(drf.CharField):
    async def get_attribute(self, instance: Any) -> Any:
        await asyncio.sleep(0)
        return instance["title"] + "!"


class Shelf(drf.SlugRelatedField):
    async def to_internal_value(self, data: Any) -> Any:
        return f"shelf {data}"


async def lower(value: Any) -> None:
    await asyncio.sleep(0)
    if value != str(value).lower():
        raise drf.ValidationError("not lower", code="lower")


class Short:
    """An async validator that is an object, and wants to know its field."""

    requires_context = True

    async def __call__(self, value: Any, serializer_field: Any) -> None:
        await asyncio.sleep(0)
        if len(value) > 4:
            raise DjangoValidationError("%(name)s is long", params={"name": serializer_field.label})


def long(value: Any) -> None:
    if len(value) > 5:
        raise drf.ValidationError("too long", code="long")


def made(**fields: Any) -> Any:
    return type(Serializer)("Made", (Serializer,), fields)


async def verdict(cls: Any, data: Any, **kwargs: Any) -> Any:
    serializer = cls(data=data, **kwargs)
    await serializer.ais_valid()
    return serializer.errors or serializer.validated_data


def sync_verdict(cls: Any, data: Any, **kwargs: Any) -> Any:
    serializer = cls(data=data, **kwargs)
    serializer.is_valid()
    return serializer.errors or serializer.validated_data


ENDS: list[Any] = ["x", "bad", "", "  ", None, 3, [], {}, "missing"]
ARGUMENTS: list[dict[str, Any]] = [
    {},
    {"allow_null": True, "allow_blank": True},
    {"required": False, "max_length": 3},
    {"default": "d", "source": "deep.inside"},
    {"trim_whitespace": False, "validators": [long]},
]
CONTAINERS: list[Any] = [
    lambda field: field,
    lambda field: drf.ListField(child=field),
    lambda field: drf.DictField(child=field),
    lambda field: drf.ListField(child=drf.ListField(child=field), allow_empty=False),
]


class TestAwaited:
    @pytest.mark.parametrize(
        "arguments", ARGUMENTS, ids=["plain", "null", "optional", "default", "validators"]
    )
    @pytest.mark.parametrize("container", CONTAINERS, ids=["bare", "list", "dict", "lists"])
    async def test_as_a_sync_field_would_do(self, container: Any, arguments: Any) -> None:
        if container is not CONTAINERS[0]:  # an item has no source
            arguments = {key: value for key, value in arguments.items() if key != "source"}
        theirs, ours = made(a=container(Same(**arguments))), made(a=container(Doubled(**arguments)))
        inputs: list[Any] = []
        for end in ENDS:
            forms: list[Any] = [end, [end, "y"], {"k": end, 1: "y"}, [[end], []]]
            fitting = (forms[0], forms[CONTAINERS.index(container)])
            inputs += [{} if value == "missing" else {"a": value} for value in fitting]
        for data in inputs:
            assert await verdict(ours, data) == sync_verdict(theirs, data), data
        assert await verdict(ours, inputs, many=True) == sync_verdict(theirs, inputs, many=True)

    @pytest.mark.parametrize("container", CONTAINERS[:3], ids=["bare", "list", "dict"])
    @pytest.mark.parametrize("value", ["x", None, ["x", None], {"k": "x", "n": None}, []])
    async def test_representation_as_a_sync_field_would_do(
        self, container: Any, value: Any
    ) -> None:
        theirs, ours = made(a=container(Same())), made(a=container(Doubled()))
        given = {"a": value}
        try:
            expected = theirs(given).data
        except (AttributeError, TypeError):  # no such container
            return
        assert await ours(given).adata == expected
        assert await ours([given], many=True).adata == [expected]

    async def test_nested_serializers(self) -> None:
        inner, sync = made(a=Doubled()), made(a=Same())
        for data in ({"a": "x"}, {"a": "bad"}, {}):
            given = {"one": data, "many": [data, {"a": "y"}]}
            ours = made(one=inner(), many=inner(many=True))
            theirs = made(one=sync(), many=sync(many=True))
            assert await verdict(ours, given) == sync_verdict(theirs, given)
        shown = await made(one=inner())({"one": {"a": "x"}}).adata
        assert shown == {"one": {"a": "<x>"}}

    async def test_a_prefixed_method_stands_for_its_sync_name(self) -> None:
        assert await verdict(made(a=Prefixed()), {"a": "x"}) == {"a": "ax"}
        errors = await verdict(made(a=Prefixed()), {"a": "bad"})
        assert errors["a"][0].code == "bad"

    async def test_each_colour_has_its_own(self) -> None:
        cls = made(a=Both())
        # Either form will do: the one that fits where the rest of the work is done.
        assert (await verdict(cls, {"a": "x"}))["a"] in ("async x", "sync x")
        assert sync_verdict(cls, {"a": "x"}) == {"a": "sync x"}

    async def test_a_sync_method_above_waits(self) -> None:
        assert await verdict(made(a=Upper()), {"a": "x"}) == {"a": "X"}

    async def test_an_attribute_is_awaited(self) -> None:
        assert await made(a=Fetched())({"title": "t"}).adata == {"a": "t!"}

    @pytest.mark.usefixtures("adb")
    async def test_relations(self) -> None:
        cls = made(a=Shelf(slug_field="name", queryset=Tag.objects.all(), allow_null=True))
        assert await verdict(cls, {"a": "x"}) == {"a": "shelf x"}
        assert await verdict(cls, {"a": ""}) == {"a": None}

    async def test_users_code_in_a_thread_waits_for_a_field(self) -> None:
        class Made(Serializer):
            a = Doubled()
            b = drf.JSONField(required=False)

            def to_internal_value(self, data: Any) -> Any:
                assert not on_loop()
                again = self.fields["a"].run_validation(data["a"])
                return {**super().to_internal_value(data), "again": again}

        assert await verdict(Made, {"a": "x"}) == {"a": "xx", "again": "xx"}

    async def test_fields_inside_our_own_containers(self) -> None:
        class Made(Serializer):
            pair: tuple[int, str]

        Made._declared_fields["pair"].items[1] = Doubled()
        pair = Made._declared_fields["pair"]
        pair._args, pair._kwargs = (), {**pair._kwargs, "items": list(pair.items)}
        assert await verdict(Made, {"pair": [1, "x"]}) == {"pair": (1, "xx")}
        with pytest.raises(AsyncOnlyError, match="Doubled"):
            Made(data={"pair": [1, "x"]}).is_valid()

    async def test_a_field_with_attributes_of_those_names(self) -> None:
        class Named(drf.CharField):
            def __init__(self, **kwargs: Any) -> None:
                super().__init__(**kwargs)
                self.items, self.cases, self.child, self.wire = ["x"], {"a": 1}, "c", None

        assert await verdict(made(a=Named()), {"a": "x"}) == {"a": "x"}


class TestValidators:
    @pytest.mark.parametrize("validator", [lower, Short()], ids=["function", "object"])
    async def test_of_a_field(self, validator: Any) -> None:
        cls = made(a=drf.CharField(validators=[long, validator], label="a"), b=drf.CharField())
        assert await verdict(cls, {"a": "x", "b": "y"}) == {"a": "x", "b": "y"}
        errors = await verdict(cls, {"a": "LONGEST", "b": ""})
        assert [len(errors["a"]), len(errors["b"])] == [2, 1]
        assert errors["a"][0].code == "long"
        assert errors["a"][1] in ("not lower", "a is long")

    async def test_of_an_item(self) -> None:
        cls = made(a=drf.ListField(child=drf.CharField(validators=[lower])))
        errors = await verdict(cls, {"a": ["x", "Y"]})
        assert errors["a"][1][0].code == "lower"

    async def test_errors_of_djangos_kind_in_containers(self) -> None:
        def short(value: Any) -> str:
            if len(value) > 4:
                raise DjangoValidationError("long", code="long")
            return str(value)

        class Sync(drf.CharField):
            def to_internal_value(self, data: Any) -> str:
                return short(data)

        class Async(drf.CharField):
            async def to_internal_value(self, data: Any) -> str:
                return short(data)

        for container in CONTAINERS:
            theirs, ours = made(a=container(Sync())), made(a=container(Async()))
            for value in ("longest", ["x", "longest"], {"k": "longest", "n": ""}, [["longest"]]):
                expected = sync_verdict(theirs, {"a": value})
                assert await verdict(ours, {"a": value}) == expected

    @pytest.mark.parametrize("dynamic", [False, True])
    async def test_of_a_serializer(self, dynamic: bool) -> None:
        seen: list[Any] = []

        async def together(attrs: Any) -> None:
            await asyncio.sleep(0)
            seen.append(dict(attrs))
            if attrs["a"] == attrs["b"]:
                raise drf.ValidationError("the same", code="same")

        class Made(Serializer):
            a: str
            b: str
            c = drf.CharField(read_only=True, default="read")

            class Meta:
                validators = [together]

        if dynamic:
            Made.get_fields = lambda self: Serializer.get_fields(self)  # type: ignore[method-assign]
        assert await verdict(Made, {"a": "x", "b": "y"}) == {"a": "x", "b": "y"}
        assert seen == [{"a": "x", "b": "y", "c": "read"}]
        errors = await verdict(Made, {"a": "x", "b": "x"})
        assert errors["non_field_errors"][0].code == "same"
        with pytest.raises(AsyncOnlyError, match=r"together\(\) is async.*ais_valid"):
            Made(data={"a": "x", "b": "y"}).is_valid()

    async def test_run_validators_of_a_serializer(self) -> None:
        class Made(Serializer):
            a: str

            async def run_validators(self, value: Any) -> None:
                if value["a"] == "x":
                    raise drf.ValidationError("no x")

        assert await verdict(Made, {"a": "x"}) == {"non_field_errors": ["no x"]}
        with pytest.raises(AsyncOnlyError, match=r"Made\.run_validators\(\)"):
            Made(data={"a": "x"}).is_valid()

    async def test_empty_values_of_a_serializer(self) -> None:
        class Made(Serializer):
            a: str

            async def validate_empty_values(self, data: Any) -> Any:
                return (True, {"a": "empty"}) if not data else (False, data)

        assert await verdict(Made, {}) == {"a": "empty"}
        assert await verdict(Made, {"a": "x"}) == {"a": "x"}
        with pytest.raises(AsyncOnlyError, match=r"Made\.validate_empty_values\(\)"):
            Made(data={}).is_valid()

    def test_an_async_predicate_is_refused(self) -> None:
        async def good(value: Any) -> bool:
            return False

        with pytest.raises(TypeError, match=r"Made\.a cannot be made.*async"):

            class Made(Serializer):
                a: Annotated[str, Predicate(good)]  # type: ignore[arg-type]


CASES: list[tuple[Any, str]] = [
    (Doubled(), r"Doubled\.to_internal_value"),
    (Prefixed(), r"Prefixed\.arun_validation"),
    (Upper(), r"Upper\.to_internal_value"),
    (drf.CharField(validators=[lower]), r"test_field_hooks\.lower"),
    (drf.CharField(validators=[Short()]), r"Short\.__call__"),
    (drf.ListField(child=Doubled()), r"Doubled\.to_internal_value"),
    (drf.DictField(child=drf.CharField(validators=[lower])), r"\.lower"),
]


class TestRefused:
    @pytest.mark.parametrize(("field", "name"), CASES, ids=[name for _, name in CASES])
    def test_by_name(self, field: Any, name: str) -> None:
        cls = made(a=field)
        for kwargs in ({"data": {"a": "x"}}, {"data": [{"a": "x"}], "many": True}):
            with pytest.raises(AsyncOnlyError, match=rf"{name}\(\) is async.*ais_valid"):
                cls(**kwargs).is_valid()
        outer = made(inner=cls())
        with pytest.raises(AsyncOnlyError, match=rf"{name}\(\) is async"):
            outer(data={"inner": {"a": "x"}}).is_valid()
        dynamic = type(Serializer)("Dynamic", (cls,), {"get_fields": lambda s: cls().get_fields()})
        with pytest.raises(AsyncOnlyError, match=rf"{name}\(\) is async"):
            dynamic(data={"a": "x"}).is_valid()

    def test_representation_by_name(self) -> None:
        cls = made(a=Doubled())
        for shown in (cls({"a": "x"}), cls([{"a": "x"}], many=True)):
            with pytest.raises(AsyncOnlyError, match=r"Doubled\.to_representation\(\) is async"):
                _ = shown.data
        with pytest.raises(AsyncOnlyError, match=r"Fetched\.get_attribute\(\) is async"):
            _ = made(a=Fetched())({"title": "t"}).data

    def test_a_field_that_users_code_calls(self) -> None:
        class Made(Serializer):
            a = Doubled()

            def to_representation(self, instance: Any) -> Any:
                return {"a": self.fields["a"].to_representation(instance["a"])}

        with pytest.raises(AsyncOnlyError, match=r"Doubled\.to_representation\(\) is async"):
            _ = Made({"a": "x"}).data

    def test_a_list_of_ones_own(self) -> None:
        class Rows(ListSerializer):
            async def run_validators(self, value: Any) -> None:
                raise drf.ValidationError("no")

        class Made(Serializer):
            a: str

            class Meta:
                list_serializer_class = Rows

        with pytest.raises(AsyncOnlyError, match=r"Rows\.run_validators\(\)"):
            Made(data=[{"a": "x"}], many=True).is_valid()


@pytest.mark.usefixtures("adb")
async def test_a_model_serializer_saves_what_was_awaited() -> None:
    class TagSerializer(ModelSerializer):
        name = Doubled()

        class Meta:
            model = Tag
            fields = ["name"]

    serializer = TagSerializer(data={"name": "x"})
    assert await serializer.ais_valid(raise_exception=True)
    tag = await serializer.asave()
    assert (await Tag.objects.aget(pk=tag.pk)).name == "xx"
    assert await serializer.adata == {"name": "<xx>"}
