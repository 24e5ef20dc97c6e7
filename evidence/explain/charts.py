"""Plots as SVG that stands by itself."""

import re
import sys
from collections.abc import Mapping, Sequence
from itertools import count, takewhile
from typing import Any

import pygal  # type: ignore[import-untyped]  # It has no types.
from pygal.style import Style  # type: ignore[import-untyped]  # Likewise.

from evidence.explain.figures import ContrastFigures
from evidence.explain.small_figures import Evidence

# It finds plugins that draw maps, in a way that Python gave up; every import that fails would warn of it.
sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, pygal.PluginImportFixer)]

_COLORS = (
    "#0b6e99", "#c4452e", "#3c8d40", "#8b5fbf", "#b8860b", "#d6337c", "#2f4b7c", "#7a7a00", "#00897b", "#6d4c41",
    "#5c6bc0", "#e67e22",
)  # fmt: skip  # One a line would fill half a page.
_STYLE = Style(
    background="#ffffff",
    plot_background="#ffffff",
    colors=_COLORS,
    font_family="sans-serif",
    title_font_size=15,
    label_font_size=12,
    major_label_font_size=12,
    legend_font_size=12,
    value_font_size=12,
    opacity="0.85",
)
# Of axes of milliseconds and of MB: what is small beside these makes no difference.
_LEAST, _MOST = 0.01, 10.0
# Links to pygal's pages, and settings for a script that is not there.
_NOT_NEEDED = re.compile(r"<!--.*?-->|<script.*?</script>", re.DOTALL)


def against_rows(name: str, title: str, unit: str, rows: Sequence[int], series: Mapping[str, Sequence[float]]) -> str:
    """Lines on logarithmic axes, one for each series, one point for each number of rows."""
    most = max(value for values in series.values() for value in values)
    chart = pygal.Line(**_options(title, unit), logarithmic=True, legend_at_bottom=True, legend_at_bottom_columns=3)
    chart.uuid = name
    chart.y_labels = list(takewhile(lambda power: power < max(most, _MOST) * 10, (_LEAST * 10**at for at in count())))
    chart.x_labels = [f"{number:,}" for number in rows]
    for label, values in series.items():
        chart.add(label, [max(value, _LEAST) for value in values])
    return _svg(chart)


def bars(name: str, title: str, unit: str, values: Mapping[str, float]) -> str:
    """A horizontal bar for each."""
    chart = pygal.HorizontalBar(
        **_options(title, unit), show_legend=False, print_values=True, print_values_position="top"
    )
    chart.uuid = name
    chart.x_labels = list(values)
    chart.add(title, list(values.values()))
    return _svg(chart)


def latency(evidence: Evidence, writes: bool) -> str:
    """p95 as the client sees it, of the statements that write or of those that do not."""
    series = {
        statement.title: [run.statement(statement.name).client.p95 for run in evidence.runs]
        for statement in evidence.runs[0].statements
        if statement.writes == writes
    }
    title = f"p95 of statements that {'write' if writes else 'read'}, milliseconds, against rows of each table"
    name = "p95-writes" if writes else "p95-reads"
    return against_rows(name, title, "ms", _rows(evidence), series)


def sizes(evidence: Evidence) -> str:
    """Every index of the tables that people and tokens fill."""
    series = {
        index.name: [_megabytes(each.size) for run in evidence.runs for each in run.indexes if each.name == index.name]
        for index in evidence.runs[-1].indexes
        if index.entries > evidence.runs[-1].rows // 2
    }
    return against_rows("sizes", "Size of indexes, MB, against rows of each table", "MB", _rows(evidence), series)


def contrast(evidence: Evidence, number: int) -> str:
    """Each way's median against rows."""
    ways: Sequence[ContrastFigures] = [run.contrasts[number] for run in evidence.runs]
    series = {way.label: [each.ways[position].server.p50 for each in ways] for position, way in enumerate(ways[0].ways)}
    title = f"{ways[0].title}: median in milliseconds, against rows"
    return against_rows(f"contrast-{number}", title, "ms", _rows(evidence), series)


def heap_fetches(evidence: Evidence) -> str:
    last = evidence.runs[-1]
    values = {each.moment: float(each.heap_fetches) for each in reversed(last.vacuum)}
    checks = last.vacuum[0].checks
    return bars("heap-fetches", f"Heap fetches of {checks} session checks, {last.rows:,} rows", "", values)


def wal(evidence: Evidence) -> str:
    values = {f"{each.label}, fillfactor {each.fillfactor}": each.wal for each in reversed(evidence.writes)}
    return bars("wal", "Write-ahead log for each rotation, bytes, by indexes on the token's hash", "B", values)


def _rows(evidence: Evidence) -> list[int]:
    return [run.rows for run in evidence.runs]


def _megabytes(size: int) -> float:
    return size / 1e6


def _options(title: str, unit: str) -> dict[str, Any]:
    return {
        "style": _STYLE,
        "title": title,
        "js": [],
        "width": 900,
        "height": 440,
        "disable_xml_declaration": True,
        "formatter": lambda value: f"{value:,.4g} {unit}".strip(),
    }


def _svg(chart: Any) -> str:
    return _NOT_NEEDED.sub("", chart.render(is_unicode=True))
