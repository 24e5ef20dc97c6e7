"""The files of the pages: which ones count, and what is served as it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway.page_check import PageError

_CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".webp": "image/webp",
    ".ico": "image/x-icon",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """A file that pages refer to."""

    content: bytes
    content_type: str


def read_assets(directories: Sequence[Path]) -> dict[str, Asset]:
    """Reads what pages may refer to, by name. A later directory replaces; files of any other kind are never served."""
    return {
        path.name: Asset(path.read_bytes(), _CONTENT_TYPES[path.suffix])
        for directory in directories
        for path in sorted(directory.iterdir())
        if path.suffix in _CONTENT_TYPES
    }


def check_names(override_directory: Path, originals: Path) -> None:
    """Finds templates that nothing would ever use, such as a misspelt one; a leading `_` marks those of its own.

    Raises:
        PageError: There is one, or there is no such directory.
    """
    if not override_directory.is_dir():
        raise PageError(f"{override_directory}: is not a directory")
    known = sorted(path.name for path in originals.glob("*.html"))
    for path in sorted(override_directory.glob("*.html")):
        if path.name not in known and not path.name.startswith("_"):
            raise PageError(f"{path}: replaces nothing; the templates are {', '.join(known)}")
