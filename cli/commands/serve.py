"""`authplane serve`: one part of the plane."""

import os
import sys
from contextlib import ExitStack
from typing import Annotated, Any

import typer

from cli.failures import WrongUsage
from cli.ports import require_free
from cli.process import admin_server, make_runtime
from cli.setting_flags import ConfigFile, PrintConfig, settings_of_command, with_setting_flags
from gateway.app import gateway_server
from gateway.settings import GatewaySettings
from services.auth.settings import AuthSettings
from services.token.settings import TokenSettings
from shared.clock import SystemClock
from shared.lifecycle import exit_within, stop_on_signals
from shared.telemetry.logging import route_standard_logging

app = typer.Typer(help="Run one part of the plane, for production.", no_args_is_help=True, rich_markup_mode="rich")

Workers = Annotated[int, typer.Option("--workers", help="Processes that serve together; only 1 so far.", min=1)]


@app.command()
@with_setting_flags(AuthSettings)
def auth(
    given: dict[str, Any], workers: Workers = 1, config: ConfigFile = None, print_config: PrintConfig = False
) -> None:
    """Run the auth service."""
    settings_of_command(given, config, print_config, {})
    _refuse_memory_store("auth")


@app.command()
@with_setting_flags(TokenSettings)
def token(
    given: dict[str, Any], workers: Workers = 1, config: ConfigFile = None, print_config: PrintConfig = False
) -> None:
    """Run the token service."""
    settings_of_command(given, config, print_config, {"admin_port": 9092})
    _refuse_memory_store("token")


@app.command()
@with_setting_flags(GatewaySettings)
def gateway(
    given: dict[str, Any], workers: Workers = 1, config: ConfigFile = None, print_config: PrintConfig = False
) -> None:
    """Run the HTTP gateway in front of the two services. SIGTERM finishes what was begun and ends it.

    [bold]authplane serve gateway --config plane.toml --auth-target auth:50051 --token-target token:50052[/bold]
    """
    settings = settings_of_command(given, config, print_config, {"admin_port": 9093})
    if workers > 1:
        raise WrongUsage("--workers: a gateway is one process so far; start several, each on a port of its own")
    require_free("gateway_port", settings.gateway_host, settings.gateway_port)
    require_free("admin_port", settings.admin_host, settings.admin_port)
    runtime = make_runtime(settings, SystemClock(), os.urandom, sys.stdout)
    route_standard_logging(runtime.logger, settings.log_level)
    with stop_on_signals() as stop, ExitStack() as parts:
        server = parts.enter_context(gateway_server(settings, runtime))
        admin = parts.enter_context(admin_server(settings, runtime, {"gateway": lambda: not stop.is_set()}))
        runtime.logger.info("serving", part="gateway", port=server.port, admin_port=admin.port)
        stop.wait()
        with exit_within(settings.drain_seconds + 5):
            parts.close()


def _refuse_memory_store(part: str) -> None:
    raise WrongUsage(
        f"the in-memory store lives in one process, so {part} cannot run apart from the rest; "
        "run all of it with: authplane dev"
    )
