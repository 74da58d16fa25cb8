"""What users build on the documented bases."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from rest_framework.exceptions import ValidationError

from restflow.caching import (
    Codec,
    Dispatcher,
    InvalidationRule,
    KeyConstructor,
    KeyField,
    cache_result,
)
from restflow.caching.dispatchers import receive
from restflow.core.annotations import AnnotationType, annotation_types, register_annotation
from restflow.filters import FilterSet, IntegerField
from restflow.serializers import Serializer
from restflow_testing.models import Product


@dataclass(frozen=True)
class Money:
    amount: Decimal


class MoneyType(AnnotationType):
    wire = Decimal

    def to_python(self, value: Decimal) -> Money:
        return Money(value)

    def to_wire(self, value: Money) -> Decimal:
        return value.amount


@pytest.fixture
def _money() -> Iterator[None]:
    register_annotation(Money, MoneyType())
    yield
    annotation_types.unregister(Money)


@pytest.mark.usefixtures("_money")
@pytest.mark.describes("annotation type: a Money of one's own")
def test_annotation_type() -> None:
    body: dict[str, Any] = {"__annotations__": {"price": Money}, "__module__": __name__}
    price_serializer: Any = type("PriceSerializer", (Serializer,), body)
    serializer = price_serializer(data={"price": "2.50"})
    assert serializer.is_valid(), serializer.errors
    assert serializer.validated_data["price"] == Money(Decimal("2.50"))
    assert price_serializer({"price": Money(Decimal("2.50"))}).data == {"price": "2.50"}


class HexField(IntegerField):
    def to_internal_value(self, raw: Any) -> int:
        try:
            return int(str(raw), 16)
        except ValueError:
            raise ValidationError("Not a hexadecimal number.") from None


@pytest.mark.describes("filter field: one's own type of parameter")
def test_filter_field() -> None:
    class ColourFilterSet(FilterSet):
        stock = HexField(lookups=["comparison"])

        class Meta:
            model = Product

    assert ColourFilterSet(data={"stock__gt": "ff"}).validated_data == {"stock__gt": 255}
    assert ColourFilterSet(data={"stock": "x"}).errors == {"stock": ["Not a hexadecimal number."]}


TENANT = "oak"


class TenantField(KeyField):
    def get_value(self, call: Any) -> Any:
        return TENANT


@pytest.mark.describes("key field: one's own part of a key")
def test_key_field() -> None:
    class TenantKey(KeyConstructor):
        tenant = TenantField(partition=True)

        class Meta:
            namespace = "extending"
            key_identifier = "greeting"

    @cache_result(key_constructor=TenantKey, ttl=60)
    def greeting() -> str:
        return f"hello {TENANT}"

    greeting()
    assert greeting.get_with_metadata()[1]["key"].endswith("extending::greeting::oak")


class TextCodec(Codec):
    written: list[bytes] = []

    def dumps(self, value: Any) -> bytes:
        self.written.append(json.dumps(value).encode())
        return self.written[-1]

    def loads(self, data: bytes) -> Any:
        return json.loads(data)


@pytest.mark.describes("codec: one's own format of entries")
def test_codec() -> None:
    @cache_result(ttl=60, codec=TextCodec())
    def numbers() -> list[int]:
        return [1, 2, 3]

    assert numbers() == [1, 2, 3]
    data, metadata = numbers.get_with_metadata()
    assert (data, metadata["cache_status"]) == ([1, 2, 3], "HIT")
    assert TextCodec.written == [b"[1, 2, 3]"]


class Mailbox(Dispatcher):
    messages: list[str] = []

    def dispatch(self, job: Any) -> None:
        self.messages.append(job.message)


@pytest.mark.describes("dispatcher: one's own transport")
def test_dispatcher(transactional_db: None) -> None:
    rule = InvalidationRule(Product, {"product_id": "id"}, dispatcher=Mailbox)

    @cache_result(invalidates_on=[rule])
    def label(product_id: int) -> str:
        return f"product {product_id}"

    product = Product.objects.create(name="Fountain pen")
    label(product.pk)
    receive(Mailbox.messages.pop())  # in a worker
    assert label.get_with_metadata(product.pk)[1]["cache_status"] == "MISS"


@pytest.mark.describes("blacklist backend: one's own store")
async def test_a_store_for_revoked_tokens(adb: None, settings: Any) -> None:
    from django.contrib.auth import get_user_model

    from restflow.authentication import BlacklistBackend, Outcome, RefreshToken, TokenRevoked, Use

    class Memory(BlacklistBackend):
        names: set[str] = set()

        async def ais_blacklisted(self, token: Any) -> bool:
            return not self.names.isdisjoint({token.jti, token.family, f"user {token.user_id}"})

        def blacklist(self, token: Any) -> None:
            self.names.add(token.jti)

        def revoke_family(self, family: str) -> None:
            self.names.add(family)

        def use(self, token: Any, successor: Any) -> Use:
            if token.family in self.names:
                return Use(Outcome.REVOKED)
            if token.jti in self.names:
                self.names.add(token.family)
                return Use(Outcome.REUSED)
            self.names.add(token.jti)
            return Use(Outcome.WON, successor.jti, successor.iat)

    settings.RESTFLOW_SETTINGS = {"JWT": {"SIGNING_KEY": "k" * 64, "BLACKLIST_BACKEND": Memory}}
    user = await get_user_model().objects.acreate_user("ada")
    first = RefreshToken.for_user(user)
    second = await first.arotate()
    with pytest.raises(TokenRevoked):
        await first.arotate()
    assert await second.access_token.ais_blacklisted()
