"""What the gateway answers from memory is what the services would answer, and it never answers anybody else with it."""

import time
from collections.abc import Callable
from typing import Any

import httpx2 as httpx
import pytest

from authplane.auth.v1.user_admin_pb2 import GetUserRequest, UpdateUserRequest
from authplane.token.v1.client_admin_pb2 import (
    Client,
    CreateClientRequest,
    RotateClientSecretRequest,
    UpdateClientRequest,
)
from authplane.token.v1.key_admin_pb2 import RotateKeysRequest
from authplane.token.v1.token_pb2 import IntrospectRequest, RevokeRequest
from cli.connection import auth_service, token_service
from cli.dev.plane import DevPlane
from cli.failures import CommandFailed
from tests.refusals.flow import Flow

BOUND = 1.0
CALLS = ("Introspect", "GetUserInfo", "GetJwks")


class Calls:
    """How often the services were asked, by the plane's own metrics."""

    def __init__(self, plane: DevPlane) -> None:
        self._url = f"{plane.admin_url}/metrics"

    def made(self) -> dict[str, float]:
        """By method."""
        lines = httpx.get(self._url, verify=False).text.splitlines()
        return {
            method: float(line.split()[-1])
            for line in lines
            for method in CALLS
            if line.startswith("grpc_server_started_total") and f'grpc_method="{method}"' in line
        }


def fresh(ask: Callable[[], Any]) -> Any:
    """What is answered once the gateway has come up to what just happened."""
    ask()
    time.sleep(0.2)
    return ask()


def refused_within_the_bound(ask: Callable[[], bool]) -> None:
    """Whatever it was, it is no longer believed."""
    deadline = time.monotonic() + BOUND
    while ask():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_warm_answers_ask_nobody(plane: DevPlane, flow: Flow) -> None:
    """Introspection, userinfo and the key set, a hundred times each, without one call to a service."""
    token = flow.tokens()["access_token"]
    answers = [fresh(lambda: flow.introspect(token)), fresh(lambda: flow.userinfo(token).json())]
    key_set = fresh(lambda: flow.http.get("/auth/jwks").json())
    calls = Calls(plane)
    before = calls.made()
    for _ in range(100):
        assert [flow.introspect(token), flow.userinfo(token).json()] == answers
        assert flow.http.get("/auth/jwks").json() == key_set
    assert calls.made() == before


def test_a_warm_answer_is_for_who_asked(flow: Flow) -> None:
    """CVE-2021-32701: another client, a wrong secret or no proof get their own answer, not the one that is kept."""
    token = flow.machine_token()
    assert fresh(lambda: flow.introspect(token))["active"]
    assert flow.introspect(token, "web") == {"active": False}
    wrong = flow.http.post("/auth/introspect", data={"token": token}, auth=("machine", "wrong"))
    nobody = flow.http.post("/auth/introspect", data={"token": token})
    assert (wrong.status_code, nobody.status_code) == (401, 401)
    assert flow.introspect(token)["active"]


def test_a_revocation_counts_at_once_where_it_was_made(flow: Flow) -> None:
    """The gateway that revoked it never says active again."""
    tokens = flow.tokens()
    token = tokens["access_token"]
    assert fresh(lambda: flow.introspect(token))["active"]
    assert fresh(lambda: flow.userinfo(token)).status_code == 200
    assert flow.revoke(tokens["refresh_token"]).status_code == 200
    assert flow.introspect(token) == {"active": False}
    assert flow.userinfo(token).status_code == 401


def test_a_profile_change_is_told_within_the_bound(plane: DevPlane, flow: Flow) -> None:
    """Not only what turns a yes into a no invalidates."""
    token = flow.tokens()["access_token"]
    before = fresh(lambda: flow.userinfo(token).json())
    with auth_service(plane.auth_target) as auth:
        user = auth.users.GetUser(GetUserRequest(user="ada")).user
        changed = UpdateUserRequest(user="ada", claims=user.claims)
        changed.claims["nickname"] = "Countess"
        auth.users.UpdateUser(changed)
        refused_within_the_bound(lambda: flow.userinfo(token).json() == before)
        assert flow.userinfo(token).json()["nickname"] == "Countess"
        auth.users.UpdateUser(UpdateUserRequest(user="ada", claims=user.claims))


def test_a_clients_new_settings_count_within_the_bound(plane: DevPlane, flow: Flow) -> None:
    """Who may no longer see every token sees none of others, and with a new secret the old one is refused."""
    token = flow.tokens()["access_token"]
    client = Client(client_id="watcher", introspect="any", grant_types=["client_credentials"])
    with token_service(plane.token_target) as connection:
        clients = connection.clients
        secret = clients.CreateClient(CreateClientRequest(client=client)).client_secret

        def ask() -> httpx.Response:
            return flow.http.post("/auth/introspect", data={"token": token}, auth=("watcher", secret))

        assert fresh(ask).json()["active"]
        client.introspect = "own"
        clients.UpdateClient(UpdateClientRequest(client=client))
        refused_within_the_bound(lambda: bool(ask().json()["active"]))
        clients.RotateClientSecret(RotateClientSecretRequest(client_id="watcher"))
        refused_within_the_bound(lambda: ask().status_code == 200)


def test_withdrawn_keys_verify_nothing_beyond_the_bound(plane: DevPlane, flow: Flow) -> None:
    """A key that leaked is refused within the bound, and gone from the key set."""
    token = flow.machine_token()
    assert fresh(lambda: flow.introspect(token))["active"]
    kids = {key["kid"] for key in fresh(lambda: flow.http.get("/auth/jwks").json())["keys"]}
    with token_service(plane.token_target) as connection:
        connection.keys.RotateKeys(RotateKeysRequest(immediately=True))
    refused_within_the_bound(lambda: bool(flow.introspect(token)["active"]))
    refused_within_the_bound(
        lambda: not kids.isdisjoint(key["kid"] for key in flow.http.get("/auth/jwks").json()["keys"])
    )


def test_a_caller_who_has_seen_a_version_gets_nothing_older(plane: DevPlane, flow: Flow) -> None:
    """A version that the store does not have yet is nobody's: the answer is UNAVAILABLE, and not an older one."""
    token = flow.machine_token()
    with token_service(plane.token_target) as connection:
        version = connection.tokens.Revoke(RevokeRequest(token=token)).store_version
        assert version > 0
        question = IntrospectRequest(token=token, min_store_version=version)
        assert not connection.tokens.Introspect(question).active
        question.min_store_version = version + 1_000_000
        with pytest.raises(CommandFailed, match=r"no answer|version"):
            connection.tokens.Introspect(question)
