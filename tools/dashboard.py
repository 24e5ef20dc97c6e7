"""Grafana's dashboard, made from `tools.panels`: `make dashboard` writes it anew."""

import json
from pathlib import Path
from typing import Any

from tools.panels.panel import Panel
from tools.panels.rows import ROWS

DASHBOARD = Path(__file__).resolve().parents[1] / "deploy" / "grafana" / "authplane.json"

_AT = 'job=~"$job", instance=~"$instance"'
_WINDOW = "$__rate_interval"
_SOURCE = {"type": "prometheus", "uid": "${datasource}"}
_WIDTH, _HEIGHT, _COLUMNS = 8, 8, 24


def query(template: str, at: str = _AT, window: str = _WINDOW) -> str:
    """A query as Grafana or Prometheus takes it."""
    return template.replace("$at", at).replace("$w", window)


def dashboard() -> dict[str, Any]:
    """The dashboard, as Grafana imports it."""
    panels = list[dict[str, Any]]()
    top = 0
    for row, shown in ROWS.items():
        panels.append(_placed({"type": "row", "title": row, "collapsed": False, "panels": []}, 0, top, _COLUMNS, 1))
        top += 1
        for number, panel in enumerate(shown):
            left, below = number * _WIDTH % _COLUMNS, number * _WIDTH // _COLUMNS * _HEIGHT
            panels.append(_placed(_graph(panel), left, top + below, _WIDTH, _HEIGHT))
        top += -(-len(shown) * _WIDTH // _COLUMNS) * _HEIGHT
    return {
        "uid": "authplane",
        "title": "authplane",
        "tags": ["authplane"],
        "schemaVersion": 39,
        "editable": True,
        "graphTooltip": 1,
        "refresh": "30s",
        "time": {"from": "now-1h", "to": "now"},
        "templating": {
            "list": [
                {"name": "datasource", "type": "datasource", "query": "prometheus", "label": "Prometheus"},
                _variable("job", "label_values(authplane_build_info, job)"),
                _variable("instance", 'label_values(authplane_build_info{job=~"$job"}, instance)'),
            ]
        },
        "panels": [{"id": number, **panel} for number, panel in enumerate(panels, 1)],
    }


def text() -> str:
    """The file."""
    return json.dumps(dashboard(), indent=1) + "\n"


def _graph(panel: Panel) -> dict[str, Any]:
    return {
        "type": "timeseries",
        "title": panel.title,
        "description": panel.meaning,
        "datasource": _SOURCE,
        "fieldConfig": {
            "defaults": {"unit": panel.unit, "min": 0, "custom": {"fillOpacity": 8, "showPoints": "never"}},
            "overrides": [],
        },
        "options": {
            "legend": {"displayMode": "table", "placement": "bottom", "calcs": ["mean", "max"]},
            "tooltip": {"mode": "multi", "sort": "desc"},
        },
        "targets": [
            {"refId": chr(ord("A") + number), "datasource": _SOURCE, "expr": query(each), "legendFormat": legend}
            for number, (legend, each) in enumerate(panel.queries.items())
        ],
    }


def _placed(panel: dict[str, Any], left: int, top: int, width: int, height: int) -> dict[str, Any]:
    return {**panel, "gridPos": {"x": left, "y": top, "w": width, "h": height}}


def _variable(name: str, values: str) -> dict[str, Any]:
    return {
        "name": name,
        "type": "query",
        "datasource": _SOURCE,
        "query": {"query": values, "refId": name},
        "refresh": 2,
        "includeAll": True,
        "multi": True,
        "current": {"selected": True, "text": ["All"], "value": ["$__all"]},
    }


if __name__ == "__main__":
    DASHBOARD.parent.mkdir(parents=True, exist_ok=True)
    DASHBOARD.write_text(text())
