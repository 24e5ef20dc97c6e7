"""How long something took, counted in buckets."""

from bisect import bisect_left

BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Delays:
    """A histogram for one thread that adds, and others that read.

    Attributes:
        counts: By bucket, the last of them for what is longer than every bound.
        total: Of all, in seconds.
    """

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS) + 1)
        self.total = 0.0

    def add(self, seconds: float, times: int) -> None:
        """So many more took so long."""
        self.counts[bisect_left(BOUNDS, seconds)] += times
        self.total += seconds * times
