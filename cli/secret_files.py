"""Secrets out of files: wherever a secret `key` may stand, `key_file` may name the file that holds it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cli.failures import WrongUsage


def read_secret(path: Path) -> str:
    """The content of the file without the line break at its end.

    Raises:
        WrongUsage: It cannot be read, or is empty.
    """
    try:
        secret = path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise WrongUsage(f"cannot read the secret file {path}: {reason}") from error
    if not secret:
        raise WrongUsage(f"the secret file {path} is empty")
    return secret


def with_secrets_read(values: Mapping[str, Any], names: Mapping[str, str], directory: Path) -> dict[str, Any]:
    """The values with secrets in place of the files that hold them.

    Args:
        values: For example `{"password_file": "ada.txt"}`.
        names: The secret's key by the key that may name a file, for example `{"password_file": "password"}`.
        directory: What relative paths are relative to.

    Raises:
        ValueError: A secret is given twice.
        WrongUsage: Its file cannot be read, or is empty.
    """
    result = dict(values)
    for file_key, key in names.items():
        if file_key not in result:
            continue
        if key in result:
            raise ValueError(f"give {key} or {file_key}, not both")
        result[key] = read_secret(directory / str(result.pop(file_key)))
    return result
