"""What is stored: bytes that say by themselves whether they are ours, and under which name.

    format 1 | MAC 32 | value

The MAC covers the format, the name and the value, so what was forged, cut short, changed, written by another version or
copied from another name is no value. Nothing is ever unpickled.
"""

import hmac
from collections.abc import Sequence

_FORMAT = b"\x01"
_MAC_BYTES = 32
_LABEL = b"authplane memcached value"


class SealedCodec:
    """Seals values and opens them.

    Args:
        keys: Secret keys of at least 32 bytes. The first one seals; all open, so that a key can be replaced.

    Raises:
        ValueError: No key, or a short one.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys or any(len(key) < 32 for key in keys):
            raise ValueError("cache keys must have at least 32 bytes, and there must be one")
        self._keys = tuple(keys)

    def seal(self, name: str, value: bytes) -> bytes:
        """What is stored under this name for the value."""
        return _FORMAT + _mac(self._keys[0], name, value) + value

    def open(self, name: str, sealed: bytes) -> bytes | None:
        """The value; None when this was not sealed for this name with one of the keys."""
        if not sealed.startswith(_FORMAT):
            return None
        mac, value = sealed[1 : 1 + _MAC_BYTES], sealed[1 + _MAC_BYTES :]
        if any(hmac.compare_digest(mac, _mac(key, name, value)) for key in self._keys):
            return value
        return None


def _mac(key: bytes, name: str, value: bytes) -> bytes:
    text = name.encode()
    # The length keeps name and value apart; the label, this use of a key from any other.
    return hmac.digest(key, _LABEL + _FORMAT + len(text).to_bytes(4) + text + value, "sha256")
