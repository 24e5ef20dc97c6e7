"""Private signing keys at rest: encrypted as JWE (RFC 7516), with the algorithm "dir" and A256GCM."""

import json
from collections.abc import Sequence

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OctKey, RSAKey, import_key

PrivateKey = ECKey | RSAKey

_HEADER = {"alg": "dir", "enc": "A256GCM"}


class KeySealer:
    """Seals private keys and opens them again.

    Args:
        keys: Secret keys of 32 bytes. The first one seals; all open, so that the secret can be replaced.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._keys = [OctKey.import_key(key) for key in keys]

    def seal(self, key: PrivateKey) -> str:
        """Encrypts a private key."""
        private = json.dumps(key.as_dict(private=True)).encode()
        return jwe.encrypt_compact(_HEADER, private, self._keys[0], algorithms=list(_HEADER.values()))

    def open(self, sealed: str) -> PrivateKey:
        """Decrypts what `seal` made.

        Raises:
            ValueError: None of the keys fits.
        """
        for key in self._keys:
            try:
                plain = jwe.decrypt_compact(sealed, key, algorithms=list(_HEADER.values())).plaintext
            except JoseError:
                continue
            return _private_key(json.loads(plain or b"{}"))
        raise ValueError("a signing key in the store was sealed under a secret that is no longer configured")


def _private_key(jwk: dict[str, str]) -> PrivateKey:
    key = import_key(jwk)  # type: ignore[arg-type]  # JSON that `seal` wrote.
    if isinstance(key, ECKey | RSAKey):
        return key
    raise ValueError("a sealed key is neither EC nor RSA")
