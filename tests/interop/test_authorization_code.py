"""The authorization code flow from discovery to revocation, by every library, for every kind of client."""

import base64
import hashlib
import json

import pytest

from cli.dev.plane import DevPlane
from tests.interop.relying_party import NewParty, RelyingParty, Tokens
from tests.user_agent import UserAgent

LIBRARIES = ["authlib", "openid_client", "go_oidc"]
CLIENTS = ["web", "post", "plain", "spa", "jwt"]
# x/oauth2 has no private_key_jwt.
PAIRS = [(library, client) for library in LIBRARIES for client in CLIENTS if (library, client) != ("go_oidc", "jwt")]


def log_in(party: RelyingParty, user_agent: UserAgent) -> Tokens:
    """Runs the flow as far as the tokens."""
    request = party.begin()
    return party.redeem(user_agent.authorize(request.url), request)


def header_of(token: str) -> dict[str, str]:
    """The JOSE header of a token."""
    header: dict[str, str] = json.loads(base64.urlsafe_b64decode(token.partition(".")[0] + "=="))
    return header


def half_hash(token: str) -> str:
    """What `at_hash` must be for this access token (OpenID Connect Core 3.1.3.6)."""
    return base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()[:16]).decode().rstrip("=")


@pytest.mark.parametrize(("library", "client"), PAIRS)
def test_login_ends_in_claims(
    plane: DevPlane, new_party: NewParty, user_agent: UserAgent, library: str, client: str
) -> None:
    """Discovery, code and PKCE lead to an ID token that the library accepts, and to userinfo about the same user."""
    party = new_party(library, client)
    request = party.begin()
    tokens = party.redeem(user_agent.authorize(request.url), request)
    userinfo = party.userinfo(tokens)

    expected = {"iss": plane.issuer, "nonce": request.nonce, "at_hash": half_hash(tokens.access_token), "acr": "1"}
    assert {name: tokens.claims[name] for name in expected} == expected
    assert tokens.claims["aud"] in (client, [client])
    assert header_of(tokens.id_token)["alg"] == party.registration.id_token_alg
    assert header_of(tokens.access_token) | {"kid": ""} == {"alg": "ES256", "typ": "at+jwt", "kid": ""}
    assert set(tokens.response["scope"].split()) == set(party.registration.scope.split())
    assert userinfo["sub"] == tokens.claims["sub"]
    assert userinfo.get("email") == ("Ada@Example.com" if "email" in party.registration.scope else None)


@pytest.mark.parametrize(("library", "client"), PAIRS)
def test_refresh_rotates(new_party: NewParty, user_agent: UserAgent, library: str, client: str) -> None:
    """Two refreshes give three different refresh tokens, and each time an access token for the same user."""
    party = new_party(library, client)
    first = log_in(party, user_agent)
    second = party.refresh(first.refresh_token)
    third = party.refresh(second.refresh_token)

    assert len({first.refresh_token, second.refresh_token, third.refresh_token}) == 3
    subject = first.claims["sub"]
    for tokens in (second, third):
        assert party.userinfo(Tokens(tokens.response, first.claims))["sub"] == subject


@pytest.mark.parametrize(("library", "client"), PAIRS)
def test_revocation_is_seen_by_introspection(
    new_party: NewParty, user_agent: UserAgent, library: str, client: str
) -> None:
    """Tokens are active until the refresh token is revoked, which ends the access token with it (RFC 7009, 7662)."""
    party = new_party(library, client)
    # A public client cannot authenticate and so cannot introspect; its resource server can.
    resource_server = new_party(library, "machine") if client == "spa" else party
    tokens = log_in(party, user_agent)

    active = resource_server.introspect(tokens.access_token)
    expected = {"active": True, "client_id": client, "sub": tokens.claims["sub"], "token_type": "Bearer"}
    assert {name: active[name] for name in expected} == expected
    assert resource_server.introspect(tokens.refresh_token)["active"] is True

    party.revoke(tokens.refresh_token)
    assert resource_server.introspect(tokens.access_token) == {"active": False}
    assert resource_server.introspect(tokens.refresh_token) == {"active": False}


@pytest.mark.parametrize("library", LIBRARIES)
def test_one_access_token_is_revoked_alone(new_party: NewParty, user_agent: UserAgent, library: str) -> None:
    """Revoking an access token leaves the refresh token good."""
    party = new_party(library, "web")
    tokens = log_in(party, user_agent)
    party.revoke(tokens.access_token)
    assert party.introspect(tokens.access_token) == {"active": False}
    assert party.introspect(party.refresh(tokens.refresh_token).access_token)["active"] is True
