"""Runs `authplane` with a wall clock that somebody else may step; the file in STEPPED_CLOCK says by how much."""

import os
import runpy
import sys
import threading
import time
from pathlib import Path

_FILE = Path(os.environ["STEPPED_CLOCK"])
_true_time_ns = time.time_ns
_offset = 0


def _follow() -> None:
    global _offset  # noqa: PLW0603 - There is one wall clock.
    while True:
        _offset = int(float(_FILE.read_text(encoding="ascii") or 0) * 1e9)
        time.sleep(0.05)


def _stepped_time_ns() -> int:
    return _true_time_ns() + _offset


if __name__ == "__main__":
    time.time_ns = _stepped_time_ns
    time.time = lambda: _stepped_time_ns() / 1e9
    threading.Thread(target=_follow, daemon=True).start()
    sys.path.insert(0, str(Path(__file__).parents[2]))
    sys.argv = ["authplane", *sys.argv[1:]]
    runpy.run_module("cli", run_name="__main__", alter_sys=True)
