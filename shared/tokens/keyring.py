"""The keys that sign and verify, as the store has them."""

import base64
import binascii
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jws import CompactSignature, extract_compact

from shared.clock import Clock
from shared.records import SigningKey
from shared.tokens.sealing import KeySealer, PrivateKey

ALGORITHMS = ("ES256", "RS256")
"""The signature algorithms that authplane uses; nothing else is accepted (ASVS 9.1.2)."""

MAX_TOKEN_BYTES = 16 * 1024
"""Longer tokens are refused before anything is decoded (CVE-2025-61920)."""

MALFORMED = (JoseError, ValueError, TypeError, RecursionError)
"""What reading a token may raise. Deep nesting exhausts the JSON parser's stack before its length is a problem."""

_UNKNOWN_KEY_SECONDS = 1.0
"""A token with an unknown key makes the ring read the keys again, but no more often than this."""


class InvalidJwt(Exception):
    """The token is no JWT of ours of the wanted type."""


class KeySource(Protocol):
    """Where the keys are kept; the store is one."""

    def list_signing_keys(self) -> Sequence[SigningKey]:
        """All keys, newest first."""


@dataclass(frozen=True, slots=True)
class _Loaded:
    record: SigningKey
    private: PrivateKey
    public_jwk: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Snapshot:
    loaded_at: float
    keys: tuple[_Loaded, ...]


class KeyRing:
    """Signs with the newest active key, verifies with every published one.

    Args:
        source: Read again when the view is older than `refresh_seconds`, and when a token names an unknown key, so that
            a key is known here before any process signs with it.
        refresh_seconds: Must be shorter than the overlap with which keys are published before they sign.
    """

    def __init__(self, source: KeySource, sealer: KeySealer, clock: Clock, refresh_seconds: float) -> None:
        self._source = source
        self._sealer = sealer
        self._clock = clock
        self._refresh_seconds = refresh_seconds
        # Guards reloading. The snapshot is immutable and replaced whole, so that readers need no lock.
        self._lock = threading.Lock()
        self._snapshot = _Snapshot(loaded_at=float("-inf"), keys=())

    def sign(self, alg: str, typ: str, claims: dict[str, Any]) -> str:
        """Makes a JWT in compact serialisation with the newest active key for `alg`."""
        now = self._clock.now()
        published = self._published(self._refresh_seconds)
        key = next(key for key in published if key.record.alg == alg and key.record.activates_at <= now)
        header = {"typ": typ, "alg": alg, "kid": key.record.kid}
        return jwt.encode(header, claims, key.private, algorithms=[alg])

    def verify(self, token: str, typ: str) -> dict[str, Any]:
        """The claims of a JWT that a published key signed; times are not checked.

        Raises:
            InvalidJwt: Too long, malformed, of another `typ`, with an unknown key, another algorithm than the key's, a
                critical header or a wrong signature.
        """
        if len(token) > MAX_TOKEN_BYTES or not token.isascii():
            raise InvalidJwt
        unverified = _parse(token)
        key = self._find(unverified.headers().get("kid"))
        try:
            decoded = jwt.decode(token, key.private, algorithms=[key.record.alg])
        except MALFORMED as error:
            raise InvalidJwt from error
        if str(decoded.header.get("typ", "")).lower() not in (typ.lower(), f"application/{typ.lower()}"):
            raise InvalidJwt
        if not _spelt_canonically(unverified):
            raise InvalidJwt
        return decoded.claims

    def jwks(self) -> dict[str, Any]:
        """The public keys (RFC 7517), those included that do not sign yet."""
        return {"keys": [key.public_jwk for key in self._published(self._refresh_seconds)]}

    def signing_kids(self) -> frozenset[str]:
        """The `kid` of the key that signs now, for each algorithm."""
        now = self._clock.now()
        active = [k.record for k in self._published(self._refresh_seconds) if k.record.activates_at <= now]
        newest = {record.alg: record.kid for record in reversed(active)}
        return frozenset(newest.values())

    def reload(self) -> None:
        """Reads the keys from their source now."""
        with self._lock:
            self._snapshot = self._load()

    def _published(self, max_age: float) -> list[_Loaded]:
        if self._clock.monotonic() - self._snapshot.loaded_at >= max_age:
            self.reload()
        now = self._clock.now()
        return [key for key in self._snapshot.keys if key.record.retires_at > now]

    def _find(self, kid: object) -> _Loaded:
        for max_age in (self._refresh_seconds, _UNKNOWN_KEY_SECONDS):
            for key in self._published(max_age):
                if key.record.kid == kid:
                    return key
        raise InvalidJwt

    def _load(self) -> _Snapshot:
        known = {key.record.kid: key for key in self._snapshot.keys}
        loaded_at = self._clock.monotonic()
        records = sorted(self._source.list_signing_keys(), key=lambda record: record.activates_at, reverse=True)
        return _Snapshot(loaded_at, tuple(self._with_key(record, known) for record in records))

    def _with_key(self, record: SigningKey, known: dict[str, _Loaded]) -> _Loaded:
        if record.kid in known:
            return _Loaded(record, known[record.kid].private, known[record.kid].public_jwk)
        private = self._sealer.open(record.sealed)
        public = private.as_dict(private=False)
        return _Loaded(record, private, {**public, "kid": record.kid, "alg": record.alg, "use": "sig"})


def _parse(token: str) -> CompactSignature:
    try:
        return extract_compact(token.encode())
    except MALFORMED as error:
        raise InvalidJwt from error


def _spelt_canonically(jws: CompactSignature) -> bool:
    # The last character of base64 may carry unused bits; a token must have one spelling only, since it is looked up by
    # digest. Header and payload are covered by the signature as they are spelt.
    signature = jws.segments["signature"]
    try:
        raw = base64.urlsafe_b64decode(signature + b"=" * (-len(signature) % 4))
    except binascii.Error:
        return False
    return base64.urlsafe_b64encode(raw).rstrip(b"=") == signature
