"""What an exercise shows, on a terminal or in a file."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TextIO

from rich.console import Console
from rich.text import Text

from evidence.exercises.check import Outcome, Verdict
from evidence.plan import Plan

_WIDTH = 100
_STYLES = {Outcome.AS_STATED: "green", Outcome.OTHERWISE: "yellow", Outcome.UNEXPECTED: "bold red"}


class Page:
    """Prints as it comes; lines are at most 100 characters long, or as the terminal is wide.

    Args:
        stream: Colours are used when it is a terminal.
    """

    def __init__(self, stream: TextIO) -> None:
        self._console = Console(file=stream, highlight=False, width=None if stream.isatty() else _WIDTH)

    def opening(self, server: str, rows: int) -> None:
        self._print(f"{server}; {rows:,} rows in each table.", "dim")
        self._print(
            "Plans are read with BUFFERS: blocks are pages of 8 kB that a step and those below it looked at.", "dim"
        )
        self._print("[further] marks what the requirements do not have.", "dim")

    def title(self, title: str, stated: str) -> None:
        self._console.print()
        self._console.rule(Text(title, style="bold"), align="left")
        self._print(f"Stated: {stated}", "italic")

    def statement(self, sql: str, further: bool, note: str) -> None:
        self._console.print()
        if note:
            self._print(note, "magenta")
        self._print(f"{'[further] ' if further else ''}{sql};", "bold")

    def plan(self, plan: Plan, reading: str) -> None:
        for line in str(plan).splitlines():
            self._print(line.lstrip(), "cyan", indent=4 + len(line) - len(line.lstrip()))
        self.reading(reading)

    def figures(self, figures: Mapping[str, float], unit: str) -> None:
        width = max(map(len, figures), default=0)
        for name, number in figures.items():
            self._print(f"{name:<{width}}  {number:,.3f}".rstrip("0").rstrip(".") + f" {unit}", "cyan", indent=4)

    def reading(self, text: str) -> None:
        self._print(text, indent=4)

    def note(self, text: str) -> None:
        self._print(text, "dim", indent=4)

    def verdict(self, verdict: Verdict) -> None:
        whose = "expected" if verdict.ours else "stated"
        self._print(f"{whose}: {verdict.stated}", "italic", indent=4)
        self._print(f"=> {words(verdict)}", _STYLES[verdict.outcome], indent=4)

    def closing(self, verdicts: Sequence[Verdict]) -> None:
        """What was checked, in short."""
        self._console.print()
        self._console.rule(Text("In short", style="bold"), align="left")
        of_theirs = [verdict for verdict in verdicts if not verdict.ours]
        ours = [verdict for verdict in verdicts if verdict.ours]
        unexpected = [verdict for verdict in ours if verdict.outcome is Outcome.UNEXPECTED]
        for verdict in (*of_theirs, *unexpected):
            self._print(f"{words(verdict).partition(':')[0]:<15}{verdict.stated}", _STYLES[verdict.outcome])
        counts = Counter(verdict.outcome for verdict in of_theirs)
        self._console.print()
        self._print("Of the requirements: " + ", ".join(f"{counts[each]} {each.value}" for each in Outcome) + ".")
        self._print(f"Of our further steps: {len(ours) - len(unexpected)} as expected, {len(unexpected)} unexpected.")

    def _print(self, text: str, style: str = "", indent: int = 0) -> None:
        for line in Text(text).wrap(self._console, self._console.width - indent):
            line.rstrip()
            self._console.print(Text(" " * indent) + Text(line.plain, style), soft_wrap=True)


def words(verdict: Verdict) -> str:
    """The outcome, and why it is otherwise."""
    outcome = "as expected" if verdict.ours and verdict.outcome is Outcome.AS_STATED else verdict.outcome.value
    return f"{outcome}: {verdict.why}" if verdict.why else outcome
