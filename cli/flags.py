"""Command-line flags made from the fields of a model, so that every name is written once."""

import inspect
from collections.abc import Callable, Collection
from enum import Enum
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

_SHORTER = {"gateway_port": ("--port",)}
"""Further flags for the same."""

_PLAIN = (bool, int, float, str)


def with_flags(
    model: type[BaseModel], *, omit: Collection[str] = (), panels: Callable[[str], str | None] = lambda _: None
) -> Callable[[Command], Command]:
    """Gives a command a flag for each field of a model.

    The command receives those that were used, by field name, as its keyword argument `given`. A secret's flag takes
    the path of a file, since arguments can be seen in the list of processes: `secret` becomes `--secret-file`, and its
    value is given as `secret_file`.

    Args:
        omit: Fields that get no flag.
        panels: The panel of the help text for a field name; None for the general one.
    """
    parameters = {
        parameter.name: parameter
        for name, info in model.model_fields.items()
        if name not in omit
        for parameter in [_parameter(name, info, panels(name))]
    }

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
    flag = _OF_ONE_ITEM.get(name, key).replace("_", "-")
    kind: Any = str if secret else _kind(info.annotation)
    option = typer.Option(
        *_SHORTER.get(name, ()),
        f"--{flag}/--no-{flag}" if kind is bool else f"--{flag}",
        help=_help(info, secret),
        metavar="PATH" if secret else None,
        rich_help_panel=panel,
        show_default=False,
    )
    return inspect.Parameter(
        key, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind | None, option]
    )


def is_secret(annotation: Any) -> bool:
    """Whether a field of this type holds a secret."""
    return annotation is SecretStr or any(is_secret(part) for part in get_args(annotation))


def _kind(annotation: Any) -> Any:
    """What typer is to make of an argument; whatever it does not know stays text for the model to read."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        present = [part for part in parts if part is not NoneType]
        return _kind(present[0]) if len(present) == 1 else str
    if origin in (list, tuple, frozenset):
        item = _kind(parts[0])
        return list[item if isinstance(item, type) else str]
    if origin is Literal or annotation in _PLAIN or (isinstance(annotation, type) and issubclass(annotation, Enum)):
        return annotation
    return str


def _help(info: FieldInfo, secret: bool) -> str:
    text = escape(info.description or "")
    if secret:
        return f"File that holds: {text}"
    default = info.default
    if default in (None, PydanticUndefined, "", (), []):
        return text
    shown = ", ".join(map(str, default)) if isinstance(default, list | tuple) else str(default)
    return f"{text} [dim]\\[default: {escape(shown)}][/dim]"
