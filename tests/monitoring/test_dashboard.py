"""The dashboard is the one that its panels make, and asks for nothing that is not there."""

import json
import re
from pathlib import Path

import pytest

from tools.dashboard import DASHBOARD, text
from tools.panels.panel import Panel
from tools.panels.rows import NOT_SHOWN, ROWS

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTED = set(re.findall(r"^\| `(\w+)` \|", (ROOT / "docs/metrics.md").read_text(), re.MULTILINE))
RULES = (ROOT / "deploy/prometheus/rules.yml", ROOT / "deploy/prometheus/alerts.yml")
PANELS = [panel for row in ROWS.values() for panel in row]


def metrics_in(text: str) -> set[str]:
    """Names of metrics, those of a histogram's parts by the histogram's."""
    found = re.findall(r"(?<![:\w])(?:authplane|grpc_server)_\w+", text)
    return {re.sub(r"_(bucket|sum|count)$", "", name) for name in found}


def test_the_file_is_what_the_panels_make() -> None:
    """`make dashboard` writes it anew."""
    assert DASHBOARD.read_text() == text()


def test_the_dashboard_asks_for_what_is_there_and_leaves_nothing_out() -> None:
    """docs/metrics.md is held to what a running plane shows; what is not shown has its reason."""
    shown = metrics_in(" ".join(query for panel in PANELS for query in panel.queries.values()))
    assert shown - DOCUMENTED == set()
    assert DOCUMENTED - shown == set(NOT_SHOWN)
    told = (ROOT / "docs/monitoring.md").read_text()
    assert [name for name, reason in NOT_SHOWN.items() if f"- `{name}`: {reason}." not in told] == []


@pytest.mark.parametrize("file", RULES, ids=lambda file: str(file.name))
def test_rules_and_alerts_ask_for_what_is_there(file: Path) -> None:
    """Of the very same page."""
    asked = metrics_in(re.sub(r"runbook_url:.*", "", file.read_text()))
    assert asked
    assert asked - DOCUMENTED == set()


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: str(panel.title))
def test_every_panel_tells_what_a_bad_picture_means(panel: Panel) -> None:
    """For whoever has never seen authplane."""
    assert panel.meaning.endswith(".")
    assert panel.unit in {"s", "reqps", "short", "percentunit", "bytes", "ops"}


def test_panels_do_not_overlap() -> None:
    """Each has a place of its own."""
    taken = set[tuple[int, int]]()
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert at["x"] + at["w"] <= 24
        assert not taken & cells
        taken |= cells
