"""One key with the one algorithm it may be used for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from jwt.algorithms import Algorithm, get_default_algorithms
from jwt.exceptions import PyJWTError

from ..base64url import encoded

#: What each family of algorithms needs of its key: HMAC bytes (RFC 7518, 3.2), bits, or a curve.
HMAC = {"HS256": 32, "HS384": 48, "HS512": 64}
RSA = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"})
CURVES = {"ES256": "secp256r1", "ES384": "secp384r1", "ES512": "secp521r1"}
ALGORITHMS = (*HMAC, *sorted(RSA), *CURVES, "EdDSA")
RSA_BITS = 2048
#: The members of a public JWK that its thumbprint covers (RFC 7638, 3.2; RFC 8037, 2).
THUMBPRINT = {"RSA": ("e", "kty", "n"), "EC": ("crv", "kty", "x", "y"), "OKP": ("crv", "kty", "x")}


class InvalidKey(ImproperlyConfigured):
    """A key of ``RESTFLOW_SETTINGS["JWT"]`` cannot be used."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key, ready for use.

    Attributes:
        algorithm: the only value of ``alg`` that it signs and verifies.
        kid: its name in token headers; None for a secret that was given none.
        private: signs; None in a service that only verifies.
        public: verifies; the secret itself for HMAC.
        header: the encoded header of tokens that it signs.
    """

    algorithm: str
    kid: str | None
    private: Any = field(repr=False)
    public: Any = field(repr=False)
    _implementation: Any = field(repr=False)
    header: bytes = field(init=False, repr=False)

    def __post_init__(self) -> None:
        header = {"alg": self.algorithm, "typ": "JWT"}
        if self.kid is not None:
            header["kid"] = self.kid
        text = json.dumps(header, separators=(",", ":"))
        object.__setattr__(self, "header", encoded(text.encode()))

    @property
    def symmetric(self) -> bool:
        return self.algorithm in HMAC

    def sign(self, data: bytes) -> bytes:
        """Return the signature of *data*.

        Raises:
            InvalidKey: there is no private key.
        """
        if self.private is None:
            raise InvalidKey("This key only verifies. Set a SIGNING_KEY to sign tokens.")
        signature: bytes = self._implementation.sign(data, self.private)
        return signature

    def verify(self, data: bytes, signature: bytes) -> bool:
        """Tell whether *signature* is this key's for *data*."""
        try:
            return bool(self._implementation.verify(data, self.public, signature))
        except (ValueError, TypeError):  # a signature that is none, for the library below
            return False

    def weakness(self) -> str | None:
        """Return what makes this key too weak for its algorithm, None when nothing does."""
        if self.symmetric:
            least = HMAC[self.algorithm]
            if len(self.public) < least:
                return f"is {len(self.public)} bytes long; {self.algorithm} needs {least}"
        elif self.algorithm in RSA and self.public.key_size < RSA_BITS:
            return f"has {self.public.key_size} bits; RSA keys need {RSA_BITS}"
        return None

    def jwk(self) -> dict[str, Any]:
        """Return the public key as a JWK (RFC 7517, section 4).

        Raises:
            InvalidKey: it is a secret, which has no public part.
        """
        if self.symmetric:
            raise InvalidKey("A secret is not published.")
        return {
            **public_jwk(self._implementation, self.public),
            "alg": self.algorithm,
            "kid": self.kid,
            "use": "sig",
        }


def parsed_key(
    algorithm: str,
    *,
    signing_key: Any = None,
    verifying_key: Any = None,
    kid: str | None = None,
    place: str = "JWT",
) -> Key:
    """Return the key that settings describe.

    Args:
        algorithm: a name of :data:`ALGORITHMS`.
        signing_key: the secret or private key: text, bytes, PEM, a JWK dict, or a key object of
            the library ``cryptography``.
        verifying_key: the public key, in the same forms; derived if left out.
        kid: its name; an asymmetric key without one goes by its thumbprint (RFC 7638).
        place: where the key stands, for messages.

    Raises:
        InvalidKey: it cannot be used; the message says why and what to do.
    """
    if algorithm not in ALGORITHMS:
        raise InvalidKey(
            f"{place}: {algorithm!r} is no algorithm for tokens. "
            f"Use one of {', '.join(ALGORITHMS)}."
        )
    implementation = implementations().get(algorithm)
    if implementation is None:
        raise InvalidKey(
            f"{place}: {algorithm} needs the library cryptography. "
            f"Run: python -m pip install 'restflow-auth[crypto]'"
        )
    if signing_key is None and verifying_key is None:
        raise InvalidKey(f"{place}: there is no key. Set SIGNING_KEY, or VERIFYING_KEY to verify.")
    private = _prepared(implementation, algorithm, signing_key, f"{place} SIGNING_KEY")
    public = _prepared(implementation, algorithm, verifying_key, f"{place} VERIFYING_KEY")
    if algorithm in HMAC:
        if private is not None and public is not None and private != public:
            raise InvalidKey(f"{place}: {algorithm} has one secret, but VERIFYING_KEY is another.")
        secret = public if private is None else private
        return Key(algorithm, kid, private, secret, implementation)
    if private is not None and not hasattr(private, "sign"):
        raise InvalidKey(f"{place}: SIGNING_KEY is a public key. Give the private one.")
    if public is not None and hasattr(public, "public_key"):
        public = public.public_key()
    if private is not None:
        derived = private.public_key()
        if public is not None and public != derived:
            raise InvalidKey(f"{place}: VERIFYING_KEY is not the public key of SIGNING_KEY.")
        public = derived
    if kid is None:
        kid = thumbprint(public_jwk(implementation, public))
    return Key(algorithm, kid, private, public, implementation)


@cache
def implementations() -> Mapping[str, Algorithm]:
    """Return PyJWT's algorithms by name: those that the installed libraries can do."""
    return get_default_algorithms()


def public_jwk(implementation: Any, public: Any) -> dict[str, Any]:
    """Return the members of the JWK of *public* that are the key itself."""
    jwk = implementation.to_jwk(public, as_dict=True)
    return {name: jwk[name] for name in THUMBPRINT[jwk["kty"]]}


def thumbprint(jwk: Mapping[str, Any]) -> str:
    """Return the thumbprint of a public *jwk* (RFC 7638)."""
    members = {name: jwk[name] for name in THUMBPRINT[jwk["kty"]]}
    text = json.dumps(members, separators=(",", ":"), sort_keys=True)
    return encoded(sha256(text.encode()).digest()).decode()


def _prepared(implementation: Any, algorithm: str, material: Any, place: str) -> Any:
    if material is None:
        return None
    try:
        if isinstance(material, Mapping):
            key = implementation.from_jwk(dict(material))
        else:
            key = implementation.prepare_key(material)
    except (PyJWTError, ValueError, TypeError) as error:
        raise InvalidKey(f"{place} cannot be used with {algorithm}: {error}") from error
    curve = getattr(getattr(key, "curve", None), "name", None)
    if algorithm in CURVES and curve != CURVES[algorithm]:
        raise InvalidKey(f"{place} is on the curve {curve}; {algorithm} needs {CURVES[algorithm]}.")
    return key
