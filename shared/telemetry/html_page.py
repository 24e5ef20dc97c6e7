"""Facts as a page for people: HTML that needs nothing else, without scripts."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

_STYLE = """
:root { color-scheme: light dark; font: 15px/1.4 system-ui, sans-serif; }
body { margin: 1.5rem auto; max-width: 72rem; padding: 0 1rem; }
h1 { font-size: 1.3rem; } h2 { font-size: 1.1rem; margin: 1.6rem 0 .3rem; }
h3 { font-size: 1rem; margin: .8rem 0 .2rem; }
div { overflow-x: auto; }
table { border-collapse: collapse; } th, td { padding: .15rem .8rem .15rem 0; text-align: left; vertical-align: top; }
th { font-weight: 600; } td { font-variant-numeric: tabular-nums; } tr { border-bottom: 1px solid #8884; }
"""


def html_page(title: str, facts: Mapping[str, Any]) -> str:
    """The page.

    Args:
        facts: JSON values by name. A mapping of mappings with the same names is a table with a line for each.
    """
    body = "\n".join(_sections(facts, 2))
    return (
        f'<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style>\n'
        f"<h1>{escape(title)}</h1>\n{body}\n</html>\n"
    )


def _sections(facts: Mapping[str, Any], depth: int) -> Iterator[str]:
    plain = {name: value for name, value in facts.items() if not isinstance(value, Mapping)}
    if plain:
        yield _table([[_head(name), _cell(value)] for name, value in plain.items()])
    for name, value in facts.items():
        if isinstance(value, Mapping):
            level = min(depth, 6)
            yield f"<h{level}>{escape(name)}</h{level}>"
            yield from [_lines(value)] if _is_table(value) else _sections(value, depth + 1)


def _is_table(facts: Mapping[str, Any]) -> bool:
    rows = list(facts.values())
    return bool(rows) and all(isinstance(row, Mapping) and row.keys() == rows[0].keys() for row in rows)


def _lines(facts: Mapping[str, Mapping[str, Any]]) -> str:
    heads = ["", *next(iter(facts.values()))]
    rows = [[_head(name), *map(_cell, row.values())] for name, row in facts.items()]
    return _table([list(map(_head, heads)), *rows])


def _table(rows: list[list[str]]) -> str:
    lines = ["".join(row) for row in rows]
    return f"<div><table>{''.join(f'<tr>{line}</tr>' for line in lines)}</table></div>"


def _head(text: str) -> str:
    return f"<th>{escape(text.replace('_', ' '))}</th>"


def _cell(value: Any) -> str:
    if isinstance(value, Mapping):
        value = ", ".join(f"{name} {each}" for name, each in value.items())
    return f"<td>{escape('-' if value is None else str(value))}</td>"
