"""Ways into the plane: each process by itself, over gRPC or HTTP, and what its answers mean to the caller."""

import time
from collections.abc import Callable
from typing import Any, Protocol

import grpc

from authplane.auth.v1 import auth_pb2, auth_pb2_grpc, user_admin_pb2, user_admin_pb2_grpc
from authplane.token.v1 import token_pb2, token_pb2_grpc
from shared.rpc.failure import failure_of
from tests.faults.journal import Entry, Given, Outcome
from tests.staleness.homes import WEB, Web
from tests.staleness.subjects import REDIRECT_URI, VERIFIER, WEB_SECRET

TIMEOUT = 10.0
"""Seconds; longer than any wait that the plane may have, so that whoever hangs is found out."""

_REFUSED = {"INVALID_GRANT", "CODE_ALREADY_USED", "REFRESH_TOKEN_REUSED", "INVALID_REQUEST", "USER_NOT_FOUND"}
CLIENT = token_pb2.ClientAuthentication(client_id="web", client_secret_basic=WEB_SECRET)


class Door(Protocol):
    """Where codes and tokens are used."""

    @property
    def name(self) -> str: ...

    def redeem(self, code: str) -> Entry: ...

    def rotate(self, refresh_token: str) -> Entry: ...

    def revoke(self, token: str) -> Entry: ...


class TokenDoor:
    """A token process."""

    def __init__(self, name: str, channel: grpc.Channel) -> None:
        self.name = name
        self._tokens = token_pb2_grpc.TokenServiceStub(channel)

    def redeem(self, code: str) -> Entry:
        question = token_pb2.RedeemCodeRequest(
            code=code, redirect_uri=REDIRECT_URI, code_verifier=VERIFIER, client=CLIENT
        )
        return called(self.name, "redeem", code, lambda: self._tokens.RedeemCode(question, timeout=TIMEOUT).tokens)

    def rotate(self, refresh_token: str) -> Entry:
        question = token_pb2.RefreshTokenRequest(refresh_token=refresh_token, client=CLIENT)
        return called(
            self.name, "rotate", refresh_token, lambda: self._tokens.RefreshToken(question, timeout=TIMEOUT).tokens
        )

    def revoke(self, token: str) -> Entry:
        question = token_pb2.RevokeRequest(token=token, client=CLIENT)
        return called(self.name, "revoke", token, lambda: self._tokens.Revoke(question, timeout=TIMEOUT))


class WebDoor:
    """A gateway."""

    def __init__(self, name: str, web: Web) -> None:
        self.name = name
        self._web = web

    def redeem(self, code: str) -> Entry:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT_URI}
        return self._post("redeem", code, "/auth/token", {**form, "code_verifier": VERIFIER})

    def rotate(self, refresh_token: str) -> Entry:
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        return self._post("rotate", refresh_token, "/auth/token", form)

    def revoke(self, token: str) -> Entry:
        return self._post("revoke", token, "/auth/revoke", {"token": token})

    def _post(self, did: str, what: str, path: str, form: dict[str, str]) -> Entry:
        began = time.monotonic()
        try:
            status, answer = self._web.post(path, form, WEB)
        except OSError as error:
            return Entry(did, what, self.name, began, time.monotonic(), Outcome.UNKNOWN, type(error).__name__)
        ended = time.monotonic()
        if status == 200:
            given = Given(answer["access_token"], answer["refresh_token"]) if answer else None
            return Entry(did, what, self.name, began, ended, Outcome.DONE, given=given)
        outcome = Outcome.REFUSED if status == 400 else Outcome.UNKNOWN
        return Entry(did, what, self.name, began, ended, outcome, answer["error"])


class AuthDoor:
    """An auth process: where sessions end."""

    def __init__(self, name: str, channel: grpc.Channel) -> None:
        self.name = name
        self._auth = auth_pb2_grpc.AuthServiceStub(channel)
        self._users = user_admin_pb2_grpc.UserAdminServiceStub(channel)

    def log_out(self, session_handle: str) -> Entry:
        question = auth_pb2.LogoutRequest(session_handle=session_handle, confirmed=True)
        return called(self.name, "log out", session_handle, lambda: self._auth.Logout(question, timeout=TIMEOUT))

    def end_sessions(self, user_id: str) -> Entry:
        question = auth_pb2.EndSessionsRequest(user_id=user_id)
        return called(self.name, "end sessions", user_id, lambda: self._auth.EndSessions(question, timeout=TIMEOUT))

    def disable(self, user_id: str) -> Entry:
        question = user_admin_pb2.DisableUserRequest(user=user_id)
        return called(self.name, "disable", user_id, lambda: self._users.DisableUser(question, timeout=TIMEOUT))


def called(through: str, did: str, what: str, call: Callable[[], Any]) -> Entry:
    """Makes a call and says what came of it."""
    began = time.monotonic()
    try:
        answer = call()
    except grpc.RpcError as error:
        reason = failure_of(error).reason.value
        outcome = Outcome.REFUSED if reason in _REFUSED else Outcome.UNKNOWN
        return Entry(did, what, through, began, time.monotonic(), outcome, reason)
    given = Given(answer.access_token, answer.refresh_token) if isinstance(answer, token_pb2.Tokens) else None
    return Entry(did, what, through, began, time.monotonic(), Outcome.DONE, given=given)
