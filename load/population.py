"""Who makes the load: a client and users that exist for one run only."""

import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import grpc

from authplane.auth.v1.auth_pb2 import LoginRequest
from authplane.auth.v1.auth_pb2_grpc import AuthServiceStub
from authplane.auth.v1.user_admin_pb2 import CreateUserRequest, DisableUserRequest
from authplane.auth.v1.user_admin_pb2_grpc import UserAdminServiceStub
from authplane.token.v1.client_admin_pb2 import Client, CreateClientRequest, DisableClientRequest
from authplane.token.v1.client_admin_pb2_grpc import ClientAdminServiceStub
from load.plane import Plane

SCOPE = "openid profile email offline_access"
MACHINE_SCOPE = "load:run"
USERS = 20
_DEADLINE_SECONDS = 10


class PlaneRefused(Exception):
    """The plane could not be reached, or would not register the load; the text says why."""


@dataclass(frozen=True)
class Population:
    """What the load is made with.

    Args:
        session_handles: One live session for each user.
        username, password: Of one of them.
    """

    client_id: str
    client_secret: str
    redirect_uri: str
    session_handles: list[str]
    username: str
    password: str


@contextmanager
def population(plane: Plane, id_token_alg: str = "RS256") -> Iterator[Population]:
    """Registers a client and users, logs the users in, and disables them all in the end.

    Args:
        id_token_alg: How the client's ID tokens are signed.

    Raises:
        PlaneRefused: Not everything could be registered.
    """
    with ExitStack() as stack:
        try:
            registered = _register(stack, plane, id_token_alg)
        except grpc.RpcError as error:
            raise PlaneRefused(error.details()) from error
        yield registered


def _register(stack: ExitStack, plane: Plane, id_token_alg: str) -> Population:
    run = secrets.token_hex(4)
    client = Client(
        client_id=f"load-{run}",
        token_endpoint_auth_method="client_secret_basic",
        redirect_uris=["http://127.0.0.1:9999/load"],
        grant_types=["authorization_code", "refresh_token", "client_credentials"],
        scopes=[*SCOPE.split(), MACHINE_SCOPE],
        consent="skip",
        id_token_signed_response_alg=id_token_alg,
    )
    auth = stack.enter_context(_channel(plane.auth_target))
    token = stack.enter_context(_channel(plane.token_target))
    clients, users = ClientAdminServiceStub(token), UserAdminServiceStub(auth)
    created = clients.CreateClient(CreateClientRequest(client=client), timeout=_DEADLINE_SECONDS)
    disable = DisableClientRequest(client_id=client.client_id)
    stack.callback(clients.DisableClient, disable, timeout=_DEADLINE_SECONDS)
    handles = []
    for number in range(USERS):
        username, password = f"load-{run}-{number}", secrets.token_urlsafe(16)
        users.CreateUser(CreateUserRequest(username=username, password=password), timeout=_DEADLINE_SECONDS)
        stack.callback(users.DisableUser, DisableUserRequest(user=username), timeout=_DEADLINE_SECONDS)
        login = LoginRequest(username=username, password=password)
        handles.append(AuthServiceStub(auth).Login(login, timeout=_DEADLINE_SECONDS).session_handle)
    return Population(client.client_id, created.client_secret, client.redirect_uris[0], handles, username, password)


def _channel(target: str) -> grpc.Channel:
    # Without a proxy: the environment's HTTP proxy is none for loopback.
    return grpc.insecure_channel(target, options=[("grpc.enable_http_proxy", 0)])
