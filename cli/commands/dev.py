"""`authplane dev`: the whole plane in one process."""

import os
import secrets
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import SecretStr

from cli.dev.database import development_database, lasting_secret
from cli.dev.first_steps import Addresses, first_steps
from cli.dev.memcached import development_memcached
from cli.dev.plane import DevPlane
from cli.dev.welcome import Welcome
from cli.ports import LOOPBACK, require_free
from cli.process import freeze_what_is_there
from cli.program import program
from cli.seed_file import load_seed
from cli.setting_flags import ConfigFile, PrintConfig, settings_of_command, with_setting_flags
from cli.settings import StoreSettings
from gateway.settings import GatewaySettings
from services.auth.settings import AuthSettings
from services.token.settings import TokenSettings
from shared.clock import SystemClock
from shared.lifecycle import exit_within, stop_on_signals
from shared.telemetry.logging import route_standard_logging

app = typer.Typer(add_completion=False, rich_markup_mode="rich")

DATA_DIR = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "authplane"
DEMO_SEED = Path(__file__).parent.parent / "dev" / "demo_seed.toml"

_DECIDED_HERE = (
    *("auth_host", "token_host", "gateway_host", "admin_host", "auth_target", "token_target"),
    *("rpc_tls_certificate", "rpc_tls_key", "rpc_tls_ca", "rpc_tls_client_ca", "tls_certificate", "tls_key"),
)
_DATABASE_STOP_SECONDS = 35.0
_PORTS = ("gateway_port", "auth_port", "token_port", "admin_port")


@app.command()
@with_setting_flags(AuthSettings, TokenSettings, GatewaySettings, StoreSettings, omit=_DECIDED_HERE)
def dev(
    given: dict[str, Any],
    seed: Annotated[
        Path, typer.Option(help="TOML file with users and clients.", dir_okay=False, show_default="a demo seed")
    ] = DEMO_SEED,
    data_dir: Annotated[
        Path, typer.Option(help="Where the store postgres keeps its data, unless a database is named.", file_okay=False)
    ] = DATA_DIR,
    second_level: Annotated[
        bool, typer.Option("--second-level", help="Share cached records through the memcached that is started here.")
    ] = False,
    config: ConfigFile = None,
    print_config: PrintConfig = False,
) -> None:
    """Run the whole plane in this process, on loopback only, ready to try. Ctrl-C stops it.

    It prints who can log in, what to try, and then [bold]ready[/bold] on a line of its own. Logs go to standard error.

    [bold]authplane dev[/bold]

    [bold]authplane dev --store postgres[/bold]: on a PostgreSQL of its own, which needs no installation and is there
    again next time

    [bold]authplane dev --seed my-seed.toml --port 8888 --access-token-ttl 60[/bold]
    """
    short_lived = secrets.token_urlsafe(32)
    settings = settings_of_command(given, config, print_config, {"secret": short_lived})
    wanted = load_seed(seed)
    for name in _PORTS:
        require_free(name, LOOPBACK, getattr(settings, name))
    with stop_on_signals() as stop, ExitStack() as stack:
        kept, beside = "in memory and gone when this ends", dict[str, str]()
        if settings.store == "postgres":
            kept = f"kept in {data_dir}" if settings.database_url is None else "kept in the database that was named"
            if settings.secret.get_secret_value() == short_lived:
                settings = settings.model_copy(update={"secret": SecretStr(lasting_secret(data_dir))})
            settings = stack.enter_context(development_database(settings, data_dir))
            memcached = stack.enter_context(development_memcached(data_dir))
            beside = {"memcached": _told(memcached, second_level)}
            if memcached and second_level:
                settings = settings.model_copy(update={"memcached_nodes": (memcached,)})
        plane = stack.enter_context(DevPlane(settings, wanted, SystemClock(), os.urandom, sys.stderr))
        route_standard_logging(plane.logger, settings.log_level)
        addresses = Addresses(plane.issuer, plane.auth_target, plane.token_target)
        steps = first_steps(addresses, wanted, program(), secrets.token_urlsafe(32))
        Welcome(sys.stdout).show(addresses, plane.admin_url, kept, beside, wanted, steps)
        freeze_what_is_there()
        stop.wait()
        with exit_within(settings.drain_seconds + 2 * settings.rpc_drain_seconds + _DATABASE_STOP_SECONDS):
            stack.close()


def _told(memcached: str, second_level: bool) -> str:
    if not memcached:
        return "not installed; the plane does without"
    return f"{memcached}, {'the second level of the caches' if second_level else 'not used; --second-level uses it'}"
