"""What is committed below gen/ is what protos/ give."""

import shutil
from pathlib import Path

import pytest

from tools.generate import GENERATED, differences, generate


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("gen")
    generate(target)
    return target


def test_generated_code_is_up_to_date(fresh: Path) -> None:
    """Regenerating changes nothing."""
    assert differences(fresh, GENERATED) == []


def test_a_difference_is_found(fresh: Path, tmp_path: Path) -> None:
    """An edit by hand, a missing and an extra file are all reported."""
    shutil.copytree(GENERATED, tmp_path / "gen")
    edited = tmp_path / "gen/authplane/token/v1/token_pb2.py"
    edited.write_text(edited.read_text() + "# edited\n")
    (tmp_path / "gen/authplane/token/v1/token_pb2.pyi").unlink()
    (tmp_path / "gen/authplane/extra.py").touch()
    assert differences(fresh, tmp_path / "gen") == [
        "authplane/extra.py",
        "authplane/token/v1/token_pb2.py",
        "authplane/token/v1/token_pb2.pyi",
    ]
