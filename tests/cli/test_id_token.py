"""What `authplane login` checks of an ID token."""

from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from cli.failures import CommandFailed
from cli.login.id_token import IdTokenVerifier

NOW = 1_795_449_600
KEY = ECKey.generate_key("P-256", {"kid": "one"})
OTHER_KEY = ECKey.generate_key("P-256", {"kid": "one"})
JWKS = {"keys": [KEY.as_dict(private=False)]}
RIGHT: dict[str, Any] = {
    "iss": "https://id.example",
    "sub": "ada",
    "aud": "web",
    "exp": NOW + 60,
    "nonce": "n",
    # SHA-256 of "access token", its left half in base64url.
    "at_hash": "DD1GlGu_mcghPdf2xkDtZA",
}


def verify(claims: dict[str, Any], key: ECKey = KEY) -> dict[str, Any]:
    token = jwt.encode({"alg": "ES256", "kid": "one"}, claims, key)
    verifier = IdTokenVerifier("https://id.example", "web", JWKS)
    return verifier.verify(token, "access token", {"nonce": "n"}, NOW).claims


def test_a_right_token_is_accepted() -> None:
    """Also when the audience is a list."""
    assert verify(RIGHT) == RIGHT
    assert verify({**RIGHT, "aud": ["web", "api"]})["aud"] == ["web", "api"]


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        ("iss", "https://evil.example"),
        ("aud", "api"),
        ("aud", ["api"]),
        ("exp", NOW - 31),
        ("exp", None),
        ("nonce", "m"),
        ("nonce", None),
        ("at_hash", "AAAAAAAAAAAAAAAAAAAAAA"),
    ],
)
def test_each_wrong_claim_is_named(claim: str, value: object) -> None:
    """OpenID Connect Core 3.1.3.7."""
    with pytest.raises(CommandFailed, match=f"wrong {claim}$"):
        verify({**RIGHT, claim: value})


def test_a_signature_of_another_key_is_refused() -> None:
    """Although it names the same key id."""
    with pytest.raises(CommandFailed, match="does not verify"):
        verify(RIGHT, OTHER_KEY)
