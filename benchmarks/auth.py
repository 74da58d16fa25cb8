"""Tokens side by side: signing and verifying against PyJWT and simplejwt, and what a login costs.

``python benchmarks/auth.py`` prints ratios of one run, medians of interleaved samples. PyJWT gets
its key prepared, as a project would that knows; simplejwt makes and reads tokens with its own
classes. The last table is the time of a login by what is wrong with it: of the right one, 1.
"""

from __future__ import annotations

import os
import random
import shutil
import statistics
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "restflow_testing.settings")

import django

django.setup()

import jwt as pyjwt  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa  # noqa: E402
from cryptography.hazmat.primitives.serialization import (  # noqa: E402
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from django.conf import settings  # noqa: E402
from django.contrib.auth import authenticate  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import override_settings  # noqa: E402

from restflow.authentication import AccessToken, key_ring  # noqa: E402
from restflow.authentication.claims import dated  # noqa: E402

CALLS = int(os.environ.get("CALLS", "100"))
SAMPLES = int(os.environ.get("SAMPLES", "9"))
LOGINS = int(os.environ.get("LOGINS", "30"))
SECRET = "s" * 64
KEYS: dict[str, Any] = {
    "HS256": SECRET,
    "HS512": SECRET,
    "RS256": rsa.generate_private_key(public_exponent=65537, key_size=2048),
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
}
KEYS |= {"PS256": KEYS["RS256"], "RS512": KEYS["RS256"]}


def interleaved(cases: dict[str, Callable[[], Any]]) -> dict[str, float]:
    """The median time of each case over samples that take turns."""
    taken: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(SAMPLES):
        for name in random.sample(list(cases), len(cases)):
            call = cases[name]
            began = time.perf_counter()
            for _ in range(CALLS):
                call()
            taken[name].append(time.perf_counter() - began)
    return {name: statistics.median(samples) for name, samples in taken.items()}


def algorithm(name: str) -> None:
    key = KEYS[name]
    prepared = pyjwt.get_algorithm_by_name(name).prepare_key(key)
    public = prepared if name.startswith("HS") else prepared.public_key()
    with override_settings(RESTFLOW_SETTINGS={"JWT": {"ALGORITHM": name, "SIGNING_KEY": key}}):
        key_ring()
        payload = {**dated("access", 300), "user_id": 1, "fam": "f" * 32}
        raw = str(AccessToken(payload))
        times = interleaved(
            {
                "PyJWT sign": lambda: pyjwt.encode(payload, prepared, name),
                "restflow sign": lambda: AccessToken(payload).raw,
                "PyJWT verify": lambda: pyjwt.decode(raw, public, algorithms=[name]),
                "restflow verify": lambda: AccessToken.verify(raw),
            }
        )
        line = [
            f"{times[f'restflow {what}'] / times[f'PyJWT {what}']:6.2f}"
            for what in ("sign", "verify")
        ]
    print(f"  {name:6} {'  '.join(line)}")


def pem(key: Any, public: bool = False) -> str:
    if isinstance(key, str):
        return key
    if public:
        from cryptography.hazmat.primitives.serialization import PublicFormat

        found = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    else:
        found = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    text: str = found.decode()
    return text


def against_simplejwt(name: str) -> None:
    """simplejwt's own backend class, which is what its tokens call."""
    from rest_framework_simplejwt.backends import TokenBackend
    from rest_framework_simplejwt.tokens import AccessToken as Theirs

    key = KEYS[name]
    verifying = pem(key, True)

    class Token(Theirs):
        _token_backend = TokenBackend(name, pem(key), verifying)

    with override_settings(RESTFLOW_SETTINGS={"JWT": {"ALGORITHM": name, "SIGNING_KEY": key}}):
        key_ring()
        user = User(pk=1, username="ada", password="!")
        theirs = str(Token.for_user(user))
        ours = str(AccessToken.for_user(user))
        times = interleaved(
            {
                "simplejwt for_user": lambda: str(Token.for_user(user)),
                "restflow for_user": lambda: str(AccessToken.for_user(user)),
                "simplejwt verify": lambda: Token(theirs),  # type: ignore[arg-type]
                "restflow verify": lambda: AccessToken.verify(ours),
            }
        )
    line = [
        f"{times[f'restflow {what}'] / times[f'simplejwt {what}']:6.2f}"
        for what in ("for_user", "verify")
    ]
    print(f"  {name:6} {'  '.join(line)}")


def logins() -> None:
    """How long Django's authenticate() takes, by what is wrong with the credentials."""
    hasher = "django.contrib.auth.hashers.PBKDF2PasswordHasher"
    with override_settings(PASSWORD_HASHERS=[hasher]):
        create = User.objects.create_user
        create("ada", password="right-password")
        create("idle", password="right-password", is_active=False)
        create("robot")
        people = {
            "right": ("ada", "right-password"),
            "wrong": ("ada", "wrong-password"),
            "unknown": ("nobody", "wrong-password"),
            "inactive": ("idle", "right-password"),
            "unusable": ("robot", "wrong-password"),
        }
        taken: dict[str, list[float]] = {name: [] for name in people}
        for _ in range(LOGINS):
            for name in random.sample(list(people), len(people)):
                username, password = people[name]
                began = time.perf_counter()
                authenticate(None, username=username, password=password)
                taken[name].append(time.perf_counter() - began)
    base = statistics.median(taken["right"])
    print("\na login, by the median of the right one = 1: quartiles")
    for name, samples in taken.items():
        quartiles = "  ".join(f"{each / base:5.3f}" for each in statistics.quantiles(samples))
        print(f"  {name:9} {quartiles}")


def main() -> None:
    print("by PyJWT with a prepared key = 1:  sign  verify (every check included)")
    for name in sorted(KEYS):
        algorithm(name)
    print("\nby simplejwt = 1:  for_user  verify")
    for name in sorted(KEYS):
        against_simplejwt(name)
    try:
        call_command("migrate", run_syncdb=True, verbosity=0)
        logins()
    finally:
        connection.close()
        shutil.rmtree(settings.SCRATCH, ignore_errors=True)  # this process's own database


if __name__ == "__main__":
    main()
