"""`make staleness`: the whole campaign, with a report.

python -m tests.staleness [--trials 1000] [--bound 1.0] [--only HEALTHY|part of a fault's name] [--output FOLDER]
"""

import argparse
import sys
import tempfile
from contextlib import nullcontext
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from tests.staleness.faults import FAULTS, recurring
from tests.staleness.report import Findings, table, write
from tests.staleness.stage import stage

_HEALTHY = "healthy"


def main() -> int:
    """Runs the campaign; 1 when a promise was broken."""
    parser = argparse.ArgumentParser(prog="make staleness", description=__doc__)
    parser.add_argument("--trials", type=int, default=1000, help="of each condition (default: 1000)")
    parser.add_argument("--bound", type=float, default=1.0, help="max_staleness_seconds of every process (default: 1)")
    parser.add_argument("--only", default="", help="only conditions whose names hold this")
    parser.add_argument("--threads", type=int, default=3, help="trials at once (default: 3)")
    parser.add_argument("--output", type=Path, default=Path(".venv/staleness"), help="where the page goes")
    chosen = parser.parse_args()
    conditions = [name for name in (_HEALTHY, *FAULTS) if chosen.only.lower() in name.lower()]
    console = Console()
    findings = []
    columns = (TextColumn("{task.description:50}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with (
        tempfile.TemporaryDirectory() as folder,
        stage(Path(folder), chosen.bound) as running,
        Progress(*columns, console=console) as progress,
    ):
        for condition in conditions:
            task = progress.add_task(condition, total=chosen.trials)
            with recurring(FAULTS[condition], running) if condition in FAULTS else nullcontext():
                trials = running.campaign.run(chosen.trials, chosen.threads, partial(_told, progress, task))
            findings.append(Findings(condition, trials, running.violations(trials)))
    console.print(table(findings, chosen.bound))
    console.print(f"with plots: {write(findings, chosen.bound, chosen.output)}")
    for text in (text for each in findings for text in each.violations):
        console.print(text, style="red")
    return int(any(each.violations for each in findings))


def _told(progress: Progress, task: TaskID, done: int) -> None:
    progress.update(task, completed=done)


if __name__ == "__main__":
    sys.exit(main())
