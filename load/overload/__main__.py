"""`make bench-overload`: goodput and latency at 1, 2, 5 and 10 times the peak, with and without admission control.

python -m load.overload [--kinds login,refresh,introspect] [--seconds 4]

A plane of its own on a PostgreSQL of its own is asked by generators in other processes. Where one can choose, these
have the last core for themselves, and the plane with its PostgreSQL all others: so what the plane can do does not
depend on how much it is asked. A generator that cannot keep its schedule says so: then its machine is the limit.
Without admission control means: no bound on queues and waits, and no word of the callers' deadlines.
"""

import argparse
import os
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from load.figures import percentile
from load.overload.report import Curve, Rate, row, rows_of, table, write
from load.overload.steps import Bench, Step
from load.overload.subjects import subjects
from load.plane import own_plane
from load.population import population

_MULTIPLES = (1, 2, 5, 10)
_CALLERS = {"login": 2, "refresh": 8, "introspect": 8}
_FAMILIES = 2500
_MOST = 4000  # What one generator can send; a rate beyond it is left out.
_WITHOUT: Mapping[str, str] = {
    "memory_queue": "100000",
    "store_queue": "100000",
    "revocation_queue": "100000",
    "password_queue": "100000",
    "password_wait_seconds": "60",
    "lane_budget_ms": "0",
    "lane_share": "1",
    "rpc_max_concurrent": "1000000",
    "rpc_deadline_seconds": "300",
}
_LATE_SECONDS = 0.05


def main() -> None:
    """Measures, prints and writes."""
    parser = argparse.ArgumentParser(prog="make bench-overload", description=__doc__.partition("\n\n")[0])
    parser.add_argument("--kinds", default="login,refresh,introspect", help="of calls (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=4.0, help="of each rate (default: %(default)s)")
    parser.add_argument("--out", type=Path, default=Path(".venv/overload"), help="folder of the page")
    chosen = parser.parse_args()
    kinds, console, generators = chosen.kinds.split(","), Console(width=140), _divide_cores()
    curves, isolation = list[Curve](), list[tuple[str, ...]]()
    with Progress(console=console) as progress:
        task = progress.add_task("measuring", total=2 * len(kinds) * (len(_MULTIPLES) + 1) + 3)

        def done(what: str) -> None:
            progress.update(task, advance=1, description=what)

        for admission in (True, False):
            with ExitStack() as stack:
                folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="authplane-overload-"))
                flags = {} if admission else _WITHOUT
                plane = stack.enter_context(own_plane(store="postgres", data_dir=folder, log_level="warning", **flags))
                people = stack.enter_context(population(plane))
                bench = Bench(plane, subjects(plane, people, _FAMILIES), admission, generators)
                for kind in kinds:
                    curves.append(_curve(bench, kind, admission, chosen.seconds, done))
                    console.print(table(curves[-1].title, rows_of(curves[-1])))
                if admission and "login" in kinds:
                    peak = curves[0].peak
                    isolation = _isolation(bench, peak, chosen.seconds, done)
                    console.print(table("Beside logins", isolation))
    for curve in curves:
        console.print(f"{curve.title}: {curve.after:.0%} good in the first second after each was over, at least")
    console.print(f"with plots: {write(curves, isolation, chosen.out)}")


def _curve(bench: Bench, kind: str, admission: bool, seconds: float, done: Callable[[str], None]) -> Curve:
    def peak() -> float:
        return bench.peak(kind, _CALLERS[kind], seconds / 2)

    peak()
    before, rates = peak(), dict[int, Rate]()
    done(f"{kind}: peak")
    for multiple in _MULTIPLES:
        if multiple * before <= _MOST or multiple == 1:
            step = bench.step(kind, multiple * before, seconds)
            _tell_of_lateness(step)
            recovered = bench.step(kind, 0.8 * before, 1.0).goodput / (0.8 * before)
            after = peak()
            rates[multiple] = Rate(step, (before + after) / 2, recovered)
            before = after
        done(f"{kind}: {multiple} x peak")
    return Curve(kind, admission, rates)


def _isolation(bench: Bench, peak: float, seconds: float, done: Callable[[str], None]) -> list[tuple[str, ...]]:
    """Others alone, beside logins at the peak, which take all the CPU there is for hashing, and at ten times that."""
    others = [("introspect", 100.0, seconds), ("userinfo", 100.0, seconds), ("revoke", 20.0, seconds)]
    rows = [row(f"{step.kind}, alone", step, step.offered) for step in bench.together(others)]
    done("isolation: alone")
    for multiple in (1, 10):
        steps = bench.together([("login", multiple * peak, seconds), *others])
        rows += [row(f"{step.kind}, logins {multiple} x", step, step.offered) for step in steps]
        done(f"isolation: {multiple} x")
    return rows


def _tell_of_lateness(step: Step) -> None:
    late = percentile(step.outcome.lateness, 99)
    if late > _LATE_SECONDS:
        Console(stderr=True).print(
            f"{step.kind} at {step.offered:,.0f}/s: the generator was {late * 1000:.0f} ms late (p99); "
            "this machine cannot send so much, and the figures are worse than the plane is"
        )


def _divide_cores() -> int:
    """The last core, for generators: this process and all that it starts leave it to them. -1 where none is chosen."""
    if not hasattr(os, "sched_setaffinity"):
        return -1
    *others, last = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, others or [last])
    return last


if __name__ == "__main__":
    main()
