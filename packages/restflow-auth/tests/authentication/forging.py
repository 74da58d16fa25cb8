"""Keys of every algorithm, and a hand that writes tokens as an attacker would."""

from __future__ import annotations

import json
import time
from base64 import urlsafe_b64encode
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from jwt.algorithms import get_default_algorithms

SECRET = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
IMPLEMENTATIONS = get_default_algorithms()
#: One of each family.
ALGORITHMS = ("HS256", "RS256", "PS256", "ES256", "EdDSA")


@cache
def private_key(algorithm: str, number: int = 0) -> Any:
    """A key as a project would set it: PEM, or a secret."""
    if algorithm.startswith("HS"):
        return f"{SECRET}{number or ''}"
    if algorithm[:2] in ("RS", "PS"):
        key: Any = _rsa(number)
    elif algorithm.startswith("ES"):
        curves = {"ES256": ec.SECP256R1(), "ES384": ec.SECP384R1(), "ES512": ec.SECP521R1()}
        key = ec.generate_private_key(curves[algorithm])
    else:
        key = ed25519.Ed25519PrivateKey.generate()
    pem: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem.decode()


@cache
def _rsa(number: int) -> Any:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public_pem(algorithm: str) -> str:
    from cryptography.hazmat.primitives.serialization import PublicFormat, load_pem_private_key

    key = load_pem_private_key(private_key(algorithm).encode(), None).public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def jwt_settings(algorithm: str = "HS256", **more: Any) -> dict[str, Any]:
    """``RESTFLOW_SETTINGS`` with a key of *algorithm*."""
    return {"JWT": {"ALGORITHM": algorithm, "SIGNING_KEY": private_key(algorithm), **more}}


def b64(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()


def part(value: Any) -> str:
    if isinstance(value, bytes):
        return b64(value)
    if isinstance(value, str):
        return b64(value.encode("utf-8", "surrogatepass"))
    return b64(json.dumps(value, separators=(",", ":")).encode())


def claims(**changes: Any) -> dict[str, Any]:
    """Good claims, but for the changes; ``None`` leaves a claim out."""
    now = int(time.time())
    found = {
        "token_type": "access",
        "iat": now,
        "exp": now + 300,
        "jti": "0" * 32,
        "user_id": 1,
        **changes,
    }
    return {name: value for name, value in found.items() if value is not None}


@cache
def _prepared(algorithm: str) -> Any:
    return IMPLEMENTATIONS[algorithm].prepare_key(private_key(algorithm))


def sealed(
    algorithm: str, header: Any = None, payload: Any = None, *, key: Any = None, by: str = ""
) -> str:
    """A token whose signature is good: by the algorithm's key, or another one."""
    alg = by or algorithm
    head = part({"alg": algorithm, "typ": "JWT"} if header is None else header)
    body = part(claims() if payload is None else payload)
    implementation = IMPLEMENTATIONS[alg]
    prepared = _prepared(alg) if key is None else implementation.prepare_key(key)
    signature = implementation.sign(f"{head}.{body}".encode(), prepared)
    return f"{head}.{body}.{b64(signature)}"
