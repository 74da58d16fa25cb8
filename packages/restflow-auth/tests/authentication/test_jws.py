"""Every token that must not be accepted: 401, no query, and no work that its form does not earn."""

from __future__ import annotations

import string
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from restflow.authentication import AccessToken, TokenError, key_ring
from restflow.authentication.base64url import decoded, encoded
from restflow.authentication.keys import Key
from restflow.test import AsyncAPIClient, assert_hops, assert_queries
from restflow_testing.counts import cases

from .attacks import ATTACKS
from .forging import ALGORITHMS, SECRET, b64, claims, part, private_key, sealed

urls = pytest.mark.urls(f"{__package__}.project")


@pytest.fixture
def verified(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The algorithms of the signatures that were computed."""
    calls: list[str] = []
    verify = Key.verify

    def counted(self: Key, data: bytes, signature: bytes) -> bool:
        calls.append(self.algorithm)
        return verify(self, data, signature)

    monkeypatch.setattr(Key, "verify", counted)
    return calls


def test_the_table_is_long_and_names_each_attack_once() -> None:
    assert len(ATTACKS) * len(ALGORITHMS) > 500
    assert len(ATTACKS) >= 100
    assert [name for name, count in Counter(a.name for a in ATTACKS).items() if count > 1] == []


@urls
@pytest.mark.parametrize("algorithm", ALGORITHMS)
async def test_every_attack_is_answered_401(algorithm: str, jwt: Any, verified: list[str]) -> None:
    jwt(algorithm)
    key_ring()  # parsing the keys is the first request's
    client = AsyncAPIClient()
    wrong = []
    for attack in ATTACKS:
        token = attack.token(algorithm)
        verified.clear()
        with assert_queries(0), assert_hops(0, of="view"):
            response = await client.get("/me/", headers={"Authorization": f"Bearer {token}"})
        worked = bool(verified)
        if response.status_code != 401 or (attack.stage == "form" and worked):
            wrong.append((attack.name, response.status_code, worked))
        assert response["WWW-Authenticate"] == 'Bearer realm="api"'
        assert "traceback" not in response.content.decode().lower()
    assert wrong == []


@pytest.mark.parametrize("algorithm", [*ALGORITHMS, "HS512", "RS512", "PS512", "ES384", "ES512"])
def test_what_the_table_starts_from_is_accepted(algorithm: str, jwt: Any) -> None:
    jwt(algorithm)
    assert AccessToken.verify(sealed(algorithm)).user_id == 1
    assert (
        AccessToken.verify(sealed(algorithm, {"alg": algorithm, "typ": "at+jwt"})).jti == "0" * 32
    )
    assert AccessToken.verify(sealed(algorithm, {"alg": algorithm, "unknown": "ignored"}))
    assert AccessToken.verify(sealed(algorithm).encode()).payload["token_type"] == "access"


def test_claims_may_be_nested_and_many(jwt: Any) -> None:
    nested: Any = 1
    for _ in range(62):
        nested = [nested]
    wide = [{"id": number} for number in range(200)]
    raw = sealed("HS256", payload=claims(nested=nested, wide=wide))
    assert AccessToken.verify(raw)["wide"] == wide
    with pytest.raises(TokenError):
        AccessToken.verify(sealed("HS256", payload=claims(nested=[[nested]])))


@pytest.mark.parametrize("stage", ["form", "signature", "claims"])
def test_every_stage_refuses_something(stage: str, jwt: Any) -> None:
    attacks = [attack for attack in ATTACKS if attack.stage == stage]
    assert len(attacks) > 15
    for attack in attacks:
        with pytest.raises(TokenError):
            AccessToken.verify(attack.token("HS256"))


@pytest.mark.parametrize("raw", ["é.é.é", "\0", "", ".", "..", " ", "a" * 9000, "\ud800.a.b"])
def test_what_is_no_token_at_all(raw: str, jwt: Any) -> None:
    with pytest.raises(TokenError):
        AccessToken.verify(raw)


MUTATIONS = string.ascii_letters + string.digits + "-_.=+/ \x00\xe9"


@st.composite
def mutants(draw: st.DrawFn) -> str:
    """A good token with a few changes at random places."""
    token = list(draw(st.sampled_from(GOOD)))
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(token) - 1))
        match draw(st.sampled_from(["set", "insert", "delete", "swap", "double"])):
            case "set":
                token[place] = draw(st.sampled_from(MUTATIONS))
            case "insert":
                token.insert(place, draw(st.sampled_from(MUTATIONS)))
            case "delete":
                if len(token) > 1:
                    del token[place]
            case "swap":
                other = draw(st.integers(0, len(token) - 1))
                token[place], token[other] = token[other], token[place]
            case "double":
                token[place:place] = token[place : place + draw(st.integers(1, 40))]
    return "".join(token)


GOOD = [sealed(algorithm) for algorithm in ALGORITHMS]


def test_a_mutated_token_is_refused(jwt: Any) -> None:
    keys = [
        {"ALGORITHM": algorithm, "SIGNING_KEY": private_key(algorithm)} for algorithm in ALGORITHMS
    ]
    jwt(SIGNING_KEY=None, KEYS=keys)
    for token in GOOD:
        assert AccessToken.verify(token)

    @settings(max_examples=cases(10_000))
    @given(mutant=mutants())
    def refused(mutant: str) -> None:
        if mutant not in GOOD:
            with pytest.raises(TokenError):
                AccessToken.verify(mutant)

    refused()


def test_signed_garbage_is_refused(jwt: Any) -> None:
    """Whatever bytes a holder of the key signs: a claim, a refusal, never another error."""

    @settings(max_examples=cases(2_000))
    @given(header=st.binary(max_size=60), payload=st.binary(max_size=200))
    def refused(header: bytes, payload: bytes) -> None:
        with pytest.raises(TokenError):
            AccessToken.verify(sealed("HS256", payload=payload or b"x"))
        with pytest.raises(TokenError):
            AccessToken.verify(sealed("HS256", header or b"x"))

    refused()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


CLAIMS = ["exp", "iat", "nbf", "jti", "user_id", "token_type", "aud", "iss", "fam"]


def test_any_value_of_any_claim_is_accepted_or_refused(jwt: Any) -> None:
    jwt(ISSUER="us", AUDIENCE=["a", "b"])

    @settings(max_examples=cases(2_000))
    @given(changes=st.dictionaries(st.sampled_from(CLAIMS), JSON, min_size=1))
    def judged(changes: dict[str, Any]) -> None:
        payload = {**claims(), "iss": "us", "aud": "a", **changes}
        try:
            token = AccessToken.verify(sealed("HS256", payload=payload))
        except TokenError:
            return
        assert type(token.exp) is int
        assert type(token.jti) is str
        assert type(token.user_id) in (int, str)
        assert token.payload["iss"] == "us"

    judged()


@settings(max_examples=cases(2_000))
@given(value=st.binary(max_size=80))
def test_base64url_has_one_text_for_each_value(value: bytes) -> None:
    text = encoded(value)
    assert text.decode() == b64(value)
    assert decoded(text) == value


@settings(max_examples=cases(2_000))
@given(text=st.text(alphabet=string.printable, max_size=12))
def test_base64url_reads_nothing_that_it_would_not_write(text: str) -> None:
    try:
        value = decoded(text.encode())
    except ValueError:
        return
    assert encoded(value).decode() == text


def test_a_header_of_another_spelling_is_read_and_reprs_tell_nothing(jwt: Any) -> None:
    """A header of ours is recognised; the same header spelled otherwise is read, and equal."""
    token = AccessToken.verify(sealed("HS256", '{"typ":"JWT",  "alg":"HS256"}'))
    assert token.user_id == 1
    assert SECRET not in repr(token)
    assert part(claims()) not in repr(token)
