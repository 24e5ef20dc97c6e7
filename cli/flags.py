"""Command-line flags made from the fields of a model, so that every name is written once."""

import inspect
from collections.abc import Callable, Iterable
from functools import wraps
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import typer
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from rich.markup import escape

Command = Callable[..., None]

_OF_ONE_ITEM = {
    "redirect_uris": "redirect_uri",
    "post_logout_redirect_uris": "post_logout_redirect_uri",
    "grant_types": "grant_type",
    "scopes": "scope",
    "audiences": "audience",
}
"""A list's flag is given once for each item and carries the name of one."""

_SHORTER = {"gateway_port": "--port"}
"""Flags that stand beside the one with the full name."""

_NARROW = 10
"""Longest list of choices that is shown in the help text's column of types."""


def with_flags(
    model: type[BaseModel], names: Iterable[str], panels: Callable[[str], str | None] = lambda _: None
) -> Callable[[Command], Command]:
    """Gives a command a flag for each of these fields of a model.

    The command receives those that were used, by field name, as its keyword argument `given`. A secret's flag takes
    the path of a file, since arguments can be seen in the list of processes: `secret` becomes `--secret-file`, and its
    value is given as `secret_file`.

    Args:
        panels: The panel of the help text for a field name; None for the general one.
    """
    made = [_parameter(name, model.model_fields[name], panels(name)) for name in names]
    parameters = {parameter.name: parameter for parameter in made}

    def decorate(command: Command) -> Command:
        @wraps(command)
        def with_given(**arguments: Any) -> None:
            flags = {name: arguments.pop(name) for name in parameters}
            command(**arguments, given={name: value for name, value in flags.items() if value not in (None, [])})

        signature = inspect.signature(command)
        own = [parameter for parameter in signature.parameters.values() if parameter.name != "given"]
        with_given.__signature__ = signature.replace(  # type: ignore[attr-defined]
            parameters=[p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in (*own, *parameters.values())]
        )
        return with_given

    return decorate


def _parameter(name: str, info: FieldInfo, panel: str | None) -> inspect.Parameter:
    secret = is_secret(info.annotation)
    key = f"{name}_file" if secret else name
    flag = _full_flag(key)
    kind: Any = str if secret else _kind(info.annotation)
    option = typer.Option(
        *dict.fromkeys((flag_of(key), flag)),
        help=_help(info, secret),
        metavar=_metavar(flag, kind),
        rich_help_panel=panel,
        show_default=False,
    )
    return inspect.Parameter(
        key, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind | None, option]
    )


def flag_of(name: str) -> str:
    """The flag of a field, the shorter one if there are two."""
    return _SHORTER.get(name, _full_flag(name))


def _full_flag(name: str) -> str:
    return f"--{_OF_ONE_ITEM.get(name, name).replace('_', '-')}"


def is_secret(annotation: Any) -> bool:
    """Whether a field of this type holds a secret."""
    return annotation is SecretStr or any(is_secret(part) for part in get_args(annotation))


def _kind(annotation: Any) -> Any:
    """What typer is to make of an argument; whatever it does not know stays text for the model to read."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        present = [part for part in parts if part is not NoneType]
        return _kind(present[0]) if len(present) == 1 else str
    if origin in (list, tuple):
        return list[str]
    if annotation is bool:
        return Literal["true", "false"]  # Written as in the environment and in TOML.
    return annotation if origin is Literal or annotation in (int, float) else str


def _metavar(flag: str, kind: Any) -> str | None:
    """The last word of the flag, where the type would say nothing or too much."""
    choices = get_args(kind) if get_origin(kind) is Literal else ()
    if kind in (int, float) or (choices and len("|".join(choices)) <= _NARROW):
        return None
    return flag.rpartition("-")[2].upper()


def _help(info: FieldInfo, secret: bool) -> str:
    text = escape(info.description or "")
    if secret:
        return f"File that holds: {text}"
    default = info.default
    if default in (None, PydanticUndefined, "", ()):
        return text
    shown = str(default).lower() if isinstance(default, bool) else str(default)
    return f"{text} [dim]\\[default: {escape(shown)}][/dim]"
