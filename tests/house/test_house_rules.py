"""Rules of the house that no other tool knows."""

import re
import statistics
import subprocess
from pathlib import Path

import pytest

from authplane.errors.v1.errors_pb2 import ErrorReason
from shared.errors import AuthplaneError, Kind, Reason
from shared.rpc.status import CODES

ROOT = Path(__file__).resolve().parents[2]
LONGEST = 300
NAMELESS = {"utils", "helpers", "common", "manager", "misc"}
# Put together here, so that this file does not contain what it looks for.
REGISTRY_HOSTS = [
    "pypi" + ".org",
    "files." + "pythonhosted",
    "registry." + "npmjs",
    "proxy." + "golang.org",
    "deb." + "debian",
]


def tracked(pattern: str = "*") -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", pattern], cwd=ROOT, capture_output=True, text=True, timeout=30, check=True
    ).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def own_python() -> list[Path]:
    return [path for path in tracked("*.py") if not path.is_relative_to(ROOT / "gen")]


def test_no_room_is_too_large() -> None:
    """No file has more than 300 lines."""
    lengths = {path.relative_to(ROOT): len(path.read_text().splitlines()) for path in own_python()}
    assert {path: length for path, length in lengths.items() if length > LONGEST} == {}


def test_the_median_room_is_small() -> None:
    """Half of all files have at most about a hundred lines."""
    assert statistics.median(len(path.read_text().splitlines()) for path in own_python()) <= 110


def test_names_say_what_things_are() -> None:
    """There is no drawer for what has no place."""
    assert [path for path in own_python() if path.stem in NAMELESS or path.parent.name in NAMELESS] == []


def test_no_registry_is_named() -> None:
    """Package clients know their registries; the tree does not."""
    found = [
        (path.relative_to(ROOT), host)
        for path in tracked()
        for host in REGISTRY_HOSTS
        if host in path.read_text(errors="ignore")
    ]
    assert found == []


def test_locks_hold_hashes_and_no_address() -> None:
    """Whoever installs asks the registry that their own client is set up with, and checks what it gives."""
    locks = [*tracked("requirements/*.txt"), *tracked("*/package-lock.json")]
    assert len(locks) >= 3
    address = re.compile(r'"resolved"|--(extra-)?index-url|--find-links| @ |^\S+://', re.MULTILINE)
    assert [path.relative_to(ROOT) for path in locks if address.search(path.read_text())] == []
    assert [path.relative_to(ROOT) for path in locks if not re.search("sha(256:|512-)", path.read_text())] == []


def test_no_secret_is_committed() -> None:
    """No private key in PEM form anywhere."""
    pem = re.compile("-----BEGIN [A-Z ]*PRIVATE" + " KEY-----")
    assert [path for path in tracked() if pem.search(path.read_text(errors="ignore"))] == []


def test_the_vocabulary_is_the_same_on_the_wire() -> None:
    """`Reason` has exactly the values of the ErrorReason enum, and every error has a documented status."""
    names = {name.removeprefix("ERROR_REASON_") for name in ErrorReason.DESCRIPTOR.values_by_name} - {"UNSPECIFIED"}
    assert set(Reason.__members__) == names
    assert set(CODES) == set(Kind)


def all_errors(root: type[AuthplaneError] = AuthplaneError) -> list[type[AuthplaneError]]:
    return [each for child in root.__subclasses__() for each in (child, *all_errors(child))]


@pytest.mark.parametrize("error", all_errors(), ids=lambda error: error.__name__)
def test_the_documentation_of_a_reason_tells_its_status_and_oauth_error(error: type[AuthplaneError]) -> None:
    """The comment in errors.proto names the gRPC status and the OAuth error that the code sends."""
    import grpc

    text = (ROOT / "protos/authplane/errors/v1/errors.proto").read_text()
    comment = text.split(f"  ERROR_REASON_{error.reason} =")[0].rsplit(";\n", 1)[-1]
    status = next(code.name for code in grpc.StatusCode if code.value[0] == CODES[error.kind])
    stated = comment.split(". ")[0]
    assert status in stated
    assert error.oauth_error in stated
