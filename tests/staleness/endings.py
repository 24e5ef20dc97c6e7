"""Ways in which what is good ceases to be good."""

from collections.abc import Callable
from dataclasses import dataclass

import grpc

from authplane.auth.v1 import auth_pb2, auth_pb2_grpc, user_admin_pb2, user_admin_pb2_grpc
from authplane.token.v1 import token_pb2, token_pb2_grpc
from tests.staleness.fleet import Part
from tests.staleness.homes import WEB, Reach, Web
from tests.staleness.subjects import Subject

_TIMEOUT = 5.0


class NotAcknowledged(Exception):
    """The ending may or may not have happened."""


@dataclass(frozen=True)
class Ending:
    """A way to end something, through one process.

    Attributes:
        ends: What dies: "token" alone, or "token" and "session".
        end: Gives the version of the store that was told, 0 when none was.
    """

    name: str
    part: Part
    ends: frozenset[str]
    end: Callable[[Subject], int]


_TOKEN = frozenset({"token"})
_ALL = frozenset({"token", "session"})


def endings_of(reach: Reach) -> list[Ending]:
    """Every way through every process."""
    found = []
    for part in reach.fleet.token:
        found += _of_token(part, reach.channels[part.name])
    for part in reach.fleet.auth:
        found += _of_auth(part, reach.channels[part.name])
    for part in reach.fleet.gateway:
        found += _of_gateway(part, reach.webs[part.name])
    return found


def _of_token(part: Part, channel: grpc.Channel) -> list[Ending]:
    tokens = token_pb2_grpc.TokenServiceStub(channel)

    def revoke(token: str) -> int:
        return int(tokens.Revoke(token_pb2.RevokeRequest(token=token), timeout=_TIMEOUT).store_version)

    return [
        Ending("access token revoked", part, _TOKEN, _told(lambda subject: revoke(subject.access_token))),
        Ending("refresh token revoked", part, _TOKEN, _told(lambda subject: revoke(subject.refresh_token))),
    ]


def _of_auth(part: Part, channel: grpc.Channel) -> list[Ending]:
    auth = auth_pb2_grpc.AuthServiceStub(channel)
    users = user_admin_pb2_grpc.UserAdminServiceStub(channel)

    def log_out(subject: Subject) -> int:
        question = auth_pb2.LogoutRequest(session_handle=subject.session_handle, confirmed=True)
        return int(auth.Logout(question, timeout=_TIMEOUT).store_version)

    def end_all(subject: Subject) -> int:
        question = auth_pb2.EndSessionsRequest(user_id=subject.user_id)
        return int(auth.EndSessions(question, timeout=_TIMEOUT).store_version)

    def disable(subject: Subject) -> int:
        question = user_admin_pb2.DisableUserRequest(user=subject.user_id)
        return int(users.DisableUser(question, timeout=_TIMEOUT).store_version)

    def set_password(subject: Subject) -> int:
        question = user_admin_pb2.SetPasswordRequest(user=subject.user_id, password="another password")
        return int(users.SetPassword(question, timeout=_TIMEOUT).store_version)

    return [
        Ending("logout", part, _ALL, _told(log_out)),
        Ending("logout everywhere", part, _ALL, _told(end_all)),
        Ending("user disabled", part, _ALL, _told(disable)),
        Ending("password changed", part, _ALL, _told(set_password)),
    ]


def _of_gateway(part: Part, web: Web) -> list[Ending]:
    def revoke(subject: Subject) -> int:
        try:
            status, _ = web.post("/auth/revoke", {"token": subject.access_token}, WEB)
        except OSError as error:
            raise NotAcknowledged from error
        if status != 200:
            raise NotAcknowledged
        return 0

    return [Ending("access token revoked over HTTP", part, _TOKEN, revoke)]


def _told(end: Callable[[Subject], int]) -> Callable[[Subject], int]:
    def told(subject: Subject) -> int:
        try:
            return end(subject)
        except grpc.RpcError as error:
            raise NotAcknowledged from error

    return told
