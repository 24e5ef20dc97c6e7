"""What is stated about a plan or a figure, and what is known to come instead."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Generic, TypeVar

Seen = TypeVar("Seen")
Figures = Mapping[str, float]
"""What was measured, by name."""


class Outcome(Enum):
    """How what was seen compares to what was stated."""

    AS_STATED = "as stated"
    OTHERWISE = "otherwise here"
    UNEXPECTED = "unexpected"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of one check.

    Attributes:
        stated: What the requirements say, or, when `ours`, what we say of a step that they do not have.
        why: Why it is otherwise; empty when it is as stated.
    """

    stated: str
    outcome: Outcome
    why: str = ""
    ours: bool = False


# Generic classes with slots cannot be called as `Otherwise[Plan](...)` in Python 3.11.
@dataclass(frozen=True)
class Otherwise(Generic[Seen]):
    """Something that PostgreSQL is known to do instead.

    Attributes:
        holds: Whether this is what was seen.
        why: The reason, in plain words.
    """

    holds: Callable[[Seen], bool]
    why: str


@dataclass(frozen=True)
class Check(Generic[Seen]):
    """Compares what was seen to what is stated.

    Attributes:
        stated: In a few words.
        holds: Whether it is so.
        otherwise: What else may be seen, and why; anything beyond is unexpected.
        ours: Whether the statement is ours and not of the requirements.
    """

    stated: str
    holds: Callable[[Seen], bool]
    otherwise: tuple[Otherwise[Seen], ...] = ()
    ours: bool = False

    def judge(self, seen: Seen) -> Verdict:
        if self.holds(seen):
            return Verdict(self.stated, Outcome.AS_STATED, "", self.ours)
        for known in self.otherwise:
            if known.holds(seen):
                return Verdict(self.stated, Outcome.OTHERWISE, known.why, self.ours)
        return Verdict(self.stated, Outcome.UNEXPECTED, "this has not been seen before", self.ours)
