"""The keys that sign and verify, as the store has them."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jws import CompactSignature, extract_compact

from shared.clock import Clock
from shared.records import SigningKey
from shared.tokens.sealing import KeySealer, PrivateKey
from shared.tokens.signer import Signer

ALGORITHMS = ("ES256", "RS256")
"""The signature algorithms that authplane uses; nothing else is accepted (ASVS 9.1.2)."""

MAX_TOKEN_BYTES = 16 * 1024
"""Longer tokens are refused before anything is decoded (CVE-2025-61920)."""

MALFORMED = (JoseError, ValueError, TypeError, RecursionError)
"""What reading a token may raise. Deep nesting exhausts the JSON parser's stack before its length is a problem."""


class InvalidJwt(Exception):
    """The token is no JWT of ours of the wanted type."""


class KeySource(Protocol):
    """Where the keys are kept; the store is one. It is asked at each use, so it should remember its answer."""

    def list_signing_keys(self) -> Sequence[SigningKey]:
        """All keys, newest first; the same object as before when nothing has changed."""


@dataclass(frozen=True, slots=True)
class _Loaded:
    record: SigningKey
    private: PrivateKey
    public_jwk: dict[str, Any]
    signer: Signer


@dataclass(frozen=True, slots=True)
class _Snapshot:
    records: Sequence[SigningKey]
    keys: tuple[_Loaded, ...]


class KeyRing:
    """Signs with the newest active key, verifies with every published one."""

    def __init__(self, source: KeySource, sealer: KeySealer, clock: Clock) -> None:
        self._source = source
        self._sealer = sealer
        self._clock = clock
        # The snapshot is immutable and replaced whole, so that there is no lock.
        self._snapshot = _Snapshot(records=(), keys=())

    def sign(self, alg: str, typ: str, claims: dict[str, Any]) -> str:
        """Makes a JWT in compact serialisation with the newest active key for `alg`."""
        now = self._clock.now()
        published = self._published()
        key = next(key for key in published if key.record.alg == alg and key.record.activates_at <= now)
        return key.signer.sign(typ, claims)

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
        return {"keys": [key.public_jwk for key in self._published()]}

    def signing_kids(self) -> frozenset[str]:
        """The `kid` of the key that signs now, for each algorithm."""
        now = self._clock.now()
        active = [k.record for k in self._published() if k.record.activates_at <= now]
        newest = {record.alg: record.kid for record in reversed(active)}
        return frozenset(newest.values())

    def _published(self) -> list[_Loaded]:
        records = self._source.list_signing_keys()
        snapshot = self._snapshot
        if records is not snapshot.records:
            snapshot = self._snapshot = self._loaded(records, snapshot)
        now = self._clock.now()
        return [key for key in snapshot.keys if key.record.retires_at > now]

    def _find(self, kid: object) -> _Loaded:
        for key in self._published():
            if key.record.kid == kid:
                return key
        raise InvalidJwt

    def _loaded(self, records: Sequence[SigningKey], before: _Snapshot) -> _Snapshot:
        known = {key.record.kid: key for key in before.keys}
        newest_first = sorted(records, key=lambda record: record.activates_at, reverse=True)
        return _Snapshot(records, tuple(self._with_key(record, known) for record in newest_first))

    def _with_key(self, record: SigningKey, known: dict[str, _Loaded]) -> _Loaded:
        if record.kid in known:
            return replace(known[record.kid], record=record)
        private = self._sealer.open(record.sealed)
        public = {**private.as_dict(private=False), "kid": record.kid, "alg": record.alg, "use": "sig"}
        return _Loaded(record, private, public, Signer(record.alg, record.kid, private))


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
