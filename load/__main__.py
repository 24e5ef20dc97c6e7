"""`python -m load`: puts the plane under load and says how long it takes to answer."""

import ipaddress
from contextlib import AbstractContextManager, ExitStack, nullcontext
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer
from rich.console import Console
from rich.progress import Progress

from load.ghz import GhzFailed
from load.open_loop import Failed
from load.plane import Plane, PlaneDidNotStart, own_plane
from load.population import PlaneRefused, population
from load.report import table, verdict, write
from load.run import Load, run_all

app = typer.Typer(pretty_exceptions_enable=False)
_console = Console()


@app.command()
def load(
    rate: Annotated[int, typer.Option(min=4, max=2000, help="Requests a second.")] = 200,
    duration: Annotated[int, typer.Option(min=1, max=120, help="Seconds that each scenario lasts.")] = 30,
    issuer: Annotated[str, typer.Option(help="A plane that runs already; with both targets.")] = "",
    auth_target: Annotated[str, typer.Option(help="Address of its auth service.")] = "",
    token_target: Annotated[str, typer.Option(help="Address of its token service.")] = "",
    output: Annotated[Path | None, typer.Option(help="Also write the figures there, as JSON.")] = None,
) -> None:
    """Sends requests at a fixed rate, on loopback only, and prints how long the answers took.

    Without --issuer it starts a plane of its own. The exit code is 1 when a request failed or a bound was missed.
    """
    running = _running_plane(issuer, auth_target, token_target) if issuer else own_plane()
    try:
        with ExitStack() as stack:
            plane = stack.enter_context(running)
            people = stack.enter_context(population(plane))
            progress = stack.enter_context(Progress(console=_console, disable=not _console.is_terminal, transient=True))
            figures, lateness = run_all(plane, people, Load(rate, duration), progress)
    except (PlaneDidNotStart, PlaneRefused, GhzFailed, Failed) as failure:
        typer.echo(f"load: {failure}", err=True)
        raise typer.Exit(1) from failure
    _console.print(table(rate, duration, figures, lateness))
    for line in verdict(figures):
        _console.print(line, markup=False, highlight=False)
    if output:
        write(output, rate, duration, figures, lateness)
    raise typer.Exit(not all(row.within_bounds for row in figures))


def _running_plane(issuer: str, auth_target: str, token_target: str) -> AbstractContextManager[Plane]:
    for option, address in (("--issuer", issuer), ("--auth-target", auth_target), ("--token-target", token_target)):
        if not _is_loopback(address):
            raise typer.BadParameter(f"{option} must be an address of this machine, as in 127.0.0.1:50051")
    return nullcontext(Plane(issuer, auth_target, token_target))


def _is_loopback(address: str) -> bool:
    host = urlsplit(address if "//" in address else f"//{address}").hostname
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return host == "localhost"


if __name__ == "__main__":
    app()
