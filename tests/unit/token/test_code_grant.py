"""The grant type authorization_code: what a code gives, and what keeps it from giving anything."""

import base64
import hashlib
import math
from typing import Any

import pytest

from shared.errors import CodeAlreadyUsed, InvalidClient, InvalidGrant, UnauthorizedClient
from shared.handles import HandleKind
from tests.unit.token.world import CALLBACK, CHALLENGE, ISSUER, LIFETIMES, NOW, VERIFIER, World, claims_of, presented


def test_an_access_token_says_what_rfc_9068_asks(world: World) -> None:
    """Row 14: typ at+jwt, ES256, and exactly the claims of RFC 9068 section 2.2 and the plane's own."""
    tokens = world.tokens()
    header, claims = claims_of(tokens.access_token, 0), claims_of(tokens.access_token)
    assert (header["typ"], header["alg"], tokens.expires_in, tokens.scopes) == (
        "at+jwt",
        "ES256",
        600,
        ("openid", "email"),
    )
    assert len(base64.urlsafe_b64decode(claims.pop("jti") + "==")) == 16
    assert world.store.find_family(claims.pop("family"), NOW) is not None
    assert claims == {
        "iss": ISSUER,
        "aud": [ISSUER, "api"],
        "sub": world.ada.user_id,
        "client_id": "web",
        "scope": "openid email",
        "iat": NOW,
        "exp": NOW + 600,
        "auth_time": NOW,
        "acr": "1",
        "amr": ["pwd"],
        "sid": world.session.session_id,
    }


def test_a_client_without_audiences_has_a_plain_aud(world: World) -> None:
    """RFC 7519 section 4.1.3: one audience is a string."""
    assert claims_of(world.tokens("other").access_token)["aud"] == ISSUER


def test_an_id_token_says_what_openid_asks(world: World) -> None:
    """Row 18: OpenID Connect Core 2: exactly these claims, at_hash of the very access token beside it."""
    tokens = world.tokens(nonce="n-0S6")
    digest = hashlib.sha256(tokens.access_token.encode()).digest()
    assert claims_of(tokens.id_token) == {
        "iss": ISSUER,
        "sub": world.ada.user_id,
        "aud": "web",
        "iat": NOW,
        "exp": NOW + 300,
        "auth_time": NOW,
        "nonce": "n-0S6",
        "acr": "1",
        "amr": ["pwd"],
        "sid": world.session.session_id,
        "at_hash": base64.urlsafe_b64encode(digest[:16]).rstrip(b"=").decode(),
    }


@pytest.mark.parametrize(("client_id", "alg"), [("web", "RS256"), ("code-only", "ES256")])
def test_each_client_has_its_algorithm(world: World, client_id: str, alg: str) -> None:
    """The client's id_token_signed_response_alg signs its ID tokens, and they verify as hints."""
    id_token = world.tokens(client_id).id_token
    assert (claims_of(id_token, 0)["alg"], claims_of(id_token, 0)["typ"]) == (alg, "JWT")
    hint = world.hints.verify(id_token)
    assert (hint.sub, hint.client_id, hint.session_id) == (world.ada.user_id, client_id, world.session.session_id)


def test_requested_claims_come_and_no_others(world: World) -> None:
    """OpenID Connect Core 5.5: what was requested for the ID token, if the user has it, and never in place of `sub`."""
    requested = {"id_token": {"email": None, "phone_number": None, "sub": None}, "userinfo": {"name": None}}
    claims = claims_of(world.tokens(requested_claims=requested).id_token)
    assert (claims["email"], claims["sub"]) == ("ada@example.com", world.ada.user_id)
    assert claims.keys().isdisjoint({"name", "phone_number", "updated_at"})


def test_no_nonce_no_claim(world: World) -> None:
    """OpenID Connect Core 2: an ID token has a nonce only if the request had one."""
    assert "nonce" not in claims_of(world.tokens(nonce="").id_token)


def test_without_openid_there_is_no_id_token(world: World) -> None:
    """A pure OAuth 2.0 grant gets no ID token."""
    tokens = world.tokens(scopes=("email",))
    assert (tokens.id_token, tokens.scopes, bool(tokens.refresh_token)) == ("", ("email",), True)


