"""What an operator sees of the plane with grpcurl, which knows it only by reflection."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from cli.dev.plane import DevPlane

BINARIES = Path(__file__).parents[2] / ".tools" / "bin"
EVERYWHERE = {
    "grpc.health.v1.Health",
    "grpc.reflection.v1.ServerReflection",
    "grpc.reflection.v1alpha.ServerReflection",
}
AUTH = {"authplane.auth.v1.AuthService", "authplane.auth.v1.UserAdminService"}
TOKEN = {
    "authplane.token.v1.TokenService",
    "authplane.token.v1.ClientAdminService",
    "authplane.token.v1.KeyAdminService",
}


def grpcurl(*arguments: str, exit_code: int = 0) -> str:
    """Runs grpcurl without TLS and returns what it says, on standard error when it is meant to fail."""
    binary = shutil.which("grpcurl", path=os.pathsep.join((str(BINARIES), os.environ["PATH"])))
    assert binary, "grpcurl is missing; run: make setup-test"
    command = [binary, "-plaintext", "-max-time", "10", *arguments]
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    assert run.returncode == exit_code, run.stderr
    return run.stderr if exit_code else run.stdout


def call(target: str, method: str, **message: str) -> dict[str, Any]:
    """Calls a method with a message."""
    answer: dict[str, Any] = json.loads(grpcurl("-d", json.dumps(message), target, method))
    return answer


@pytest.fixture
def access_token(plane: DevPlane) -> str:
    """A token of the machine client, got with grpcurl."""
    client = {"client_id": "machine", "client_secret_basic": "machine-secret-at-least-32-characters"}
    message = json.dumps({"scope": "orders:read", "client": client})
    answer = grpcurl("-d", message, plane.token_target, "authplane.token.v1.TokenService/ClientCredentials")
    return str(json.loads(answer)["tokens"]["access_token"])


def test_list(plane: DevPlane) -> None:
    """Both servers list their services, health, and reflection in both versions."""
    assert set(grpcurl(plane.auth_target, "list").split()) >= AUTH | EVERYWHERE
    assert set(grpcurl(plane.token_target, "list").split()) >= TOKEN | EVERYWHERE


def test_list_methods(plane: DevPlane) -> None:
    """A service lists its methods."""
    methods = grpcurl(plane.token_target, "list", "authplane.token.v1.TokenService").split()
    names = {"RedeemCode", "RefreshToken", "ClientCredentials", "Introspect", "BatchIntrospect", "Revoke", "GetJwks"}
    assert set(methods) >= {f"authplane.token.v1.TokenService.{name}" for name in names}


def test_describe(plane: DevPlane) -> None:
    """Services, methods and messages are described; the first field of an introspection is the token."""
    service = grpcurl(plane.token_target, "describe", "authplane.token.v1.TokenService")
    assert "rpc Introspect ( .authplane.token.v1.IntrospectRequest )" in service
    message = grpcurl(plane.token_target, "describe", "authplane.token.v1.IntrospectRequest")
    assert "string token = 1;" in message
    login = grpcurl(plane.auth_target, "describe", "authplane.auth.v1.AuthService.Login")
    assert "rpc Login ( .authplane.auth.v1.LoginRequest )" in login


@pytest.mark.parametrize("service", ["", "authplane.auth.v1.AuthService"])
def test_health_of_auth(plane: DevPlane, service: str) -> None:
    """The auth server is alive and its service ready."""
    assert call(plane.auth_target, "grpc.health.v1.Health/Check", service=service) == {"status": "SERVING"}


@pytest.mark.parametrize("service", ["", "authplane.token.v1.TokenService"])
def test_health_of_token(plane: DevPlane, service: str) -> None:
    """The token server is alive and its service ready."""
    assert call(plane.token_target, "grpc.health.v1.Health/Check", service=service) == {"status": "SERVING"}


def test_health_of_an_unknown_service(plane: DevPlane) -> None:
    """The health of a service that does not exist is NOT_FOUND; grpcurl exits with 64 plus the code."""
    arguments = ("-d", '{"service": "nobody.v1.NoService"}', plane.token_target, "grpc.health.v1.Health/Check")
    assert "NotFound" in grpcurl(*arguments, exit_code=64 + 5)


def test_health_list(plane: DevPlane) -> None:
    """List tells the health of every service at once."""
    statuses = call(plane.token_target, "grpc.health.v1.Health/List")["statuses"]
    assert statuses.keys() >= {"", *TOKEN}
    assert {status["status"] for status in statuses.values()} == {"SERVING"}


def test_introspect(plane: DevPlane, access_token: str) -> None:
    """A live token is active and says whose it is."""
    answer = call(plane.token_target, "authplane.token.v1.TokenService/Introspect", token=access_token)
    expected = {"active": True, "client_id": "machine", "scope": "orders:read", "iss": plane.issuer}
    assert {name: answer[name] for name in expected} == expected


def test_introspect_garbage(plane: DevPlane) -> None:
    """Anything else is inactive, which is the default value and so not shown."""
    assert call(plane.token_target, "authplane.token.v1.TokenService/Introspect", token="garbage") == {}


def test_refusal_names_its_reason(plane: DevPlane) -> None:
    """A refused call shows the reason of the error in its details."""
    arguments = ("-d", '{"access_token": "garbage"}', plane.auth_target, "authplane.auth.v1.AuthService/GetUserInfo")
    refusal = grpcurl(*arguments, exit_code=64 + 16)
    assert "Unauthenticated" in refusal
    assert '"reason": "INVALID_TOKEN"' in refusal
