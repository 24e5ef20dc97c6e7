"""The rule in each of its homes, through every order of events; and the same with one thing wrong."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.cache.model.explore import Home, explore
from tests.cache.model.gateway import gateway
from tests.cache.model.restored import restored
from tests.cache.model.rule import Broken
from tests.cache.model.second_level import second_level
from tests.cache.model.service import service
from tests.cache.model.two_gateways import two_gateways

Build = Callable[[Broken], Home[Any]]

HOMES: list[Build] = [service, restored, second_level, gateway, two_gateways]

LATE, OWN_NO, CALLERS_NO = "late yes", "yes after its own no", "yes after the caller's no"

VARIANTS: list[tuple[Build, Broken, str]] = [
    (service, Broken.STAMPED_AFTER_THE_READ, OWN_NO),
    (service, Broken.FRESH_SINCE_POLL_ENDED, LATE),
    (service, Broken.FLOOR_IGNORED, OWN_NO),
    (service, Broken.NO_REPLACED, OWN_NO),
    (service, Broken.NOTE_LOST, OWN_NO),
    (restored, Broken.FEED_TAKES_ANY_HISTORY, LATE),
    (restored, Broken.ENTRY_OF_ANY_HISTORY, LATE),
    (second_level, Broken.SECOND_LEVEL_BELIEVED, LATE),
    (second_level, Broken.SECOND_LEVEL_STAMPED_WHEN_PUT, LATE),
    (gateway, Broken.OWN_STAMP, LATE),
    (gateway, Broken.FRESH_SINCE_SYNC_ARRIVED, LATE),
    (gateway, Broken.AGE_IGNORED, LATE),
    (two_gateways, Broken.GATEWAY_IGNORES_VERSION, CALLERS_NO),
    (two_gateways, Broken.SERVICE_IGNORES_VERSION, CALLERS_NO),
]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("build", HOMES, ids=lambda build: build.__name__)
def test_the_rule_never_says_a_late_yes(build: Build) -> None:
    """Nor a yes after a no, where that is promised; whatever happens in whatever order."""
    explored = explore(build(Broken.NOTHING))
    print(f"{build.__name__}: {explored.states} states")
    assert (explored.wrong, explored.trace) == ("", ())
    assert explored.states > 1000


@pytest.mark.parametrize(("build", "broken", "wrong"), VARIANTS, ids=[broken.name.lower() for _, broken, _ in VARIANTS])
def test_each_part_of_the_rule_is_needed(build: Build, broken: Broken, wrong: str) -> None:
    """Without it there is a way to say what must not be said."""
    explored = explore(build(broken))
    print(f"{broken}: {', '.join(explored.trace)}")
    assert explored.wrong == wrong
    assert explored.trace


def test_every_way_to_break_the_rule_is_tried() -> None:
    """No variant was forgotten."""
    assert {broken for _, broken, _ in VARIANTS} | {Broken.NOTHING} == set(Broken)
