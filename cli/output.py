"""What commands print: tables for people, JSON for programs. Results go to standard output, talk to standard error."""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

Record = Mapping[str, Any]
"""JSON values by name."""


class OutputFormat(StrEnum):
    """How results are printed."""

    TABLE = "table"
    JSON = "json"


Output = Annotated[OutputFormat, typer.Option("--output", "-o", help="A table for people, JSON for programs.")]
"""The option that every command with a result has."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table, or a line of a single record.

    Attributes:
        title: As people read it.
        text: Takes what is shown out of a record.
        whole: Whether the text is never broken, since it is there to be copied.
    """

    title: str
    text: Callable[[Record], Any]
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """One of several records that are shown together."""

    title: str
    record: Record
    columns: Sequence[Column]


def field(title: str, name: str, *, whole: bool = False) -> Column:
    """The column that shows one field as it is."""
    return Column(title, lambda record: record[name], whole)


def show_records(records: Sequence[Record], columns: Sequence[Column], output: OutputFormat) -> None:
    """Prints a list."""
    if output is OutputFormat.JSON:
        _print_json(records)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column.title.upper(), no_wrap=column.whole, overflow="fold")
    for record in records:
        table.add_row(*(_text(column.text(record)) for column in columns))
    _console().print(table)


def show_record(record: Record, columns: Sequence[Column], output: OutputFormat) -> None:
    """Prints one thing, a line for each of its columns."""
    if output is OutputFormat.JSON:
        _print_json(record)
        return
    _console().print(_lines(record, columns))


def show_sections(record: Record, sections: Sequence[Section], output: OutputFormat) -> None:
    """Prints several records, each under its title."""
    if output is OutputFormat.JSON:
        _print_json(record)
        return
    console = _console()
    for section in sections:
        console.print(Text(section.title, style="bold underline"))
        console.print(_lines(section.record, section.columns), "")


def show_done(message: str, record: Record, output: OutputFormat) -> None:
    """Says that something was done: the message for people, the record for programs."""
    if output is OutputFormat.JSON:
        _print_json(record)
        return
    typer.echo(_printable(message))


def talk(message: str) -> None:
    """Prints what is no result: questions, hints, progress."""
    typer.echo(_printable(message), err=True)


def _lines(record: Record, columns: Sequence[Column]) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for column in columns:
        table.add_row(column.title, _text(column.text(record)))
    return table


def _print_json(value: Any) -> None:
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))


def _console() -> Console:
    """The terminal; into a pipe lines are as long as they need to be."""
    return Console() if sys.stdout.isatty() else Console(width=1000)


def _text(value: Any) -> Text:
    return Text(_printable(words(value)))


def words(value: Any) -> str:
    """A JSON value as people read it."""
    match value:
        case bool():
            return "yes" if value else "no"
        case Mapping() | None if not value:
            return "-"
        case Mapping():
            return json.dumps(value, ensure_ascii=False)
        case str() | int() | float():
            return str(value) or "-"
        case _:
            return "\n".join(str(item) for item in value) or "-"


def _printable(text: str) -> str:
    """Control characters in stored names must not reach the terminal as such."""
    return "".join(c if c.isprintable() or c == "\n" else repr(c)[1:-1] for c in text)
