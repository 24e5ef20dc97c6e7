"""What was measured: as tables for a terminal, as JSON, and as one page with plots that needs nothing else."""

import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from load.bench import plots
from load.bench.host import host
from load.bench.lines import Compared
from load.bench.measured import Measured
from load.bench.rpcs import Timed

HEADINGS = (
    "path",
    "a second",
    "p50 ms",
    "p95 ms",
    "p99 ms",
    "CPU µs",
    "beside",
    "floor, a second",
    "share",
    "target",
    "",
)
_GOOD = ("met", "")
CALL_HEADINGS = (
    "RPC",
    "calls",
    "p50 ms",
    "p95 ms",
    "p99 ms",
    "longest",
    "no-op p50",
    "no-op p99",
    "share",
    "",
)


@dataclass(frozen=True)
class Row:
    """One figure that stands by itself.

    Attributes:
        at_most: Whether the target is a bound from above.
    """

    name: str
    value: float
    unit: str
    target: float
    at_most: bool = True

    @property
    def met(self) -> bool:
        """Whether the target was reached."""
        return self.value <= self.target if self.at_most else self.value >= self.target


@dataclass(frozen=True)
class Curve:
    """A path at rising rates: each rate with what it gave."""

    name: str
    points: Sequence[tuple[float, Measured]]


@dataclass
class Report:
    """All that one run gave.

    Attributes:
        cold_start: By second after a restart: answers, and their p99 in milliseconds.
        processes: Of each part: memory, hit rates, waits for connections.
        failure: Why the rest was not measured; empty if all was.
    """

    compared: list[Compared] = field(default_factory=list)
    rpcs: list[Timed] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    curves: list[Curve] = field(default_factory=list)
    cold_start: Sequence[tuple[float, float, float]] = ()
    processes: Sequence[Mapping[str, str]] = ()
    failure: str = ""

    def values(self) -> dict[str, float]:
        """The figures that an earlier run's are held against: shares of floors, and what stands by itself."""
        shares = {f"{each.line.name}, share of {each.line.floor_name}": each.share for each in self.compared}
        return {**shares, **{row.name: row.value for row in self.rows if not row.at_most}}

    def as_json(self) -> dict[str, Any]:
        """Everything but what was asked with."""
        return {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "host": host(),
            "failure": self.failure,
            "values": self.values(),
            "paths": [
                {
                    "name": each.line.name,
                    "floor": each.line.floor_name,
                    "target": each.line.target,
                    "share": each.share,
                    "met": each.met,
                    "ours": _figures(each.ours),
                    "of_floor": _figures(each.floor),
                }
                for each in self.compared
            ],
            "rpcs": [asdict(each) for each in self.rpcs],
            "rows": [{**asdict(row), "met": row.met} for row in self.rows],
            "curves": [
                {"name": curve.name, "points": [{"offered": rate, **_figures(made)} for rate, made in curve.points]}
                for curve in self.curves
            ],
            "cold_start": self.cold_start,
            "processes": self.processes,
        }


def _figures(made: Measured) -> dict[str, Any]:
    return {"rate": made.rate, **{name: value for name, value in asdict(made).items() if name != "found"}}


def show(report: Report, console: Console) -> None:
    """Prints the tables."""
    if report.compared:
        console.print(_table("paths beside their floors", HEADINGS, [_cells(each) for each in report.compared]))
    if report.rpcs:
        console.print(_table("every RPC at a steady rate", CALL_HEADINGS, [_call_cells(each) for each in report.rpcs]))
    if report.rows:
        rows = [(row.name, f"{row.value:,.4g} {row.unit}", _bound(row), _mark(row.met)) for row in report.rows]
        console.print(_table("further figures", ("", "value", "target", ""), rows))


def write(report: Report, folder: Path) -> Path:
    """Writes both files, and returns where the page is."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "bench.json").write_text(json.dumps(report.as_json(), indent=1))
    page = folder / "bench.html"
    page.write_text(_page(report), encoding="utf-8")
    return page


def _cells(each: Compared) -> tuple[str, ...]:
    ours, line = each.ours, each.line
    return (
        line.name,
        f"{ours.rate * line.answers:,.0f}",
        *(f"{value:.2f}" for value in (ours.p50, ours.p95, ours.p99)),
        f"{ours.cpu_us / line.answers:.0f}",
        line.floor_name,
        f"{each.floor.rate:,.0f}",
        f"{each.share:.2f}",
        f"{line.target:.2f}",
        _mark(each.met) + (f" {dict(ours.failures)}" if ours.failures else ""),
    )


def _call_cells(each: Timed) -> tuple[str, ...]:
    ours, floor = each.ours, each.floor
    return (
        ours.scenario,
        f"{ours.requests:,}",
        *(f"{value:.2f}" for value in (ours.p50_ms, ours.p95_ms, ours.p99_ms, ours.max_ms)),
        *(f"{value:.2f}" for value in (floor.p50_ms, floor.p99_ms, floor.p50_ms / ours.p50_ms)),
        str(ours.failures or ""),
    )


def _mark(met: bool) -> str:
    return "met" if met else "missed"


def _bound(row: Row) -> str:
    return f"{'at most' if row.at_most else 'at least'} {row.target:,g} {row.unit}"


def _table(title: str, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    table = Table(title=title)
    for number, heading in enumerate(headings):
        table.add_column(heading, justify="left" if number == 0 else "right")
    for row in rows:
        table.add_row(*row, style=None if row[-1] in _GOOD else "yellow")
    return table


def _html_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    def line(cells: Sequence[str], kind: str) -> str:
        return "<tr>" + "".join(f"<{kind}>{html.escape(cell)}</{kind}>" for cell in cells) + "</tr>"

    body = "".join(line(row, "td") for row in rows)
    return f"<div class=wide><table>{line(headings, 'th')}{body}</table></div>"


def _page(report: Report) -> str:
    sections = [
        "<h1>authplane: every path beside its floor</h1>",
        _html_table(("", ""), list(host().items())),
        f"<p>The rest was not measured: {html.escape(report.failure)}</p>" if report.failure else "",
        "<h2>Paths</h2>",
        _html_table(HEADINGS, [_cells(each) for each in report.compared]),
        *plots.of_paths(report.compared),
        "<h2>Every RPC at a steady rate</h2>",
        _html_table(CALL_HEADINGS, [_call_cells(each) for each in report.rpcs]),
        "<h2>Further figures</h2>",
        _html_table(
            ("", "value", "target", ""),
            [(row.name, f"{row.value:,.4g} {row.unit}", _bound(row), _mark(row.met)) for row in report.rows],
        ),
        "<h2>Latency against offered rate</h2>",
        *(plots.of_curve(curve.name, curve.points) for curve in report.curves),
        "<h2>After a restart</h2>",
        plots.of_cold_start(report.cold_start),
        "<h2>Processes</h2>",
        *(_html_table(("", ""), list(facts.items())) for facts in report.processes),
    ]
    return _HEAD + "\n".join(sections) + "</body></html>"


_HEAD = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>authplane bench</title><style>
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:75rem;padding:0 1rem;color:#222;background:#fff}
table{border-collapse:collapse;margin:1rem 0}td,th{padding:.2rem .6rem;border-bottom:1px solid #ddd;text-align:right}
td:first-child,th:first-child{text-align:left}.wide{overflow-x:auto}.plots{display:flex;flex-wrap:wrap}
.plots>*{flex:1 1 30rem;max-width:100%}</style></head><body>
"""
