"""Pages of facts, for people and for programs."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from shared.telemetry.admin import AdminPage, AdminRequest, Page
from shared.telemetry.html_page import html_page

Facts = Callable[[], Mapping[str, Any]]
"""JSON values by name, some of them mappings of the same kind; nothing personal, and nothing that opens anything."""


def facts_page(title: str, sections: Mapping[str, Facts]) -> Page:
    """HTML for browsers, JSON for who accepts that or asks for `?format=json`, else indented text.

    Args:
        title: Of the page for people.
        sections: By name; may grow while the page is served.
    """

    def page(request: AdminRequest) -> AdminPage:
        facts = {name: section() for name, section in dict(sections).items()}
        if "text/html" in request.accept and "format=json" not in request.query:
            return AdminPage(200, "text/html; charset=utf-8", html_page(title, facts).encode())
        if "application/json" in request.accept or "format=json" in request.query:
            return AdminPage(200, "application/json", json.dumps(facts, indent=2, default=str).encode() + b"\n")
        return AdminPage(200, "text/plain; charset=utf-8", "".join(_lines(facts, "")).encode())

    return page


def _lines(facts: Mapping[str, Any], margin: str) -> Iterator[str]:
    width = max((len(name) for name, value in facts.items() if not isinstance(value, Mapping)), default=0)
    for name, value in facts.items():
        if isinstance(value, Mapping):
            yield f"{margin}{name}\n"
            yield from _lines(value, margin + "  ")
        else:
            yield f"{margin}{name.ljust(width)}  {value}\n"
