"""What was measured, as a table."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from rich.table import Table

from tests.faults.fault import Figures

_COLUMNS: dict[str, Callable[[Figures], float | None]] = {
    "refused after": lambda figures: figures.refused_in,
    "first OK after": lambda figures: figures.back_in,
    "not ready after": lambda figures: figures.not_ready_in,
    "ready after": lambda figures: figures.ready_in,
}


@dataclass
class Findings:
    """What one fault has brought.

    Attributes:
        problems: Broken promises, in words.
    """

    name: str
    figures: list[Figures] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def row(self) -> tuple[str, ...]:
        """For a table: median and worst of each."""
        times, refusals = len(self.figures) + len(self.problems), sum(each.refusals for each in self.figures)
        counts = (f"{times:,}", str(len(self.problems)), f"{refusals:,}")
        return (self.name, *counts, *(_told(self.figures, of) for of in _COLUMNS.values()))


def table(findings: Sequence[Findings]) -> Table:
    """One row for each fault."""
    made = Table(title="Median and longest time; from the breaking to no, and from the mending to yes")
    for column in ("fault", "times", "broken promises", "refusals", *_COLUMNS):
        made.add_column(column, justify="left" if column == "fault" else "right")
    for each in findings:
        made.add_row(*each.row(), style="red" if each.problems else "")
    return made


def _told(figures: Sequence[Figures], of: Callable[[Figures], float | None]) -> str:
    values = sorted(value for each in figures if (value := of(each)) is not None)
    return f"{values[len(values) // 2] * 1000:,.0f} / {values[-1] * 1000:,.0f} ms" if values else ""
