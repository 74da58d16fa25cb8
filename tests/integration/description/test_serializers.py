"""Every part of the serializers description, asked of the real thing."""

from __future__ import annotations

from typing import Any, Literal, Optional

import pytest
from django.contrib.auth import get_user_model
from rest_framework import serializers as drf

from restflow.core.steps import AsyncOnlyError
from restflow.serializers import (
    Email,
    Field,
    HyperlinkedModelSerializer,
    InlineSerializer,
    ModelSerializer,
    Serializer,
)
from restflow_testing.models import Product, Tag

User = get_user_model()


class UserSerializer(Serializer):
    name: str
    age: int
    email: Email
    bio: str | None
    role: Literal["admin", "user"]
    tags: list[str]
    extra: str = Field(write_only=True)


GIVEN = {
    "name": "Ann",
    "age": 30,
    "email": "ann@example.com",
    "bio": None,
    "role": "admin",
    "tags": ["a", "b"],
    "extra": "x",
}


@pytest.mark.describes("annotations: the fields of UserSerializer")
def test_the_fields_of_user_serializer() -> None:
    kinds = {name: type(field).__name__ for name, field in UserSerializer().fields.items()}
    assert kinds == {
        "name": "CharField",
        "age": "IntegerField",
        "email": "EmailField",
        "bio": "CharField",
        "role": "ChoiceField",
        "tags": "ListField",
        "extra": "CharField",
    }
    serializer = UserSerializer(data=GIVEN)
    assert serializer.is_valid()
    assert serializer.validated_data == GIVEN


@pytest.mark.describes("annotations: T | None and Optional[T] allow null")
def test_null() -> None:
    class Made(Serializer):
        a: str | None
        b: Optional[int]  # noqa: UP045
        c: int

    fields = Made().fields
    assert [fields[name].allow_null for name in "abc"] == [True, True, False]
    assert all(field.required for field in fields.values())


@pytest.mark.describes("annotations: Literal becomes a ChoiceField")
def test_literal() -> None:
    field = UserSerializer().fields["role"]
    assert isinstance(field, drf.ChoiceField)
    assert list(field.choices) == ["admin", "user"]


@pytest.mark.describes("annotations: list[T] becomes a ListField with a child for T")
def test_list() -> None:
    class Made(Serializer):
        numbers: list[int]

    field = Made().fields["numbers"]
    assert isinstance(field, drf.ListField)
    assert isinstance(field.child, drf.IntegerField)


@pytest.mark.describes("annotations: a nested serializer nests")
def test_nested() -> None:
    class Made(Serializer):
        user: UserSerializer
        users: list[UserSerializer]

    fields = Made().fields
    assert isinstance(fields["user"], UserSerializer)
    assert isinstance(fields["users"], drf.ListSerializer)
    serializer = Made(data={"user": GIVEN, "users": [GIVEN]})
    assert serializer.is_valid()
    assert serializer.validated_data.users[0].name == "Ann"


@pytest.mark.describes("annotations: Field adds arguments")
def test_field() -> None:
    assert UserSerializer().fields["extra"].write_only
    assert "extra" not in UserSerializer(GIVEN).data


class UserModelSerializer(ModelSerializer):
    full_name: str  # auto-merged into Meta.fields

    class Meta:
        model = User
        fields = ["id", "username"]


@pytest.mark.describes("model serializer: annotated names join Meta.fields")
def test_model_serializer() -> None:
    assert list(UserModelSerializer().fields) == ["id", "username", "full_name"]
    assert UserModelSerializer.Meta.fields == ["id", "username", "full_name"]


@pytest.mark.describes("model serializer: the hyperlinked variant")
def test_hyperlinked() -> None:
    class Made(HyperlinkedModelSerializer):
        label: str

        class Meta:
            model = Product
            fields = ["url", "name"]

    fields = Made().fields
    assert list(fields) == ["url", "name", "label"]
    assert isinstance(fields["url"], drf.HyperlinkedIdentityField)


@pytest.mark.describes("InlineSerializer: a class from a dict of fields")
def test_inline() -> None:
    AddressSerializer = InlineSerializer(
        name="Address", fields={"city": str, "country": str, "zip": str}
    )
    assert AddressSerializer.__name__ == "Address"
    assert list(AddressSerializer().fields) == ["city", "country", "zip"]
    TagSerializer = InlineSerializer(name="Tag", fields={"name": ..., "note": str}, model=Tag)
    assert list(TagSerializer().fields) == ["name", "note"]
    assert TagSerializer().fields["name"].max_length == 40


class TagSerializer(ModelSerializer):
    class Meta:
        model = Tag
        fields = ["id", "name"]


@pytest.mark.describes("async: ais_valid and asave")
@pytest.mark.usefixtures("adb")
async def test_ais_valid_and_asave() -> None:
    serializer = TagSerializer(data={"name": "new"})
    await serializer.ais_valid(raise_exception=True)
    tag = await serializer.asave()
    assert serializer.data == {"id": tag.pk, "name": "new"}
    again = TagSerializer(data={"name": "new"})
    with pytest.raises(drf.ValidationError):
        await again.ais_valid(raise_exception=True)


@pytest.mark.describes("async: acreate and aupdate")
@pytest.mark.usefixtures("adb")
async def test_acreate_and_aupdate() -> None:
    tag = await TagSerializer().acreate({"name": "a"})
    await TagSerializer().aupdate(tag, {"name": "b"})
    assert [each.name async for each in Tag.objects.all()] == ["b"]


@pytest.mark.describes("async: ato_internal_value and arun_validation")
async def test_ato_internal_value_and_arun_validation() -> None:
    serializer = UserSerializer()
    assert await serializer.ato_internal_value(GIVEN) == GIVEN
    assert await serializer.arun_validation(GIVEN) == GIVEN
    with pytest.raises(drf.ValidationError):
        await serializer.arun_validation({})


@pytest.mark.describes("async: sync methods refuse async user callables")
@pytest.mark.parametrize("name", ["validate_name", "validate", "create", "update"])
def test_sync_methods_refuse(name: str) -> None:
    async def hook(self: Any, *args: Any) -> Any:
        return args[-1]

    made = type(Serializer)("Made", (UserSerializer,), {name: hook})
    serializer = made({} if name == "update" else None, data=GIVEN)
    call = serializer.is_valid
    if name in ("create", "update"):
        assert serializer.is_valid()
        call = serializer.save
    with pytest.raises(AsyncOnlyError, match=rf"Made\.{name}\(\) is async"):
        call()
