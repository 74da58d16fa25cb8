"""Serializers as users declare them: validated data are known without a plugin."""

from __future__ import annotations

from typing import Any, Literal

from rest_framework import serializers as drf

from restflow.serializers import (
    Email,
    Field,
    HyperlinkedModelSerializer,
    InlineSerializer,
    ListSerializer,
    ModelSerializer,
    NotRequired,
    Serializer,
    ValidatedData,
)


class Address(Serializer):
    city: str


class User(Serializer):
    name: str
    age: int = 18
    email: Email
    bio: str | None
    role: Literal["admin", "user"]
    tags: list[str]
    address: Address
    items: list[int]
    secret: str = Field(write_only=True)
    code: str = drf.CharField(max_length=3)  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]


def attributes(user: User) -> tuple[str, int, str | None, str, list[int]]:
    data = user.validated_data
    return data.name, data.age + 1, data.bio, data.address.city, data.items


def mapping(user: User) -> dict[str, Any]:
    data = user.validated_data
    if "name" in data:
        return {"name": data["name"], "age": data.get("age"), "size": len(data)}
    return {**data}


def rejected(user: User) -> int:
    nobody = user.validated_data.nam  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    user.validated_data.age.upper()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    return user.validated_data.name or nobody  # type: ignore[return-value]  # pyright: ignore[reportReturnType]


async def surface(data: dict[str, Any]) -> Any:
    serializer = User(data=data)
    valid: bool = await serializer.ais_valid(raise_exception=True)
    saved = await serializer.asave(owner=1)
    await serializer.acreate({"name": "x"})
    await serializer.aupdate(saved, {"name": "y"})
    await serializer.ato_internal_value(data)
    await serializer.arun_validation(data)
    await serializer.ais_valid(raise_exceptions=True)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    return valid, await serializer.adata, serializer.data


class Hooked(Serializer):
    name: NotRequired[str]

    async def validate_name(self, value: str) -> str:
        return value

    async def avalidate(self, attrs: ValidatedData) -> ValidatedData:
        return attrs


class Rows(ListSerializer):
    async def aupdate(self, instance: Any, validated_data: Any) -> Any:
        return instance


class Book(ModelSerializer):
    title: str

    class Meta:
        fields = ("id",)
        list_serializer_class = Rows


class Linked(HyperlinkedModelSerializer):
    title: str


Made = InlineSerializer(name="Made", fields={"city": str})


def title(book: Book, linked: Linked) -> str:
    return book.validated_data.title + linked.validated_data.title
