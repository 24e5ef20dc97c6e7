"""What is printed, apart from where it comes from."""

import base64
import json

import pytest

from cli.paging import all_pages
from cli.times import both, relative
from tests.cli.conftest import Command

NOW = 1_795_449_600.0


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (NOW, "now"),
        (NOW - 5, "5 s ago"),
        (NOW + 299.7, "in 5 min"),
        (NOW - 7_200, "2 h ago"),
        (NOW + 3 * 86_400, "2026-11-26 16:00:00Z"),
    ],
)
def test_moments_are_told_from_now(moment: float, expected: str) -> None:
    """Near moments by their distance, far ones by their date."""
    assert relative(moment, NOW) == expected


def test_dates_carry_their_distance() -> None:
    """A single record shows both, unless they are the same."""
    assert both(NOW - 60, NOW) == "2026-11-23 15:59:00Z (1 min ago)"
    assert both(NOW - 864_000, NOW) == "2026-11-13 16:00:00Z"


def test_control_characters_do_not_reach_the_terminal(authplane: Command) -> None:
    """What a token says cannot clear the screen or forge lines."""
    header, claims = (
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
        for part in ({"alg": "ES256"}, {"name": "\x1b[2Jroot\rx"})
    )

    shown = authplane.text("token", "inspect", f"{header}.{claims}.AAAA")

    assert r"\x1b[2Jroot\rx" in shown


def test_all_pages_are_read() -> None:
    """Page tokens are followed until one is empty."""

    class Page:
        def __init__(self, users: list[str], next_page_token: str) -> None:
            self.users = users
            self.next_page_token = next_page_token

    pages = {"": Page(["a", "b"], "two"), "two": Page(["c"], "")}

    assert list(all_pages(pages.__getitem__, "users")) == ["a", "b", "c"]
