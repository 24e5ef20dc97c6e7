"""The rules and alerts that come with authplane: sound, tested, explained, and about metrics that there are."""

import re
import subprocess

import pytest

from tests.servers.prometheus import RULES, program
from tools.reference import DOCS

ALERTS = (RULES / "alerts.yml").read_text()
RECORDED = (RULES / "rules.yml").read_text()
NAMES = re.findall(r"- alert: (\w+)", ALERTS)
_OWN_NAME = re.compile(r"\b(?:authplane_\w+|grpc_server_\w+)\b")
_SUFFIX = re.compile(r"_(?:bucket|sum|count)$")


@pytest.mark.parametrize("command", [["check", "rules", "rules.yml", "alerts.yml"], ["test", "rules", "tests.yml"]])
def test_promtool_is_content(command: list[str]) -> None:
    """With the rules, and with the tests in which each alert fires and resolves."""
    done = subprocess.run([program("promtool"), *command], cwd=RULES, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", NAMES)
def test_an_alert_is_tested_and_explained(name: str) -> None:
    """It fires in a test and resolves in one, and its page names it."""
    tests = (RULES / "tests.yml").read_text()
    firing = re.findall(rf"alertname: {name}\n +exp_alerts:\n", tests)
    silent = re.findall(rf"alertname: {name}, exp_alerts: \[\]", tests)
    assert firing
    assert silent
    text = ALERTS.partition(f"- alert: {name}\n")[2]
    page = re.search(r"runbook_url: docs/(\S+)", text)
    assert page
    assert name in (DOCS / page[1]).read_text()


def test_each_page_belongs_to_an_alert() -> None:
    """And is listed with it."""
    listed = (DOCS / "alerts.md").read_text()
    for page in (DOCS / "runbooks").glob("*.md"):
        assert f"docs/runbooks/{page.name}" in ALERTS
        assert f"runbooks/{page.name}" in listed
    assert all(name in listed for name in NAMES)


def test_rules_alerts_and_pages_are_about_metrics_that_there_are() -> None:
    """All of them are in docs/metrics.md, which is held to a running plane."""
    documented = set(re.findall(r"^\| `(\w+)`", (DOCS / "metrics.md").read_text(), re.MULTILINE))
    texts = [ALERTS, RECORDED, *(page.read_text() for page in (DOCS / "runbooks").glob("*.md"))]
    used = {_SUFFIX.sub("", name) for text in texts for name in _OWN_NAME.findall(text)}
    assert used - documented == set()
    recorded = set(re.findall(r"record: (\S+)", RECORDED))
    assert {name for text in texts for name in re.findall(r"\bauthplane:[\w:]+", text)} <= recorded
