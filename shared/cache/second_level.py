"""A second level of a cache, outside of the process: asked when the first has nothing, and never believed blindly."""

from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from shared.cache.decision import Decision
from shared.cache.view import Stamp

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Kept(Generic[Value]):
    """A decision, and as of when it was made."""

    decision: Decision[Value]
    stamp: Stamp


class SecondLevel(Protocol[Value]):
    """Keeps decisions for several processes; may lose them, keep them too long, and lie about all but their origin."""

    def get(self, key: str) -> Kept[Value] | None:
        """What is kept under this key, with a foreign stamp; none in any doubt. Returns in bounded time."""

    def put(self, key: str, kept: Kept[Value]) -> None:
        """Keeps the decision, if all goes well. Returns in bounded time."""


class NoSecondLevel(Generic[Value]):
    """Keeps nothing."""

    def get(self, key: str) -> Kept[Value] | None:
        return None

    def put(self, key: str, kept: Kept[Value]) -> None:
        """Forgotten at once."""
