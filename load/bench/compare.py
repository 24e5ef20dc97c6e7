"""What is slower than it was."""

import json
from pathlib import Path

from load.bench.report import Report

TOLERANCE = 0.15
"""By how much two runs of the same code may differ on a machine that does something else too."""


def regressions(report: Report, earlier: Path) -> list[str]:
    """A line for each figure that is worse than in an earlier run by more than the tolerance.

    Shares of floors are held against each other, and not rates: another machine, or another hour, changes both.
    """
    before = json.loads(earlier.read_text())["values"]
    return [
        f"slower: {name}: {now:,.3g}, was {before[name]:,.3g}"
        for name, now in report.values().items()
        if name in before and now < before[name] * (1 - TOLERANCE)
    ]
