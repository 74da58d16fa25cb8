"""Tokens that must not be accepted, by what is wrong with them.

The classes are those of RFC 8725 (section 2), RFC 7515 and 7519, and of known defects:
CVE-2015-2951 and -9235 (none, confusion), CVE-2016-10555 (a public key as secret), CVE-2018-0114
(jwk), CVE-2022-21449 (an ECDSA signature of zeros), CVE-2022-29217 and CVE-2024-33663 (confusion by
key format), CVE-2026-32597 (crit).
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from .forging import b64, claims, part, private_key, public_pem, sealed


@dataclass(frozen=True)
class Attack:
    """A token and the stage that has to refuse it: "form" before any signature is computed."""

    name: str
    stage: str
    token: Callable[[str], str]


def _form() -> Iterator[Attack]:
    """Refused by size, form or header: no signature work."""

    def header(**changes: Any) -> Callable[[str], str]:
        def token(alg: str) -> str:
            head = {"alg": alg, "typ": "JWT", **changes}
            return sealed(alg, {k: v for k, v in head.items() if v is not ...})

        return token

    def raw_header(text: str) -> Callable[[str], str]:
        return lambda alg: sealed(alg, text.replace("ALG", alg))

    headers: dict[str, Callable[[str], str]] = {
        "none": lambda alg: f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(claims())}.",
        "None": lambda alg: f"{part({'alg': 'None', 'typ': 'JWT'})}.{part(claims())}.",
        "nOnE": lambda alg: f"{part({'alg': 'nOnE'})}.{part(claims())}.",
        "NONE with a signature": header(alg="NONE"),
        "none with a good signature": header(alg="none"),
        "no alg": header(alg=...),
        "alg null": header(alg=None),
        "alg number": header(alg=256),
        "alg list": lambda alg: sealed(alg, {"alg": [alg], "typ": "JWT"}),
        "alg object": header(alg={"name": "HS256"}),
        "alg empty": header(alg=""),
        "alg lower case": lambda alg: sealed(alg, {"alg": alg.swapcase(), "typ": "JWT"}),
        "alg with a space": lambda alg: sealed(alg, {"alg": f"{alg} ", "typ": "JWT"}),
        "alg with NUL": lambda alg: sealed(alg, {"alg": f"{alg}\0", "typ": "JWT"}),
        "alg unknown": header(alg="XX256"),
        "alg of encryption": header(alg="RSA-OAEP"),
        "alg of a MAC cut short": header(alg="HS1"),
        "crit unknown": header(crit=["exp"]),
        "crit empty": header(crit=[]),
        "crit of b64": header(crit=["b64"], b64=True),
        "b64 false": header(b64=False, crit=["b64"]),
        "jku": header(jku="https://keys.attacker.example/jwks.json"),
        "x5u": header(x5u="https://keys.attacker.example/chain.pem"),
        "x5c": header(x5c=["MIIB"]),
        "jwk": header(jwk={"kty": "oct", "k": "YQ"}),
        "zip": header(zip="DEF"),
        "cty of a nested token": header(cty="JWT"),
        "enc": header(enc="A128GCM"),
        "p2c": header(p2c=2**31),
        "typ of another kind": header(typ="secevent+jwt"),
        "typ dpop": header(typ="dpop+jwt"),
        "typ logout": header(typ="logout+jwt"),
        "typ number": header(typ=1),
        "typ null": header(typ=None),
        "kid number": header(kid=1),
        "kid null": header(kid=None),
        "kid list": header(kid=["a"]),
        "kid unknown": header(kid="nobody"),
        "kid path": header(kid="../../../../dev/null"),
        "kid SQL": header(kid="x' UNION SELECT 'a"),
        "kid command": header(kid="key.pem|id"),
        "kid too long": header(kid="k" * 300),
        "alg twice": raw_header('{"alg":"none","alg":"ALG","typ":"JWT"}'),
        "alg twice, the good one first": raw_header('{"alg":"ALG","typ":"JWT","alg":"none"}'),
        "kid twice": raw_header('{"alg":"ALG","kid":"a","kid":"b"}'),
        "header list": lambda alg: sealed(alg, [alg]),
        "header string": lambda alg: sealed(alg, json.dumps(alg)),
        "header null": lambda alg: sealed(alg, "null"),
        "header no JSON": lambda alg: sealed(alg, "alg=" + alg),
        "header with a comment": raw_header('{"alg":"ALG"}//'),
        "header NaN": raw_header('{"alg":"ALG","x":NaN}'),
        "header BOM": lambda alg: sealed(alg, b"\xef\xbb\xbf" + b'{"alg":"%s"}' % alg.encode()),
        "header UTF-16": lambda alg: sealed(alg, f'{{"alg":"{alg}"}}'.encode("utf-16")),
        "header not UTF-8": lambda alg: sealed(alg, b'{"alg":"%s","x":"\xff"}' % alg.encode()),
        "header deep": lambda alg: sealed(alg, '{"alg":' + "[" * 400 + "]" * 400 + "}"),
        "header long": header(x="x" * 1100),
    }
    for name, token in headers.items():
        yield Attack(name, "form", token)
    good = sealed
    shapes: dict[str, Callable[[str], str]] = {
        "oversized": lambda alg: sealed(alg, payload=claims(x="x" * 9000)),
        "oversized signature": lambda alg: good(alg) + "A" * 9000,
        "one part": lambda alg: good(alg).split(".")[0],
        "two parts": lambda alg: good(alg).rpartition(".")[0],
        "four parts": lambda alg: good(alg) + ".AAAA",
        "five parts of an encrypted token": lambda alg: ".".join(["AAAA"] * 5),
        "a thousand dots": lambda alg: "." * 1000,
        "no signature": lambda alg: good(alg).rpartition(".")[0] + ".",
        "no header": lambda alg: "." + good(alg).partition(".")[2],
        "header padded": lambda alg: good(alg).replace(".", "=.", 1),
        "signature padded": lambda alg: good(alg) + "=",
        "signature of the other alphabet": lambda alg: good(alg)[:-1] + "+",
        "signature cut to a length that cannot be": _cut,
        "signature with unused bits set": _unused_bits,
        "JSON serialization": lambda alg: json.dumps({"payload": part(claims())}).replace(" ", ""),
    }
    for name, token in shapes.items():
        yield Attack(name, "form", token)


def _cut(alg: str) -> str:
    token = sealed(alg)
    head, _, signature = token.rpartition(".")
    return f"{head}.{signature[: len(signature) // 4 * 4 - 3]}"


def _unused_bits(alg: str) -> str:
    """The same bytes for a lenient decoder, another text: no two texts may be one token."""
    head, _, signature = sealed(alg).rpartition(".")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    if len(signature) % 4 == 0:
        return f"{head}.{signature}A"
    return f"{head}.{signature[:-1]}{alphabet[alphabet.index(signature[-1]) | 1]}"


def _signature() -> Iterator[Attack]:
    """Refused by the signature, or already because no key is for that algorithm."""

    def confused(alg: str) -> str:
        """The public key, which everybody has, as the secret of HS256."""
        import hashlib
        import hmac

        secret = private_key(alg) if alg == "HS256" else public_pem(alg)
        data = f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{part(claims())}"
        secret = secret + "\n" if alg == "HS256" else secret
        return f"{data}.{b64(hmac.new(secret.encode(), data.encode(), hashlib.sha256).digest())}"

    def swapped(alg: str) -> str:
        return sealed(alg, {"alg": "HS512" if alg != "HS512" else "HS256"}, by="HS256")

    def with_signature(signature: bytes) -> Callable[[str], str]:
        return lambda alg: f"{sealed(alg).rpartition('.')[0]}.{b64(signature)}"

    def changed(**changes: Any) -> Callable[[str], str]:
        def token(alg: str) -> str:
            head, _, signature = sealed(alg).split(".")
            return f"{head}.{part(claims(**changes))}.{signature}"

        return token

    def flipped(alg: str) -> str:
        head, _, signature = sealed(alg).rpartition(".")
        return f"{head}.{'B' if signature[0] != 'B' else 'C'}{signature[1:]}"

    others = {"HS256": "RS256", "RS256": "PS256", "PS256": "RS256", "ES256": "EdDSA"}
    yield from (
        Attack(name, "signature", token)
        for name, token in {
            "public key as secret": confused,
            "HS512 in the name of another": swapped,
            "another key of the same algorithm": lambda alg: sealed(
                alg, key=private_key(alg, 1) if alg[:2] in ("HS", "RS", "PS") else _fresh(alg)
            ),
            "another algorithm": lambda alg: sealed(others.get(alg, "ES256")),
            "another algorithm under this name": lambda alg: sealed(
                alg, by=others.get(alg, "ES256"), header={"alg": alg, "typ": "JWT"}
            ),
            "zeros": with_signature(bytes(64)),
            "zeros of RSA": with_signature(bytes(256)),
            "ones": with_signature(b"\xff" * 64),
            "one byte": with_signature(b"\0"),
            "a DER signature": with_signature(bytes.fromhex("3006020101020101")),
            "the first bit": flipped,
            "another user": changed(user_id=2),
            "a later end": changed(exp=int(time.time()) + 10**6),
            "another type": changed(token_type="refresh"),
            "payload empty": lambda alg: "{0}..{2}".format(*sealed(alg).split(".")),
            "payload of another token": lambda alg: ".".join(
                [*sealed(alg, payload=claims(jti="x")).split(".")[:2], sealed(alg).split(".")[2]]
            ),
            "signed without the header": _signed_payload,
        }.items()
    )


def _fresh(alg: str) -> Any:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519

    if alg == "ES256":
        return ec.generate_private_key(ec.SECP256R1())
    return ed25519.Ed25519PrivateKey.generate()


def _signed_payload(alg: str) -> str:
    head, body, _ = sealed(alg).split(".")
    return f"{head}.{body}.{sealed(alg, header=body).split('.')[2]}"


def _claims() -> Iterator[Attack]:
    """Signed by the right key, and still not acceptable: no query is made for them."""
    far = 10**6
    changes: dict[str, dict[str, Any]] = {
        "no exp": {"exp": None},
        "exp text": {"exp": "9999999999"},
        "exp float": {"exp": time.time() + 100.5},
        "exp true": {"exp": True},
        "exp list": {"exp": [int(time.time()) + 100]},
        "exp huge": {"exp": 10**30},
        "exp past the calendar": {"exp": 253_402_300_800},
        "exp negative": {"exp": -1},
        "expired": {"exp": int(time.time()) - 1},
        "no iat": {"iat": None},
        "iat text": {"iat": "0"},
        "iat float": {"iat": 0.5},
        "iat true": {"iat": True},
        "iat in the future": {"iat": int(time.time()) + far, "exp": int(time.time()) + 2 * far},
        "nbf in the future": {"nbf": int(time.time()) + far},
        "nbf text": {"nbf": "0"},
        "no jti": {"jti": None},
        "jti number": {"jti": 1},
        "jti empty": {"jti": ""},
        "jti long": {"jti": "j" * 256},
        "jti with NUL": {"jti": "a\0b"},
        "no user": {"user_id": None},
        "user empty": {"user_id": ""},
        "user true": {"user_id": True},
        "user float": {"user_id": 1.0},
        "user list": {"user_id": [1]},
        "user object": {"user_id": {"id__gt": 0}},
        "user huge": {"user_id": 2**64},
        "user long": {"user_id": "1" * 256},
        "user with NUL": {"user_id": "1\0"},
        "user of a lone surrogate": {"user_id": "\ud800"},
        "no type": {"token_type": None},
        "refresh token": {"token_type": "refresh"},
        "type list": {"token_type": ["access"]},
        "type of another case": {"token_type": "Access"},
        "for another audience": {"aud": "billing"},
        "family number": {"fam": 7},
        "family empty": {"fam": ""},
    }
    for name, change in changes.items():
        yield Attack(
            name, "claims", lambda alg, change=change: sealed(alg, payload=claims(**change))
        )
    now = int(time.time())
    good = f'"token_type":"access","iat":{now},"jti":"j","user_id":1,"exp":{now + 86_400}'
    texts: dict[str, str | bytes] = {
        "claims list": json.dumps([claims()]),
        "claims text": '"access"',
        "claims null": "null",
        "claims no JSON": "token_type=access",
        "user twice": f'{{"user_id":2,{good}}}',
        "exp twice": f'{{{good},"exp":{now + far}}}',
        "inner member twice": f'{{{good},"x":{{"a":1,"a":2}}}}',
        "NaN": f'{{{good},"x":NaN}}',
        "Infinity": f'{{{good},"x":-Infinity}}',
        "deep": f'{{{good},"x":{"[" * 2000}{"]" * 2000}}}',
        "deeper than anybody needs": f'{{{good},"x":{"[" * 64}{"]" * 64}}}',
        "a number of many digits": f'{{{good},"x":{"9" * 4500}}}',
        "not UTF-8": b'{"x":"\xff"}',
        "UTF-16": f"{{{good}}}".encode("utf-16"),
        "UTF-32": f"{{{good}}}".encode("utf-32"),
        "a BOM": b"\xef\xbb\xbf" + f"{{{good}}}".encode(),
        "trailing text": f"{{{good}}}{{}}",
        "a control character": f'{{{good},"x":"\n"}}',
        "single quotes": f"{{{good}}}".replace('"', "'"),
    }
    for name, text in texts.items():
        yield Attack(name, "claims", lambda alg, text=text: sealed(alg, payload=text))


ATTACKS = [*_form(), *_signature(), *_claims()]
