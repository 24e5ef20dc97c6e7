"""Signs JWTs in compact serialisation (RFC 7515 section 7.1).

This is a fast path: what of a token is always the same is encoded once, and a signature is all that is left to be made.
A library that signs whatever it is told takes four times as long as the signature; it is what verifies, and what tests
hold this against.
"""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from shared.tokens.sealing import PrivateKey

_SHA256 = hashes.SHA256()
_ECDSA, _PKCS1 = ec.ECDSA(_SHA256), padding.PKCS1v15()
_COORDINATE_BYTES = 32
_encode = json.JSONEncoder(separators=(",", ":")).encode


class Signer:
    """Signs with one key.

    Args:
        alg: "ES256" or "RS256" (RFC 7518 section 3.1), which the key has to fit.
        kid: Names the key in the header.

    Raises:
        ValueError: The key is a public one.
    """

    def __init__(self, alg: str, kid: str, key: PrivateKey) -> None:
        self._alg = alg
        self._kid = kid
        self._sign = _signing(key)
        self._header = lru_cache(maxsize=8)(self._encoded_header)

    def sign(self, typ: str, claims: dict[str, Any]) -> str:
        """A token of this type."""
        signed = self._header(typ) + b"." + _base64url(_encode(claims).encode())
        return (signed + b"." + _base64url(self._sign(signed))).decode()

    def _encoded_header(self, typ: str) -> bytes:
        return _base64url(_encode({"typ": typ, "alg": self._alg, "kid": self._kid}).encode())


def _signing(key: PrivateKey) -> Callable[[bytes], bytes]:
    match key.private_key:
        case ec.EllipticCurvePrivateKey() as private:
            return _Es256(private)
        case rsa.RSAPrivateKey() as private:
            return _Rs256(private)
        case _:
            raise ValueError("a public key signs nothing")


class _Es256:
    """Both numbers at their full length, one after the other (RFC 7518 section 3.4)."""

    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        self._key = key

    def __call__(self, message: bytes) -> bytes:
        r, s = decode_dss_signature(self._key.sign(message, _ECDSA))
        return r.to_bytes(_COORDINATE_BYTES, "big") + s.to_bytes(_COORDINATE_BYTES, "big")


class _Rs256:
    def __init__(self, key: rsa.RSAPrivateKey) -> None:
        self._key = key

    def __call__(self, message: bytes) -> bytes:
        return self._key.sign(message, _PKCS1, _SHA256)


def _base64url(raw: bytes) -> bytes:
    return urlsafe_b64encode(raw).rstrip(b"=")
