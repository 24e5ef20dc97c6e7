"""Opaque credentials that say by themselves whether they are ours.

A handle is a prefix that names its kind and 56 characters of base64url:

    aps_ | key id 2 | id 16 | generation 4 | MAC 20      session
    apc_                                                 authorization code
    apr_                                                 refresh token

The MAC covers the prefix and all that stands before it, so garbage, and a handle of another kind, are refused without
asking the store. 42 bytes fill their base64 exactly: there is one spelling of each handle. The id has 128 random bits;
only the SHA-256 digest of a handle is ever stored, so that a leaked database mints nothing and a leaked key finds
nothing.
"""

import base64
import hashlib
import hmac
import re
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

ID_BYTES = 16
_MAC_BYTES = 20
_BODY = struct.Struct(">2s16sI")
_SHAPE = re.compile(r"(ap[scr])_([A-Za-z0-9_-]{56})", re.ASCII)


class HandleKind(StrEnum):
    """What a handle stands for."""

    SESSION = "aps"
    CODE = "apc"
    REFRESH_TOKEN = "apr"


class InvalidHandle(Exception):
    """The text is no handle of the wanted kind, or its MAC is wrong."""


@dataclass(frozen=True, slots=True)
class Handle:
    """What a genuine handle says.

    Attributes:
        id: 16 random bytes; for a refresh token they name the family.
        generation: How often the refresh token was rotated before; 0 for other kinds.
    """

    id: bytes
    generation: int

    @property
    def id_digest(self) -> str:
        """The id as it may be stored: SHA-256 in lower-case hexadecimal."""
        return hashlib.sha256(self.id).hexdigest()


def digest(text: str) -> str:
    """What is stored in place of a credential: its SHA-256 in lower-case hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


class HandleCodec:
    """Mints and verifies handles.

    Args:
        keys: Secret keys of at least 32 bytes. The first one mints; all verify, so that a key can be replaced while
            handles minted with it still live.

    Raises:
        ValueError: No key, a short one, or two with the same key id.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys or any(len(key) < 32 for key in keys):
            raise ValueError("handle keys must have at least 32 bytes, and there must be one")
        self._keys = {hashlib.sha256(b"key id" + key).digest()[:2]: key for key in keys}
        if len(self._keys) != len(keys):
            raise ValueError("two handle keys have the same key id; replace one of them")
        self._current = next(iter(self._keys))

    def mint(self, kind: HandleKind, id: bytes, generation: int = 0) -> str:
        """Makes the handle; the same arguments and key always give the same one."""
        return self._mint(kind, self._current, id, generation)

    def mint_with_each_key(self, kind: HandleKind, id: bytes, generation: int) -> Iterator[str]:
        """The handle as each key would have minted it, the current key first."""
        return (self._mint(kind, key_id, id, generation) for key_id in self._keys)

    def parse(self, kind: HandleKind, text: str) -> Handle:
        """Reads a genuine handle.

        Raises:
            InvalidHandle: It is not one.
        """
        match = _SHAPE.fullmatch(text)
        if match is None or match[1] != kind:
            raise InvalidHandle
        raw = base64.urlsafe_b64decode(match[2])
        body, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
        key_id, id, generation = _BODY.unpack(body)
        # An unknown key id is checked against the current key too, so that both refusals take the same time.
        known = key_id in self._keys
        expected = self._mac(self._keys.get(key_id, self._keys[self._current]), kind, body)
        if not hmac.compare_digest(mac, expected) or not known:
            raise InvalidHandle
        return Handle(id, generation)

    def _mint(self, kind: HandleKind, key_id: bytes, id: bytes, generation: int) -> str:
        body = _BODY.pack(key_id, id, generation)
        raw = body + self._mac(self._keys[key_id], kind, body)
        return f"{kind}_{base64.urlsafe_b64encode(raw).decode()}"

    @staticmethod
    def _mac(key: bytes, kind: HandleKind, body: bytes) -> bytes:
        return hmac.digest(key, kind.encode() + body, "sha256")[:_MAC_BYTES]
