"""The schema, step by step: plain SQL in files, read in the order of their numbers.

The form is dbmate's: `-- migrate:up` and `-- migrate:down`, each followed by statements that end with a semicolon at
the end of a line; with `transaction:false` they run one by one, as `CREATE INDEX CONCURRENTLY` must.
"""

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

REQUIRED_VERSION = 3
"""What a process needs to serve; later steps are optional."""

_SECTION = re.compile(r"^-- migrate:(up|down)(?P<alone> transaction:false)?$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Script:
    """Statements, and whether they take effect together."""

    statements: tuple[str, ...]
    in_transaction: bool


@dataclass(frozen=True, slots=True)
class Migration:
    """One step.

    Attributes:
        checksum: SHA-256 of the file, to notice that a step was changed after it was taken.
        text: The file.
    """

    version: int
    name: str
    checksum: str
    text: str
    up: Script
    down: Script


@cache
def load_migrations() -> tuple[Migration, ...]:
    """All steps in order."""
    return tuple(_read(file) for file in sorted(Path(__file__).parent.glob("*.sql")))


def _read(file: Path) -> Migration:
    text = file.read_text(encoding="utf-8")
    number, _, name = file.stem.partition("_")
    _, _, up_alone, up, _, down_alone, down = _SECTION.split(text)
    return Migration(
        version=int(number),
        name=name,
        checksum=hashlib.sha256(text.encode()).hexdigest(),
        text=text,
        up=Script(_statements(up), not up_alone),
        down=Script(_statements(down), not down_alone),
    )


def _statements(section: str) -> tuple[str, ...]:
    lines = [line for line in section.splitlines() if not line.startswith("--")]
    return tuple(part.strip() for part in "\n".join(lines).split(";\n") if part.strip(" \n;"))
