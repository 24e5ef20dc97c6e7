"""Plots, drawn into the page itself."""

import re
from collections.abc import Sequence
from typing import Any

import pygal  # type: ignore[import-untyped]  # It has no stubs.

from load.bench.lines import Compared
from load.bench.measured import Measured

_SCRIPT = re.compile(r"<script.*?</script>", re.DOTALL)
"""For tooltips, which a page without scripts does without."""


def of_paths(compared: Sequence[Compared]) -> list[str]:
    """Each path's share of its floor, and how its answers and the floor's were spread."""
    if not compared:
        return []
    shares = pygal.HorizontalBar(
        **_style("share of the floor's rate; the target is the paler bar", height=80 + 40 * len(compared))
    )
    shares.x_labels = [f"{each.line.name} / {each.line.floor_name}" for each in compared]
    shares.add("reached", [round(min(each.share, 25), 3) for each in compared])
    shares.add("target", [each.line.target for each in compared])
    return [_drawn(shares), '<div class="plots">', *map(_spread, compared), "</div>"]


def of_curve(name: str, points: Sequence[tuple[float, Measured]]) -> str:
    """Latency at each offered rate."""
    chart = pygal.XY(**_style(name), x_title="offered a second", y_title="ms")
    for label in ("p50", "p95", "p99"):
        chart.add(label, [(rate, getattr(made, label)) for rate, made in points])
    return _drawn(chart)


def of_cold_start(seconds: Sequence[tuple[float, float, float]]) -> str:
    """Answers and their p99, second by second."""
    if not seconds:
        return "<p>Not measured.</p>"
    chart = pygal.XY(**_style("introspection after a restart, caches empty"), x_title="seconds since it was ready")
    chart.add("answers a second", [(second, rate) for second, rate, _ in seconds])
    chart.add("p99 ms", [(second, p99) for second, _, p99 in seconds], secondary=True)
    return _drawn(chart)


def _spread(each: Compared) -> str:
    chart = pygal.XY(**_style(each.line.name, height=300), x_title="percent of answers", y_title="ms at most")
    for label, made in (("path", each.ours), (each.line.floor_name, each.floor)):
        chart.add(label, [(share, round(milliseconds, 3)) for milliseconds, share in made.shares])
    return _drawn(chart)


def _style(title: str, height: int = 420) -> dict[str, Any]:
    # Without scripts and without fonts from elsewhere.
    return {"title": title, "height": height, "width": 900, "js": (), "legend_at_bottom": True, "dots_size": 2}


def _drawn(chart: Any) -> str:
    drawn: str = chart.render(is_unicode=True, disable_xml_declaration=True)
    return _SCRIPT.sub("", drawn)
