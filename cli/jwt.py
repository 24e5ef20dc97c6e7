"""JWTs as whoever receives them reads and verifies them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, KeySetSerialization

from cli.failures import CommandFailed

_ALGORITHMS = ("ES256", "RS256")


@dataclass(frozen=True, slots=True)
class Jwt:
    """What a JWT says, without its signature: what is left opens nothing.

    Attributes:
        header: The JOSE header.
        claims: The claims set.
    """

    header: dict[str, Any]
    claims: dict[str, Any]


def read_jwt(token: str) -> Jwt:
    """Decodes and verifies nothing.

    Raises:
        CommandFailed: It is no JWT.
    """
    try:
        parts = jws.extract_compact(token.encode())
        claims = json.loads(parts.payload)
    except (JoseError, ValueError) as error:
        raise CommandFailed(f"this is no JWT: {error}") from error
    if not isinstance(claims, dict):
        raise CommandFailed("this is no JWT: its payload is no JSON object")
    return Jwt(parts.headers(), claims)


def verify_jwt(token: str, jwks: Mapping[str, Any]) -> Jwt:
    """Verifies the signature against a key set, and nothing else.

    Raises:
        CommandFailed: It is no JWT, names no key of the set, or its signature is wrong.
    """
    jwt = read_jwt(token)
    try:
        keys: KeySetSerialization = {"keys": list(jwks["keys"])}
        jws.deserialize_compact(token, KeySet.import_key_set(keys), algorithms=_ALGORITHMS)
    except JoseError as error:
        raise CommandFailed(f"the signature does not verify ({error.error})") from error
    return jwt
