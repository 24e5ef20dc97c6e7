"""Keys from a secret."""

import hashlib
import hmac

from shared.secrets import derive_key

SECRET = "s" * 32


def hkdf_sha256(secret: bytes, info: bytes) -> bytes:
    """RFC 5869 for one block, by hand: the salt that is not given is a block of zeros."""
    pseudorandom_key = hmac.digest(bytes(32), secret, hashlib.sha256)
    return hmac.digest(pseudorandom_key, info + b"\x01", hashlib.sha256)


def test_a_key_is_made_as_the_standard_says() -> None:
    """Keys must stay what they are from release to release, or every handle and signing key is lost."""
    assert derive_key(SECRET, "handles") == hkdf_sha256(SECRET.encode(), b"authplane handles")


def test_purposes_and_secrets_have_keys_of_their_own() -> None:
    """32 bytes each, and no two alike."""
    keys = {
        derive_key(secret, purpose)
        for secret in (SECRET, "t" * 32)
        for purpose in ("handles", "key sealing", "gateway forms")
    }
    assert len(keys) == 6
    assert {len(key) for key in keys} == {32}
