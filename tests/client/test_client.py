"""The client for threads and the one for an event loop, against a running plane."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import grpc
import httpx2 as httpx
import pytest

from authplane.auth.v1.auth_pb2 import LoginRequest, LogoutRequest
from authplane.auth.v1.auth_pb2_grpc import AuthServiceStub
from authplane_client import AsyncClient, Client, DeadlineExceeded, InvalidRequest, Options, Session, Unavailable
from cli.dev.plane import DevPlane
from tests.eventually import eventually
from tests.refusals.flow import Flow

BOUND = 1.0


class AsyncTwin:
    """The client for an event loop, used like the other: on a loop in a thread of its own."""

    def __init__(self, *arguments: Any) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self._client: AsyncClient = self._run(self._open(*arguments))

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return lambda *arguments, **named: self._run(getattr(self._client, name)(*arguments, **named))

    def close(self) -> None:
        self._run(self._client.__aexit__(None, None, None))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @staticmethod
    async def _open(*arguments: Any) -> AsyncClient:
        return await AsyncClient(*arguments).__aenter__()

    def _run(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(20)


@pytest.fixture(params=[Client, AsyncTwin])
def client(request: pytest.FixtureRequest, plane: DevPlane) -> Iterator[Any]:
    made = request.param(plane.token_target, plane.auth_target)
    yield made
    made.close()


@pytest.fixture
def flow(plane: DevPlane) -> Iterator[Flow]:
    made = Flow(plane)
    yield made
    made.close()


@pytest.fixture
def session(plane: DevPlane) -> Iterator[tuple[AuthServiceStub, str]]:
    """The auth service, and the handle of a session that has begun."""
    with grpc.insecure_channel(plane.auth_target) as channel:
        auth = AuthServiceStub(channel)
        login = LoginRequest(username="ada", password="correct horse battery staple")
        yield auth, auth.Login(login).session_handle


def calls(plane: DevPlane) -> float:
    """Checks that the services were asked for."""
    lines = httpx.get(f"{plane.admin_url}/metrics", verify=False).text.splitlines()
    methods = [f'grpc_method="{name}"' for name in ("Introspect", "BatchIntrospect", "ValidateSession")]
    started = [line for line in lines if line.startswith("grpc_server_started_total")]
    return sum(float(line.split()[-1]) for line in started if any(method in line for method in methods))


def warm(plane: DevPlane, ask: Callable[[], Any]) -> Any:
    """Asks until it is answered from memory; gives the answer."""

    def is_warm() -> bool:
        before = calls(plane)
        ask()
        return calls(plane) == before

    eventually(is_warm)
    return ask()


def test_a_warm_answer_is_whole_and_asks_nobody(plane: DevPlane, client: Any, flow: Flow) -> None:
    """All that introspection says, again and again without a call."""
    token = flow.machine_token()
    answer = warm(plane, lambda: client.introspect(token))
    assert (answer.active, answer.client_id, answer.token_type) == (True, "machine", "Bearer")
    assert answer.scopes == ("orders:read", "orders:write")
    assert answer.exp > time.time() > answer.iat - 5
    before = calls(plane)
    assert [client.introspect(token) for _ in range(50)] == [answer] * 50
    assert calls(plane) == before


def test_a_session_is_known_until_it_ends(plane: DevPlane, client: Any, session: tuple[AuthServiceStub, str]) -> None:
    """Whose it is, from memory; and within the bound that it is no more."""
    auth, handle = session
    found = warm(plane, lambda: client.validate_session(handle))
    assert isinstance(found, Session)
    assert found.amr == ("pwd",)
    version = auth.Logout(LogoutRequest(session_handle=handle, confirmed=True)).store_version
    assert client.validate_session(handle, min_store_version=version) is None
    eventually(lambda: client.validate_session(handle) is None, BOUND)
    assert client.validate_session("made up") is None


def test_what_this_client_revoked_it_refuses_at_once(plane: DevPlane, client: Any, flow: Flow) -> None:
    """And every other one within the bound, or at once if it is given the version."""
    token = flow.machine_token()
    with Client(plane.token_target) as other:
        warm(plane, lambda: client.introspect(token))
        warm(plane, lambda: other.introspect(token))
        version = client.revoke(token)
        assert not client.introspect(token).active
        assert not other.introspect(token, min_store_version=version).active
        eventually(lambda: not other.introspect(token).active, BOUND)


def test_a_batch_asks_for_what_is_not_known(plane: DevPlane, client: Any, flow: Flow) -> None:
    """In one call, each answer kept by itself, in the order of the question."""
    known, new = flow.machine_token(), flow.machine_token()
    warm(plane, lambda: client.introspect(known))
    before = calls(plane)
    answers = client.batch_introspect([new, "garbage", known, new])
    assert calls(plane) == before + 1
    assert [answer.active for answer in answers] == [True, False, True, True]
    assert answers[0] == answers[3] != answers[2]
    warm(plane, lambda: client.introspect(new))
    assert client.batch_introspect([]) == []


def test_more_than_a_hundred_are_asked_for_in_parts(client: Any) -> None:
    """A service takes no more at once."""
    answers = client.batch_introspect([f"garbage {number}" for number in range(250)])
    assert [answer.active for answer in answers] == [False] * 250


def test_refusals_are_typed(client: Any) -> None:
    """Wrong use, and a version that nobody has made."""
    with pytest.raises(InvalidRequest):
        client.introspect("")
    with pytest.raises(Unavailable):
        client.introspect("token", min_store_version=10**9)


@pytest.mark.parametrize("make", [Client, AsyncTwin])
def test_who_does_not_answer_is_unavailable(make: Any) -> None:
    """Never active, and in bounded time."""
    client = make("127.0.0.1:1", "127.0.0.1:1")
    began = time.monotonic()
    for method in ("introspect", "validate_session", "revoke"):
        with pytest.raises((Unavailable, DeadlineExceeded)):
            getattr(client, method)("x")
    assert time.monotonic() - began < 10
    client.close()


def test_nothing_is_left_of_a_client(plane: DevPlane) -> None:
    """Threads end with it, and closing it twice is harmless."""
    before = set(threading.enumerate())
    client = Client(plane.token_target, plane.auth_target, Options(channels=3))
    client.introspect("x")
    client.close()
    client.close()
    left = [thread for thread in set(threading.enumerate()) - before if thread.name.startswith("authplane")]
    assert left == []


@pytest.mark.parametrize(
    "wrong", [{"timeout": 0}, {"poll_seconds": 2.0}, {"no_seconds": 0.5}, {"max_entries": -1}, {"max_staleness": 0}]
)
def test_options_that_contradict_each_other_are_refused(wrong: dict[str, Any]) -> None:
    """At the start and in words."""
    with pytest.raises(ValueError, match=r"positive|must be"):
        Options(**wrong)


def test_without_the_auth_service_there_are_no_sessions(plane: DevPlane) -> None:
    """It says which address is missing."""
    with Client(plane.token_target) as client, pytest.raises(ValueError, match="auth_target"):
        client.validate_session("x")
