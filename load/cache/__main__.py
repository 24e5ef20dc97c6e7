"""`python -m load.cache`: what the rule costs, beside keeping without one; and what the order of leaving is worth."""

import itertools
import time
from statistics import median
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from load.cache.bench import Act, Bench
from load.cache.traces import PROTECTED, TRACES, hit_rate

app = typer.Typer(pretty_exceptions_enable=False)
_console = Console()


@app.command()
def cache(
    count: Annotated[int, typer.Option(min=1000, help="Times of each.")] = 100_000,
    rounds: Annotated[int, typer.Option(min=1, max=50, help="Measurements of each; the median is shown.")] = 5,
    rates: Annotated[bool, typer.Option(help="Hit rates too.")] = True,
) -> None:
    """Measures the cache on one thread, in this process."""
    _console.print(_costs(count, rounds))
    if rates:
        _console.print(_hit_rates())


def _costs(count: int, rounds: int) -> Table:
    table = Table(title="one operation on one thread; nanoseconds of CPU")
    table.add_column("operation")
    for heading in ("cache", "bare LRU", "dict", "beyond the LRU"):
        table.add_column(heading, justify="right")
    for operation in track(list(Bench().operations()), console=_console, transient=True, description="measuring"):
        ours = _nanoseconds(operation.act, count, rounds)
        lru = operation.bare_lru and _nanoseconds(operation.bare_lru, count, rounds)
        plain = operation.bare_dict and _nanoseconds(operation.bare_dict, count, rounds)
        table.add_row(operation.name, *map(_shown, (ours, lru, plain, lru and ours - lru)))
    return table


def _shown(nanoseconds: float | None) -> str:
    return "" if nanoseconds is None else f"{nanoseconds:,.0f}"


def _nanoseconds(act: Act, count: int, rounds: int) -> float:
    numbers = itertools.count()
    samples = list[float]()
    for _ in range(rounds):
        began = time.thread_time_ns()  # What others do on this machine does not count.
        for number in itertools.islice(numbers, count):
            act(number)
        samples.append((time.thread_time_ns() - began) / count)
    return median(samples)


def _hit_rates() -> Table:
    table = Table(title="share of the questions that are answered from memory")
    table.add_column("asked")
    for name in PROTECTED:
        table.add_column(name, justify="right")
    for name, trace in track(TRACES.items(), console=_console, transient=True, description="asking"):
        table.add_row(name, *(f"{hit_rate(trace, protected):.1%}" for protected in PROTECTED.values()))
    return table


if __name__ == "__main__":
    app()
