"""What is signed the fast way is what the library verifies, whatever the claims."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from shared.tokens.sealing import PrivateKey
from shared.tokens.signer import Signer

KEYS: dict[str, PrivateKey] = {"ES256": ECKey.generate_key("P-256"), "RS256": RSAKey.generate_key(2048)}
SIGNERS = {alg: Signer(alg, "the key", key) for alg, key in KEYS.items()}
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize("alg", KEYS)
@given(claims=st.dictionaries(st.text(), VALUES, max_size=5))
def test_what_is_signed_verifies(alg: str, claims: dict[str, object]) -> None:
    """With the same claims, of the same type, under the same key."""
    token = SIGNERS[alg].sign("at+jwt", claims)
    header, payload, _ = token.split(".")
    decoded = jwt.decode(token, KEYS[alg], algorithms=[alg])
    assert decoded.header == {"typ": "at+jwt", "alg": alg, "kid": "the key"}
    assert decoded.claims == claims == json.loads(decode(payload))
    assert "=" not in header + payload


def test_signatures_have_their_full_length() -> None:
    """Also when a number begins with zeros, as one in a hundred does."""
    lengths = {len(decode(SIGNERS["ES256"].sign("JWT", {"n": number}).split(".")[2])) for number in range(400)}
    assert lengths == {64}


def decode(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
