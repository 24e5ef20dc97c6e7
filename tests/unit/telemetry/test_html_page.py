"""Facts as a page for people."""

from shared.telemetry.admin import AdminRequest
from shared.telemetry.facts import facts_page
from shared.telemetry.html_page import html_page

FACTS = {
    "process": {"version": "1", "started_at": None},
    "lanes": {"a": {"running": 1, "queued": 2}, "b": {"running": 3, "queued": 4}},
    "deep": {"views": {"auth": {"fresh": True}}, "caches": {}},
}


def test_mappings_of_the_same_kind_are_tables() -> None:
    """A line for each, heads once."""
    page = html_page("status", FACTS)
    assert page.count("queued") == 1
    assert "<th>b</th><td>3</td><td>4</td>" in page
    assert "<th>started at</th><td>-</td>" in page
    assert "<h3>views</h3>" in page


def test_everything_is_escaped() -> None:
    """Names and values alike."""
    bad = '<script>alert(1)</script>&"'
    page = html_page(bad, {bad: {bad: bad}, "table": {bad: {bad: bad}}})
    assert "<script" not in page
    assert "alert(1)" in page


def test_browsers_get_html_and_programs_json() -> None:
    """Whoever says nothing gets text."""
    page = facts_page("status", {"process": lambda: {"version": "1"}})
    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    assert page(AdminRequest(browser, "")).content_type == "text/html; charset=utf-8"
    assert page(AdminRequest(browser, "format=json")).content_type == "application/json"
    assert page(AdminRequest("application/json", "")).content_type == "application/json"
    assert page(AdminRequest("", "")).content_type == "text/plain; charset=utf-8"
