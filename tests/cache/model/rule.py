"""The rule itself, in terms of a log that is a word.

Each letter of the log is a version: `r` ends the subject, anything else is about something else. A position in the log
is the word up to there, so that two histories differ where their letters do. Capitals are written after a restore.

Time passes in ticks, and is kept as ages that grow no further once they are past every bound: so time never ends, and
there are finitely many states all the same.
"""

from enum import StrEnum
from typing import NamedTuple

BOUND = 2
"""Ticks after which a view is stale, and after which an ended subject must be refused."""
PAST_ALL_BOUNDS = BOUND + 1


class Broken(StrEnum):
    """A way to get the rule wrong."""

    NOTHING = "nothing"
    STAMPED_AFTER_THE_READ = "as of when the read ended instead of when it began"
    FRESH_SINCE_POLL_ENDED = "fresh since the poll ended instead of when it began"
    FLOOR_IGNORED = "what is older than the remembered log is reused"
    NO_REPLACED = "a yes that was under way replaces a no"
    NOTE_LOST = "a change of its own is refused only once the feed tells of it"
    FEED_TAKES_ANY_HISTORY = "the feed compares versions without their stamps"
    ENTRY_OF_ANY_HISTORY = "entries compare versions without their stamps"
    SECOND_LEVEL_BELIEVED = "what the second level says counts as read now"
    SECOND_LEVEL_STAMPED_WHEN_PUT = "what goes to the second level is stamped when it is put"
    OWN_STAMP = "answers are stamped with the version of the one who asked"
    FRESH_SINCE_SYNC_ARRIVED = "fresh since the answer came instead of when it was asked for"
    AGE_IGNORED = "the age of the source's own view is ignored"
    GATEWAY_IGNORES_VERSION = "the gateway does not ask for the version that it or its caller has seen"
    SERVICE_IGNORES_VERSION = "the service answers from memory whatever version is asked for"


class View(NamedTuple):
    """What a process knows.

    Attributes:
        applied: The log as far as it is known.
        floor: How much of its beginning is not remembered.
        age: Ticks since it was known to be complete.
        noted: Whether the process has ended the subject itself, and the log does not say so yet.
    """

    applied: str = ""
    floor: int = 0
    age: int = 0
    noted: bool = False

    def older(self) -> "View":
        return self._replace(age=older(self.age))

    def follow(self, applied: str, age: int) -> "View":
        """Knows more; is never less fresh for that."""
        return self._replace(applied=applied, age=min(age, self.age), noted=self.noted and not has_ended(applied))


def older(age: int) -> int:
    return min(age + 1, PAST_ALL_BOUNDS)


def has_ended(log: str) -> bool:
    return "r" in log or "R" in log


def may_reuse(as_of: str, view: View, broken: Broken = Broken.NOTHING, at_least: int = 0) -> bool:
    """Whether a yes about the subject may be said again that was decided as of this position."""
    if view.age >= BOUND or view.noted or len(view.applied) < at_least:
        return False
    if not view.applied.startswith(as_of) and broken is not Broken.ENTRY_OF_ANY_HISTORY:
        return False
    if len(as_of) < view.floor and broken is not Broken.FLOOR_IGNORED:
        return False
    return not has_ended(view.applied[max(len(as_of), view.floor) :])
