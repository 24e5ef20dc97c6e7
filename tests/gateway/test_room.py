"""When more requests wait for the services than there is room for."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx2 as httpx
import pytest

from shared.errors import InvalidGrant
from tests.eventually import eventually
from tests.gateway.answers import LOGGED_IN, code_response, form_of, open_login
from tests.gateway.conftest import Gateway, run_gateway

ANSWER = InvalidGrant("expired")


@pytest.fixture(scope="module")
def small() -> Iterator[Gateway]:
    """A gateway with room for eight, and one that ends something; of which an address may have all."""
    yield from run_gateway(max_concurrent_requests=8, address_share=1)


@pytest.fixture(scope="module")
def fair() -> Iterator[Gateway]:
    """A gateway with room for eight, of which an address may have four; a proxy on this machine says who asks."""
    yield from run_gateway(max_concurrent_requests=8, address_share=0.5, trusted_proxies=["127.0.0.1"])


def refresh(gateway: Gateway, address: str = "203.0.113.1") -> httpx.Response:
    with gateway.browser() as http:
        form = {"grant_type": "refresh_token", "refresh_token": "apr_x", "client_id": "spa"}
        return http.post("/auth/token", data=form, headers={"x-forwarded-for": address})


def revoke(gateway: Gateway) -> httpx.Response:
    with gateway.browser() as http:
        return http.post("/auth/revoke", data={"token": "apr_x", "client_id": "spa"})


@contextmanager
def crowded(gateway: Gateway, ask: Callable[[], httpx.Response], count: int) -> Iterator[ThreadPoolExecutor]:
    """So many wait for an answer that does not come before the context is left."""
    gateway.script.clear()
    gateway.script.answers("RefreshToken", ANSWER)
    gateway.script.answers("Revoke", ANSWER)
    gateway.script.gate = threading.Event()
    with ThreadPoolExecutor(32) as callers:
        try:
            waiting = [callers.submit(ask) for _ in range(count)]
            eventually(lambda: in_flight(gateway) == count)
            yield callers
        finally:
            gateway.script.gate.set()
        assert {call.result().status_code for call in waiting} == {400}
    eventually(lambda: in_flight(gateway) == 0)


def in_flight(gateway: Gateway) -> float:
    return gateway.registry.get_sample_value("authplane_http_requests_in_flight") or 0


def refused(gateway: Gateway, reason: str) -> float:
    return gateway.registry.get_sample_value("authplane_http_refused_total", {"reason": reason}) or 0


def test_one_beyond_the_room_is_refused_politely(small: Gateway) -> None:
    """OAuth's own error, and when to come back; what ends something still has a place, and the next has none."""
    before = refused(small, "full")
    with crowded(small, lambda: refresh(small), 8) as callers:
        response = refresh(small)
        assert (response.status_code, response.json()["error"]) == (503, "temporarily_unavailable")
        assert response.headers["retry-after"] == "1"
        last = callers.submit(revoke, small)
        eventually(lambda: in_flight(small) == 9)
        assert revoke(small).status_code == 503
    assert last.result().status_code == 400
    assert refused(small, "full") == before + 2


def test_a_person_is_told_on_a_page(small: Gateway) -> None:
    """Where people are, it is a page."""
    with crowded(small, lambda: refresh(small), 8), small.browser() as http:
        page = http.get("/auth/authorize")
        assert (page.status_code, page.headers["retry-after"]) == (503, "1")
        assert page.headers["content-type"].startswith("text/html")


def test_one_address_leaves_room_for_others(fair: Gateway) -> None:
    """Half of the places at most, once half are taken."""
    before = refused(fair, "share")
    with crowded(fair, lambda: refresh(fair), 4) as callers:
        assert refresh(fair).status_code == 503
        other = callers.submit(refresh, fair, "203.0.113.2")
        eventually(lambda: in_flight(fair) == 5)
    assert other.result().status_code == 400
    assert refused(fair, "share") == before + 1


def test_whoever_hangs_up_takes_no_place_along(small: Gateway) -> None:
    """Clients that go while they wait; then all places are there again."""
    for _ in range(5):
        with (
            crowded(small, lambda: refresh(small), 4),
            small.browser() as http,
            pytest.raises(httpx.TimeoutException),
        ):
            http.post("/auth/revoke", data={"token": "apr_x", "client_id": "spa"}, timeout=0.05)


def test_services_are_told_for_whom_they_are_asked(fair: Gateway) -> None:
    """By the address that the trusted proxy has seen."""
    fair.script.clear()
    fair.script.answers("RefreshToken", ANSWER)
    refresh(fair, "198.51.100.9, 203.0.113.77")
    assert fair.script.metadata[-1]["authplane-client-address"] == "203.0.113.77"


@pytest.mark.parametrize(("seconds", "status"), [(1.0, 303), (3.0, 503)])
def test_one_budget_for_all_that_a_request_asks(fair: Gateway, seconds: float, status: int) -> None:
    """What the first call of a request takes, the second has not; without any left it is not made."""
    fair.script.clear()
    with fair.browser() as http:
        page = open_login(fair, http)
        form = form_of(page)
        fair.script.answers("Login", LOGGED_IN)
        fair.script.answers("Authorize", code_response())
        fair.script.questions.clear()
        fair.script.seconds_left.clear()
        fair.script.meanwhile = lambda: fair.clock.advance(seconds)
        answer = http.post(form.action, data={**form.fields, "username": "ada", "password": "correct horse"})
    assert answer.status_code == status
    asked = [method for method, _ in fair.script.questions]
    assert asked == (["Login", "Authorize"] if status == 303 else ["Login"])
    assert fair.script.seconds_left[1:] == ([pytest.approx(2.0, abs=0.2)] if status == 303 else [])
