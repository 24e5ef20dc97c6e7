"""`python -m load.growth` in small: that it measures what it says, not how fast anything is."""

import subprocess
import sys

from load.growth.rows import PATHS


def test_each_path_is_measured_at_each_size() -> None:
    """And hits in caches of each length."""
    command = [sys.executable, "-m", "load.growth", "--rounds", "1", "--seconds", "0.5"]
    command += ["--rows", "1000", "--rows", "2000", "--entries", "100", "--entries", "1000"]
    run = subprocess.run(command, capture_output=True, text=True, check=True, timeout=250)
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in run.stdout.splitlines() if "│" in line]
    assert [row[0] for row in rows] == ["100", "1,000", *(path for path in PATHS for _ in range(2))]
    assert all(all(row) for row in rows)
