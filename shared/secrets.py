"""Keys for different purposes from one secret."""

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32


def derive_key(secret: str, purpose: str) -> bytes:
    """A key of 32 bytes that tells nothing of the secret or of keys for other purposes (HKDF, RFC 5869)."""
    return HKDF(SHA256(), length=KEY_BYTES, salt=None, info=f"authplane {purpose}".encode()).derive(secret.encode())
