"""The calls that are made, each with what it needs of the subjects."""

from collections import deque
from collections.abc import Awaitable, Callable
from itertools import cycle
from typing import Any

import grpc.aio

from authplane.auth.v1.auth_pb2 import GetUserInfoRequest, LoginRequest
from authplane.auth.v1.auth_pb2_grpc import AuthServiceStub
from authplane.token.v1.token_pb2 import ClientAuthentication, IntrospectRequest, RefreshTokenRequest, RevokeRequest
from authplane.token.v1.token_pb2_grpc import TokenServiceStub
from load.overload.subjects import Subjects

Call = Callable[[float], Awaitable[None]]
"""Makes one call with a deadline of so many seconds; raises `grpc.RpcError` when it fails."""

SERVICE = {"login": "auth", "userinfo": "auth", "refresh": "token", "introspect": "token", "revoke": "token"}
LANE = {"login": "hash", "userinfo": "memory", "refresh": "store", "introspect": "memory", "revoke": "revocation"}


def call_of(kind: str, channels: list[grpc.aio.Channel], subjects: Subjects) -> Call:
    """A call of this kind, over the channels in turn."""
    makers: dict[str, Callable[[list[Any], Subjects], Call]] = {
        "login": _login,
        "userinfo": _userinfo,
        "refresh": _refresh,
        "introspect": _introspect,
        "revoke": _revoke,
    }
    stub = AuthServiceStub if SERVICE[kind] == "auth" else TokenServiceStub
    return makers[kind]([stub(channel) for channel in channels], subjects)


def _login(stubs: list[Any], subjects: Subjects) -> Call:
    turns = cycle(stubs)
    question = LoginRequest(username=subjects.username, password=subjects.password)

    async def call(seconds: float) -> None:
        await next(turns).Login(question, timeout=seconds)

    return call


def _userinfo(stubs: list[Any], subjects: Subjects) -> Call:
    turns, tokens = cycle(stubs), cycle(_to_keep(subjects))

    async def call(seconds: float) -> None:
        await next(turns).GetUserInfo(GetUserInfoRequest(access_token=next(tokens)), timeout=seconds)

    return call


def _introspect(stubs: list[Any], subjects: Subjects) -> Call:
    turns, tokens, client = cycle(stubs), cycle(_to_keep(subjects)), _client(subjects)

    async def call(seconds: float) -> None:
        await next(turns).Introspect(IntrospectRequest(token=next(tokens), client=client), timeout=seconds)

    return call


def _revoke(stubs: list[Any], subjects: Subjects) -> Call:
    turns, tokens = cycle(stubs), deque(subjects.access_tokens[len(_to_keep(subjects)) :])

    async def call(seconds: float) -> None:
        tokens.rotate()
        await next(turns).Revoke(RevokeRequest(token=tokens[0]), timeout=seconds)

    return call


def _refresh(stubs: list[Any], subjects: Subjects) -> Call:
    turns, tokens, client = cycle(stubs), subjects.refresh_tokens, _client(subjects)

    async def call(seconds: float) -> None:
        token = tokens.popleft()
        try:
            question = RefreshTokenRequest(refresh_token=token, client=client)
            token = (await next(turns).RefreshToken(question, timeout=seconds)).tokens.refresh_token
        finally:
            # Unless it was answered the same token is used again: in its grace it gets the same successor.
            tokens.append(token)

    return call


def _to_keep(subjects: Subjects) -> list[str]:
    """Tokens that nobody revokes."""
    return subjects.access_tokens[: len(subjects.access_tokens) // 2]


def _client(subjects: Subjects) -> ClientAuthentication:
    return ClientAuthentication(client_id=subjects.client_id, client_secret_basic=subjects.client_secret)
