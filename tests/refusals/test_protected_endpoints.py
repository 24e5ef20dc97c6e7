"""Refusals of userinfo, introspection, revocation and logout."""

import httpx2 as httpx
import pytest

from tests.refusals.flow import SECRETS, Flow, of


def test_userinfo_wants_a_token(flow: Flow) -> None:
    """Row 19, RFC 6750 section 3.1: without a token the challenge names no error."""
    response = flow.http.get("/auth/userinfo")
    assert response.status_code == 401
    assert response.headers["www-authenticate"].startswith("Bearer ")
    assert "error" not in response.headers["www-authenticate"]


@pytest.mark.parametrize("kind", ["garbage", "id_token", "refresh_token", "revoked", "machine", "tampered"])
def test_userinfo_takes_good_access_tokens_only(flow: Flow, kind: str) -> None:
    """Rows 14 and 19: anything else is invalid_token."""
    tokens = flow.tokens()
    token = {
        "garbage": "garbage",
        "id_token": tokens["id_token"],
        "refresh_token": tokens["refresh_token"],
        "revoked": tokens["access_token"],
        "machine": flow.machine_token(),
        "tampered": tokens["access_token"][:-2],
    }[kind]
    if kind == "revoked":
        assert flow.revoke(token).status_code == 200
    response = flow.userinfo(token)
    wanted = (403, "insufficient_scope") if kind == "machine" else (401, "invalid_token")
    assert response.status_code == wanted[0]
    assert f'error="{wanted[1]}"' in response.headers["www-authenticate"]


def test_userinfo_takes_no_token_in_the_query(flow: Flow) -> None:
    """RFC 6750 section 2.3 and RFC 9700 section 4.3.2: URLs are logged."""
    token = flow.tokens()["access_token"]
    response = flow.http.get("/auth/userinfo", params={"access_token": token})
    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")
    assert 'error="invalid_request"' in response.headers["www-authenticate"]


def test_userinfo_takes_one_token(flow: Flow) -> None:
    """RFC 6750 section 2: clients must not use more than one method."""
    token = flow.tokens()["access_token"]
    headers = {"authorization": f"Bearer {token}"}
    response = flow.http.post("/auth/userinfo", data={"access_token": token}, headers=headers)
    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")
    assert flow.http.post("/auth/userinfo", data={"access_token": token}).status_code == 200


@pytest.mark.parametrize("auth", [None, ("web", "wrong"), ("spa", "")])
def test_introspection_wants_a_client_that_authenticates(flow: Flow, auth: tuple[str, str] | None) -> None:
    """Row 13, RFC 7662 section 2.1: against token scanning."""
    data = {"token": flow.tokens()["access_token"]}
    response = flow.http.post("/auth/introspect", data=data, auth=auth or httpx.USE_CLIENT_DEFAULT)
    assert (response.status_code, response.json()["error"]) == (401, "invalid_client")


def test_introspection_is_not_for_public_clients(flow: Flow) -> None:
    """Row 13: a client id alone proves nothing."""
    data = {"token": flow.tokens()["access_token"], "client_id": "spa"}
    response = flow.http.post("/auth/introspect", data=data)
    assert (response.status_code, response.json()["error"]) == (401, "invalid_client")


def test_leaving_out_the_client_makes_no_internal_caller(flow: Flow) -> None:
    """Internal services ask without a client over gRPC; over HTTP that is no way in."""
    data = {"token": flow.tokens()["access_token"], "client_id": ""}
    assert flow.http.post("/auth/introspect", data=data).status_code == 401
    assert flow.http.post("/auth/revoke", data=data).status_code == 401
    assert flow.introspect(data["token"])["active"]


