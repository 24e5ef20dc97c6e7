"""JWTs that nobody should accept, made with the keys of the plane, with other keys, and with none."""

import base64
import json
from typing import Any

from joserfc.jwk import Key
from joserfc.jws import JWSRegistry

from cli.dev.plane import DevPlane
from shared.clock import SystemClock
from shared.secrets import derive_key
from shared.tokens.keyring import KeyRing
from shared.tokens.sealing import KeySealer
from tests.conftest import SECRET

Json = dict[str, Any]


def keyring_of(plane: DevPlane) -> KeyRing:
    """What the plane itself signs with."""
    return KeyRing(plane.store, KeySealer([derive_key(SECRET, "key sealing")]), SystemClock())


def private_key_of(plane: DevPlane, alg: str) -> Key:
    """The plane's own key for an algorithm."""
    record = next(record for record in plane.store.list_signing_keys() if record.alg == alg)
    return KeySealer([derive_key(SECRET, "key sealing")]).open(record.sealed)


def encoded(value: Json) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def decoded(token: str, part: int) -> Json:
    text = token.split(".")[part]
    return dict(json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))))


def signed(header: Json, claims: Json, key: Any) -> str:
    """A JWS with exactly this header, be it one that no library would write."""
    signing_input = f"{encoded(header)}.{encoded(claims)}"
    signature = JWSRegistry.algorithms[header["alg"]].sign(signing_input.encode(), key)
    return f"{signing_input}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def unsigned(header: Json, claims: Json) -> str:
    return f"{encoded({**header, 'alg': 'none'})}.{encoded(claims)}."
