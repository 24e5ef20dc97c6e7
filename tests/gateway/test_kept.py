"""What the gateway repeats from memory, and what it never does."""

import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2 as httpx
import pytest

from authplane.cache.v1.cache_pb2 import Basis, Position
from authplane.token.v1.token_pb2 import IntrospectResponse, RevokeResponse
from shared.cache.log import Invalidation, News
from shared.cache.log import Position as LogPosition
from shared.cache.view import View
from shared.clock import SystemClock
from shared.errors import InvalidToken, Unavailable
from tests.eventually import eventually
from tests.gateway.conftest import START, Gateway, run_gateway
from tests.gateway.test_observation import count
from tests.stores import fresh_view

FORM = {"token": "the token"}
AUTH = ("web", "secret")


class Log:
    """The invalidations that the gateway follows."""

    def __init__(self) -> None:
        self.view: View = fresh_view(SystemClock())
        for number in range(1, 4):
            self.add(f"user:{number}")

    def add(self, tag: str) -> None:
        position = LogPosition(self.view.position.version + 1, f"stamp {self.view.position.version + 1}")
        self.view.follow(News(False, (Invalidation(position, (tag,)),), position, True, 0.0), math.inf)

    def basis(self, *tags: str, behind: int = 0) -> Basis:
        version = self.view.position.version - behind
        return Basis(decided_at=Position(version=version, stamp=f"stamp {version}"), tags=tags, expires_at=START + 600)


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def gateway(log: Log) -> Iterator[Gateway]:
    yield from run_gateway(log.view)


@pytest.fixture
def http(gateway: Gateway) -> Iterator[httpx.Client]:
    with gateway.browser() as client:
        yield client


def asked(gateway: Gateway, method: str = "Introspect") -> int:
    """How often the service was asked."""
    return [name for name, _ in gateway.script.questions].count(method)


def introspect(http: httpx.Client, **request: Any) -> httpx.Response:
    return http.post("/auth/introspect", **{"data": FORM, "auth": AUTH, **request})


def warm(gateway: Gateway, http: httpx.Client, log: Log, *tags: str) -> None:
    """Has an answer kept that rests on these tags."""
    gateway.script.answers("Introspect", IntrospectResponse(active=True, sub="ada", basis=log.basis(*tags)))

    def repeated() -> bool:
        before = asked(gateway)
        introspect(http)
        return asked(gateway) == before

    eventually(repeated)


def test_the_same_question_is_answered_again_whole(gateway: Gateway, http: httpx.Client, log: Log) -> None:
    """Status, header and body are those of the first answer; the request id is the request's own, and it is counted."""
    warm(gateway, http, log, "user:ada")
    first, before = introspect(http), count(gateway, "/auth/introspect", "POST", "200")
    again = introspect(http, headers={"x-request-id": "mine"})
    assert (again.status_code, again.content) == (first.status_code, first.content)
    volatile = {"x-request-id", "date"}
    assert {name: value for name, value in again.headers.items() if name not in volatile} == {
        name: value for name, value in first.headers.items() if name not in volatile
    }
    assert again.headers["x-request-id"] == "mine" != first.headers["x-request-id"]
    assert count(gateway, "/auth/introspect", "POST", "200") == before + 1


@pytest.mark.parametrize(
    "other",
    [
        {"data": {"token": "another"}},
        {"data": {**FORM, "token_type_hint": "access_token"}},
        {"auth": ("web", "another")},
        {"auth": ("other", "secret")},
        {"auth": None},
        {"headers": {"origin": "https://elsewhere.example"}},
        {"params": {"a": "b"}},
    ],
)
def test_another_question_is_asked(gateway: Gateway, http: httpx.Client, log: Log, other: dict[str, Any]) -> None:
    """CVE-2021-32701: whatever differs that may make a difference is another key."""
    warm(gateway, http, log, "user:ada")
    before = asked(gateway)
    introspect(http, **other)
    assert asked(gateway) == before + 1


def test_what_rests_on_something_invalidated_is_asked_again(gateway: Gateway, http: httpx.Client, log: Log) -> None:
    """And what rests on something else is not."""
    warm(gateway, http, log, "user:ada")
    before = asked(gateway)
    log.add("user:grace")
    log.add("user:ada")
    eventually(lambda: bool(introspect(http)) and asked(gateway) > before)


