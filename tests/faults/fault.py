"""A fault: something breaks, is seen by callers who ask all the time, and is mended."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.faults.journal import Journal
from tests.faults.stage import Stage


@dataclass(frozen=True)
class Lengths:
    """How long something stays broken, in seconds, and how much of it.

    Attributes:
        down: A server that is stopped.
        frozen: One that is there and does nothing.
        brief: Anything else.
        rolled: So many processes of each part take part in a rolling restart.
        slack: How many times as long as documented anything may take. Beside other tests, on two cores, much is
            allowed that is still far from hanging; `make test-faults` has the machine for itself.
    """

    down: float = 5.0
    frozen: float = 6.0
    brief: float = 0.5
    rolled: int = 1
    slack: float = 20.0


LONG = Lengths(down=60.0, frozen=10.0, brief=2.0, rolled=2, slack=4.0)


@dataclass(frozen=True)
class Figures:
    """What was measured, in seconds; none where there is nothing to measure.

    Attributes:
        refused_in: The longest that a caller waited for a refusal.
        refusals: How many there were.
        back_in: From the mending to the first success of everything that was asked.
        not_ready_in: From the breaking until the health of every service that is struck said so.
        ready_in: From the mending until it said that all is well.
    """

    refused_in: float | None = None
    refusals: int = 0
    back_in: float | None = None
    not_ready_in: float | None = None
    ready_in: float | None = None


Strike = Callable[[Stage, Lengths], Figures]
"""Breaks something, mends it, and asserts what callers may see meanwhile."""


@dataclass(frozen=True)
class Fault:
    """What is done to the plane.

    Attributes:
        people: How many use the plane meanwhile, beside those who only watch.
    """

    name: str
    strike: Strike
    people: int = 4


def befall(running: Stage, fault: Fault, lengths: Lengths) -> Figures:
    """The fault, with people who use the plane, and the judge after it.

    Raises:
        AssertionError: A promise was broken.
    """
    journal = Journal()
    with running.people(fault.people, journal):
        figures = fault.strike(running, lengths)
        running.settle()
    running.judge(journal)
    return figures
