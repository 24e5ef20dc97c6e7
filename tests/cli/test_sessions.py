"""`authplane session` against a running plane."""

import pytest

from authplane.auth.v1.auth_pb2 import LoginRequest
from cli.connection import auth_service
from cli.dev.plane import DevPlane
from tests.cli.conftest import Command

PASSWORD = "a password that is long enough"


@pytest.fixture
def session_ids(authplane: Command, plane: DevPlane, request: pytest.FixtureRequest) -> list[str]:
    """Two sessions of a new user, whose name is the test's; newest first."""
    authplane.text("user", "create", request.node.name, stdin=PASSWORD + "\n")
    with auth_service(plane.auth_target) as auth:
        login = LoginRequest(username=request.node.name, password=PASSWORD)
        older, newer = (auth.sessions.Login(login).session.session_id for _ in range(2))
    return [newer, older]


def test_sessions_are_listed(authplane: Command, session_ids: list[str], request: pytest.FixtureRequest) -> None:
    """Newest first; the table shows whole ids, since they are there to be copied."""
    listed = authplane.json("session", "list", request.node.name)

    assert [session["session_id"] for session in listed] == session_ids
    assert [session["amr"] for session in listed] == [["pwd"], ["pwd"]]
    assert f"\n{session_ids[0]}  " in authplane.text("session", "list", request.node.name)


def test_one_session_is_ended(authplane: Command, session_ids: list[str], request: pytest.FixtureRequest) -> None:
    """The other one lives on, and ending it twice is refused."""
    assert authplane.json("session", "end", session_ids[0]) == {"ended": 1}

    listed = authplane.json("session", "list", request.node.name)
    assert [session["session_id"] for session in listed] == session_ids[1:]
    assert authplane.failure("session", "end", session_ids[0])[0] == 1


@pytest.mark.usefixtures("session_ids")
def test_all_sessions_of_a_user_are_ended(authplane: Command, request: pytest.FixtureRequest) -> None:
    """--user ends them all."""
    assert authplane.text("session", "end", "--user", request.node.name) == "sessions ended: 2\n"
    assert authplane.json("session", "list", request.node.name) == []


def test_what_to_end_must_be_named_once(authplane: Command) -> None:
    """Neither nothing nor both."""
    assert authplane.failure("session", "end")[0] == 2
    assert authplane.failure("session", "end", "abc", "--user", "ada")[0] == 2
