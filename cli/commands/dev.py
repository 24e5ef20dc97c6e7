"""`authplane dev`: the whole plane in one process."""

import os
import secrets
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.dev.first_steps import Addresses, first_steps
from cli.dev.plane import DevPlane
from cli.dev.welcome import Welcome
from cli.ports import LOOPBACK, require_free
from cli.program import program
from cli.seed_file import load_seed
from cli.setting_flags import ConfigFile, PrintConfig, settings_of_command, with_setting_flags
from gateway.settings import GatewaySettings
from services.auth.settings import AuthSettings
from services.token.settings import TokenSettings
from shared.clock import SystemClock
from shared.lifecycle import exit_within, stop_on_signals
from shared.telemetry.logging import route_standard_logging

app = typer.Typer(add_completion=False, rich_markup_mode="rich")

DEMO_SEED = Path(__file__).parent.parent / "dev" / "demo_seed.toml"

_DECIDED_HERE = ("auth_host", "token_host", "gateway_host", "admin_host", "auth_target", "token_target")
_PORTS = ("gateway_port", "auth_port", "token_port", "admin_port")


@app.command()
@with_setting_flags(AuthSettings, TokenSettings, GatewaySettings, omit=_DECIDED_HERE)
def dev(
    given: dict[str, Any],
    seed: Annotated[
        Path, typer.Option(help="TOML file with users and clients.", dir_okay=False, show_default="a demo seed")
    ] = DEMO_SEED,
    config: ConfigFile = None,
    print_config: PrintConfig = False,
) -> None:
    """Run the whole plane in this process, in memory, on loopback only, ready to try. Ctrl-C stops it.

    It prints who can log in, what to try, and then [bold]ready[/bold] on a line of its own. Logs go to standard error.

    [bold]authplane dev[/bold]

    [bold]authplane dev --seed my-seed.toml --port 8888 --access-token-ttl 60[/bold]
    """
    settings = settings_of_command(given, config, print_config, {"secret": secrets.token_urlsafe(32)})
    wanted = load_seed(seed)
    for name in _PORTS:
        require_free(name, LOOPBACK, getattr(settings, name))
    with stop_on_signals() as stop, DevPlane(settings, wanted, SystemClock(), os.urandom, sys.stderr) as plane:
        route_standard_logging(plane.logger, settings.log_level)
        addresses = Addresses(plane.issuer, plane.auth_target, plane.token_target)
        steps = first_steps(addresses, wanted, program(), secrets.token_urlsafe(32))
        Welcome(sys.stdout).show(addresses, plane.admin_url, wanted, steps)
        stop.wait()
        with exit_within(settings.drain_seconds + 2 * settings.rpc_drain_seconds + 5):
            plane.stop()
