"""`python -m load.cache` in small: that it measures what it says, not how fast anything is."""

import subprocess
import sys


def test_every_operation_is_measured() -> None:
    """Beside what has no rule, where there is such a thing."""
    command = [sys.executable, "-m", "load.cache", "--count", "1000", "--rounds", "1", "--no-rates"]
    run = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in run.stdout.splitlines() if "│" in line]
    names = ["hit", "hit, recorded", "miss and put", "invalidate, noted", "invalidate, applied", "applied, then hit"]
    assert [row[0] for row in rows] == names
    assert [all(row) for row in rows] == [name in {"hit", "miss and put"} for name in names]
    assert all(row[1] for row in rows)
