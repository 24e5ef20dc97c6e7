"""What must not work: the plane refuses, or gives the library what it needs to refuse."""

from dataclasses import replace
from urllib.parse import urlsplit, urlunsplit

import pytest

from tests.interop.library import RefusedByLibrary, RefusedByPlane
from tests.interop.relying_party import NewParty, RelyingParty
from tests.user_agent import UserAgent

LIBRARIES = ["authlib", "openid_client", "go_oidc"]
WITH_AND_WITHOUT_SECRET = [(library, client) for library in LIBRARIES for client in ("web", "spa")]


@pytest.mark.parametrize("library", LIBRARIES)
def test_wrong_nonce(new_party: NewParty, user_agent: UserAgent, library: str) -> None:
    """An ID token for another nonce is refused by the library (OpenID Connect Core 3.1.3.7)."""
    party = new_party(library, "web")
    request = party.begin()
    callback = user_agent.authorize(request.url)
    with pytest.raises(RefusedByLibrary, match="nonce"):
        party.redeem(callback, replace(request, nonce="another"))


@pytest.mark.parametrize("library", LIBRARIES)
def test_wrong_state(new_party: NewParty, user_agent: UserAgent, library: str) -> None:
    """A response with another state is refused by the library (RFC 6749 section 10.12)."""
    party = new_party(library, "web")
    request = party.begin()
    callback = user_agent.authorize(request.url)
    with pytest.raises(RefusedByLibrary, match=r"(?i)state"):
        party.redeem(callback, replace(request, state="another"))


def test_wrong_issuer_in_the_response(new_party: NewParty, user_agent: UserAgent) -> None:
    """A response from another issuer, or from none, is refused by openid-client, since discovery promises `iss`
    (RFC 9207 section 2.4).
    """
    party = new_party("openid_client", "web")
    request = party.begin()
    callback = user_agent.authorize(request.url)
    issuer_parameter = next(pair for pair in urlsplit(callback).query.split("&") if pair.startswith("iss="))
    for forged in (
        callback.replace(issuer_parameter, "iss=http://evil.example"),
        callback.replace(issuer_parameter, ""),
    ):
        with pytest.raises(RefusedByLibrary, match=r'(?i)"iss"|issuer'):
            party.redeem(forged, request)
    assert party.redeem(callback, request).claims["nonce"] == request.nonce


@pytest.mark.parametrize(("library", "client"), WITH_AND_WITHOUT_SECRET)
def test_wrong_verifier(new_party: NewParty, user_agent: UserAgent, library: str, client: str) -> None:
    """A code is refused without the verifier of its challenge (RFC 7636 section 4.6)."""
    party = new_party(library, client)
    request = party.begin()
    callback = user_agent.authorize(request.url)
    with pytest.raises(RefusedByPlane, match="invalid_grant"):
        party.redeem(callback, replace(request, code_verifier="w" * 43))
    with pytest.raises(RefusedByPlane, match="invalid_grant"):
        party.redeem(callback, replace(request, code_verifier=None))


@pytest.mark.parametrize("library", LIBRARIES)
def test_reused_code(new_party: NewParty, user_agent: UserAgent, library: str) -> None:
    """A code works once; used again it is refused, and what it gave is revoked (RFC 6749 section 4.1.2)."""
    party = new_party(library, "web")
    request = party.begin()
    callback = user_agent.authorize(request.url)
    tokens = party.redeem(callback, request)
    assert party.introspect(tokens.access_token)["active"] is True
    with pytest.raises(RefusedByPlane, match="invalid_grant"):
        party.redeem(callback, request)
    assert party.introspect(tokens.access_token) == {"active": False}
    with pytest.raises(RefusedByPlane, match="invalid_grant"):
        party.refresh(tokens.refresh_token)


@pytest.mark.parametrize(("library", "client"), WITH_AND_WITHOUT_SECRET)
def test_code_of_another_redirect_uri(new_party: NewParty, user_agent: UserAgent, library: str, client: str) -> None:
    """A code is refused with another redirect URI than its request had (RFC 6749 section 4.1.3)."""
    party = new_party(library, client)
    request = party.begin()
    callback = user_agent.authorize(request.url)
    with pytest.raises(RefusedByPlane, match="invalid_grant"):
        party.redeem(urlunsplit(urlsplit(callback)._replace(path="/elsewhere")), request)


@pytest.mark.parametrize(("library", "client"), WITH_AND_WITHOUT_SECRET)
def test_unregistered_redirect_uri(new_party: NewParty, user_agent: UserAgent, library: str, client: str) -> None:
    """A request for a redirect URI that is not registered ends on a page; nothing is redirected (RFC 9700 4.1.3)."""
    request = new_party(library, client).begin("http://127.0.0.1:9999/evil")
    response = user_agent.get(request.url)
    assert (response.status_code, response.headers.get("location")) == (400, None)
    assert response.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("client", ["web", "post"])
def test_wrong_client_secret(new_party: NewParty, user_agent: UserAgent, library: str, client: str) -> None:
    """A client with a wrong secret gets nothing, and its code stays good for the right one."""
    party = new_party(library, client)
    impostor = RelyingParty(party.library, party.issuer, party.registration.but(client_secret="x" * 32))
    request = party.begin()
    callback = user_agent.authorize(request.url)
    with pytest.raises(RefusedByPlane, match="invalid_client"):
        impostor.redeem(callback, request)
    assert party.redeem(callback, request).claims["nonce"] == request.nonce


@pytest.mark.parametrize("library", LIBRARIES)
def test_reused_refresh_token(new_party: NewParty, user_agent: UserAgent, library: str) -> None:
    """A rotated refresh token whose successor was used convicts the family (RFC 9700 section 4.14.2)."""
    party = new_party(library, "spa")
    request = party.begin()
    first = party.redeem(user_agent.authorize(request.url), request)
    second = party.refresh(first.refresh_token)
    third = party.refresh(second.refresh_token)
    with pytest.raises(RefusedByPlane, match="invalid_grant"):
        party.refresh(first.refresh_token)
    with pytest.raises(RefusedByPlane, match="invalid_grant"):
        party.refresh(third.refresh_token)


@pytest.mark.parametrize("library", LIBRARIES)
def test_denied_consent(new_party: NewParty, user_agent: UserAgent, library: str) -> None:
    """A user who refuses consent sends the library an error that it understands (RFC 6749 section 4.1.2.1)."""
    party = new_party(library, "spa")
    request = party.begin(prompt="consent")
    with pytest.raises(RefusedByPlane, match="access_denied"):
        party.redeem(user_agent.authorize(request.url, decision="deny"), request)


@pytest.mark.parametrize("library", LIBRARIES)
def test_silent_login_without_a_session(new_party: NewParty, user_agent: UserAgent, library: str) -> None:
    """With `prompt=none` and nobody logged in the library reads login_required (OpenID Connect Core 3.1.2.6)."""
    party = new_party(library, "web")
    request = party.begin(prompt="none")
    with pytest.raises(RefusedByPlane, match="login_required"):
        party.redeem(user_agent.authorize(request.url), request)
