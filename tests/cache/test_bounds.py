"""What a flood does to a cache."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from load.cache.traces import PROTECTED, Trace, after_a_burst, flooded, hit_rate, moved, skewed
from tests.cache.flood import ENTRIES

KEYS = int(os.environ.get("AUTHPLANE_TEST_KEYS", "200000"))  # `make test-long` asks for more.
ROOT = Path(__file__).resolve().parents[2]
MEGABYTE = 1024 * 1024


@pytest.mark.timeout(600)
def test_memory_is_bounded_whatever_is_asked() -> None:
    """Once a cache of 10,000 is full, hundreds of thousands of other keys take no more room."""
    command = [sys.executable, "-m", "tests.cache.flood", str(KEYS)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=500, check=True)
    took = json.loads(run.stdout)
    print(f"{KEYS} keys: {took}")
    assert took["entries"] == ENTRIES
    assert took["estimate"] / 2 < took["filling"] < 2 * took["estimate"]
    assert took["flooding"] < 4 * MEGABYTE


@pytest.mark.parametrize("trace", [flooded(4), flooded(20), after_a_burst(100_000)], ids=["few", "many", "burst"])
def test_a_flood_leaves_what_is_in_use(trace: Trace) -> None:
    """Where a plain LRU forgets most of the hot set, it is known nearly as before."""
    plain, segmented = (hit_rate(trace, protected) for protected in (PROTECTED["plain"], PROTECTED["segmented"]))
    print(f"plain {plain:.1%}, segmented {segmented:.1%}")
    assert plain < 0.5
    assert segmented > 0.99


def test_without_a_flood_nothing_is_lost() -> None:
    """Also when some keys are asked for much more often than others."""
    plain, segmented = (hit_rate(skewed(100_000), protected) for protected in PROTECTED.values())
    assert segmented >= plain


def test_a_hot_set_that_moves_is_learnt() -> None:
    """More slowly than by a plain LRU, though; this is the price."""
    plain, segmented = (hit_rate(moved(4), protected) for protected in PROTECTED.values())
    print(f"plain {plain:.1%}, segmented {segmented:.1%}")
    assert segmented > 0.5
    assert plain < segmented + 0.2