def test_an_answer_from_before_an_invalidation_is_never_kept(gateway: Gateway, http: httpx.Client, log: Log) -> None:
    """A service that lags behind decided it: it carries that service's version, not the gateway's."""
    warm(gateway, http, log, "user:x")
    late = log.basis("user:ada")
    log.add("user:ada")
    gateway.script.answers("Introspect", IntrospectResponse(active=True, basis=late))

    def follows() -> bool:
        before = asked(gateway)
        introspect(http, data={"token": "late"})
        return (
            asked(gateway) > before and bool(introspect(http, data={"token": "late"})) and asked(gateway) > before + 1
        )

    eventually(follows)
    before = asked(gateway)
    for _ in range(5):
        introspect(http, data={"token": "late"})
    assert asked(gateway) == before + 5


def test_without_a_basis_nothing_is_kept(gateway: Gateway, http: httpx.Client, log: Log) -> None:
    """Such as the answer to a caller whose proof is good once."""
    warm(gateway, http, log, "user:ada")
    gateway.script.answers("Introspect", IntrospectResponse(active=True))
    before = asked(gateway)
    for _ in range(3):
        introspect(http, data={"token": "once"})
    assert asked(gateway) == before + 3


def test_a_stale_view_asks_and_whoever_cannot_be_asked_is_a_503(gateway: Gateway, http: httpx.Client, log: Log) -> None:
    """Never "active"; a no is repeated all the same."""
    warm(gateway, http, log, "user:ada")
    gateway.script.answers("Introspect", IntrospectResponse(active=False, basis=log.basis("user:ada")))
    assert introspect(http, data={"token": "dead"}).json() == {"active": False}
    gateway.script.answers("Introspect", Unavailable("the store does not answer; try again"))
    assert introspect(http).json()["active"]
    gateway.clock.advance(1.0)
    statuses = {introspect(http).status_code for _ in range(20)}
    assert statuses <= {200, 503}
    assert introspect(http, data={"token": "dead"}).json() == {"active": False}


def test_a_change_made_through_this_gateway_counts_at_once(gateway: Gateway, http: httpx.Client, log: Log) -> None:
    """Before the feed brings it; and the service must not answer with anything older."""
    warm(gateway, http, log, "user:ada")
    gateway.script.answers("Revoke", RevokeResponse(store_version=90, invalidated=["user:ada"]))
    http.post("/auth/revoke", data=FORM, auth=AUTH)
    before = asked(gateway)
    introspect(http)
    assert asked(gateway) == before + 1
    assert gateway.script.questions[-1][1].min_store_version == 90


def test_many_who_ask_the_same_ask_once(gateway: Gateway, http: httpx.Client, log: Log) -> None:
    """The first is answered by the service; the others wait for that."""
    warm(gateway, http, log, "user:ada")
    before = asked(gateway)
    gateway.script.seconds = 0.5
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: introspect(http, data={"token": "hot"}).status_code, range(8)))
    assert answers == [200] * 8
    assert asked(gateway) == before + 1


def test_a_bad_token_at_userinfo_is_refused_from_memory(gateway: Gateway, http: httpx.Client) -> None:
    """A no stays one for a while, and then it is asked again."""
    gateway.script.answers("GetUserInfo", InvalidToken("revoked"))
    bearer = {"authorization": "Bearer bad"}
    answers = [http.get("/auth/userinfo", headers=bearer) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {401}
    assert {answer.headers["www-authenticate"] for answer in answers} == {answers[0].headers["www-authenticate"]}
    assert asked(gateway, "GetUserInfo") == 1
    gateway.clock.advance(5.0)
    http.get("/auth/userinfo", headers=bearer)
    assert asked(gateway, "GetUserInfo") == 2


def test_a_body_in_parts_is_answered_and_not_kept(gateway: Gateway, http: httpx.Client, log: Log) -> None:
    """It is the application that reads it, within its bounds."""
    warm(gateway, http, log, "user:ada")
    before = asked(gateway)
    parts = [b"token=", b"the%20token"]
    headers = {"content-type": "application/x-www-form-urlencoded"}
    for _ in range(2):
        answer = http.post("/auth/introspect", content=iter(parts), auth=AUTH, headers=headers)
        assert answer.status_code == 200
    assert asked(gateway) >= before


def test_a_service_that_is_stale_itself_makes_nothing_fresh() -> None:
    """The age of its view counts from there: what it has not heard of, the gateway has not heard of either."""
    stale = Log()
    stale.view = View(1000, 1.0, SystemClock())
    stale.view.follow(News(True, (), LogPosition(3, "stamp 3"), True, 0.0), SystemClock().monotonic() - 2.0)
    for gateway in run_gateway(stale.view):
        gateway.script.answers("Introspect", IntrospectResponse(active=True, basis=stale.basis("user:ada")))
        with gateway.browser() as http:
            eventually(lambda: introspect(http).status_code == 200 and asked(gateway) > 5)  # noqa: B023 - Called here.
            before = asked(gateway)
            for _ in range(20):
                introspect(http)
            assert asked(gateway) == before + 20
