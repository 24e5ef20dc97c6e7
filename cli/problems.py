"""What is wrong with a file or a setting, in the words of the one who wrote it."""

from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError


def problems(
    error: ValidationError,
    models: Iterable[type[BaseModel]],
    origin: Callable[[str], str],
    missing: str = "is missing",
) -> str:
    """A line for each problem, with the place of it and never the value, which may be a secret.

    Args:
        models: Whose field names to suggest in place of an unknown one.
        origin: Where the value of a top-level key came from, for example a file's name.
        missing: What to say of a key that must be there.
    """
    known = sorted({name for model in models for name in model.model_fields})
    return "\n".join(
        f"{origin(_key(detail['loc']))}: {_place(detail['loc'])}{_words(detail, known, missing)}"
        for detail in error.errors(include_input=False, include_url=False)
    )


def _key(location: tuple[int | str, ...]) -> str:
    return str(location[0]) if location else ""


def _place(location: tuple[int | str, ...]) -> str:
    """`("users", 0, "email")` is "users[0].email: "."""
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location).lstrip(".")
    return f"{path}: " if path else ""


def _words(detail: Any, known: list[str], missing: str) -> str:
    match detail["type"]:
        case "extra_forbidden":
            near = get_close_matches(str(detail["loc"][-1]), known, n=1)
            return f"unknown key; did you mean {near[0]}?" if near else "unknown key"
        case "missing":
            return missing
        case "value_error":
            return str(detail["ctx"]["error"])
        case _:
            message: str = detail["msg"]
            return message[0].lower() + message[1:]
