"""The flags of commands that run parts of the plane: one for each setting, and two about all of them."""

import json
import os
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import BaseModel, SecretStr

from cli.flags import Command, with_flags
from cli.setting_sources import ResolvedSettings, resolve_settings
from cli.settings import PlaneSettings, ProcessSettings, StoreSettings
from gateway.settings import GatewaySettings
from services.auth.settings import AuthSettings
from services.token.settings import TokenSettings
from shared.settings import CommonSettings
from shared.store.postgres.settings import PostgresSettings

ConfigFile = Annotated[
    Path | None,
    typer.Option("--config", help="TOML file with settings; one file may serve all parts.", dir_okay=False),
]
PrintConfig = Annotated[
    bool, typer.Option("--print-config", help="Print the settings and where they come from, and exit.")
]

_PANELS: Mapping[str, type[BaseModel]] = {
    "Process": ProcessSettings,
    "Store": StoreSettings,
    "PostgreSQL": PostgresSettings,
    "Auth service": AuthSettings,
    "Token service": TokenSettings,
    "Gateway": GatewaySettings,
    "All parts": CommonSettings,
}


def with_setting_flags(*parts: type[CommonSettings], omit: Collection[str] = ()) -> Callable[[Command], Command]:
    """Gives a command a flag for each setting of the parts.

    Args:
        omit: Settings that the command decides itself.
    """
    wanted = set(ProcessSettings.model_fields).union(*(part.model_fields for part in parts)) - set(omit)
    names = [name for part in _PANELS.values() for name in part.__annotations__ if name in wanted]
    return with_flags(PlaneSettings, names, _panel)


def settings_of_command(
    given: Mapping[str, Any], config: Path | None, print_config: bool, defaults: Mapping[str, Any]
) -> PlaneSettings:
    """The settings as all sources give them; prints them and ends the command if that was asked for.

    Raises:
        WrongUsage: See `resolve_settings`.
    """
    resolved = resolve_settings(defaults, config, os.environ, given)
    if print_config:
        typer.echo(as_toml(resolved), nl=False)
        raise typer.Exit
    return resolved.settings


def as_toml(resolved: ResolvedSettings) -> str:
    """The settings as a file that gives the same again, but for the secrets, which are redacted."""
    return "".join(
        f"{name} = {_toml(value)}  # {resolved.origins.get(name, 'default')}\n"
        if value is not None
        else f"# {name} is not set\n"
        for name, value in sorted(dict(resolved.settings).items())
    )


def _panel(name: str) -> str | None:
    return next((title for title, part in _PANELS.items() if name in part.__annotations__), None)


def _toml(value: Any) -> str:
    """Strings, numbers, booleans and lists are written in TOML as in JSON."""
    match value:
        case SecretStr():
            return '"(redacted)"'
        case tuple():
            return f"[{', '.join(map(_toml, value))}]"
        case Path():
            return json.dumps(str(value))
        case _:
            return json.dumps(value, ensure_ascii=False)
