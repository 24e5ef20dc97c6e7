"""`authplane serve`: one part of the plane."""

import os
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from threading import Event
from typing import Annotated, Any

import typer

from cli.cores import CoreList, cores_of_worker, parse_cores
from cli.failures import WrongUsage
from cli.ports import require_free
from cli.process import freeze_what_is_there, process_runtime
from cli.reload import Reloading
from cli.serving import serve_by_workers
from cli.setting_flags import ConfigFile, PrintConfig, settings_of_command, with_setting_flags
from cli.settings import PlaneSettings, StoreSettings
from cli.workers import place_of_this_process
from gateway.settings import GatewaySettings
from services.auth.settings import AuthSettings
from services.token.settings import TokenSettings
from shared.clock import SystemClock
from shared.lifecycle import exit_within, stop_on_signals
from shared.runtime import Runtime
from shared.telemetry.logging import LogLevel, make_logger, route_standard_logging

app = typer.Typer(help="Run one part of the plane, for production.", no_args_is_help=True, rich_markup_mode="rich")

_FLUSH_SECONDS = 5.0  # What may be pending when a service stops is written in that time.

WorkerCount = Annotated[
    int,
    typer.Option(
        "--workers",
        help="Processes that serve together on one port; number i, from 0, has its admin pages on admin-port + i.",
        min=1,
        max=64,
    ),
]


@dataclass(frozen=True, slots=True)
class Part:
    """What is served.

    Attributes:
        grace_seconds: How long it may take to stop, given the settings.
    """

    name: str
    grace_seconds: Callable[[PlaneSettings], float]

    def start(self, settings: PlaneSettings, runtime: Runtime, stop: Event, parts: ExitStack) -> bool:
        """Starts it in this process, which imports what it needs only now; whether it serves."""
        started: bool = import_module(f"cli.parts.{self.name}").start(settings, runtime, stop, parts)
        return started


def _service_grace(settings: PlaneSettings) -> float:
    return settings.drain_pause_seconds + settings.rpc_drain_seconds + _FLUSH_SECONDS


def _gateway_grace(settings: PlaneSettings) -> float:
    return settings.drain_pause_seconds + settings.drain_seconds


_AUTH = Part("auth", _service_grace)
_TOKEN = Part("token", _service_grace)
_GATEWAY = Part("gateway", _gateway_grace)


@app.command()
@with_setting_flags(AuthSettings, StoreSettings)
def auth(
    given: dict[str, Any],
    workers: WorkerCount = 1,
    cores: CoreList = "",
    config: ConfigFile = None,
    print_config: PrintConfig = False,
) -> None:
    """Run the auth service on PostgreSQL. SIGTERM finishes what was begun and ends it; SIGHUP reads log level and
    certificates anew.

    [bold]DATABASE_URL=postgresql://… authplane serve auth --config plane.toml --workers 2[/bold]
    """
    _serve(_AUTH, given, workers, cores, config, print_config, {"store": "postgres"})


@app.command()
@with_setting_flags(TokenSettings, StoreSettings)
def token(
    given: dict[str, Any],
    workers: WorkerCount = 1,
    cores: CoreList = "",
    config: ConfigFile = None,
    print_config: PrintConfig = False,
) -> None:
    """Run the token service on PostgreSQL. SIGTERM finishes what was begun and ends it; SIGHUP reads log level and
    certificates anew.

    [bold]DATABASE_URL=postgresql://… authplane serve token --config plane.toml --workers 2[/bold]
    """
    _serve(_TOKEN, given, workers, cores, config, print_config, {"store": "postgres", "admin_port": 9092})


@app.command()
@with_setting_flags(GatewaySettings)
def gateway(
    given: dict[str, Any],
    workers: WorkerCount = 1,
    cores: CoreList = "",
    config: ConfigFile = None,
    print_config: PrintConfig = False,
) -> None:
    """Run the HTTP gateway before the two services. SIGTERM finishes what was begun; SIGHUP reads log level
    and certificates anew.

    [bold]authplane serve gateway --config plane.toml --auth-target auth:50051 --token-target token:50052[/bold]
    """
    _serve(_GATEWAY, given, workers, cores, config, print_config, {"admin_port": 9093})


def _serve(
    part: Part,
    given: dict[str, Any],
    workers: int,
    core_list: str,
    config: Path | None,
    print_config: bool,
    defaults: Mapping[str, Any],
) -> None:
    settings, cores = settings_of_command(given, config, print_config, defaults), parse_cores(core_list)
    if part is not _GATEWAY and settings.store == "memory":
        raise WrongUsage(
            f"the in-memory store lives in one process, so {part.name} cannot run apart from the rest; "
            "run all of it with: authplane dev"
        )
    place, level = place_of_this_process(), LogLevel(settings.log_level)
    host, port = getattr(settings, f"{part.name}_host"), getattr(settings, f"{part.name}_port")
    if place is None:
        require_free(f"{part.name}_port", host, port)
        if workers > 1:
            grace_seconds, logger = part.grace_seconds(settings), make_logger(sys.stdout, level, settings.log_format)
            raise typer.Exit(serve_by_workers(part.name, workers, host, port, grace_seconds, settings, logger))
        require_free("admin_port", settings.admin_host, settings.admin_port)
    else:
        settings = settings.model_copy(update={f"{part.name}_port": place.port, "admin_port": place.admin_port})
    of_worker = cores_of_worker(cores, place.number if place else 0)
    name, shares_port = f"authplane-{part.name}", place is not None
    runtime = process_runtime(name, settings, SystemClock(), os.urandom, sys.stdout, level, shares_port, of_worker)
    route_standard_logging(runtime.logger, settings.log_level)
    reload = Reloading(defaults, config, given, level, runtime)
    with stop_on_signals(reload) as stop, ExitStack() as parts:
        parts.callback(runtime.tracer.close)
        if place is not None:
            place.end_with_parent()
        if not part.start(settings, runtime, stop, parts):
            return
        freeze_what_is_there()
        if place is not None:
            place.ready()
        stop.wait()
        with exit_within(part.grace_seconds(settings) + 1):
            parts.close()
