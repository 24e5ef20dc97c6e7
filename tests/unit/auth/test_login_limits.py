"""Limits on failed logins: who is refused unchecked, and who never is on account of others."""

import pytest

from services.auth.login_limits import LimitedLogin, LoginLimits
from shared.errors import AuthplaneError, CredentialsInvalid, InvalidRequest, RateLimited
from shared.overload.rate_limit import RateLimit
from tests.unit.auth.world import PASSWORD, World

HOME, CAFE = "198.51.100.1", "203.0.113.9"


@pytest.fixture
def login(world: World) -> LimitedLogin:
    def limit(times: int) -> RateLimit:
        return RateLimit(times, 300.0, world.clock, "too often")

    return LimitedLogin(world.login, LoginLimits(limit(5), limit(20), limit(8)))


def outcome(login: LimitedLogin, username: str, address: str, password: str = "wrong password") -> type | None:
    try:
        login.log_in(username, password, "", address)
    except AuthplaneError as error:
        return type(error)
    return None


def test_guesses_at_one_user_end(login: LimitedLogin, world: World) -> None:
    """After five even the right password is not looked at, however the name is written; later it is."""
    assert [outcome(login, "ada", CAFE) for _ in range(7)] == [CredentialsInvalid] * 5 + [RateLimited] * 2
    assert outcome(login, "ADA", CAFE, PASSWORD) is RateLimited
    world.clock.advance(60)
    assert outcome(login, "ada", CAFE, PASSWORD) is None


def test_nobody_is_locked_out_by_somebody_else(login: LimitedLogin) -> None:
    """Row 25: guesses from many addresses end; the user goes on at home, where a login has succeeded before."""
    assert outcome(login, "ada", HOME, PASSWORD) is None
    strangers = [outcome(login, "ada", f"203.0.113.{number}") for number in range(20)]
    assert strangers == [CredentialsInvalid] * 8 + [RateLimited] * 12
    assert outcome(login, "ada", HOME, PASSWORD) is None
    assert outcome(login, "ada", CAFE, PASSWORD) is RateLimited


def test_guesses_at_many_users_end(login: LimitedLogin) -> None:
    """One address, a name at a time; other addresses do not notice."""
    seen = [outcome(login, f"user-{number}", CAFE) for number in range(25)]
    assert seen == [CredentialsInvalid] * 20 + [RateLimited] * 5
    assert outcome(login, "ada", HOME, PASSWORD) is None


def test_users_who_do_not_exist_count_alike(login: LimitedLogin) -> None:
    """Or the limit would tell who exists."""
    seen = {name: [outcome(login, name, CAFE) for _ in range(6)] for name in ("ada", "nobody")}
    assert seen["ada"] == seen["nobody"]


def test_logins_that_succeed_do_not_count(login: LimitedLogin) -> None:
    """However many; nor do requests that are wrong before any password is looked at."""
    assert {outcome(login, "ada", HOME, PASSWORD) for _ in range(50)} == {None}
    assert {outcome(login, "ada", HOME, "") for _ in range(50)} == {InvalidRequest}
    assert outcome(login, "x" * 100_000, HOME) is InvalidRequest
