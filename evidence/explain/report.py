"""What was measured, as files for people and for programs."""

import json
from dataclasses import asdict
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from pydantic import TypeAdapter

from evidence.explain import charts
from evidence.explain.contrasts import CONTRASTS
from evidence.explain.criteria import criteria, index_shares
from evidence.explain.small_figures import Evidence

_DATA, _MARKDOWN, _HTML = "figures.json", "README.md", "index.html"
_TWO_PLACES, _NO_PLACES = 10.0, 100.0


def milliseconds(value: float) -> str:
    """With three digits that mean something."""
    if value < _TWO_PLACES:
        return f"{value:.3f}"
    return f"{value:.1f}" if value < _NO_PLACES else f"{value:,.0f}"


def megabytes(size: float) -> str:
    return f"{size / 1e6:,.1f}" if size < 1e8 else f"{size / 1e6:,.0f}"


def sql(statement: str) -> str:
    """Without blank lines and blanks at the ends of lines."""
    return "\n".join(line.rstrip() for line in statement.splitlines() if line.strip())


def write(evidence: Evidence, folder: Path) -> list[Path]:
    """Writes a page for readers of Markdown, one with plots for browsers, and the data of both; returns where."""
    folder.mkdir(parents=True, exist_ok=True)
    # The data come first: whatever happens to the pages, they can be made again.
    data = json.dumps(asdict(evidence), indent=1, ensure_ascii=False) + "\n"
    (folder / _DATA).write_text(data, encoding="utf-8")
    (folder / _MARKDOWN).write_text(markdown(evidence), encoding="utf-8")
    (folder / _HTML).write_text(html(evidence), encoding="utf-8")
    return [folder / name for name in (_DATA, _MARKDOWN, _HTML)]


def read(path: Path) -> Evidence:
    """What `write` wrote as data.

    Raises:
        ValueError: It is something else.
    """
    return TypeAdapter(Evidence).validate_json(path.read_bytes())


def markdown(evidence: Evidence) -> str:
    return _render("page.md.j2", evidence)


def html(evidence: Evidence) -> str:
    """One page that needs nothing else: no script, no font, no image from anywhere."""
    return _render("page.html.j2", evidence)


def _render(template: str, evidence: Evidence) -> str:
    environment = Environment(
        loader=PackageLoader("evidence.explain"),
        autoescape=select_autoescape(enabled_extensions=("html.j2",), default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"ms": milliseconds, "mb": megabytes, "sql": sql, "count": lambda number: f"{number:,.0f}"}
    return environment.get_template(template).render(
        evidence=evidence,
        largest=evidence.runs[-1],
        criteria=list(criteria(evidence)),
        index_shares=index_shares(evidence.runs[-1]),
        charts=charts,
        contrasts=range(len(CONTRASTS)),
    )
