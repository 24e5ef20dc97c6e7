"""What time ends, on a plane whose clock is moved by hand."""

from collections.abc import Iterator

import pytest

from cli.dev.plane import DevPlane
from shared.clock import ManualClock
from tests.refusals.flow import Flow
from tests.user_agent import query_of


@pytest.fixture
def timed(manual_plane: tuple[DevPlane, ManualClock]) -> Iterator[tuple[Flow, ManualClock]]:
    """The flow, and the clock."""
    plane, clock = manual_plane
    flow = Flow(plane)
    yield flow, clock
    flow.close()


def test_a_code_lives_a_minute(timed: tuple[Flow, ManualClock]) -> None:
    """Row 3: RFC 9700 section 4.2.4."""
    flow, clock = timed
    code = flow.code()
    clock.advance(60)
    assert flow.redeem(code).json()["error"] == "invalid_grant"


def test_an_access_token_lives_ten_minutes(timed: tuple[Flow, ManualClock]) -> None:
    """Row 14: a past exp is refused everywhere."""
    flow, clock = timed
    token = flow.tokens()["access_token"]
    clock.advance(599)
    assert flow.userinfo(token).status_code == 200
    clock.advance(2)
    assert flow.userinfo(token).status_code == 401
    assert flow.introspect(token) == {"active": False}


def test_a_refresh_token_ends_however_often_it_is_rotated(timed: tuple[Flow, ManualClock]) -> None:
    """Row 5: an absolute expiry."""
    flow, clock = timed
    token = flow.tokens()["refresh_token"]
    for _ in range(29):
        clock.advance(86_400)
        token = flow.refresh(token).json()["refresh_token"]
    clock.advance(86_400)
    assert flow.refresh(token).json()["error"] == "invalid_grant"


def test_without_offline_access_the_family_ends_with_the_session(timed: tuple[Flow, ManualClock]) -> None:
    """OIDC Core 11: access while the user is away has to be asked for."""
    flow, clock = timed
    token = flow.redeem(flow.code(scope="openid", prompt="login")).json()["refresh_token"]
    clock.advance(43_100)
    token = flow.refresh(token).json()["refresh_token"]
    clock.advance(101)
    assert flow.refresh(token).json()["error"] == "invalid_grant"


def test_no_token_is_said_to_outlive_its_family(timed: tuple[Flow, ManualClock]) -> None:
    """RFC 6749 section 5.1: expires_in is what is left, when the session ends sooner than the token would."""
    flow, clock = timed
    token = flow.redeem(flow.code(scope="openid", prompt="login")).json()["refresh_token"]
    clock.advance(43_200 - 100)
    tokens = flow.refresh(token).json()
    assert tokens["expires_in"] == 100
    assert flow.introspect(tokens["access_token"])["exp"] == int(clock.now()) + 100


def test_a_rotated_token_convicts_after_the_grace(timed: tuple[Flow, ManualClock]) -> None:
    """Row 5: ten seconds for retries, then it is reuse."""
    flow, clock = timed
    first = flow.tokens()["refresh_token"]
    second = flow.refresh(first).json()["refresh_token"]
    clock.advance(9)
    assert flow.refresh(first).json()["refresh_token"] == second
    clock.advance(2)
    assert flow.refresh(first).json()["error"] == "invalid_grant"
    assert flow.refresh(second).json()["error"] == "invalid_grant"


def test_max_age_asks_again(timed: tuple[Flow, ManualClock]) -> None:
    """Row 18: an old login does not satisfy max_age, and auth_time is of the new one."""
    flow, clock = timed
    flow.code(prompt="login")
    clock.advance(100)
    silent = flow.agent.get(flow.authorization_url(max_age="50", prompt="none"))
    assert query_of(silent.headers["location"])["error"] == "login_required"
    assert query_of(flow.agent.get(flow.authorization_url(max_age="200")).headers["location"])["code"]


def test_a_page_waits_an_hour(timed: tuple[Flow, ManualClock]) -> None:
    """A ticket that was left lying is refused, and the user starts over."""
    flow, clock = timed
    clock.advance(50_000)
    page = flow.agent.settle(flow.agent.get(flow.authorization_url()))
    clock.advance(3601)
    response = flow.agent.submit(page, username="ada", password="correct horse battery staple")
    assert response.status_code == 400
