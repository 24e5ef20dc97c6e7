"""Where settings come from: flag > environment > TOML file > default, each with the same name.

`access_token_ttl` in the file is `AUTHPLANE_ACCESS_TOKEN_TTL` in the environment and `--access-token-ttl` as a flag. A
secret may also be named by the file that holds it: `secret_file`, `AUTHPLANE_SECRET_FILE`, `--secret-file`.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_origin

from pydantic import ValidationError

from cli.failures import WrongUsage
from cli.flags import is_secret
from cli.problems import problems
from cli.secret_files import with_secrets_read
from cli.settings import PlaneSettings

PREFIX = "AUTHPLANE_"
DATABASE_URL = "DATABASE_URL"
"""The name that hosting platforms use; `AUTHPLANE_DATABASE_URL` goes before it."""

_SECRET_FILES = {
    f"{name}_file": name for name, info in PlaneSettings.model_fields.items() if is_secret(info.annotation)
}


_LISTS = {name for name, info in PlaneSettings.model_fields.items() if get_origin(info.annotation) is tuple}
_MISSING = "is missing; give it as a flag, in the environment, or in the file of --config"


@dataclass(frozen=True, slots=True)
class ResolvedSettings:
    """Settings, and by name what set them; what is not named there has its default."""

    settings: PlaneSettings
    origins: Mapping[str, str]


def resolve_settings(
    defaults: Mapping[str, Any], file: Path | None, environ: Mapping[str, str], flags: Mapping[str, Any]
) -> ResolvedSettings:
    """Puts the sources together; a later one wins.

    Args:
        defaults: Where the command's defaults differ from the model's.
        file: TOML with flat keys; None when there is none.
        environ: The environment.
        flags: The flags that were used, by name.

    Raises:
        WrongUsage: A source cannot be read, or a setting is unknown or wrong; the message names both.
    """
    sources = (
        (str(file), file.parent if file else Path(), _from_file(file) if file else {}),
        ("environment", Path(), _from_environment(environ)),
        ("flag", Path(), flags),
    )
    values, origins = dict(defaults), dict[str, str]()
    for origin, directory, given in sources:
        for name, value in _with_secrets(origin, given, directory).items():
            values[name], origins[name] = _split(name, value), origin
    try:
        settings = PlaneSettings(**values)
        settings.verify()
    except ValidationError as error:
        said = problems(error, [PlaneSettings], lambda name: origins.get(name, "settings"), _MISSING)
        raise WrongUsage(said) from error
    except ValueError as error:
        raise WrongUsage(f"settings: {error}") from error
    return ResolvedSettings(settings, origins)


def _from_file(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise WrongUsage(f"cannot read the settings file {file}: {error.strerror}") from error
    except ValueError as error:
        raise WrongUsage(f"{file} is not valid TOML: {error}") from error


def _from_environment(environ: Mapping[str, str]) -> dict[str, str]:
    given = {name.removeprefix(PREFIX).lower(): value for name, value in environ.items() if name.startswith(PREFIX)}
    if DATABASE_URL in environ and given.keys().isdisjoint(("database_url", "database_url_file")):
        given["database_url"] = environ[DATABASE_URL]
    return given


def _with_secrets(origin: str, given: Mapping[str, Any], directory: Path) -> dict[str, Any]:
    try:
        return with_secrets_read(given, _SECRET_FILES, directory)
    except ValueError as error:
        raise WrongUsage(f"{origin}: {error}") from error


def _split(name: str, value: Any) -> Any:
    """A list that comes as text, from the environment or a secret file, has spaces or line breaks between its items."""
    return value.split() if name in _LISTS and isinstance(value, str) else value
