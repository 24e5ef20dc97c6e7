"""The command line: what there is. Each command lives in `cli.commands`, in the module of its name."""

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from cli.failures import CommandFailed

SERVE, USE, ADMINISTER = "Run the plane", "Use it", "Administer it"

COMMANDS = {
    "dev": ("Run the whole plane in this process, on loopback only, ready to try.", SERVE),
    "serve": ("Run one part of the plane, for production.", SERVE),
    "migrate": ("Bring a database to a version of the schema.", SERVE),
    "explain": ("Measure plans, times and sizes of the hot statements.", SERVE),
    "exercises": ("Run the SQL exercises of TR-6 and check their answers.", SERVE),
    "seed": ("Create the users and clients that a file describes.", SERVE),
    "login": ("Log in through the browser and show what the tokens say.", USE),
    "token": ("Introspect, revoke and read tokens.", USE),
    "user": ("Create, show, change and disable users.", ADMINISTER),
    "client": ("Register, show, change and disable clients.", ADMINISTER),
    "session": ("List and end login sessions.", ADMINISTER),
    "top": ("Watch rates, latency, caches, refusals, queues, pools, staleness and the sweeper, live.", ADMINISTER),
    "keys": ("List and rotate signing keys.", ADMINISTER),
}

EPILOG = """
Start with [bold]authplane dev[/bold] in one terminal and [bold]authplane login[/bold] in another.

Exit codes: 0 done; 1 refused or failed; 2 wrong usage, settings or file; 3 the plane does not answer.
"""


class LazyCommands(TyperGroup):
    """Imports a command when it is used and not before, so that `--help` and completion are quick.

    Until then a command is a placeholder that knows its help text. This is also where a failed command becomes one
    line on standard error and an exit code.
    """

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        name, placeholder, rest = super().resolve_command(ctx, args)
        if name is None:  # While completing a name that is not yet whole.
            return name, placeholder, rest
        return name, get_command(import_module(f"cli.commands.{name}").app), rest

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except CommandFailed as failure:
            typer.echo(f"authplane: {failure}", err=True)
            raise typer.Exit(failure.exit_code) from failure


app = typer.Typer(
    name="authplane",
    cls=LazyCommands,
    help="An OAuth 2.0 and OpenID Connect plane: logs people in; issues, checks, rotates and revokes tokens.",
    epilog=EPILOG,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def authplane() -> None:
    """Holds the commands together; each has its own options."""


def _placeholder() -> None:
    """Never runs: `LazyCommands` puts the command itself in its place."""


for _name, (_help, _panel) in COMMANDS.items():
    app.command(_name, help=_help, rich_help_panel=_panel)(_placeholder)
