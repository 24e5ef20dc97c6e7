"""RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0) with the URL that the library makes."""

import pytest

from tests.interop.relying_party import NewParty
from tests.user_agent import UserAgent, query_of

AFTERWARDS = "http://127.0.0.1:9999/"


@pytest.mark.parametrize("library", ["authlib", "openid_client"])
def test_logout_url(new_party: NewParty, user_agent: UserAgent, library: str) -> None:
    """The browser comes back with `state`, logged out; what the session gave is revoked."""
    party = new_party(library, "web")
    request = party.begin()
    tokens = party.redeem(user_agent.authorize(request.url), request)

    response = user_agent.get(party.logout_url(tokens, AFTERWARDS, "bye"))
    assert response.headers["location"].split("?")[0] == AFTERWARDS
    assert query_of(response.headers["location"])["state"] == "bye"
    assert party.introspect(tokens.access_token) == {"active": False}
    assert query_of(user_agent.authorize(party.begin(prompt="none").url))["error"] == "login_required"
