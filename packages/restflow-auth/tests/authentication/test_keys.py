"""Keys: what is accepted as one, which one verifies what, and a ring that turns."""

from __future__ import annotations

import json
from typing import Any

import jwt as pyjwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from restflow.authentication import AccessToken, InvalidKey, TokenError, key_ring
from restflow.authentication.keys import ALGORITHMS, parsed_key
from restflow.authentication.keys.key import thumbprint
from restflow.test import AsyncAPIClient, assert_hops

from .forging import private_key, public_pem, sealed

SECRET = private_key("HS256")


def minted() -> str:
    from .forging import claims

    token = AccessToken(claims())
    return str(token)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_pyjwt_reads_what_every_algorithm_signs(algorithm: str, jwt: Any) -> None:
    jwt(algorithm)
    raw = minted()
    key = private_key(algorithm) if algorithm.startswith("HS") else public_pem(algorithm)
    assert pyjwt.decode(raw, key, algorithms=[algorithm])["user_id"] == 1
    assert AccessToken.verify(raw).payload == pyjwt.decode(raw, key, algorithms=[algorithm])


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_what_pyjwt_signs_is_read(algorithm: str, jwt: Any) -> None:
    from .forging import claims

    jwt(algorithm)
    raw = pyjwt.encode(claims(), private_key(algorithm), algorithm)
    assert AccessToken.verify(raw).user_id == 1


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256", "EdDSA"])
def test_a_service_that_only_verifies(algorithm: str, jwt: Any) -> None:
    jwt(algorithm)
    raw = minted()
    jwt(algorithm, SIGNING_KEY=None, VERIFYING_KEY=public_pem(algorithm))
    assert AccessToken.verify(raw).user_id == 1
    with pytest.raises(InvalidKey, match="can sign"):
        minted()


def _pem(key: Any) -> str:
    pem: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem.decode()


