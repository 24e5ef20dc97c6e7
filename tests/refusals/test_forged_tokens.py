"""Access tokens that the plane did not issue, or not as such, where access tokens are taken."""

import base64
from collections.abc import Callable

import pytest
from joserfc import jwe
from joserfc.jwk import ECKey, Key, OctKey, RSAKey

from cli.dev.plane import DevPlane
from tests.refusals.flow import Flow
from tests.refusals.forging import Json, decoded, private_key_of, signed, unsigned

FORGERS_KEY = ECKey.generate_key("P-256")
FORGERS_JWK = FORGERS_KEY.as_dict(private=False)

Forgery = Callable[[Json, Json, Key], str]
"""Makes a token of the header and the claims of a good one, and of the key that signed it."""


def with_public_key_as_secret(header: Json, claims: Json, key: Key) -> str:
    assert isinstance(key, ECKey)
    return signed({**header, "alg": "HS256"}, claims, OctKey.import_key(base64.b64encode(key.as_pem(private=False))))


def bomb(header: Json, claims: Json, key: Key) -> str:
    protected = {**header, "alg": "RSA-OAEP", "enc": "A128GCM", "zip": "DEF"}
    return jwe.encrypt_compact(protected, b" " * 250_000, RSAKey.generate_key(2048), ["RSA-OAEP", "A128GCM", "DEF"])


FORGERIES: list[tuple[str, Forgery]] = [
    ("RFC 9068 4: alg none", lambda header, claims, key: unsigned(header, claims)),
    ("RFC 9068 4: alg NonE", lambda header, claims, key: unsigned(header, claims).replace("none", "NonE")),
    ("RFC 9068 4: no signature", lambda header, claims, key: signed(header, claims, key).rpartition(".")[0] + "."),
    ("RFC 9068 4: another key", lambda header, claims, key: signed(header, claims, FORGERS_KEY)),
    ("RFC 9068 4: typ JWT", lambda header, claims, key: signed({**header, "typ": "JWT"}, claims, key)),
    ("RFC 9068 4: no typ", lambda header, claims, key: signed(without(header, "typ"), claims, key)),
    ("RFC 9068 4: another iss", lambda header, claims, key: signed(header, {**claims, "iss": "https://x.y"}, key)),
    ("RFC 9068 4: no iss", lambda header, claims, key: signed(header, without(claims, "iss"), key)),
    ("RFC 9068 4: another aud", lambda header, claims, key: signed(header, {**claims, "aud": "web"}, key)),
    ("RFC 9068 4: no aud", lambda header, claims, key: signed(header, without(claims, "aud"), key)),
    ("RFC 9068 4: expired", lambda header, claims, key: signed(header, {**claims, "exp": claims["iat"] - 1}, key)),
    ("RFC 8725 3.1: unknown kid", lambda header, claims, key: signed({**header, "kid": "x"}, claims, key)),
    ("RFC 8725 3.10: jwk", lambda header, claims, key: signed({**header, "jwk": FORGERS_JWK}, claims, FORGERS_KEY)),
    (
        "RFC 8725 3.10: jku",
        lambda header, claims, key: signed({**header, "jku": "http://127.0.0.1:9/jwks"}, claims, FORGERS_KEY),
    ),
    (
        "RFC 8725 3.10: x5u",
        lambda header, claims, key: signed({**header, "x5u": "http://127.0.0.1:9/x.pem"}, claims, FORGERS_KEY),
    ),
    ("CVE-2024-37568: HS256 with the public key", with_public_key_as_secret),
    (
        "CVE-2025-59420: an unknown critical header",
        lambda header, claims, key: signed({**header, "crit": ["bork"], "bork": True}, claims, key),
    ),
    (
        "CVE-2025-61920: a header of 60 KiB",
        lambda header, claims, key: signed({**header, "x": "x" * 40_000}, claims, key),
    ),
    ("CVE-2025-61920: a JWE that inflates", bomb),
]


def without(values: Json, name: str) -> Json:
    return {key: value for key, value in values.items() if key != name}


@pytest.mark.parametrize(("source", "forge"), FORGERIES, ids=[row[0] for row in FORGERIES])
def test_a_forged_token_opens_nothing(flow: Flow, plane: DevPlane, source: str, forge: Forgery) -> None:
    """Rows 14, 15 and 16: userinfo and introspection refuse it, and revoking it does not touch the good one."""
    good = flow.tokens()["access_token"]
    token = forge(decoded(good, 0), decoded(good, 1), private_key_of(plane, "ES256"))
    # In a body there is room for 64 KiB, in a header field there is not.
    told = flow.http.post("/auth/userinfo", data={"access_token": token})
    assert (told.status_code, told.json()["error"]) == (401, "invalid_token"), source
    assert flow.introspect(token) == {"active": False}
    flow.revoke(token)
    assert flow.userinfo(good).status_code == 200


def test_the_forger_s_tools_make_good_tokens(flow: Flow, plane: DevPlane) -> None:
    """What is refused above is refused for its fault alone: unchanged, the same token is taken."""
    good = flow.tokens()["access_token"]
    token = signed(decoded(good, 0), decoded(good, 1), private_key_of(plane, "ES256"))
    assert token != good
    assert flow.userinfo(token).status_code == 200


@pytest.mark.parametrize("changed", ["truncated", "extended", "flipped", "padded", "case"])
def test_a_damaged_token_opens_nothing(flow: Flow, changed: str) -> None:
    """Row 14, CVE-2026-27840: a token has one spelling; this holds for every token that goes in and out."""
    tokens = {**flow.tokens(), "code": flow.code()}
    damaged = {name: damage(tokens[name], changed) for name in ("access_token", "refresh_token", "code")}
    assert flow.userinfo(damaged["access_token"]).status_code == 401
    assert flow.introspect(damaged["refresh_token"]) == {"active": False}
    assert flow.refresh(damaged["refresh_token"]).json()["error"] == "invalid_grant"
    assert flow.redeem(damaged["code"]).json()["error"] == "invalid_grant"
    assert flow.introspect(tokens["refresh_token"])["active"]
    assert flow.redeem(tokens["code"]).status_code == 200


def damage(token: str, how: str) -> str:
    flipped = "A" if token[-1] != "A" else "B"
    damages = {
        "truncated": token[:-1],
        "extended": token + "A",
        "flipped": token[:-1] + flipped,
        "padded": token + "=",
        "case": token.swapcase(),
    }
    return damages[how]
