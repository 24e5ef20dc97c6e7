"""What was measured, as tables for a terminal and a page with curves."""

import html
import math
import os
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

import pygal  # type: ignore[import-untyped]  # It has no stubs.
from rich.table import Table

from load.figures import percentile
from load.overload.steps import Step

_HEADINGS = (
    "",
    "offered/s",
    "good/s",
    "of peak",
    "refused",
    "late",
    "failed",
    "p50",
    "p99",
    "refusal p99",
    "wasted",
    "left",
)


@dataclass(frozen=True)
class Rate:
    """One of the rates.

    Attributes:
        peak: Calls a second that the plane can answer: the mean of what it did right before and after. It is not the
            same from minute to minute, whatever the plane does.
        after: Share of good calls in the first second at four fifths of the peak, right after this rate.
    """

    step: Step
    peak: float
    after: float


@dataclass(frozen=True)
class Curve:
    """One kind of call at rising rates.

    Attributes:
        admission: Whether the plane said no early.
        rates: By multiple of the peak.
    """

    kind: str
    admission: bool
    rates: Mapping[int, Rate]

    @property
    def peak(self) -> float:
        """The mean of all."""
        return mean(rate.peak for rate in self.rates.values())

    @property
    def after(self) -> float:
        """The least of all."""
        return min(rate.after for rate in self.rates.values())

    @property
    def title(self) -> str:
        return f"{self.kind}, {'with' if self.admission else 'without'} admission control"


def row(name: str, step: Step, peak: float) -> tuple[str, ...]:
    """For a table."""
    outcome = step.outcome
    return (
        name,
        f"{step.offered:,.0f}",
        f"{step.goodput:,.0f}",
        f"{step.goodput / peak:.0%}" if peak else "",
        f"{len(outcome.refused):,}",
        f"{outcome.late:,}",
        ", ".join(f"{code} {count}" for code, count in outcome.failed.items()),
        _ms(percentile(outcome.good, 50)),
        _ms(percentile(outcome.good, 99)),
        _ms(percentile(outcome.refused, 99)),
        f"{step.wasted:,}",
        f"{step.left:,}",
    )


def table(title: str, rows: Sequence[tuple[str, ...]]) -> Table:
    """With the headings of `row`."""
    made = Table(title=title)
    for heading in _HEADINGS:
        made.add_column(heading, justify="right", no_wrap=True)
    for each in rows:
        made.add_row(*each)
    return made


def rows_of(curve: Curve) -> list[tuple[str, ...]]:
    """One for each rate."""
    return [row(f"{multiple} x peak", rate.step, rate.peak) for multiple, rate in curve.rates.items()]


def write(curves: Sequence[Curve], isolation: Sequence[tuple[str, ...]], folder: Path) -> Path:
    """Writes the page, and returns where it is."""
    folder.mkdir(parents=True, exist_ok=True)
    parts = []
    for kind in dict.fromkeys(curve.kind for curve in curves):
        some = [curve for curve in curves if curve.kind == kind]
        parts += [_chart(f"{kind}: answered in time", "calls a second", some, lambda step: step.goodput)]
        parts += [
            _chart(f"{kind}: p99 of the answers", "ms", some, lambda step: 1000 * percentile(step.outcome.good, 99))
        ]
        parts += [_html_table(curve.title, rows_of(curve)) for curve in some]
    parts += [_html_table("Beside logins", isolation)] if isolation else []
    host = f"{platform.platform()}, {os.cpu_count()} cores"
    path = folder / "overload.html"
    path.write_text(_PAGE.format(host=html.escape(host), parts="".join(parts)), encoding="utf-8")
    return path


def _chart(title: str, unit: str, curves: Sequence[Curve], value: Callable[[Step], float]) -> str:
    chart = pygal.XY(title=title, x_title="calls offered a second", y_title=unit, js=[], height=320, width=760)
    for curve in curves:
        name = "with admission control" if curve.admission else "without"
        points = [(rate.step.offered, value(rate.step)) for rate in curve.rates.values()]
        chart.add(name, [point for point in points if not math.isnan(point[1])])
    return str(chart.render(is_unicode=True, disable_xml_declaration=True))


def _html_table(title: str, rows: Sequence[tuple[str, ...]]) -> str:
    head = "".join(f"<th>{html.escape(heading)}</th>" for heading in _HEADINGS)
    body = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in each) + "</tr>" for each in rows)
    return f"<h2>{html.escape(title)}</h2><table><tr>{head}</tr>{body}</table>"


def _ms(seconds: float) -> str:
    return "" if math.isnan(seconds) else f"{1000 * seconds:,.0f} ms"


_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>authplane: overload</title>
<style>body{{font:15px sans-serif;margin:2em auto;max-width:75em}}td,th{{padding:.3em .7em;text-align:right;
border-bottom:1px solid #ccc}}svg{{max-width:100%}}</style>
<h1>Far more calls than can be answered</h1>
<p>Calls come on a fixed schedule from other processes; latency counts from the moment a call was due, and a call is
good when it is answered within its deadline. Peak is what some callers get who wait for each answer, right before and
after.
Where one can choose, the last core is for those who call, and all others for the plane and its PostgreSQL. {host}.</p>
{parts}
</html>
"""
