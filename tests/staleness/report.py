"""What a campaign found, as a table for a terminal and a page that needs nothing else."""

import html
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pygal  # type: ignore[import-untyped]  # It has no stubs.
from rich.table import Table

from tests.staleness.history import Trial, quantile

_STEPS = (0, 5, 10, 20, 30, 40, 50, 75, 100, 150, 250, 500, 1000)
_COLUMNS = ("condition", "trials", "acknowledged", "answers", "no answer", "p50", "p99", "max", "violations")


@dataclass(frozen=True)
class Findings:
    """What was seen under one condition."""

    condition: str
    trials: Sequence[Trial]
    violations: Sequence[str]

    @property
    def delays(self) -> list[float]:
        """Seconds from each acknowledgement to the first no of each home."""
        ended = [trial for trial in self.trials if trial.acknowledged < float("inf")]
        return [delay for trial in ended for delay in trial.delays().values()]

    def row(self) -> tuple[str, ...]:
        """For a table; times in milliseconds."""
        probes = [probe for trial in self.trials for probe in trial.probes]
        delays = self.delays
        times = (quantile(delays, 0.5), quantile(delays, 0.99), max(delays, default=0.0))
        return (
            self.condition,
            f"{len(self.trials):,}",
            f"{sum(trial.acknowledged < float('inf') for trial in self.trials):,}",
            f"{sum(probe.yes is not None for probe in probes):,}",
            f"{sum(probe.yes is None for probe in probes):,}",
            *(f"{seconds * 1000:.0f} ms" for seconds in times),
            str(len(self.violations)),
        )


def table(findings: Sequence[Findings], bound: float) -> Table:
    """One row for each condition."""
    made = Table(title=f"From the acknowledgement to the first no, everywhere; the bound is {bound:g} s")
    for column in _COLUMNS:
        made.add_column(column, justify="left" if column == "condition" else "right")
    for each in findings:
        made.add_row(*each.row(), style="red" if each.violations else "")
    return made


def write(findings: Sequence[Findings], bound: float, folder: Path) -> Path:
    """Writes the page, and returns where it is."""
    folder.mkdir(parents=True, exist_ok=True)
    head = "".join(f"<th>{html.escape(column)}</th>" for column in _COLUMNS)
    rows = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in each.row()) + "</tr>" for each in findings
    )
    broken = "".join(f"<li>{html.escape(text)}</li>" for each in findings for text in each.violations)
    charts = "".join(_chart(each) for each in findings if each.delays)
    page = _PAGE.format(
        bound=f"{bound:g}", host=html.escape(platform.platform()), head=head, rows=rows, broken=broken, charts=charts
    )
    path = folder / "staleness.html"
    path.write_text(page, encoding="utf-8")
    return path


def _chart(findings: Findings) -> str:
    chart = pygal.Bar(
        title=f"{findings.condition}: share of homes by time to refuse", show_legend=False, js=[], height=260, width=760
    )
    delays = [delay * 1000 for delay in findings.delays]
    chart.x_labels = [f"<= {step} ms" for step in _STEPS[1:]] + [f"> {_STEPS[-1]} ms"]
    edges = [*pairwise(_STEPS), (_STEPS[-1], float("inf"))]
    chart.add("share", [sum(low <= delay < high for delay in delays) / len(delays) for low, high in edges])
    return str(chart.render(is_unicode=True, disable_xml_declaration=True))


_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>authplane: staleness</title>
<style>body{{font:15px sans-serif;margin:2em auto;max-width:70em}}td,th{{padding:.3em .7em;text-align:right;
border-bottom:1px solid #ccc}}td:first-child,th:first-child{{text-align:left}}svg{{max-width:100%}}</style>
<h1>How long anybody believes what was revoked</h1>
<p>Two auth, two token and two gateway processes on PostgreSQL and memcached. In each trial a subject that every process
believes in is ended through one of them, while all are asked without a pause. Times are from the acknowledgement to the
first no of each home, on one monotonic clock; they include the time to ask. The bound is {bound} s. Host: {host}.</p>
<table><tr>{head}</tr>{rows}</table>
<ul>{broken}</ul>
{charts}
</html>
"""
