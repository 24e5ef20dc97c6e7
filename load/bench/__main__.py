"""`make bench`: every path beside its floor, in one run, with a report.

python -m load.bench [--quick] [--only PART] [--against FILE] [--list]

A floor is a small program that does only what the path cannot do without (`load/floors`). It is asked by the same
client in turn with the path, so that whatever else the machine does hits both. The result is a table, a JSON file, and
one HTML page with plots.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import chain
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from load.bench.clients import ClientFailed, wrk_program
from load.bench.compare import regressions
from load.bench.floors import Floors
from load.bench.further import client, cold_start, curve, facts, process, steady
from load.bench.lines import Compared, Line, compare, warm_up
from load.bench.memory import cached_sessions
from load.bench.memory_paths import MEMORY_PATHS, memory_paths
from load.bench.production import Production, production
from load.bench.report import Report, Row, show, write
from load.bench.rpcs import RPCS, rpcs
from load.bench.store_paths import STORE_PATHS, store_paths
from load.bench.subject import Subject
from load.ghz import GhzFailed
from load.plane import PlaneDidNotStart
from load.population import PlaneRefused, population

PARTS = {
    "memory": "what a warm plane answers from memory, through gRPC and at the gateway",
    "store": "authorize, code exchange, refresh and login on PostgreSQL",
    "rpcs": "every RPC at 200 calls a second",
    "curves": "latency against offered rate, and p99 at 70 % of the peak",
    "steady": "200 requests a second of every kind, in memory and on PostgreSQL",
    "client": "decisions of the Python client",
    "process": "memory, start, two workers, and the first seconds after a restart",
}
_QUICK = ("memory", "store", "client")


def main() -> int:
    """Measures, prints and writes; 1 when something is slower than it was, or could not be measured."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__.partition("\n\n")[0])
    parser.add_argument("--quick", action="store_true", help=f"in three minutes: {', '.join(_QUICK)}, one short round")
    parser.add_argument("--only", action="append", choices=PARTS, help="this part; may be given again")
    parser.add_argument("--list", action="store_true", help="say what the parts are, and end")
    parser.add_argument("--rounds", type=int, default=3, help="of each measurement; medians are shown (default: 3)")
    parser.add_argument("--seconds", type=float, default=3.0, help="of each measurement (default: 3)")
    parser.add_argument(
        "--out", type=Path, default=Path(".venv/bench"), help="folder of the report (default: %(default)s)"
    )
    parser.add_argument(
        "--against", type=Path, help="JSON of an earlier run: names what is slower now, and ends with 1"
    )
    chosen = parser.parse_args()
    console = Console(width=160)
    if chosen.list:
        for name, text in PARTS.items():
            console.print(f"{name:8} {text}", highlight=False)
        return 0
    parts = chosen.only or (_QUICK if chosen.quick else list(PARTS))
    rounds, seconds = (1, 1.0) if chosen.quick else (chosen.rounds, chosen.seconds)
    report = Report()
    try:
        if wrk_program() is None:
            console.print("wrk is missing (apt-get install wrk); a driver asks instead that is slower itself")
        _measure(report, parts, rounds, seconds, console)
    except (ClientFailed, GhzFailed, PlaneDidNotStart, PlaneRefused) as failure:
        report.failure = str(failure)
    finally:
        # Whatever happened: what was measured until then took its time.
        show(report, console)
        console.print(f"with plots: {write(report, chosen.out)}")
    slower = regressions(report, chosen.against) if chosen.against else []
    for line in slower:
        console.print(line, style="red")
    if report.failure:
        print(f"bench: the rest was not measured: {report.failure}", file=sys.stderr)
    return 1 if slower or report.failure else 0


def _measure(report: Report, parts: Sequence[str], rounds: int, seconds: float, console: Console) -> None:
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress, production() as running:
        task = progress.add_task("starting", total=None)

        def lines(makes: Callable[[Subject, Floors], Iterator[Line]], about: int) -> None:
            with _subject(running) as subject, ExitStack() as stack:
                progress.reset(task, total=about * 2 * rounds)
                for line in makes(subject, Floors(stack, running.database_url)):
                    progress.update(task, description=line.name)
                    warm_up(line.ours)
                    report.compared.append(compare(line, rounds, seconds, lambda: progress.advance(task)))
                    _tell(report.compared[-1], console)
                    if line.again and "curves" in parts:
                        made, rows = curve(report.compared[-1], seconds)
                        report.curves.append(made)
                        report.rows.extend(rows)

        def rows(part: str, made: Iterator[Row]) -> None:
            progress.reset(task, total=None, description=PARTS[part])
            report.rows.extend(made)

        if "memory" in parts or "curves" in parts:
            lines(memory_paths, MEMORY_PATHS)
        if "store" in parts:
            lines(store_paths, STORE_PATHS)
        if "rpcs" in parts:
            with _subject(running) as subject:
                progress.reset(task, total=RPCS)
                for timed in rpcs(subject, seconds):
                    report.rpcs.append(timed)
                    progress.update(task, advance=1, description=f"{timed.ours.scenario} RPC")
        if "steady" in parts:
            rows("steady", steady(running))
        if "client" in parts:
            rows("client", client(running, seconds))
        if "process" in parts:
            with _subject(running) as subject:
                rows("process", chain(process(running, subject, seconds), cached_sessions(running)))
                report.cold_start = cold_start(running, subject)
        report.processes = [facts(each) for each in running.parts]


@contextmanager
def _subject(running: Production) -> Iterator[Subject]:
    with population(running.plane, "ES256") as people:
        yield Subject(running.plane, people, *(part.pid for part in running.parts))


def _tell(compared: Compared, console: Console) -> None:
    mark = "[green]met[/]" if compared.met else "[red]missed[/]"
    console.print(
        f"{compared.line.name}: {compared.ours.rate * compared.line.answers:,.0f}/s, {compared.share:.2f} of "
        f"{compared.line.floor_name} ({compared.line.target:.2f} wanted): {mark}",
        highlight=False,
    )


if __name__ == "__main__":
    sys.exit(main())
