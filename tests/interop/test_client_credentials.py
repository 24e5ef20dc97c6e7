"""A client acting for itself (RFC 6749 section 4.4), by every library."""

import pytest

from tests.interop.library import RefusedByPlane
from tests.interop.relying_party import NewParty

LIBRARIES = ["authlib", "openid_client", "go_oidc"]


@pytest.mark.parametrize("library", LIBRARIES)
def test_machine_gets_a_token(new_party: NewParty, library: str) -> None:
    """The token is for the scope asked for and for the client itself, and comes without a refresh token."""
    party = new_party(library, "machine")
    tokens = party.client_credentials("orders:read")
    assert tokens.response["scope"] == "orders:read"
    assert not tokens.response.get("refresh_token")
    answer = party.introspect(tokens.access_token)
    expected = {"active": True, "client_id": "machine", "sub": "machine", "scope": "orders:read"}
    assert {name: answer[name] for name in expected} == expected


@pytest.mark.parametrize("library", LIBRARIES)
def test_revoked_token_of_a_machine(new_party: NewParty, library: str) -> None:
    """Revoking the token ends it, and leaves the client free to get another."""
    party = new_party(library, "machine")
    revoked, kept = party.client_credentials("orders:read"), party.client_credentials("orders:read")
    party.revoke(revoked.access_token)
    assert party.introspect(revoked.access_token) == {"active": False}
    assert party.introspect(kept.access_token)["active"] is True


@pytest.mark.parametrize("library", LIBRARIES)
def test_scope_of_another(new_party: NewParty, library: str) -> None:
    """A scope that the client is not registered for is refused (RFC 6749 section 5.2)."""
    with pytest.raises(RefusedByPlane, match="invalid_scope"):
        new_party(library, "machine").client_credentials("openid")