WRONG: dict[str, tuple[str, dict[str, Any], str]] = {
    "none": ("none", {"signing_key": SECRET}, "is no algorithm"),
    "of encryption": ("RSA-OAEP", {"signing_key": SECRET}, "is no algorithm"),
    "no key": ("HS256", {}, "there is no key"),
    "empty": ("HS256", {"signing_key": ""}, "must not be empty"),
    "a public key as secret": ("HS256", {"signing_key": public_pem("RS256")}, "asymmetric key"),
    "a private key as secret": ("HS256", {"signing_key": private_key("ES256")}, "asymmetric"),
    "two secrets": ("HS256", {"signing_key": SECRET, "verifying_key": "x" * 40}, "another"),
    "a secret for RSA": ("RS256", {"signing_key": SECRET}, "cannot be used with RS256"),
    "EC for RSA": ("RS256", {"signing_key": private_key("ES256")}, "cannot be used with RS256"),
    "RSA for EC": ("ES256", {"signing_key": private_key("RS256")}, "cannot be used with ES256"),
    "the curve of another": ("ES256", {"signing_key": private_key("ES384")}, "curve"),
    "EC for EdDSA": ("EdDSA", {"signing_key": private_key("ES256")}, "cannot be used"),
    "a public key to sign": ("RS256", {"signing_key": public_pem("RS256")}, "Give the private"),
    "the public key of another": (
        "RS256",
        {"signing_key": private_key("RS256"), "verifying_key": _pem(
            rsa.generate_private_key(public_exponent=65537, key_size=2048)
        )},
        "is not the public key",
    ),
    "a number": ("HS256", {"signing_key": 7}, "cannot be used"),
    "another curve altogether": (
        "ES256", {"signing_key": _pem(ec.generate_private_key(ec.SECP256K1()))}, "curve"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_keys_that_cannot_be_used(name: str) -> None:
    algorithm, given, message = WRONG[name]
    with pytest.raises(InvalidKey, match=message) as caught:
        parsed_key(algorithm, **given)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("algorithm", "key", "weak"),
    [
        ("HS256", "x" * 31, True),
        ("HS256", "x" * 32, False),
        ("HS512", "x" * 63, True),
        ("HS512", "x" * 64, False),
        ("RS256", private_key("RS256"), False),
        ("ES256", private_key("ES256"), False),
    ],
)
def test_weakness(algorithm: str, key: str, weak: bool) -> None:
    assert (parsed_key(algorithm, signing_key=key).weakness() is not None) is weak


def test_a_short_rsa_key_is_weak() -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    assert "1024 bits" in str(parsed_key("RS256", signing_key=_pem(key)).weakness())


def test_the_thumbprint_of_the_rfc() -> None:
    """RFC 7638, section 3.1."""
    modulus = (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECP"
        "ebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY"
        "368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0f"
        "M4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
    )
    jwk = {"kty": "RSA", "n": modulus, "e": "AQAB", "alg": "RS256", "kid": "2011-04-29"}
    assert thumbprint(jwk) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


def ring(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"SIGNING_KEY": None, "KEYS": list(entries)}


OLD = {"KID": "old", "ALGORITHM": "HS256", "SIGNING_KEY": "o" * 40}
NEW = {"KID": "new", "ALGORITHM": "ES256", "SIGNING_KEY": private_key("ES256")}


def test_a_ring_signs_with_the_first_and_verifies_with_all(jwt: Any) -> None:
    jwt(**ring(OLD))
    before = minted()
    jwt(**ring(NEW, OLD))
    after = minted()
    assert pyjwt.get_unverified_header(after) == {"alg": "ES256", "typ": "JWT", "kid": "new"}
    assert AccessToken.verify(before)
    assert AccessToken.verify(after)
    jwt(**ring(NEW))
    assert AccessToken.verify(after)
    with pytest.raises(TokenError, match="key of the token is not known"):
        AccessToken.verify(before)


def test_a_key_serves_its_own_algorithm_only(jwt: Any) -> None:
    """A token that names an RSA key and another algorithm of RSA keys."""
    jwt(**ring({"KID": "a", "ALGORITHM": "RS256", "SIGNING_KEY": private_key("RS256")}))
    forged = sealed("PS256", {"alg": "PS256", "kid": "a"}, key=private_key("RS256"))
    with pytest.raises(TokenError, match="algorithm"):
        AccessToken.verify(forged)
    crossed = sealed("RS256", {"alg": "RS256", "kid": "b"})
    jwt(**ring(
        {"KID": "a", "ALGORITHM": "RS256", "SIGNING_KEY": private_key("RS256")},
        {"KID": "b", "ALGORITHM": "RS256", "SIGNING_KEY": private_key("RS256", 1)},
    ))  # fmt: skip
    with pytest.raises(TokenError, match="signature"):
        AccessToken.verify(crossed)


def test_a_token_that_names_no_key(jwt: Any) -> None:
    """What was signed before there was a ring."""
    jwt(SIGNING_KEY="o" * 40)
    before = minted()
    assert "kid" not in pyjwt.get_unverified_header(before)
    jwt(**ring(NEW, {"ALGORITHM": "HS256", "SIGNING_KEY": "o" * 40}))
    assert AccessToken.verify(before)


@pytest.mark.parametrize(
    "entry",
    [
        {"kty": "oct", "k": "b28" * 20, "alg": "HS256", "kid": "o"},
        lambda: parsed_key("ES256", signing_key=private_key("ES256")).jwk(),
    ],
)
def test_keys_as_jwk(entry: Any, jwt: Any) -> None:
    jwk = entry() if callable(entry) else entry
    jwt(SIGNING_KEY=None, KEYS={"keys": [jwk]})
    [key] = key_ring().keys
    assert key.kid == jwk["kid"]
    assert (key.private is None) is (jwk["kty"] != "oct")


@pytest.mark.parametrize("keys", [[], [{"SIGNING": "x"}], ["x" * 40], [None], "x" * 40])
def test_rings_that_cannot_be_used(keys: Any, jwt: Any) -> None:
    jwt(SIGNING_KEY=None, KEYS=keys)
    with pytest.raises(InvalidKey, match="KEYS") as caught:
        key_ring()
    assert "x" * 40 not in str(caught.value)


def listed() -> Any:
    return [OLD]


def test_a_dotted_path_of_a_callable(jwt: Any) -> None:
    jwt(SIGNING_KEY=None, KEYS=f"{__name__}.listed")
    assert key_ring().keys[0].kid == "old"


class Turning:
    """A source of keys that counts how often it was asked."""

    def __init__(self, *entries: Any) -> None:
        self.entries = list(entries)
        self.asked = 0
        self.fails = False

    def __call__(self) -> Any:
        self.asked += 1
        if self.fails:
            raise ConnectionError("the secret store does not answer")
        return self.entries

    def __deepcopy__(self, memo: Any) -> Any:
        return self


@pytest.mark.urls(f"{__package__}.project")
async def test_a_ring_turns_without_a_restart(jwt: Any, monkeypatch: Any, caplog: Any) -> None:
    source = Turning(OLD)
    jwt(SIGNING_KEY=None, KEYS=source)
    clock = [1000.0]
    monkeypatch.setattr("restflow.authentication.keys.ring.monotonic", lambda: clock[0])
    client = AsyncAPIClient()

    async def status(raw: str) -> int:
        headers = {"Authorization": f"Bearer {raw}"}
        return int((await client.get("/stateless/", headers=headers)).status_code)

    before = minted()
    assert (await status(before), source.asked) == (200, 1)
    with assert_hops(0, of="view"):
        assert (await status(before), source.asked) == (200, 1)
    after = sealed("ES256", {"alg": "ES256", "kid": "new"})
    # A key that is not there is looked for at once, but not by every request.
    clock[0] += 5
    assert (await status(after), source.asked) == (401, 1)
    source.entries = [NEW, OLD]
    clock[0] += 10
    with assert_hops(1, of="view"):
        assert (await status(after), source.asked) == (200, 2)
    # An old answer is renewed; a source that fails leaves the ring as it was.
    source.fails = True
    clock[0] += 301
    assert (await status(before), source.asked) == (200, 3)
    assert "could not be renewed" in caplog.text
    source.fails = False
    source.entries = [NEW]
    clock[0] += 301
    assert (await status(before), await status(after), source.asked) == (401, 200, 4)


@pytest.mark.urls(f"{__package__}.project")
async def test_the_jwk_set(jwt: Any) -> None:
    jwt(**ring(NEW, OLD, {"ALGORITHM": "RS256", "VERIFYING_KEY": public_pem("RS256")}))
    response = await AsyncAPIClient().get("/jwks.json")
    assert response.status_code == 200
    assert response["Content-Type"] == "application/jwk-set+json"
    assert response["Cache-Control"] == "public, max-age=300"
    keys = json.loads(response.content)["keys"]
    assert [(key["kty"], key["alg"], key["use"]) for key in keys] == [
        ("EC", "ES256", "sig"),
        ("RSA", "RS256", "sig"),
    ]
    assert {"d", "p", "q", "k", "dp", "dq", "qi"}.isdisjoint({name for key in keys for name in key})
    raw = minted()
    jwt(SIGNING_KEY=None, KEYS={"keys": keys})
    assert AccessToken.verify(raw).user_id == 1


def test_asymmetric_keys_name_themselves(jwt: Any) -> None:
    jwt("ES256")
    header = pyjwt.get_unverified_header(minted())
    assert header["kid"] == key_ring().jwks()["keys"][0]["kid"]
    jwt("ES256", SIGNING_KEY=None, VERIFYING_KEY=public_pem("ES256"))
    assert key_ring().keys[0].kid == header["kid"]