@pytest.mark.parametrize("kind", ["garbage", "id_token", "revoked", "rotated", "foreign", "logged out"])
def test_what_is_not_active_says_nothing_else(flow: Flow, kind: str) -> None:
    """Row 13: unknown, foreign and dead tokens are told apart by nobody."""
    tokens = flow.tokens()
    token, caller = tokens["access_token"], "machine"
    if kind == "garbage":
        token = "garbage"
    elif kind == "id_token":
        token = tokens["id_token"]
    elif kind == "revoked":
        flow.revoke(token)
    elif kind == "rotated":
        token = tokens["refresh_token"]
        flow.refresh(token)
    elif kind == "foreign":
        caller = "api"
    else:
        flow.agent.submit(flow.agent.get("/auth/logout"), decision="logout")
    response = flow.http.post("/auth/introspect", data={"token": token}, auth=of(caller))
    assert (response.status_code, response.text) == (200, '{"active":false}')


def test_a_resource_server_sees_what_is_meant_for_it(flow: Flow) -> None:
    """Row 13: by the audience of the token."""
    token = flow.machine_token("for-api")
    assert flow.introspect(token, "api")["aud"] == [flow.issuer, "api"]
    assert flow.introspect(flow.machine_token("machine"), "api") == {"active": False}


def test_revoking_what_is_unknown_is_no_error(flow: Flow) -> None:
    """Row 12, RFC 7009 section 2.2."""
    response = flow.revoke("unknown")
    assert (response.status_code, response.content) == (200, b"")


@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "nonsense"])
def test_a_wrong_hint_hides_no_token(flow: Flow, hint: str) -> None:
    """Row 12, RFC 7009 section 2.1: the server looks further."""
    tokens = flow.tokens()
    for token in (tokens["access_token"], tokens["refresh_token"]):
        response = flow.http.post("/auth/revoke", data={"token": token, "token_type_hint": hint}, auth=of("web"))
        assert response.status_code == 200
        assert flow.introspect(token) == {"active": False}


def test_a_foreign_token_is_not_revoked(flow: Flow) -> None:
    """RFC 7009 section 2.1: the request is refused and the token lives on."""
    tokens = flow.tokens()
    for token in (tokens["access_token"], tokens["refresh_token"]):
        assert flow.revoke(token, "plain").json()["error"] == "unauthorized_client"
        assert flow.introspect(token)["active"]


@pytest.mark.parametrize("client_id", ["machine", "for-api"])
def test_a_machine_s_token_can_be_revoked_too(flow: Flow, client_id: str) -> None:
    """CVE-2023-0091: revoked, then used, for every grant."""
    token = flow.machine_token(client_id)
    assert flow.introspect(token)["active"]
    assert flow.revoke(token, client_id).status_code == 200
    assert flow.introspect(token) == {"active": False}


def test_logout_ends_everything(flow: Flow) -> None:
    """Row 31: sessions, access and refresh tokens, those for offline access too."""
    tokens = flow.tokens()
    flow.agent.submit(flow.agent.get("/auth/logout"), decision="logout")
    assert flow.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert flow.userinfo(tokens["access_token"]).status_code == 401
    assert "password" in flow.agent.settle(flow.agent.get(flow.authorization_url())).text


def test_logout_goes_only_where_the_client_registered(flow: Flow) -> None:
    """RP-Initiated Logout 1.0 section 3: no redirect to anywhere else, and nothing ends."""
    tokens = flow.tokens()
    query = f"id_token_hint={tokens['id_token']}&post_logout_redirect_uri=http://127.0.0.1:9999/other"
    response = flow.agent.get(f"/auth/logout?{query}")
    assert (response.status_code, "location" in response.headers) == (400, False)
    assert flow.introspect(tokens["access_token"])["active"]
    good = query.replace("/other", "/&state=s")
    assert flow.agent.get(f"/auth/logout?{good}").headers["location"] == "http://127.0.0.1:9999/?state=s"


def test_no_secret_is_told(flow: Flow) -> None:
    """Row 29: a refusal repeats nothing of what was presented."""
    response = flow.token(("web", SECRETS["machine"]), grant_type="client_credentials", scope="<script>")
    assert SECRETS["machine"] not in response.text
    assert "<script>" not in response.text
