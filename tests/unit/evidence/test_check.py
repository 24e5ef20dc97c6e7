"""Three outcomes of a check, of which one is a failure."""

import io

import pytest

from evidence.exercises.check import Check, Otherwise, Outcome, Verdict
from evidence.exercises.page import Page, words

POSITIVE = Check[int]("positive", lambda number: number > 0, (Otherwise(lambda number: number == 0, "it is nothing"),))


@pytest.mark.parametrize(
    ("seen", "expected"), [(1, Outcome.AS_STATED), (0, Outcome.OTHERWISE), (-1, Outcome.UNEXPECTED)]
)
def test_what_is_neither_stated_nor_known_is_unexpected(seen: int, expected: Outcome) -> None:
    """And nothing else is."""
    assert POSITIVE.judge(seen).outcome is expected


def test_otherwise_says_why() -> None:
    """In the words that belong to what was seen."""
    assert words(POSITIVE.judge(0)) == "otherwise here: it is nothing"


def test_the_requirements_statements_are_told_from_ours() -> None:
    """Ours are expected, theirs are stated."""
    assert words(Verdict("x", Outcome.AS_STATED)) == "as stated"
    assert words(Verdict("x", Outcome.AS_STATED, ours=True)) == "as expected"


def test_the_end_lists_every_unexpected_outcome() -> None:
    """Ours among them."""
    stream = io.StringIO()
    Page(stream).closing([Verdict("theirs", Outcome.AS_STATED), Verdict("mine", Outcome.UNEXPECTED, "?", ours=True)])

    lines = stream.getvalue().splitlines()
    assert [line.split() for line in lines if "mine" in line] == [["unexpected", "mine"]]
    assert lines[-2:] == [
        "Of the requirements: 1 as stated, 0 otherwise here, 0 unexpected.",
        "Of our further steps: 0 as expected, 1 unexpected.",
    ]


def test_lines_fit_without_a_terminal() -> None:
    """Long text is broken at a hundred characters, and has no blanks at the end."""
    stream = io.StringIO()
    Page(stream).statement("SELECT " + "something, " * 40, further=True, note="word " * 60)

    lines = stream.getvalue().splitlines()
    assert max(map(len, lines)) <= 100
    assert [line for line in lines if line != line.rstrip()] == []
