"""Claims as people give them, NAME=VALUE, and as they are shown to people."""

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from cli.failures import WrongUsage
from cli.output import Column, Record
from cli.times import both
from shared.clock import SystemClock

_TIMES = ("exp", "iat", "nbf", "auth_time", "updated_at")

ClaimValues = Annotated[
    list[str] | None,
    typer.Option(
        "--claim", metavar="NAME=VALUE", help="A further claim; VALUE is JSON, or else text. May come repeatedly."
    ),
]


def claim_columns(claims: Mapping[str, Any], part: str = "") -> list[Column]:
    """A line for each claim, times as dates.

    Args:
        part: The member of the record in which the claims stand; empty when the record is the claims.
    """
    return [_claim_column(name, part) for name in claims]


def _claim_column(name: str, part: str) -> Column:
    def shown(record: Record) -> Any:
        value = (record[part] if part else record)[name]
        return both(value, SystemClock().now()) if name in _TIMES else value

    return Column(name, shown)


def parse_claims(pairs: Sequence[str] | None) -> dict[str, Any]:
    """Reads `["locale=en", 'address={"country": "GB"}']`.

    Raises:
        WrongUsage: A pair has no equals sign.
    """
    return dict(_parse_claim(pair) for pair in pairs or ())


def _parse_claim(pair: str) -> tuple[str, Any]:
    name, equals, value = pair.partition("=")
    if not name or not equals:
        raise WrongUsage(f"--claim {pair}: write NAME=VALUE")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value
