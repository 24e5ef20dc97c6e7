"""What became of refresh tokens is counted, each by its outcome."""

from collections import Counter
from collections.abc import Callable

import pytest

from services.token.counted_rotations import CountedRotations
from shared.errors import AuthplaneError, Overloaded, RefreshTokenRaced, Unavailable
from shared.store import Rotated, Rotation
from shared.store.memory import MemoryStore
from shared.telemetry.grants import REFRESH_OUTCOMES
from tests.contract.examples import NOW, granted, rotation


class Failing:
    """Rotates nothing."""

    def __init__(self, error: AuthplaneError) -> None:
        self._error = error

    def rotate_refresh_token(self, rotation: Rotation) -> Rotated:
        raise self._error


def counted(do: Callable[[CountedRotations], object], rotations: MemoryStore | Failing) -> Counter[str]:
    counts = Counter[str]()

    def count(outcome: str) -> None:
        assert outcome in REFRESH_OUTCOMES
        counts[outcome] += 1

    do(CountedRotations(rotations, count))
    return counts


def test_outcomes_of_a_family() -> None:
    """Rotated, presented again in time, presented too late, and after the family has ended."""
    store = MemoryStore()
    family = granted(store)

    def use(rotations: CountedRotations) -> None:
        assert not rotations.rotate_refresh_token(rotation(family)).is_repeat
        assert rotations.rotate_refresh_token(rotation(family, now=NOW + 11)).is_repeat
        for _ in range(2):
            with pytest.raises(AuthplaneError):
                rotations.rotate_refresh_token(rotation(family, now=NOW + 1000))

    assert counted(use, store) == {"rotated": 1, "grace_replay": 1, "reuse_detected": 1, "expired": 1}


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (RefreshTokenRaced("again", retry_after=1.0), "raced"),
        (Overloaded("full", retry_after=1.0), "shed"),
        (Unavailable("gone"), "failed"),
    ],
)
def test_outcomes_of_a_store_in_trouble(error: AuthplaneError, outcome: str) -> None:
    """The error goes on to the caller."""
    family = granted(MemoryStore())

    def use(rotations: CountedRotations) -> None:
        with pytest.raises(type(error)):
            rotations.rotate_refresh_token(rotation(family))

    assert counted(use, Failing(error)) == {outcome: 1}
