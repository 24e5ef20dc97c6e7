"""What is slower than it was, or takes more."""

import json
from pathlib import Path

from load.bench.report import Report

TOLERANCE = 0.15
"""By how much two runs of the same code may differ on a machine that does something else too."""
_TOLERANCE_OF_COSTS = 0.5
"""Likewise of what should be small, such as a p99 or memory."""


def regressions(report: Report, earlier: Path) -> list[str]:
    """A line for each figure that is worse than in an earlier run by more than the tolerance.

    Shares of floors are held against each other, and not rates: another machine, or another hour, changes both.
    """
    before = json.loads(earlier.read_text())
    slower = [
        f"slower: {name}: {now:,.3g}, was {before['values'][name]:,.3g}"
        for name, now in report.values().items()
        if name in before["values"] and now < before["values"][name] * (1 - TOLERANCE)
    ]
    costs = {row["name"]: row["value"] for row in before["rows"] if row["at_most"]}
    more = [
        f"more: {row.name}: {row.value:,.3g} {row.unit}, was {costs[row.name]:,.3g}"
        for row in report.rows
        if row.at_most and row.value > costs.get(row.name, row.value) * (1 + _TOLERANCE_OF_COSTS)
    ]
    return slower + more
