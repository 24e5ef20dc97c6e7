"""What ends when an administrator or the user ends it, seen from outside."""

import io
from collections.abc import Callable, Iterator
from typing import Any

import grpc
import pytest

from authplane.auth.v1 import auth_pb2, auth_pb2_grpc, user_admin_pb2, user_admin_pb2_grpc
from authplane.token.v1 import client_admin_pb2, client_admin_pb2_grpc
from cli.dev.plane import DevPlane
from shared.clock import SystemClock
from tests.conftest import make_plane
from tests.refusals.flow import Flow, of
from tests.user_agent import forms_of, query_of

PASSWORD = "correct horse battery staple"
OTHER_PASSWORD = "another horse, another staple"


class Administration:
    """What administrators do, over gRPC."""

    def __init__(self, auth: grpc.Channel, token: grpc.Channel) -> None:
        self.auth = auth_pb2_grpc.AuthServiceStub(auth)
        self.users = user_admin_pb2_grpc.UserAdminServiceStub(auth)
        self.clients = client_admin_pb2_grpc.ClientAdminServiceStub(token)

    def disable_user(self) -> None:
        self.users.DisableUser(user_admin_pb2.DisableUserRequest(user="ada"))

    def enable_user(self) -> None:
        self.users.EnableUser(user_admin_pb2.EnableUserRequest(user="ada"))

    def set_password(self, password: str = OTHER_PASSWORD) -> None:
        self.users.SetPassword(user_admin_pb2.SetPasswordRequest(user="ada", password=password))

    def end_sessions(self) -> None:
        self.auth.EndSessions(auth_pb2.EndSessionsRequest(user_id=self.ada()))

    def end_each_session(self) -> None:
        for session in self.auth.ListSessions(auth_pb2.ListSessionsRequest(user_id=self.ada())).sessions:
            self.auth.EndSessions(auth_pb2.EndSessionsRequest(session_id=session.session_id))

    def ada(self) -> str:
        return self.users.GetUser(user_admin_pb2.GetUserRequest(user="ada")).user.user_id

    def disable_client(self, client_id: str) -> None:
        self.clients.DisableClient(client_admin_pb2.DisableClientRequest(client_id=client_id))

    def enable_client(self, client_id: str) -> None:
        self.clients.EnableClient(client_admin_pb2.EnableClientRequest(client_id=client_id))


@pytest.fixture(scope="module")
def own_plane() -> Iterator[DevPlane]:
    """A plane that these tests change."""
    with make_plane(SystemClock(), io.StringIO()) as plane:
        yield plane


@pytest.fixture
def flow(own_plane: DevPlane) -> Iterator[Flow]:
    flow = Flow(own_plane)
    yield flow
    flow.close()


@pytest.fixture
def administration(own_plane: DevPlane) -> Iterator[Administration]:
    """Afterwards everything is as it was."""
    with (
        grpc.insecure_channel(own_plane.auth_target) as auth,
        grpc.insecure_channel(own_plane.token_target) as token,
    ):
        administration = Administration(auth, token)
        yield administration
        administration.enable_user()
        administration.set_password(PASSWORD)
        for client_id in ("web", "machine"):
            administration.enable_client(client_id)


def is_dead(flow: Flow, tokens: dict[str, Any]) -> bool:
    """Whether nothing is left of a grant, wherever one asks."""
    access, refresh = tokens["access_token"], tokens["refresh_token"]
    active = [flow.introspect(token)["active"] for token in (access, refresh)]
    return (active, flow.userinfo(access).status_code, flow.refresh(refresh).status_code) == ([False, False], 401, 400)


def has_session(flow: Flow) -> bool:
    return "code" in query_of(flow.agent.get(flow.authorization_url(prompt="none")).headers["location"])


ENDINGS: list[Callable[[Administration], None]] = [
    Administration.disable_user,
    Administration.set_password,
    Administration.end_sessions,
    Administration.end_each_session,
]
every_ending = pytest.mark.parametrize("end", ENDINGS, ids=lambda end: end.__name__)


@every_ending
def test_sessions_tokens_and_codes_end(
    flow: Flow, administration: Administration, end: Callable[[Administration], None]
) -> None:
    """Row 31, ASVS 7.4.2: the session, both tokens (offline access too) and the code that was not redeemed yet."""
    tokens, code = flow.tokens(), flow.code()
    assert has_session(flow)
    end(administration)
    assert not has_session(flow)
    assert is_dead(flow, tokens)
    assert flow.redeem(code).json()["error"] == "invalid_grant"


@every_ending
def test_nothing_comes_back(flow: Flow, administration: Administration, end: Callable[[Administration], None]) -> None:
    """Row 31: enabling the user, or the old password once more, revives nothing; a new login works as ever
    (node-oidc-provider#1086).
    """
    tokens = flow.tokens()
    end(administration)
    administration.enable_user()
    administration.set_password(PASSWORD)
    assert is_dead(flow, tokens)
    assert not has_session(flow)
    assert flow.userinfo(flow.tokens()["access_token"]).status_code == 200


def test_the_old_password_is_worth_nothing(flow: Flow, administration: Administration) -> None:
    """Row 31: nor is the right one of a disabled user; both get the answer to a wrong password (row 26)."""
    page = flow.agent.settle(flow.agent.get(flow.authorization_url()))
    administration.set_password()
    old = flow.agent.submit(page, username="ada", password=PASSWORD)
    administration.disable_user()
    disabled = flow.agent.submit(page, username="ada", password=OTHER_PASSWORD)
    wrong = flow.agent.submit(page, username="ada", password="wrong")
    assert [answer.status_code for answer in (old, disabled, wrong)] == [400, 400, 400]
    assert old.text == disabled.text == wrong.text
    assert "authplane_session" not in flow.agent.http.cookies


@every_ending
def test_consent_is_not_given_for_a_session_that_ended(
    flow: Flow, administration: Administration, end: Callable[[Administration], None]
) -> None:
    """hydra#770: the page was shown to a session that is no more; the answer to it leads to the login page."""
    flow.code()
    callback = "http://127.0.0.1:5000/callback"
    url = flow.authorization_url(client_id="spa", redirect_uri=callback, prompt="consent")
    consent = flow.agent.settle(flow.agent.get(url))
    assert forms_of(consent.text)[0].buttons
    end(administration)
    answer = flow.agent.submit(consent, decision="grant")
    assert (answer.status_code, "/auth/login?" in answer.headers["location"]) == (303, True)


def test_a_disabled_client_is_unknown_everywhere(flow: Flow, administration: Administration) -> None:
    """CVE-2023-0091: its tokens die, of whichever grant, and come back with nothing."""
    tokens, code, machine = flow.tokens(), flow.code(), flow.machine_token("machine")
    administration.disable_client("web")
    page = flow.agent.get(flow.authorization_url())
    assert (page.status_code, "location" in page.headers) == (400, False)
    for answer in (flow.redeem(code), flow.refresh(tokens["refresh_token"]), flow.revoke(tokens["access_token"])):
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert flow.userinfo(tokens["access_token"]).status_code == 401
    assert flow.introspect(tokens["access_token"]) == {"active": False}
    administration.enable_client("web")
    assert is_dead(flow, tokens)
    administration.disable_client("machine")
    administration.enable_client("machine")
    assert flow.introspect(machine) == {"active": False}
    assert flow.token(of("machine"), grant_type="client_credentials").status_code == 200
