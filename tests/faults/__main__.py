"""`make test-faults`: every fault again and again, with what was measured.

python -m tests.faults [--repetitions 20] [--short] [--only part of a fault's name]
"""

import argparse
import logging
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tests.faults.all_faults import FAULTS
from tests.faults.fault import LONG, Fault, Lengths, befall
from tests.faults.report import Findings, table
from tests.faults.stage import Stage, stage


def main() -> int:
    """Runs all of them; 1 when a promise was broken."""
    parser = argparse.ArgumentParser(prog="make test-faults", description=__doc__)
    parser.add_argument("--repetitions", type=int, default=20, help="of each fault (default: 20)")
    parser.add_argument("--short", action="store_true", help="nothing stays broken for longer than in `make test`")
    parser.add_argument("--only", default="", help="only faults whose names hold this")
    chosen = parser.parse_args()
    logging.getLogger("psycopg.pool").disabled = True  # It says that there is no server, which is the point.
    console = Console()
    faults = [fault for fault in FAULTS if chosen.only.lower() in fault.name.lower()]
    findings = [Findings(fault.name) for fault in faults]
    columns = (TextColumn("{task.description:45}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with tempfile.TemporaryDirectory() as folder, stage(Path(folder)) as running, Progress(*columns) as progress:
        for fault, found in zip(faults, findings, strict=True):
            for _ in progress.track(range(chosen.repetitions), description=fault.name):
                _once(running, fault, Lengths() if chosen.short else LONG, found)
    console.print(table(findings))
    for found in findings:
        for problem in found.problems:
            console.print(f"{found.name}: {problem}", style="red", markup=False)
    return int(any(found.problems for found in findings))


def _once(running: Stage, fault: Fault, lengths: Lengths, found: Findings) -> None:
    try:
        running.settle()
        found.figures.append(befall(running, fault, lengths))
    except AssertionError as error:
        found.problems.append(str(error) or "a promise was broken")


if __name__ == "__main__":
    sys.exit(main())
