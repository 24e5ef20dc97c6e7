"""How figures are shown: a table for a terminal, a line for a pipe."""

from collections.abc import Mapping

from rich.table import Table
from rich.text import Text

from cli.top.figures import Figures

_HEADS = (
    "process",
    "http/s",
    "rpc/s",
    "p50 ms",
    "p99 ms",
    "hits",
    "refused/s",
    "queued",
    "pool",
    "feed s",
    "sweeper s",
)

Row = Figures | str
"""What a process did, or why nothing is known of it."""


def table(rows: Mapping[str, Row]) -> Table:
    """A line for each process."""
    made = Table(box=None, pad_edge=False, header_style="bold")
    for number, head in enumerate(_HEADS):
        made.add_column(head, justify="right" if number else "left", no_wrap=True)
    for name, row in rows.items():
        if isinstance(row, str):
            made.add_row(name, Text(row, style="yellow"))
        else:
            made.add_row(name, *_cells(row))
    return made


def line(name: str, row: Row) -> str:
    """The same of one process, each figure with its name."""
    if isinstance(row, str):
        return f"{name}  {row}"
    return "  ".join([name, *(f"{head}={cell}" for head, cell in zip(_HEADS[1:], _cells(row), strict=True))])


def _cells(row: Figures) -> list[str]:
    pool = "-" if row.pool_open is None else f"{row.pool_open:.0f}+{row.pool_waiting or 0:.0f}"
    return [
        _number(row.http, 1),
        _number(row.rpc, 1),
        _number(_thousand(row.p50), 2),
        _number(_thousand(row.p99), 2),
        "-" if row.hit_rate is None else f"{row.hit_rate:.1%}",
        _number(row.refused, 1),
        _number(row.queued, 0),
        pool,
        _number(row.feed_age, 3),
        _number(row.sweeper_lag, 0),
    ]


def _thousand(seconds: float | None) -> float | None:
    return None if seconds is None else seconds * 1000


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"
