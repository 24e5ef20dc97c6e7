"""Limits on clients: wrong credentials, and token requests."""

import pytest

from services.token.authenticate_client import PresentedClient
from services.token.client_limits import GuardedClients, MeasuredClients
from shared.errors import AuthplaneError, InvalidClient, RateLimited
from shared.overload.rate_limit import RateLimit
from tests.unit.token.world import SECRET, World

HOME, CAFE = "198.51.100.1", "203.0.113.9"


def limit(world: World, times: int) -> RateLimit:
    return RateLimit(times, 60.0, world.clock, "too often")


def outcome(clients: GuardedClients | MeasuredClients, client_id: str, address: str, secret: str) -> type | None:
    try:
        clients.authenticate(PresentedClient(client_id, "client_secret_basic", secret, address))
    except AuthplaneError as error:
        return type(error)
    return None


@pytest.fixture
def guarded(world: World) -> GuardedClients:
    return GuardedClients(world.clients, limit(world, 5), limit(world, 8))


def test_guesses_at_a_secret_end(guarded: GuardedClients, world: World) -> None:
    """The client itself, elsewhere, does not notice."""
    web, secret = "web", SECRET
    assert [outcome(guarded, web, CAFE, "guess") for _ in range(7)] == [InvalidClient] * 5 + [RateLimited] * 2
    assert outcome(guarded, web, CAFE, secret) is RateLimited
    assert outcome(guarded, web, HOME, secret) is None
    world.clock.advance(12)
    assert outcome(guarded, web, CAFE, secret) is None


def test_guesses_at_many_clients_end(guarded: GuardedClients) -> None:
    """One address, a client at a time."""
    seen = [outcome(guarded, f"client-{number}", CAFE, "guess") for number in range(10)]
    assert seen == [InvalidClient] * 8 + [RateLimited] * 2


def test_a_client_asks_so_often(world: World) -> None:
    """Only who has proved to be the client uses up what it may."""
    measured = MeasuredClients(world.clients, limit(world, 3))
    web, secret = "web", SECRET
    assert [outcome(measured, web, CAFE, "guess") for _ in range(10)] == [InvalidClient] * 10
    assert [outcome(measured, web, HOME, secret) for _ in range(4)] == [None] * 3 + [RateLimited]
