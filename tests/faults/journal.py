"""What callers asked the plane to do and what they were told, on one monotonic clock."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum, auto


class Outcome(Enum):
    """What the caller knows of it."""

    DONE = auto()
    REFUSED = auto()
    UNKNOWN = auto()


@dataclass(frozen=True)
class Given:
    """What a redemption or a rotation gave."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)


@dataclass(frozen=True)
class Entry:
    """One thing that was asked for.

    Attributes:
        did: "redeem", "rotate", or a word for what ends something.
        what: The token or the handle that was presented.
        through: The process that was asked.
        began, ended: Monotonic seconds.
        reason: Why it was not done, or why that is not known.
        given: What it gave, if it gives anything.
    """

    did: str
    what: str = field(repr=False)
    through: str
    began: float
    ended: float
    outcome: Outcome
    reason: str = ""
    given: Given | None = None


@dataclass
class Life:
    """All that concerns one user, who has one session and one authorization code.

    Attributes:
        entries: In the order in which answers came; nobody else asks for this user.
    """

    user_id: str
    session_handle: str = field(repr=False)
    code: str = field(repr=False)
    entries: list[Entry] = field(default_factory=list)

    def of(self, outcome: Outcome, *did: str) -> list[Entry]:
        """The entries with this outcome, of these kinds."""
        return [entry for entry in self.entries if entry.outcome is outcome and entry.did in did]


class Journal:
    """The lives of all callers; threads may write at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lives: list[Life] = []

    def begin(self, life: Life) -> None:
        """One more."""
        with self._lock:
            self._lives.append(life)

    def lives(self) -> list[Life]:
        """All so far."""
        with self._lock:
            return list(self._lives)

    def faults(self) -> list[str]:
        """Answers that must not be, whatever happens: those that call it authplane's own fault."""
        return [
            f"{entry.did} through {entry.through}: {entry.reason}"
            for entry in _entries(self.lives())
            if entry.reason in {"INTERNAL", "server_error", "UNKNOWN", "UNIMPLEMENTED"}
        ]

    def settled_at(self) -> float:
        """When the last answer came."""
        return max((entry.ended for entry in _entries(self.lives())), default=0.0)


def _entries(lives: Iterable[Life]) -> Iterable[Entry]:
    return (entry for life in lives for entry in life.entries)
