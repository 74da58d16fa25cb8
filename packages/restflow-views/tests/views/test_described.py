"""What DRF's metadata and forms see of the helpers' ``get_serializer``."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.response import Response
from rest_framework.serializers import CharField, Serializer

from restflow.test import AsyncAPIRequestFactory
from restflow.views import AsyncAPIView


class NameSerializer(Serializer):
    name = CharField()


class Plain(AsyncAPIView):
    authentication_classes: list[Any] = []
    permission_classes: list[Any] = []

    async def post(self, request: Any) -> Response:
        serializer = self.get_serializer(data=request.data, serializer_class=NameSerializer)
        serializer.is_valid(raise_exception=True)
        return Response(serializer.validated_data)


class WithClass(Plain):
    request_serializer_class = NameSerializer


class WithGetter(Plain):
    def get_serializer_class(self) -> Any:
        return NameSerializer


async def answered(cls: Any, method: str, **kwargs: Any) -> Any:
    request = getattr(AsyncAPIRequestFactory(), method)("/", **kwargs)
    return await cls.as_view()(request)


@pytest.mark.parametrize("cls", [Plain, WithClass, WithGetter])
async def test_a_call_that_names_the_class_works_everywhere(cls: Any) -> None:
    response = await answered(cls, "post", data={"name": "ink"}, format="json")
    assert response.data == {"name": "ink"}


async def test_metadata_describes_input_where_there_is_a_class() -> None:
    assert "actions" not in (await answered(Plain, "options")).data
    for cls in (WithClass, WithGetter):
        described = (await answered(cls, "options")).data["actions"]["POST"]
        assert list(described) == ["name"]
