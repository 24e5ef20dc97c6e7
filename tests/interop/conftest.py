"""The three libraries, running; the clients of the seed, and one more that signs its assertions."""

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import grpc
import pytest
from google.protobuf.json_format import ParseDict
from joserfc.jwk import ECKey

from authplane.token.v1.client_admin_pb2 import Client, CreateClientRequest
from authplane.token.v1.client_admin_pb2_grpc import ClientAdminServiceStub
from cli.dev.plane import DevPlane
from tests.interop.library import Json, Library
from tests.interop.relying_party import NewParty, Registration, RelyingParty

HERE = Path(__file__).parent
SEED = HERE.parent / "seed.toml"


@pytest.fixture(scope="session")
def libraries(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Library]]:
    """Each library in its own process, by the name of its folder."""
    go_oidc = tmp_path_factory.mktemp("go_oidc") / "go_oidc"
    subprocess.run(
        [_tool("go"), "build", "-o", go_oidc, "."],
        cwd=HERE / "go_oidc",
        check=True,
        env={**os.environ, "GOTOOLCHAIN": "local", "GOFLAGS": "-mod=readonly -modcacherw", "CGO_ENABLED": "0"},
    )
    commands = {
        "authlib": [sys.executable, str(HERE / "authlib_client" / "main.py")],
        "openid_client": [_tool("node"), str(HERE / "openid_client" / "main.mjs")],
        "go_oidc": [str(go_oidc)],
    }
    with ExitStack() as stack:
        yield {name: stack.enter_context(Library(name, command)) for name, command in commands.items()}


@pytest.fixture(scope="session")
def registrations(plane: DevPlane) -> Mapping[str, Registration]:
    """The clients of the seed, of which "plain" knows no PKCE, and "jwt"."""
    seeded = {client["client_id"]: client for client in tomllib.loads(SEED.read_text())["clients"]}
    known = {id: Registration(client, pkce=client.get("require_pkce", True)) for id, client in seeded.items()}
    return {**known, "jwt": _register_jwt_client(plane.token_target)}


@pytest.fixture
def new_party(plane: DevPlane, libraries: Mapping[str, Library], registrations: Mapping[str, Registration]) -> NewParty:
    """Makes a relying party from the names of its library and its client."""
    return lambda library, client: RelyingParty(libraries[library], plane.issuer, registrations[client])


def _register_jwt_client(token_target: str) -> Registration:
    key = ECKey.generate_key("P-256", parameters={"alg": "ES256", "use": "sig"}, private=True, auto_kid=True)
    metadata: dict[str, Json] = {
        "client_id": "jwt",
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks": {"keys": [key.as_dict(private=False)]},
        "redirect_uris": ["http://127.0.0.1:9999/jwt"],
        "grant_types": ["authorization_code", "refresh_token"],
        "scopes": ["openid", "email", "offline_access"],
        "id_token_signed_response_alg": "ES256",
        "consent": "skip",
    }
    with grpc.insecure_channel(token_target, options=[("grpc.enable_http_proxy", 0)]) as channel:
        request = CreateClientRequest(client=ParseDict(metadata, Client()))
        ClientAdminServiceStub(channel).CreateClient(request, timeout=10)
    return Registration({**metadata, "private_key": key.as_dict(private=True)})


def _tool(name: str) -> str:
    # `make setup-test` brings Node and Go into the virtual environment, which need not be on the PATH.
    path = shutil.which(name, path=os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])))
    assert path, f"{name} is missing; run: make setup-test"
    return path
