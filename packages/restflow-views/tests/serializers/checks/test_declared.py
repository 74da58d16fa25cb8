"""Each check of serializers with a class that fails it and one that passes."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import path
from rest_framework import generics
from rest_framework import serializers as drf

from restflow.core.checks import registered_checks
from restflow.serializers import ListSerializer, ModelSerializer, Serializer
from restflow.serializers.checks import check_serializers
from restflow.serializers.checks.declared import problems
from restflow_testing.models import Product


def found(cls: Any) -> list[str | None]:
    return [message.id for message in problems(cls)]


def only(cls: Any, id_: str) -> Any:
    (message,) = problems(cls)
    assert message.id == id_
    assert message.hint
    assert cls.__qualname__ in message.msg
    return message


def model_class(*, bases: Any = (ModelSerializer,), body: Any = (), **meta: Any) -> Any:
    meta = {"model": Product, "fields": ["id", "name", "stock"], **meta}
    meta = {key: value for key, value in meta.items() if value is not None}
    own = {"__module__": __name__, "Meta": type("Meta", (), meta)}
    return type(bases[0])("Made", bases, {**dict(body), **own})


def plain_class(base: Any = Serializer, **body: Any) -> Any:
    own = {"__module__": __name__, "name": drf.CharField()}
    return type(base)("Made", (base,), {**own, **body})


def method(*args: Any) -> Any:
    return args[-1]


async def coroutine(*args: Any) -> Any:
    return args[-1]


class Awaited(drf.CharField):
    async def to_internal_value(self, data: Any) -> str:
        return str(data)


class Stray(drf.CharField):
    async def get_value(self, dictionary: Any) -> Any:
        return dictionary["a"]


def test_the_check_is_registered() -> None:
    assert check_serializers in list(registered_checks())


@pytest.mark.parametrize(
    ("meta", "text"),
    [
        ({"fields": ["id", "nmae"]}, "nmae"),
        ({"fields": "name"}, "fields"),
        ({"exclude": ["name"]}, "exclude"),
        ({"fields": None}, "fields"),
        ({"readonly_fields": ["name"]}, "read_only_fields"),
        ({"read_only_fields": "name"}, "read_only_fields"),
        ({"model": None}, "model"),
    ],
)
def test_fields_that_cannot_be_made(meta: dict[str, Any], text: str) -> None:
    assert text in only(model_class(**meta), "restflow.E330").msg
    assert found(model_class()) == []
    assert found(model_class(fields="__all__")) == []


def test_what_is_there_to_be_derived_from_need_not_be_complete() -> None:
    class Base(ModelSerializer):
        pass

    class Common(ModelSerializer):
        class Meta:
            fields = ["id"]

    class Made(Common):
        class Meta(Common.Meta):
            model = Product

    assert [found(cls) for cls in (Base, Common, Made)] == [[], [], []]


@pytest.mark.parametrize("name", ["validate", "validate_name", "avalidate_name", "create"])
def test_async_hooks_of_drfs_own_serializers(name: str) -> None:
    message = only(plain_class(drf.Serializer, **{name: coroutine}), "restflow.E331")
    assert f"Made.{name}()" in message.msg
    assert found(plain_class(drf.Serializer, **{name: method})) == []
    assert found(plain_class(**{name: coroutine})) == []
    assert found(plain_class(drf.Serializer, helper=coroutine)) == []


def test_async_hooks_below_drfs_own_serializers() -> None:
    inner = plain_class(validate_name=coroutine)
    for field in (inner(), inner(many=True), Awaited(), drf.ListField(child=Awaited())):
        only(plain_class(drf.Serializer, field=field), "restflow.E331")
        assert found(plain_class(field=field)) == []
    assert found(plain_class(drf.Serializer, field=plain_class()())) == []
    shown = {"shown": drf.SerializerMethodField(), "get_shown": coroutine}
    only(plain_class(drf.Serializer, **shown), "restflow.E331")
    assert found(plain_class(**shown)) == []


def test_async_hooks_under_a_list_of_drfs_own() -> None:
    class Theirs(drf.ListSerializer):
        pass

    class Ours(ListSerializer):
        pass

    for listed, ids in ((Theirs, ["restflow.E331"]), (Ours, []), (drf.ListSerializer, [])):
        meta = type("Meta", (), {"list_serializer_class": listed})
        assert found(plain_class(validate_name=coroutine, Meta=meta)) == ids
        assert found(plain_class(validate_name=method, Meta=meta)) == []


@pytest.mark.parametrize("name", ["get_fields", "aget_fields", "get_validators", "set_value"])
def test_hooks_that_nobody_awaits(name: str) -> None:
    only(plain_class(**{name: coroutine}), "restflow.E332")
    assert found(plain_class(afetch=coroutine)) == []
    assert found(plain_class(arun_validation=coroutine, run_validators=coroutine)) == []


def test_methods_of_fields_that_nobody_awaits() -> None:
    assert "Stray.get_value" in only(plain_class(a=Stray()), "restflow.E332").msg
    only(plain_class(a=drf.ListField(child=Stray())), "restflow.E332")
    only(plain_class(a=drf.CharField(default=coroutine)), "restflow.E332")
    assert found(plain_class(a=Awaited(default=dict))) == []


class TestHooksOfFields:
    def test_a_misspelt_one(self) -> None:
        assert only(plain_class(validate_nmae=method), "restflow.E333").hint == (
            "Did you mean validate_name()?"
        )
        only(plain_class(avalidate_nmae=coroutine), "restflow.E333")
        assert found(plain_class(validate_name=method)) == []

    def test_one_of_no_field(self) -> None:
        only(plain_class(validate_zip=method), "restflow.W333")

        class Helped(Serializer):
            name: str

            def validate(self, attrs: Any) -> Any:
                return self.validate_dates(attrs)

            def validate_dates(self, attrs: Any) -> Any:
                return attrs

        assert found(Helped) == []
        assert found(type(Serializer)("Sub", (Helped,), {"__module__": __name__})) == []

    def test_one_of_a_field_that_a_subclass_adds(self) -> None:
        base = plain_class(validate_zip=method)
        sub = type(Serializer)("Sub", (base,), {"zip": drf.CharField()})
        assert found(base) == found(sub) == []

    def test_one_whose_fields_depend_on_the_instance(self) -> None:
        dynamic = {"get_fields": method, "validate_zip": method}
        assert found(plain_class(**dynamic)) == []

    def test_one_of_a_read_only_field(self) -> None:
        only(model_class(body={"validate_id": method}), "restflow.E334")
        assert found(model_class(body={"validate_name": method})) == []

    def test_a_method_field_without_its_method(self) -> None:
        field = drf.SerializerMethodField()
        assert "get_title" in only(plain_class(title=field), "restflow.E335").msg
        close = only(plain_class(title=field, get_tilte=method), "restflow.E335")
        assert close.hint == "Did you mean get_tilte()?"
        assert found(plain_class(title=field, get_title=method)) == []
        assert found(plain_class(title=field, aget_title=coroutine)) == []


class TestMeta:
    @pytest.mark.parametrize(
        "meta",
        [{"read_only_fields": ["name"]}, {"extra_kwargs": {"name": {"write_only": True}}}],
    )
    def test_options_for_declared_fields(self, meta: dict[str, Any]) -> None:
        only(model_class(body={"name": drf.CharField()}, **meta), "restflow.E336")
        assert found(model_class(**meta)) == []
        annotated = {"__annotations__": {"name": str}}
        assert found(model_class(body=annotated, **meta)) == []

    def test_a_declared_field_that_is_read_only_anyway(self) -> None:
        body = {"name": drf.CharField(read_only=True)}
        assert found(model_class(body=body, read_only_fields=["name"])) == []

    @pytest.mark.parametrize(
        "meta", [{"read_only_fields": ["stokc"]}, {"extra_kwargs": {"stokc": {"min_value": 1}}}]
    )
    def test_names_of_no_field(self, meta: dict[str, Any]) -> None:
        assert only(model_class(**meta), "restflow.W337").hint == "Did you mean 'stock'?"

    def test_names_of_fields_that_a_shorter_list_leaves_out(self) -> None:
        assert found(model_class(fields=["id"], read_only_fields=["name"])) == []

    @pytest.mark.parametrize(
        ("option", "hint"),
        [
            ("write_only_fields", "extra_kwargs"),
            ("read_only_feilds", "read_only_fields"),
            ("read_only_field", "read_only_fields"),
            ("excludes", "exclude"),
        ],
    )
    def test_options_that_nobody_reads(self, option: str, hint: str) -> None:
        assert hint in only(model_class(**{option: ["name"]}), "restflow.E338").hint
        assert found(model_class(ref_name="Product", description="x")) == []

    @pytest.mark.parametrize("option", ["fields", "exclude", "read_only_fields", "extra_kwargs"])
    def test_options_of_model_serializers(self, option: str) -> None:
        meta = type("Meta", (), {option: ["name"]})
        only(plain_class(Meta=meta), "restflow.W339")
        other = type("Meta", (), {"validators": [], "model": Product})
        assert found(plain_class(Meta=other)) == []


class TestProject:
    def test_sync_views_of_drfs_own(self, settings: Any) -> None:
        def ids(serializer: Any, base: Any) -> list[str | None]:
            attributes = {"queryset": Product.objects.all(), "serializer_class": serializer}
            view = type("View", (base,), attributes)
            settings.ROOT_URLCONF = (path("x/", view.as_view()),)
            return [message.id for message in check_serializers()]

        from restflow.views import AsyncCreateAPIView, CreateAPIView

        awaited, sync = plain_class(validate_name=coroutine), plain_class(validate_name=method)
        field = plain_class(other=Awaited())
        assert ids(awaited, generics.CreateAPIView) == ["restflow.E340"]
        assert ids(field, generics.CreateAPIView) == ["restflow.E340"]
        assert ids(sync, generics.CreateAPIView) == []
        assert ids(awaited, CreateAPIView) == []
        assert ids(awaited, AsyncCreateAPIView) == []

    def test_serializers_of_apps_and_urls(self, settings: Any) -> None:
        broken = plain_class(validate_nmae=method)
        assert [message.id for message in check_serializers()] == []
        broken.__module__ = "restflow_testing.serializers"
        try:
            assert [message.id for message in check_serializers()] == ["restflow.E333"]
        finally:
            broken.__module__ = __name__
        view = type("View", (generics.ListAPIView,), {"serializer_class": broken})
        settings.ROOT_URLCONF = (path("x/", view.as_view()),)
        assert [message.id for message in check_serializers()] == ["restflow.E333"]
