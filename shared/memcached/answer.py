"""What became of a question to memcached."""

from enum import StrEnum
from typing import NamedTuple


class Operation(StrEnum):
    """What was wanted."""

    GET = "get"
    SET = "set"
    DELETE = "delete"


class Outcome(StrEnum):
    """What came of it."""

    HIT = "hit"
    MISS = "miss"
    DONE = "done"
    """Stored or deleted, and acknowledged."""
    REJECTED = "rejected"
    """There was something that is no value of ours."""
    UNFIT = "unfit"
    """Too long, or for less than a second: not sent."""
    BUSY = "busy"
    """All connections are in use: not sent."""
    OPEN = "open"
    """The node keeps failing and is left alone: not sent."""
    ERROR = "error"
    """No answer in time, or one that makes no sense."""


class Answer(NamedTuple):
    """An outcome, and the value of a hit."""

    outcome: Outcome
    value: bytes | None = None
