"""Pages and data made of figures."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from evidence.explain import report
from tests.unit.evidence.explained import evidence

# Whatever would make a browser fetch something or run something.
FETCHES = re.compile(
    r"""\b(?:src|href|xlink:href|action)\s*=|url\(|@import|<script|<link|<iframe|https?://(?!www\.w3\.org/)"""
)


def test_data_come_back_as_they_were(tmp_path: Path) -> None:
    """So that pages can be written again without measuring."""
    report.write(evidence(), tmp_path)
    assert evidence() == report.read(tmp_path / "figures.json")


def test_other_data_are_refused(tmp_path: Path) -> None:
    (tmp_path / "figures.json").write_text('{"runs": []}')
    with pytest.raises(ValueError, match="host"):
        report.read(tmp_path / "figures.json")


def test_both_pages_have_every_figure_of_a_statement() -> None:
    """p50, p95 and p99 with both numbers of rows, and how the p95 grew."""
    figures = "0.100 / 0.200 / 0.400", "0.150 / 0.300 / 0.600", "1.50"
    for page in (report.markdown(evidence()), report.html(evidence())):
        assert [True, True, True] == [figure in page for figure in figures]
        assert "p95 at the largest rows / p95 at the smallest" in page


def test_the_page_for_browsers_fetches_nothing() -> None:
    """No script, font, image or style sheet from anywhere, and no script of its own."""
    assert [] == FETCHES.findall(report.html(evidence()))


def test_text_of_plans_is_no_markup() -> None:
    """In HTML it is escaped; Markdown has it in a block of code as it is."""
    page = report.html(evidence())
    assert (True, False) == ("Seq Scan &lt;&amp;&gt;" in page, "Seq Scan <&>" in page)
    assert "```text\nSeq Scan <&>\n```" in report.markdown(evidence())


def test_plots_are_drawings_by_themselves() -> None:
    """Two of latency, one of sizes, one for each contrast, one of heap fetches, one of the log: all well-formed."""
    drawings = re.findall(r"<svg.*?</svg>", report.html(evidence()), re.DOTALL)
    titles = [ElementTree.fromstring(drawing).find(".//{*}text[@class='title plot_title']") for drawing in drawings]
    assert (11, 0) == (len(drawings), titles.count(None))


def test_lines_of_markdown_end_in_no_blank() -> None:
    assert [] == [line for line in report.markdown(evidence()).splitlines() if line != line.rstrip()]


@pytest.mark.parametrize(
    ("value", "expected"), [(0.0123, "0.012"), (9.9994, "9.999"), (10.04, "10.0"), (99.94, "99.9"), (1234.5, "1,234")]
)
def test_milliseconds_have_the_digits_that_mean_something(value: float, expected: str) -> None:
    assert expected == report.milliseconds(value)


@pytest.mark.parametrize(("size", "expected"), [(8192, "0.0"), (1_260_000, "1.3"), (1_234_567_890, "1,235")])
def test_megabytes_are_millions_of_bytes(size: int, expected: str) -> None:
    assert expected == report.megabytes(size)
