"""A decision that can be kept."""

from dataclasses import dataclass
from typing import Generic, TypeVar

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Decision(Generic[Value]):
    """What was decided, beyond what the parts it was made of say themselves.

    Attributes:
        tags: What it depends on.
        expires_at: Seconds since the epoch at which it ends whatever happens.
        size: About how many bytes the value takes.
        final: Whether it is a no that stays a no: it is repeated until it expires, however stale the feed.
    """

    value: Value
    tags: tuple[str, ...]
    expires_at: float
    size: int = 0
    final: bool = False
