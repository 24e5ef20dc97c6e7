"""How many rows a sweeper removes at once."""

SMALLEST, LARGEST = 10, 5000
_FIRST = 100
_SHORTEST_SECONDS = 0.0001


class BatchSize:
    """Adapts to a time that one statement should take; at most doubles or halves each time.

    Args:
        target_seconds: That time.

    Attributes:
        rows: The size of the next batch.
    """

    def __init__(self, target_seconds: float) -> None:
        self._target_seconds = target_seconds
        self.rows = _FIRST

    def took(self, seconds: float, is_full: bool) -> None:
        """Learns from a batch; one that found fewer rows than it might says nothing of how quick it is."""
        factor = self._target_seconds / max(seconds, _SHORTEST_SECONDS)
        if is_full or factor < 1:
            self._scale(factor)

    def failed(self) -> None:
        """Learns from a batch that took too long or found a lock."""
        self._scale(0.5)

    def _scale(self, factor: float) -> None:
        self.rows = round(min(max(self.rows * min(max(factor, 0.5), 2.0), SMALLEST), LARGEST))
