"""Where decisions are kept, and how each is asked."""

import base64
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlencode

import grpc
import urllib3

from authplane.auth.v1 import auth_pb2, auth_pb2_grpc
from authplane.token.v1 import token_pb2, token_pb2_grpc
from authplane_client import AuthplaneError, Client, Options
from tests.staleness.fleet import Fleet, Part
from tests.staleness.subjects import MONITOR_SECRET, WEB_SECRET, Subject

_TIMEOUT = 5.0
_CONNECTIONS = 32
_FORM = {"content-type": "application/x-www-form-urlencoded"}


def _basic(client_id: str, secret: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()}


MONITOR = _basic("monitor", MONITOR_SECRET)
WEB = _basic("web", WEB_SECRET)


class Ask(Protocol):
    """Puts a question about a subject: yes, no, or nothing when there was no answer."""

    def __call__(self, subject: Subject, min_store_version: int = 0) -> bool | None: ...


@dataclass(frozen=True)
class Home:
    """A question that one process answers from memory.

    Attributes:
        about: "token" or "session": what has to die for a no.
        takes_version: Whether the question can name the version that its answer has to be at.
    """

    name: str
    part: Part
    about: str
    ask: Ask
    takes_version: bool


class Web:
    """A gateway, asked over connections that are kept open for as long as it keeps them."""

    def __init__(self, part: Part) -> None:
        self._pool = urllib3.HTTPConnectionPool(
            "127.0.0.1", part.port, timeout=_TIMEOUT, maxsize=_CONNECTIONS, retries=False
        )

    def post(self, path: str, form: dict[str, str], headers: dict[str, str]) -> tuple[int, Any]:
        """Status and JSON; raises OSError when there is no answer."""
        return self._request("POST", path, urlencode(form), {**_FORM, **headers})

    def get(self, path: str, headers: dict[str, str]) -> tuple[int, Any]:
        """As `post`."""
        return self._request("GET", path, None, headers)

    def close(self) -> None:
        """Closes the connections."""
        self._pool.close()

    def _request(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> tuple[int, Any]:
        try:
            response = self._pool.request(method, path, body=body, headers=headers)
        except urllib3.exceptions.HTTPError as error:
            raise OSError("no answer") from error
        return response.status, json.loads(response.data or b"null")


@dataclass(frozen=True)
class Reach:
    """A fleet, and how each of its processes is reached.

    Attributes:
        channels, webs: By the name of the part.
        clients: What internal services use; each with a memory of its own.
    """

    fleet: Fleet
    channels: Mapping[str, grpc.Channel]
    webs: Mapping[str, Web]
    clients: Sequence[Client]


@contextmanager
def reach(fleet: Fleet) -> Iterator[Reach]:
    """Connections to each process by itself, open while the context is."""
    with ExitStack() as stack:
        reconnecting = [("grpc.max_reconnect_backoff_ms", 200)]
        services = [*fleet.auth, *fleet.token]
        channels = {
            part.name: stack.enter_context(grpc.insecure_channel(part.target, options=reconnecting))
            for part in services
        }
        webs = {part.name: stack.enter_context(closing(Web(part))) for part in fleet.gateway}
        tokens, auth = ("ipv4:" + ",".join(part.target for part in parts) for parts in (fleet.token, fleet.auth))
        options = Options(max_staleness=fleet.bound, no_seconds=fleet.bound + 4, timeout=_TIMEOUT)
        clients = [stack.enter_context(Client(tokens, auth, options)) for _ in range(2)]
        yield Reach(fleet, channels, webs, clients)


def homes_of(reach: Reach) -> list[Home]:
    """Every place where a yes may linger."""
    fleet = reach.fleet
    return [
        *(home for part in fleet.gateway for home in _of_gateway(part, reach.webs[part.name])),
        *(_of_token(part, reach.channels[part.name]) for part in fleet.token),
        *(home for part in fleet.auth for home in _of_auth(part, reach.channels[part.name])),
        *(home for number, client in enumerate(reach.clients, 1) for home in _of_client(number, client)),
    ]


def _of_gateway(part: Part, web: Web) -> list[Home]:
    def introspect(subject: Subject, min_store_version: int = 0) -> bool | None:
        try:
            status, answer = web.post("/auth/introspect", {"token": subject.access_token}, MONITOR)
        except OSError:
            return None
        return bool(answer["active"]) if status == 200 else None

    def userinfo(subject: Subject, min_store_version: int = 0) -> bool | None:
        try:
            status, _ = web.get("/auth/userinfo", {"authorization": f"Bearer {subject.access_token}"})
        except OSError:
            return None
        return {200: True, 401: False}.get(status)

    return [
        Home(f"{part.name} introspect", part, "token", introspect, takes_version=False),
        Home(f"{part.name} userinfo", part, "token", userinfo, takes_version=False),
    ]


def _of_token(part: Part, channel: grpc.Channel) -> Home:
    tokens = token_pb2_grpc.TokenServiceStub(channel)

    def introspect(subject: Subject, min_store_version: int = 0) -> bool | None:
        question = token_pb2.IntrospectRequest(token=subject.access_token, min_store_version=min_store_version)
        return _answer(lambda: tokens.Introspect(question, timeout=_TIMEOUT).active)

    return Home(f"{part.name} introspect", part, "token", introspect, takes_version=True)


def _of_auth(part: Part, channel: grpc.Channel) -> list[Home]:
    auth = auth_pb2_grpc.AuthServiceStub(channel)

    def validate(subject: Subject, min_store_version: int = 0) -> bool | None:
        question = auth_pb2.ValidateSessionRequest(
            session_handle=subject.session_handle, min_store_version=min_store_version
        )
        return _answer(lambda: auth.ValidateSession(question, timeout=_TIMEOUT).active)

    def userinfo(subject: Subject, min_store_version: int = 0) -> bool | None:
        question = auth_pb2.GetUserInfoRequest(access_token=subject.access_token, min_store_version=min_store_version)
        return _answer(lambda: bool(auth.GetUserInfo(question, timeout=_TIMEOUT).claims))

    return [
        Home(f"{part.name} session", part, "session", validate, takes_version=True),
        Home(f"{part.name} userinfo", part, "token", userinfo, takes_version=True),
    ]


def _of_client(number: int, client: Client) -> list[Home]:
    def introspect(subject: Subject, min_store_version: int = 0) -> bool | None:
        try:
            return client.introspect(subject.access_token, min_store_version=min_store_version).active
        except AuthplaneError:
            return None

    def validate(subject: Subject, min_store_version: int = 0) -> bool | None:
        try:
            return client.validate_session(subject.session_handle, min_store_version=min_store_version) is not None
        except AuthplaneError:
            return None

    # Its number stands where others have a port.
    part = Part("client", {}, Path(), number)
    return [
        Home(f"{part.name} introspect", part, "token", introspect, takes_version=True),
        Home(f"{part.name} session", part, "session", validate, takes_version=True),
    ]


def _answer(ask: Callable[[], bool]) -> bool | None:
    try:
        return ask()
    except grpc.RpcError as error:
        return False if error.code() is grpc.StatusCode.UNAUTHENTICATED else None