def test_a_refresh_token_comes_with_its_grant_only(world: World) -> None:
    """A client without the grant refresh_token gets none, and its family lives no longer than the access token."""
    assert world.handles.parse(HandleKind.REFRESH_TOKEN, world.tokens().refresh_token).generation == 0
    tokens = world.tokens("code-only")
    assert tokens.refresh_token == ""
    family_id = claims_of(tokens.access_token)["family"]
    assert world.store.find_family(family_id, NOW + 599) is not None
    assert world.store.find_family(family_id, NOW + 600) is None


def test_an_access_token_ends_with_its_family(world: World) -> None:
    """The end of the session bounds what came of it, and `expires_in` says so; offline access outlives it."""
    world.clock.advance(86_400 - 100.5)
    tokens = world.tokens(not_after=world.session.expires_at)
    claims = claims_of(tokens.access_token)
    assert (claims["exp"], tokens.expires_in) == (NOW + 86_400, claims["exp"] - claims["iat"])
    offline = world.tokens(not_after=math.inf)
    family = world.store.find_family(claims_of(offline.access_token)["family"], world.clock.now())
    assert family is not None
    assert family.expires_at == world.clock.now() + LIFETIMES.refresh_token
    assert offline.expires_in == 600


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "other"},
        {"redirect_uri": "https://web.example/callback2"},
        {"redirect_uri": ""},
        {"verifier": "w" * 43},
        {"verifier": ""},
        {"verifier": CHALLENGE},
        {"verifier": "v" * 42},
        {"verifier": "v" * 129},
        {"verifier": "v" * 43 + "\n"},
        {"verifier": "é" * 43},
    ],
    ids=str,
)
def test_a_code_is_bound(world: World, changes: dict[str, Any]) -> None:
    """Rows 2, 3 and 4: another client, URI or verifier neither uses the code nor revokes what it gave."""
    code = world.code()
    with pytest.raises(InvalidGrant):
        world.redeem(code, **changes)
    tokens = world.redeem(code)
    with pytest.raises(InvalidGrant) as refusal:
        world.redeem(code, **changes)
    assert not isinstance(refusal.value, CodeAlreadyUsed)
    assert world.introspect(tokens.access_token).active


@pytest.mark.parametrize("length", [43, 128])
def test_verifiers_of_every_length_are_taken(world: World, length: int) -> None:
    """RFC 7636 section 4.1: 43 to 128 unreserved characters."""
    verifier = ("aZ09-._~" * 16)[:length]
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    assert world.redeem(world.code(code_challenge=challenge), verifier=verifier).access_token


def test_a_verifier_without_a_challenge_is_refused(world: World) -> None:
    """Row 2: RFC 9700 section 4.8.2: the downgrade in which the challenge was stripped."""
    code = world.code(code_challenge="")
    with pytest.raises(InvalidGrant):
        world.redeem(code, verifier=VERIFIER)
    assert world.redeem(code, verifier="").access_token


def test_a_second_use_revokes_what_the_first_gave(world: World) -> None:
    """Row 4: CODE_ALREADY_USED, everything is dead, and the log says so without the code."""
    code = world.code()
    tokens = world.redeem(code)
    with pytest.raises(CodeAlreadyUsed):
        world.redeem(code)
    assert not world.introspect(tokens.access_token).active
    assert not world.introspect(tokens.refresh_token).active
    (entry,) = world.log.entries
    assert entry == {"event": "code_replayed", "client_id": "web", "log_level": "warning"}


@pytest.mark.parametrize("code", ["", "garbage", "apc_" + "A" * 56])
def test_what_is_no_code_is_refused(world: World, code: str) -> None:
    """Row 6: a forged code is refused; so is a genuine handle of another kind, or a code that expired."""
    old = world.code()
    world.clock.advance(60)
    for attempt in (code, world.tokens().refresh_token, old):
        with pytest.raises(InvalidGrant):
            world.redeem(attempt)


def test_only_registered_clients_redeem(world: World) -> None:
    """A client without the grant, a disabled one, and one that proves nothing use no code up."""
    code = world.code()
    with pytest.raises(UnauthorizedClient):
        world.redeem(code, "machine")
    with pytest.raises(InvalidClient):
        world.redeemer.redeem(presented("unknown"), code, CALLBACK, VERIFIER)
    assert world.redeem(code).access_token
