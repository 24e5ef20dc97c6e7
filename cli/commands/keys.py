"""`authplane keys`: the keys that sign tokens."""

from enum import StrEnum
from typing import Annotated

import typer

from authplane.token.v1.key_admin_pb2 import ListKeysRequest, RotateKeysRequest
from cli.connection import DEFAULT_TOKEN_TARGET, TokenTarget, token_service
from cli.messages import plain
from cli.output import Column, Output, OutputFormat, Record, field, show_records
from cli.times import relative
from shared.clock import SystemClock

app = typer.Typer(help="List and rotate signing keys.", no_args_is_help=True, rich_markup_mode="rich")


class Algorithm(StrEnum):
    """What a key signs with."""

    ES256 = "ES256"
    RS256 = "RS256"


def _columns() -> tuple[Column, ...]:
    now = SystemClock().now()

    def state(key: Record) -> str:
        if key["signing"]:
            return "signs"
        return f"signs {relative(key['activates_at'], now)}" if key["activates_at"] > now else "verifies"

    def retires(key: Record) -> str:
        return relative(key["retires_at"], now) if key["retires_at"] else ""

    return (
        field("kid", "kid", whole=True),
        field("alg", "alg"),
        Column("state", state),
        Column("made", lambda key: relative(key["created_at"], now)),
        Column("retires", retires),
    )


@app.command("list")
def list_keys(output: Output = OutputFormat.TABLE, token_target: TokenTarget = DEFAULT_TOKEN_TARGET) -> None:
    """List the signing keys, newest first; private parts are never shown."""
    with token_service(token_target) as token:
        answer = token.keys.ListKeys(ListKeysRequest())
    show_records([plain(key) for key in answer.keys], _columns(), output)


@app.command()
def rotate(
    alg: Annotated[
        list[Algorithm] | None, typer.Option("--alg", help="Only keys of this algorithm. May come repeatedly.")
    ] = None,
    immediately: Annotated[
        bool, typer.Option("--immediately", help="Sign with the new keys at once: for a key that leaked.")
    ] = False,
    output: Output = OutputFormat.TABLE,
    token_target: TokenTarget = DEFAULT_TOKEN_TARGET,
) -> None:
    """Make new signing keys. They are published at once and sign after an overlap, so that nobody is surprised.

    [bold]authplane keys rotate[/bold]

    [bold]authplane keys rotate --alg ES256 --immediately[/bold]
    """
    with token_service(token_target) as token:
        answer = token.keys.RotateKeys(RotateKeysRequest(algs=alg or (), immediately=immediately))
    show_records([plain(key) for key in answer.keys], _columns(), output)
