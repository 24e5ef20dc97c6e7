"""What a cache counts about itself."""

from dataclasses import dataclass, field
from enum import StrEnum

from shared.cache.view import Miss


class Eviction(StrEnum):
    """Why an entry had to go."""

    ENTRIES = "entries"
    """There were too many."""
    BYTES = "bytes"
    """They took too much room."""
    DEAD = "dead"
    """It was found expired, invalidated or too old."""


@dataclass
class Statistics:
    """Counts since the process began; the cache's lock guards them."""

    hits: int = 0
    second_level_hits: int = 0
    misses: dict[Miss, int] = field(default_factory=lambda: dict.fromkeys(Miss, 0))
    evictions: dict[Eviction, int] = field(default_factory=lambda: dict.fromkeys(Eviction, 0))

    def copy(self) -> "Statistics":
        """The counts as they are now."""
        return Statistics(self.hits, self.second_level_hits, dict(self.misses), dict(self.evictions))

    @property
    def hit_rate(self) -> float:
        """Share of the questions that were answered from this cache; 0 before the first."""
        asked = self.hits + sum(self.misses.values())
        return self.hits / asked if asked else 0.0


@dataclass(frozen=True, slots=True)
class CacheState:
    """A cache at one moment, as metrics and the debug page show it."""

    name: str
    entries: int
    max_entries: int
    size: int
    max_bytes: int
    statistics: Statistics
