"""The auth service over a real socket: every refusal with its status and reason."""

import math
from collections.abc import Callable, Iterator
from functools import partial

import grpc
import pytest

from authplane.auth.v1 import auth_pb2
from authplane.auth.v1 import user_admin_pb2 as admin_pb2
from shared.errors import Reason
from shared.store.access import StoreAccess
from tests.rpc.auth_plane import REQUEST, AuthPlane, auth_plane, failure, struct

REFUSALS: list[tuple[Callable[[AuthPlane], object], grpc.StatusCode, Reason, str]] = [
    (
        lambda plane: plane.auth.Login(auth_pb2.LoginRequest(username="ada", password="wrong")),
        grpc.StatusCode.UNAUTHENTICATED,
        Reason.CREDENTIALS_INVALID,
        "",
    ),
    (
        lambda plane: plane.auth.Login(auth_pb2.LoginRequest(username="nobody", password="wrong")),
        grpc.StatusCode.UNAUTHENTICATED,
        Reason.CREDENTIALS_INVALID,
        "",
    ),
    (
        lambda plane: plane.auth.Login(auth_pb2.LoginRequest(username="ada\x00", password="wrong")),
        grpc.StatusCode.INVALID_ARGUMENT,
        Reason.INVALID_REQUEST,
        "invalid_request",
    ),
    (
        lambda plane: plane.authorize(parameters=REQUEST | {"client_id": "nobody"}),
        grpc.StatusCode.INVALID_ARGUMENT,
        Reason.CLIENT_UNKNOWN,
        "invalid_request",
    ),
    (
        lambda plane: plane.authorize(parameters=REQUEST | {"redirect_uri": "https://evil.example/"}),
        grpc.StatusCode.INVALID_ARGUMENT,
        Reason.REDIRECT_URI_MISMATCH,
        "invalid_request",
    ),
    (
        lambda plane: plane.authorize(repeated_parameters=["client_id"]),
        grpc.StatusCode.INVALID_ARGUMENT,
        Reason.INVALID_REQUEST,
        "invalid_request",
    ),
    (
        lambda plane: plane.auth.GetUserInfo(auth_pb2.GetUserInfoRequest(access_token="x.y.z")),
        grpc.StatusCode.UNAUTHENTICATED,
        Reason.INVALID_TOKEN,
        "invalid_token",
    ),
    (
        lambda plane: plane.auth.Logout(auth_pb2.LogoutRequest(id_token_hint="x.y.z")),
        grpc.StatusCode.INVALID_ARGUMENT,
        Reason.INVALID_REQUEST,
        "invalid_request",
    ),
    (
        lambda plane: plane.auth.Logout(auth_pb2.LogoutRequest(post_logout_redirect_uri="https://evil.example/")),
        grpc.StatusCode.INVALID_ARGUMENT,
        Reason.REDIRECT_URI_MISMATCH,
        "invalid_request",
    ),
    (
        lambda plane: plane.auth.ListSessions(auth_pb2.ListSessionsRequest(user_id="nobody")),
        grpc.StatusCode.NOT_FOUND,
        Reason.USER_NOT_FOUND,
        "",
    ),
    (
        lambda plane: plane.auth.EndSessions(auth_pb2.EndSessionsRequest(session_id="0" * 64)),
        grpc.StatusCode.NOT_FOUND,
        Reason.SESSION_NOT_FOUND,
        "",
    ),
    (
        lambda plane: plane.auth.EndSessions(auth_pb2.EndSessionsRequest()),
        grpc.StatusCode.INVALID_ARGUMENT,
        Reason.INVALID_REQUEST,
        "invalid_request",
    ),
    (lambda plane: plane.create_ada(), grpc.StatusCode.ALREADY_EXISTS, Reason.USER_EXISTS, ""),
    (
        lambda plane: plane.users.UpdateUser(admin_pb2.UpdateUserRequest(user="ada", claims=struct(sub="root"))),
        grpc.StatusCode.INVALID_ARGUMENT,
        Reason.INVALID_REQUEST,
        "invalid_request",
    ),
    (
        lambda plane: plane.users.UpdateUser(admin_pb2.UpdateUserRequest(user="ada", claims=struct(name=math.nan))),
        grpc.StatusCode.INVALID_ARGUMENT,
        Reason.INVALID_REQUEST,
        "invalid_request",
    ),
    (
        lambda plane: plane.users.UpdateUser(
            admin_pb2.UpdateUserRequest(user="ada", claims=struct(**{"ü\n" * 9_000: True}))
        ),
        grpc.StatusCode.INVALID_ARGUMENT,
        Reason.INVALID_REQUEST,
        "invalid_request",
    ),
    (
        lambda plane: plane.users.DisableUser(admin_pb2.DisableUserRequest(user="nobody")),
        grpc.StatusCode.NOT_FOUND,
        Reason.USER_NOT_FOUND,
        "",
    ),
    (
        lambda plane: plane.users.ListUsers(admin_pb2.ListUsersRequest(page_size=-1)),
        grpc.StatusCode.INVALID_ARGUMENT,
        Reason.INVALID_REQUEST,
        "invalid_request",
    ),
]


@pytest.fixture
def plane(service_store: StoreAccess) -> Iterator[AuthPlane]:
    with auth_plane(service_store) as plane:
        yield plane


def test_every_refusal_has_its_status_and_reason(plane: AuthPlane) -> None:
    """Row 29: each refusal comes as the documented status with its reason and OAuth error, and nothing is a fault."""
    plane.create_ada()
    refusals = [failure(partial(call, plane)) for call, *_ in REFUSALS]
    assert [(refusal.code, refusal.reason, refusal.oauth_error) for refusal in refusals] == [
        tuple(expected) for _, *expected in REFUSALS
    ]
    assert not [entry for entry in plane.log.entries if entry["event"] == "internal_error"]
