"""`authplane serve`: one part of the plane."""

import os
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from typing import Annotated, Any, Protocol

import typer

from cli.failures import WrongUsage
from cli.ports import require_free
from cli.process import admin_server, make_runtime
from cli.schema import wait_for_schema
from cli.setting_flags import ConfigFile, PrintConfig, settings_of_command, with_setting_flags
from cli.settings import PlaneSettings, StoreSettings
from cli.stores import open_store
from gateway.app import gateway_caches, gateway_server
from gateway.settings import GatewaySettings
from services.auth.app import auth_server
from services.auth.settings import AuthSettings
from services.token.app import token_server
from services.token.settings import TokenSettings
from shared.cache.caches import Caches
from shared.clock import SystemClock
from shared.lifecycle import exit_within, stop_on_signals
from shared.runtime import Runtime
from shared.store.access import StoreAccess
from shared.telemetry.admin import Check
from shared.telemetry.caches import Details
from shared.telemetry.logging import route_standard_logging

app = typer.Typer(help="Run one part of the plane, for production.", no_args_is_help=True, rich_markup_mode="rich")

Workers = Annotated[int, typer.Option("--workers", help="Processes that serve together; only 1 so far.", min=1)]


class Server(Protocol):
    """A server of one part."""

    @property
    def port(self) -> int: ...

    @property
    def ready(self) -> bool: ...


StartPart = Callable[[PlaneSettings, StoreAccess, Runtime], AbstractContextManager[Server]]


@app.command()
@with_setting_flags(AuthSettings, StoreSettings)
def auth(
    given: dict[str, Any], workers: Workers = 1, config: ConfigFile = None, print_config: PrintConfig = False
) -> None:
    """Run the auth service on PostgreSQL. SIGTERM finishes what was begun and ends it.

    [bold]DATABASE_URL=postgresql://… authplane serve auth --config plane.toml[/bold]
    """
    settings = settings_of_command(given, config, print_config, {"store": "postgres"})
    _serve_service("auth", settings, workers, auth_server)


@app.command()
@with_setting_flags(TokenSettings, StoreSettings)
def token(
    given: dict[str, Any], workers: Workers = 1, config: ConfigFile = None, print_config: PrintConfig = False
) -> None:
    """Run the token service on PostgreSQL. SIGTERM finishes what was begun and ends it.

    [bold]DATABASE_URL=postgresql://… authplane serve token --config plane.toml[/bold]
    """
    settings = settings_of_command(given, config, print_config, {"store": "postgres", "admin_port": 9092})
    _serve_service("token", settings, workers, token_server)


@app.command()
@with_setting_flags(GatewaySettings)
def gateway(
    given: dict[str, Any], workers: Workers = 1, config: ConfigFile = None, print_config: PrintConfig = False
) -> None:
    """Run the HTTP gateway in front of the two services. SIGTERM finishes what was begun and ends it.

    [bold]authplane serve gateway --config plane.toml --auth-target auth:50051 --token-target token:50052[/bold]
    """
    settings = settings_of_command(given, config, print_config, {"admin_port": 9093})
    _require_one_worker("gateway", workers)
    require_free("gateway_port", settings.gateway_host, settings.gateway_port)
    require_free("admin_port", settings.admin_host, settings.admin_port)
    runtime = make_runtime(settings, SystemClock(), os.urandom, sys.stdout)
    route_standard_logging(runtime.logger, settings.log_level)
    with stop_on_signals() as stop, ExitStack() as parts:
        caches = gateway_caches(settings, runtime.clock)
        server = parts.enter_context(gateway_server(settings, runtime, caches))
        ready = {"gateway": lambda: not stop.is_set()}
        admin = parts.enter_context(admin_server(settings, runtime, ready, {"gateway": caches}, {}))
        runtime.logger.info("serving", part="gateway", port=server.port, admin_port=admin.port)
        stop.wait()
        with exit_within(settings.drain_seconds + 5):
            parts.close()


def _serve_service(part: str, settings: PlaneSettings, workers: int, start: StartPart) -> None:
    if settings.store == "memory":
        raise WrongUsage(
            f"the in-memory store lives in one process, so {part} cannot run apart from the rest; "
            "run all of it with: authplane dev"
        )
    _require_one_worker(part, workers)
    require_free(f"{part}_port", getattr(settings, f"{part}_host"), getattr(settings, f"{part}_port"))
    require_free("admin_port", settings.admin_host, settings.admin_port)
    runtime = make_runtime(settings, SystemClock(), os.urandom, sys.stdout)
    route_standard_logging(runtime.logger, settings.log_level)
    servers: list[Server] = []
    with stop_on_signals() as stop, ExitStack() as parts:
        ready = {part: lambda: any(server.ready for server in servers) and not stop.is_set()}
        caches = dict[str, Caches]()
        details, remarks = dict[str, Details](), dict[str, Check]()
        admin = parts.enter_context(admin_server(settings, runtime, ready, caches, details, remarks))
        if not wait_for_schema(settings, stop, runtime.logger):
            return
        access = parts.enter_context(open_store(settings, runtime))
        caches[part] = access.caches
        server = parts.enter_context(start(settings, access, runtime))
        servers.append(server)
        if part == "token":
            details["sweeper"], remarks["sweeper"] = access.sweeping.state.facts, access.sweeping.state.is_up
        runtime.logger.info("serving", part=part, port=server.port, admin_port=admin.port)
        stop.wait()
        with exit_within(settings.rpc_drain_seconds + 5):
            parts.close()


def _require_one_worker(part: str, workers: int) -> None:
    if workers > 1:
        raise WrongUsage(f"--workers: {part} is one process so far; start several, each on a port of its own")
