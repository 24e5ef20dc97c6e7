"""The way from a command to the plane: channels, deadlines, and failures in words.

This is the one place of the command line that knows gRPC; commands call the stubs and get answers or `CommandFailed`.
"""

import os
from collections import namedtuple
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import grpc
import typer

from authplane.auth.v1.auth_pb2_grpc import AuthServiceStub
from authplane.auth.v1.user_admin_pb2_grpc import UserAdminServiceStub
from authplane.token.v1.client_admin_pb2_grpc import ClientAdminServiceStub
from authplane.token.v1.key_admin_pb2_grpc import KeyAdminServiceStub
from authplane.token.v1.token_pb2_grpc import TokenServiceStub
from cli.failures import CommandFailed, PlaneUnreachable, Refused
from shared.errors import Reason
from shared.rpc.channel import Credentials, sync_channel
from shared.rpc.failure import failure_of
from shared.rpc.tls import CallerTls

DEFAULT_AUTH_TARGET, DEFAULT_TOKEN_TARGET = "127.0.0.1:50051", "127.0.0.1:50052"
_PANEL = "Connection"
_DEADLINE_SECONDS = 15.0

AuthTarget = Annotated[
    str,
    typer.Option(
        "--auth-target", envvar="AUTHPLANE_AUTH_TARGET", help="Address of the auth service.", rich_help_panel=_PANEL
    ),
]
TokenTarget = Annotated[
    str,
    typer.Option(
        "--token-target", envvar="AUTHPLANE_TOKEN_TARGET", help="Address of the token service.", rich_help_panel=_PANEL
    ),
]

_NEXT_STEPS = {
    Reason.USER_NOT_FOUND: "see: authplane user list",
    Reason.USER_EXISTS: "to change the user: authplane user update USER",
    Reason.CLIENT_NOT_FOUND: "see: authplane client list",
    Reason.CLIENT_EXISTS: "to change the client: authplane client update CLIENT_ID",
    Reason.SESSION_NOT_FOUND: "see: authplane session list USER",
}


class AuthConnection:
    """What the auth service offers."""

    def __init__(self, channel: grpc.Channel) -> None:
        self.sessions = AuthServiceStub(channel)
        self.users = UserAdminServiceStub(channel)


class TokenConnection:
    """What the token service offers."""

    def __init__(self, channel: grpc.Channel) -> None:
        self.tokens = TokenServiceStub(channel)
        self.clients = ClientAdminServiceStub(channel)
        self.keys = KeyAdminServiceStub(channel)


@contextmanager
def auth_service(target: str) -> Iterator[AuthConnection]:
    """A connection to the auth service; its calls raise `CommandFailed`."""
    with _channel(target) as channel:
        yield AuthConnection(channel)


@contextmanager
def token_service(target: str) -> Iterator[TokenConnection]:
    """A connection to the token service; its calls raise `CommandFailed`."""
    with _channel(target) as channel:
        yield TokenConnection(channel)


@contextmanager
def _channel(target: str) -> Iterator[grpc.Channel]:
    with sync_channel(target, credentials=_credentials()) as channel:
        yield grpc.intercept_channel(channel, _Boundary(target))


def _credentials() -> Credentials:
    """As the environment says, which is the same for all commands.

    Raises:
        CommandFailed: A file that it names cannot be read.
    """
    files = (os.environ.get(f"AUTHPLANE_RPC_TLS_{name}") for name in ("CA", "CERTIFICATE", "KEY"))
    try:
        return CallerTls(*(Path(file) if file else None for file in files)).credentials()
    except OSError as error:
        raise CommandFailed(f"cannot read {error.filename}: {error.strerror}") from error


class _CallDetails(
    namedtuple("_CallDetails", ("method", "timeout", "metadata", "credentials", "wait_for_ready", "compression")),
    grpc.ClientCallDetails,
):
    """What grpcio wants to be handed on."""


class _Boundary(grpc.UnaryUnaryClientInterceptor):
    """Gives every call a deadline, and turns its failure into words."""

    def __init__(self, target: str) -> None:
        self._target = target

    def intercept_unary_unary(
        self, continuation: Callable[[grpc.ClientCallDetails, Any], Any], details: grpc.ClientCallDetails, request: Any
    ) -> Any:
        with_deadline = _CallDetails(
            details.method,
            _DEADLINE_SECONDS,
            details.metadata,
            details.credentials,
            details.wait_for_ready,
            details.compression,
        )
        call = continuation(with_deadline, request)
        error = call.exception()
        if error is not None:
            raise self._in_words(error) from error
        return call

    def _in_words(self, error: grpc.RpcError) -> CommandFailed:
        failure = failure_of(error)
        match failure.code:
            case grpc.StatusCode.UNAVAILABLE | grpc.StatusCode.CANCELLED:
                return PlaneUnreachable(
                    f"no answer from {self._target}; is the plane running? start it with: authplane dev"
                )
            case grpc.StatusCode.DEADLINE_EXCEEDED:
                return PlaneUnreachable(f"{self._target}: {failure.message}")
            case grpc.StatusCode.UNIMPLEMENTED:
                return CommandFailed(f"{self._target} is another service; see --auth-target and --token-target")
        return Refused("; ".join(filter(None, (failure.message, _NEXT_STEPS.get(failure.reason)))), failure.reason)
