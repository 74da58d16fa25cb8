"""The tokens as objects: no I/O where none is promised, and what they say."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from restflow.authentication import (
    AccessToken,
    RefreshToken,
    TokenError,
    TokenExpired,
    TokenRevoked,
    TokenUser,
)
from restflow.authentication.claims import born, new_family
from restflow.test import assert_hops, assert_queries

from .forging import claims, sealed

pytestmark = pytest.mark.usefixtures("jwt")


class Person:
    """A user of any model, saved or not."""

    def __init__(self, **fields: Any) -> None:
        self.__dict__.update({"id": 1, "pk": 1, **fields})

    def get_session_auth_hash(self) -> str:
        return "hash"


async def test_making_and_verifying_ask_nobody(monkeypatch: Any) -> None:
    def asked(*args: Any, **kwargs: Any) -> Any:
        raise AssertionError("a cache was asked")

    monkeypatch.setattr("restflow.authentication.blacklist.cache.raw_cache", asked)
    with assert_hops(0), assert_queries(0):
        refresh = RefreshToken.for_user(Person())
        access = refresh.access_token
        assert AccessToken.verify(str(access)).payload == access.payload
        assert RefreshToken.verify(refresh.raw).payload == refresh.payload
        assert access.family == refresh.family
        assert access.jti != refresh.jti


def test_the_claims() -> None:
    refresh = RefreshToken.for_user(Person())
    assert sorted(refresh) == ["exp", "fam", "iat", "jti", "session_hash", "token_type", "user_id"]
    assert refresh["token_type"] == refresh.token_type == "refresh"
    assert refresh.exp - refresh.iat == 86_400
    assert refresh.access_token.exp - refresh.access_token.iat == 300
    assert refresh.user_id == 1
    assert "hash" not in refresh["session_hash"]
    assert abs(born(refresh.payload) / 1000 - refresh.iat) < 2


@pytest.mark.parametrize(
    ("user_id", "claim", "written"),
    [
        (7, "user_id", 7),
        (7, "sub", "7"),
        (uuid.UUID(int=7), "user_id", str(uuid.UUID(int=7))),
        ("ada", "user_id", "ada"),
        (True, "user_id", "True"),
    ],
)
def test_whatever_names_the_user(user_id: Any, claim: str, written: Any, jwt: Any) -> None:
    jwt(USER_ID_CLAIM=claim)
    token = AccessToken.verify(str(AccessToken.for_user(Person(id=user_id))))
    assert token[claim] == token.user_id == written
    assert type(token.user_id) is type(written)


@pytest.mark.parametrize("field", ["password", "is_staff"])
def test_only_fields_of_the_allowlist(field: str, jwt: Any) -> None:
    jwt(USER_ID_FIELD=field)
    with pytest.raises(ImproperlyConfigured, match="ALLOWLIST"):
        AccessToken.for_user(Person(password="x", is_staff=True))


def test_a_user_without_an_id() -> None:
    with pytest.raises(ImproperlyConfigured, match="Save it first"):
        AccessToken.for_user(Person(id=None))


def test_items_change_what_is_signed() -> None:
    token = AccessToken.for_user(Person())
    before = token.raw
    token["tenant"] = 7
    assert token.raw != before
    assert AccessToken.verify(token.raw)["tenant"] == 7
    del token["tenant"]
    assert "tenant" not in token
    assert token.get("tenant", 0) == 0


def test_claims_of_other_types_are_written() -> None:
    token = AccessToken.for_user(Person())
    token["a"] = [uuid.UUID(int=1), Decimal("1.5"), datetime(2026, 1, 2, tzinfo=UTC), "ü"]
    written = AccessToken.verify(str(token))["a"]
    assert written == [str(uuid.UUID(int=1)), "1.5", "2026-01-02T00:00:00Z", "ü"]
    token["a"] = float("nan")
    with pytest.raises(ValueError, match="JSON"):
        str(token)


class TenantAccess(AccessToken):
    @classmethod
    def lifetime(cls) -> timedelta:
        return timedelta(seconds=9)

    @classmethod
    def claims_for(cls, user: Any) -> dict[str, Any]:
        return {"tenant": user.tenant, "exp": 1}


class TenantRefresh(RefreshToken):
    access_token_class = TenantAccess


def test_custom_claims_by_subclass() -> None:
    refresh = TenantRefresh.for_user(Person(tenant=7))
    access = refresh.access_token
    assert (type(access), access["tenant"], access.exp - access.iat) == (TenantAccess, 7, 9)
    assert refresh.successor()["tenant"] == 7
    assert refresh.exp > 1  # what a token is cannot be overwritten


def test_leeway(jwt: Any) -> None:
    token = sealed("HS256", payload=claims(exp=claims()["iat"] - 3))
    with pytest.raises(TokenExpired):
        AccessToken.verify(token)
    jwt(LEEWAY=60)
    assert AccessToken.verify(token)
    jwt(LEEWAY=timedelta(seconds=60))
    assert AccessToken.verify(token)


def test_issuer_and_audience(jwt: Any) -> None:
    jwt(ISSUER="https://id.example", AUDIENCE=("shop", "billing"))
    own = AccessToken.for_user(Person())
    assert (own["iss"], own["aud"]) == ("https://id.example", ["shop", "billing"])
    assert AccessToken.verify(str(own))
    for wrong in (
        {"iss": "https://id.example"},
        {"aud": "shop"},
        {"iss": "https://other.example", "aud": "shop"},
        {"iss": ["https://id.example"], "aud": "shop"},
        {"iss": "https://id.example", "aud": "other"},
        {"iss": "https://id.example", "aud": []},
        {"iss": "https://id.example", "aud": [["shop"]]},
        {"iss": "https://id.example", "aud": {"shop": 1}},
    ):
        with pytest.raises(TokenError):
            AccessToken.verify(sealed("HS256", payload=claims(**wrong)))
    good = claims(iss="https://id.example", aud=["other", "billing"])
    assert AccessToken.verify(sealed("HS256", payload=good))


def test_families_are_in_order_of_time() -> None:
    families = [new_family() for _ in range(50)]
    assert len(set(families)) == 50
    assert [each[:12] for each in families] == sorted(each[:12] for each in families)


@pytest.mark.parametrize("kind", ["family", "user"])
def test_a_revocation_outlives_the_last_token_it_may_meet(kind: str, jwt: Any) -> None:
    """An access token made at the last moment of a refresh token that was made just now."""
    from django.core.cache import cache

    from restflow.authentication.blacklist import blacklist_backend
    from restflow.authentication.blacklist import cache as module

    jwt(LEEWAY=50)
    token = RefreshToken.for_user(Person())
    if kind == "family":
        blacklist_backend().revoke_family(token.family)
        key = module.family_key(token.family)
    else:
        blacklist_backend().revoke_user(token.user_id)
        key = module.user_key(token.user_id)
    store: Any = cache
    end = store._expire_info[store.make_key(key)]
    assert end >= token.exp + 50 + 300 + 50


async def test_both_colours(user: Any, adb: None) -> None:
    refresh = RefreshToken.for_user(user)
    newer = await refresh.arotate()
    assert await refresh.ais_blacklisted()
    assert not await newer.ais_blacklisted()
    await newer.ablacklist()
    assert await newer.access_token.ais_blacklisted()
    with pytest.raises(TokenRevoked):
        await newer.arotate()


def test_both_colours_in_a_thread(user: Any) -> None:
    refresh = RefreshToken.for_user(user)
    newer = refresh.rotate()
    access = newer.access_token
    access.blacklist()
    assert access.is_blacklisted()
    assert not newer.is_blacklisted()
    with pytest.raises(TokenRevoked):
        refresh.rotate()
    assert newer.is_blacklisted()


def test_the_user_of_a_token() -> None:
    token = AccessToken.for_user(Person())
    token["is_staff"] = 1
    user = TokenUser(token)
    assert (user.id, user.pk, user.is_authenticated, user.is_active) == (1, 1, True, True)
    assert not user.is_staff
    assert not user.is_superuser
    assert user == TokenUser(token)
    assert len({user, TokenUser(token)}) == 1
    token["is_staff"] = True
    token["username"] = "ada"
    assert TokenUser(token).is_staff
    assert TokenUser(token).get_username() == "ada"
    assert user != SimpleNamespace(id=1)


def test_json_of_the_payload_is_compact() -> None:
    token = AccessToken(claims())
    body = token.raw.split(".")[1]
    from .forging import part

    assert body == part(json.loads(json.dumps(token.payload)))
