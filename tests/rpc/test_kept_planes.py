"""A plane that repeats its replies says what one would that decides each time."""

import random
from collections.abc import Callable
from typing import Any

import grpc

from authplane.auth.v1 import auth_pb2, auth_pb2_grpc
from authplane.token.v1 import token_pb2, token_pb2_grpc
from cli.dev.plane import DevPlane
from tests.refusals.flow import SECRETS, Flow

_STEPS = 150
_STEP_KINDS = ("make", "ask", "batch", "userinfo", "session", "revoke", "refresh", "log in", "log out")
_KINDS = ("access_token", "refresh_token")
_ANYBODY = token_pb2.ClientAuthentication()


def by(client_id: str) -> token_pb2.ClientAuthentication:
    return token_pb2.ClientAuthentication(client_id=client_id, client_secret_basic=SECRETS[client_id])


class Asker:
    """Asks each question in both ways: as it is, and with a version, for which nothing is repeated."""

    def __init__(self, channel: grpc.Channel, auth: grpc.Channel) -> None:
        self._tokens = token_pb2_grpc.TokenServiceStub(channel)
        self._auth = auth_pb2_grpc.AuthServiceStub(auth)

    def introspect(self, token: str, client: token_pb2.ClientAuthentication | None) -> None:
        def ask(version: int) -> token_pb2.IntrospectResponse:
            question = token_pb2.IntrospectRequest(token=token, client=client, min_store_version=version)
            return self._tokens.Introspect(question, timeout=10)

        agree(ask)

    def batch(self, tokens: list[str], client: token_pb2.ClientAuthentication | None) -> None:
        def ask(version: int) -> token_pb2.BatchIntrospectResponse:
            question = token_pb2.BatchIntrospectRequest(tokens=tokens, client=client, min_store_version=version)
            return self._tokens.BatchIntrospect(question, timeout=10)

        agree(ask)

    def userinfo(self, token: str) -> None:
        def ask(version: int) -> auth_pb2.GetUserInfoResponse:
            question = auth_pb2.GetUserInfoRequest(access_token=token, min_store_version=version)
            return self._auth.GetUserInfo(question, timeout=10)

        agree(ask)

    def session(self, handle: str) -> None:
        def ask(version: int) -> auth_pb2.ValidateSessionResponse:
            question = auth_pb2.ValidateSessionRequest(session_handle=handle, min_store_version=version)
            return self._auth.ValidateSession(question, timeout=10)

        agree(ask)

    def log_in(self) -> str:
        question = auth_pb2.LoginRequest(username="ada", password="correct horse battery staple")
        return self._auth.Login(question, timeout=10).session_handle

    def log_out(self, handle: str) -> None:
        self._auth.Logout(auth_pb2.LogoutRequest(session_handle=handle, confirmed=True), timeout=10)


def agree(ask: Callable[[int], object]) -> None:
    """Twice as it is, so that it is repeated once; how long a no may be repeated is another moment each time."""
    assert [plain(ask, 0), plain(ask, 0)] == [plain(ask, 1)] * 2


def plain(ask: Callable[[int], object], version: int) -> str:
    answer: Any
    try:
        answer = ask(version)
    except grpc.RpcError as error:
        return f"{error.code()} {error.details()}"
    for message in getattr(answer, "responses", (answer,)):
        if not getattr(message, "active", True):
            message.basis.ClearField("expires_at")
        message.basis.ClearField("decided_at")
        tags = sorted(message.basis.tags)
        del message.basis.tags[:]
        message.basis.tags.extend(tags)
    return str(answer)


def test_both_ways_agree_in_random_histories(plane: DevPlane) -> None:
    """Tokens of several people and kinds, asked about one by one and in batches while some of them are revoked."""
    chance, flow = random.Random(3), Flow(plane)
    with grpc.insecure_channel(plane.token_target) as channel, grpc.insecure_channel(plane.auth_target) as auth:
        asker, tokens, callers = Asker(channel, auth), ["garbage"], [None, by("machine"), by("web"), _ANYBODY]
        sessions = ["none"]
        for _ in range(_STEPS):
            match chance.choice([*_STEP_KINDS, "ask", "batch", "session"]):
                case "make" if chance.random() < 0.4:
                    made = flow.tokens()
                    tokens += [made["access_token"], made["refresh_token"]]
                case "make":
                    tokens.append(flow.machine_token())
                case "log in" if len(sessions) < 8:  # Passwords take their time.
                    sessions.append(asker.log_in())
                case "log out":
                    asker.log_out(chance.choice(sessions))
                case "ask":
                    asker.introspect(chance.choice(tokens), chance.choice(callers))
                case "batch":
                    asker.batch(chance.choices(tokens, k=chance.randint(1, 6)), chance.choice(callers))
                case "userinfo":
                    asker.userinfo(chance.choice(tokens))
                case "session":
                    asker.session(chance.choice(sessions))
                case "refresh":
                    token = chance.choice(tokens)
                    answer = flow.refresh(token).json()
                    tokens += [answer[kind] for kind in _KINDS if kind in answer]
                    asker.introspect(token, None)
                case "revoke":
                    flow.revoke(chance.choice(tokens), chance.choice(["web", "machine"]))
    flow.close()


def test_a_token_that_was_rotated_out_is_refused_at_once(plane: DevPlane) -> None:
    """By the process that did it; that the others hear of it has a moment, in which it is within its grace."""
    flow = Flow(plane)
    with grpc.insecure_channel(plane.token_target) as channel:
        tokens = token_pb2_grpc.TokenServiceStub(channel)
        for _ in range(10):
            token = flow.tokens()["refresh_token"]
            question = token_pb2.IntrospectRequest(token=token)
            assert tokens.Introspect(question).active
            flow.refresh(token)
            assert not tokens.Introspect(question).active
    flow.close()
