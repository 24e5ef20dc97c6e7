"""The wheel alone: it brings nothing that others may have, and works where there is nothing of ours."""

import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from cli.dev.plane import DevPlane
from tests.refusals.flow import Flow

ROOT = Path(__file__).parents[2]
THIRD_PARTIES = ("grpc", "google", "grpc_status", "googleapis", "protobuf", "typing_extensions")

SCRIPT = """
import sys
import authplane_client
assert not {"shared", "services", "gateway", "cli"} & set(sys.modules)
try:
    import shared
except ImportError:
    pass
else:
    raise SystemExit("shared can be imported")
with authplane_client.Client(sys.argv[1], sys.argv[2]) as client:
    print(client.introspect(sys.argv[3]).client_id, client.validate_session("x"))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*command, "-w", str(folder), str(ROOT / "authplane_client")], check=True)
    (made,) = folder.glob("*.whl")
    return made


def test_it_brings_its_own_packages_only(wheel: Path) -> None:
    """`authplane_client` and the messages; nothing in it imports `shared` by that name."""
    with zipfile.ZipFile(wheel) as files:
        tops = {name.partition("/")[0] for name in files.namelist()}
        assert {top for top in tops if not top.endswith(".dist-info")} == {"authplane", "authplane_client"}
        for name in files.namelist():
            assert b"\nfrom shared" not in files.read(name)
            assert b"\nimport shared" not in files.read(name)
        assert "authplane_client/py.typed" in files.namelist()


def test_it_works_in_an_environment_of_its_own(wheel: Path, tmp_path: Path, plane: DevPlane) -> None:
    """Installed into a fresh one, beside grpcio and protobuf only, it checks a token of a running plane."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "env")], check=True)
    python = tmp_path / "env" / "bin" / "python"
    target = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*pip, "--target", target, str(wheel)], check=True)
    installed = Path(sysconfig.get_path("purelib"))
    for package in installed.iterdir():
        if package.name.startswith(THIRD_PARTIES):
            (Path(target) / package.name).symlink_to(package)
    flow = Flow(plane)
    token = flow.machine_token()
    flow.close()
    said = subprocess.run(
        [python, "-I", "-c", SCRIPT, plane.token_target, plane.auth_target, token],
        check=True,
        capture_output=True,
        text=True,
        cwd=tmp_path,
    ).stdout
    assert said.split() == ["machine", "None"]
