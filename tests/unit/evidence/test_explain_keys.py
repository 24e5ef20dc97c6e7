"""Keys of rows, chosen by what became of the row."""

from collections.abc import Callable
from random import Random

import pytest

from evidence.explain.keys import Keys, owners


@pytest.mark.parametrize(
    ("pick", "digits"),
    [(Keys.live, range(3, 9)), (Keys.open_code, range(3, 5)), (Keys.user, range(2, 10))],
)
def test_the_last_digit_tells_what_became_of_a_row(pick: Callable[[Keys], int], digits: range) -> None:
    """Every such digit is chosen at some time, and only rows that there are."""
    keys = Keys(1_000, Random(1))
    numbers = {pick(keys) for _ in range(2_000)}
    assert (set(digits), True) == ({number % 10 for number in numbers}, max(numbers) < 1_000)


@pytest.mark.parametrize("rows", [1_000, 10_000, 100_000, 10_000_000])
def test_sessions_of_one_user_differ_in_their_last_digit(rows: int) -> None:
    """With round numbers of rows, so that no user has only ended ones."""
    assert 1 == owners(rows) % 10


def test_new_numbers_are_of_no_row() -> None:
    keys = Keys(1_000, Random(1))
    assert min(keys.new() for _ in range(100)) >= 1_000
