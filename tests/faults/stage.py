"""Everything that faults strike: PostgreSQL behind a cable, memcached, and two processes of each part."""

import http.client
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from authplane.auth.v1 import auth_pb2, auth_pb2_grpc
from authplane.token.v1 import token_pb2, token_pb2_grpc
from shared.errors import AuthplaneError
from shared.store.postgres.migrate import Migrator
from shared.store.postgres.server import LocalServer
from tests.eventually import eventually
from tests.faults.doors import TIMEOUT, AuthDoor, TokenDoor, WebDoor
from tests.faults.journal import Journal
from tests.faults.judge import Active, Judge
from tests.faults.people import people
from tests.memcached.cable import Cable
from tests.servers.memcached import MemcachedServer
from tests.servers.postgres import OPTIONS, open_store, programs
from tests.staleness.fleet import Fleet, Part
from tests.staleness.homes import MONITOR, Reach, Web, reach
from tests.staleness.subjects import Subjects

Made = TypeVar("Made")

_DURABLE = {**OPTIONS, "synchronous_commit": "on", "fsync": "on", "full_page_writes": "on"}
_SETTINGS = {
    "refresh_grace_seconds": 60,
    "access_token_ttl": 3600,
    # What has expired stays, so that the tables can be counted.
    "sweep_interval_seconds": 86_400,
    "invalidation_retention_seconds": 86_400,
    "client_failures_per_address": 10**6,
}
_SERVICES = {"auth": "authplane.auth.v1.AuthService", "token": "authplane.token.v1.TokenService"}
_BATCH = 100


@dataclass(frozen=True)
class Stage:
    """What may be broken, and how it is reached.

    Attributes:
        cable: Between PostgreSQL and the second process of each service.
    """

    postgres: LocalServer
    cable: Cable
    memcached: MemcachedServer
    fleet: Fleet
    reached: Reach
    subjects: Subjects

    @property
    def services(self) -> list[Part]:
        """Those that need the store."""
        return [*self.fleet.auth, *self.fleet.token]

    def channel(self, part: Part) -> grpc.Channel:
        """To this process, without retries."""
        return self.reached.channels[part.name]

    def web(self, part: Part) -> Web:
        """To this gateway."""
        return self.reached.webs[part.name]

    def people(self, count: int, journal: Journal) -> AbstractContextManager[None]:
        """So many callers of all processes."""
        auth = [AuthDoor(part.name, self.channel(part)) for part in self.fleet.auth]
        return people(count, self.subjects, self._doors(), auth, journal)

    def prepared(self, make: Callable[[], Made]) -> Made:
        """What a test puts into the store past the services; tried again, since it too notices that a server is gone
        only when it asks.
        """
        for _ in range(20):
            with suppress(AuthplaneError):
                return make()
            time.sleep(0.1)
        return make()

    def is_ready(self, part: Part) -> bool:
        """What the process says of itself to balancers."""
        return admin(part, "/readyz") == 200

    def settle(self, seconds: float = 60.0) -> None:
        """Returns when every process is ready for traffic, over gRPC too, and every channel is connected."""
        eventually(lambda: all(self.is_ready(part) for part in self.fleet.parts), seconds)
        eventually(
            lambda: all(service_health(self.channel(part), part) == "SERVING" for part in self.services), seconds
        )

    def judge(self, journal: Journal) -> None:
        """See `Judge.judge`."""
        tokens: dict[str, Active] = {part.name: _tokens_of(self.channel(part)) for part in self.fleet.token}
        gateways: dict[str, Active] = {part.name: _tokens_at(self.web(part)) for part in self.fleet.gateway}
        sessions: dict[str, Active] = {part.name: _sessions_of(self.channel(part)) for part in self.fleet.auth}
        Judge(self.postgres.url, tokens, gateways, sessions, self._doors(), self.fleet.bound).judge(journal)

    def _doors(self) -> Sequence[TokenDoor | WebDoor]:
        return [
            *(TokenDoor(part.name, self.channel(part)) for part in self.fleet.token),
            *(WebDoor(part.name, self.web(part)) for part in self.fleet.gateway),
        ]


@contextmanager
def stage(folder: Path, **settings: int) -> Iterator[Stage]:
    """The plane as it runs in production, while the context is open.

    Args:
        settings: Further ones of every process.
    """
    with ExitStack() as stack:
        server = stack.enter_context(LocalServer(folder / "postgres", programs(), _DURABLE))
        Migrator(server.url).up()
        memcached = stack.enter_context(MemcachedServer())
        address = urlsplit(server.url)
        cable = stack.enter_context(Cable(f"127.0.0.1:{address.port}"))
        detour = urlunsplit(address._replace(netloc=f"{address.username}:{address.password}@{cable.name}"))
        fleet = stack.enter_context(Fleet(server.url, memcached.name, folder, detour, **{**_SETTINGS, **settings}))
        reached = stack.enter_context(reach(fleet))
        store = stack.enter_context(closing(open_store(server.url)))
        subjects = Subjects(store)
        subjects.prepare()
        made = Stage(server, cable, memcached, fleet, reached, subjects)
        made.settle()
        yield made


def admin(part: Part, path: str) -> int:
    """The status that the admin port of a process answers; 0 when it does not."""
    connection = http.client.HTTPConnection("127.0.0.1", part.admin_port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


def service_health(channel: grpc.Channel, part: Part, service: str | None = None) -> str:
    """What `grpc.health.v1` says of a part's main service, or of another name; a code if it says nothing."""
    stub: Any = health_pb2_grpc.HealthStub(channel)
    name = _SERVICES[part.kind] if service is None else service
    try:
        status = stub.Check(health_pb2.HealthCheckRequest(service=name), timeout=5).status
    except grpc.RpcError as error:
        return str(error.code().name)
    return str(health_pb2.HealthCheckResponse.ServingStatus.Name(status))


def _tokens_of(channel: grpc.Channel) -> Active:
    stub = token_pb2_grpc.TokenServiceStub(channel)

    def active(tokens: Sequence[str]) -> list[bool]:
        batches = (tokens[start : start + _BATCH] for start in range(0, len(tokens), _BATCH))
        questions = [token_pb2.BatchIntrospectRequest(tokens=batch) for batch in batches]
        answers = [stub.BatchIntrospect(question, timeout=TIMEOUT).responses for question in questions]
        return [response.active for each in answers for response in each]

    return active


def _tokens_at(web: Web) -> Active:
    def active(tokens: Sequence[str]) -> list[bool]:
        answers = [web.post("/auth/introspect", {"token": token}, MONITOR) for token in tokens]
        assert {status for status, _ in answers} <= {200}
        return [bool(answer["active"]) for _, answer in answers]

    return active


def _sessions_of(channel: grpc.Channel) -> Active:
    stub = auth_pb2_grpc.AuthServiceStub(channel)

    def active(handles: Sequence[str]) -> list[bool]:
        questions = [auth_pb2.ValidateSessionRequest(session_handle=handle) for handle in handles]
        return [stub.ValidateSession(question, timeout=TIMEOUT).active for question in questions]

    return active
