"""The auth service and the token service on one store, over real sockets."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import grpc
import pytest
import structlog
from google.protobuf.message import Message
from google.protobuf.struct_pb2 import Struct
from prometheus_client import CollectorRegistry
from structlog.testing import LogCapture

from authplane.auth.v1 import auth_pb2, auth_pb2_grpc
from authplane.auth.v1 import user_admin_pb2 as admin_pb2
from authplane.auth.v1 import user_admin_pb2_grpc as admin_grpc
from authplane.token.v1 import client_admin_pb2_grpc, key_admin_pb2_grpc, token_pb2, token_pb2_grpc
from services.auth.app import auth_server
from services.auth.settings import AuthSettings
from services.token.app import token_server
from services.token.settings import TokenSettings
from shared.clock import ManualClock
from shared.records import Client
from shared.rpc.channel import sync_channel
from shared.rpc.failure import RpcFailure, failure_of
from shared.runtime import make_runtime
from shared.store.access import StoreAccess

Answer = TypeVar("Answer", bound=Message)

START = 1_700_000_000.0
PASSWORD = "correct horse battery staple"
CALLBACK = "https://app.example.com/callback"
REQUEST = {
    "client_id": "web",
    "redirect_uri": CALLBACK,
    "response_type": "code",
    "scope": "openid profile",
    "state": "xyz",
    "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    "code_challenge_method": "S256",
}
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
"""The verifier of that challenge (RFC 7636 appendix B)."""

WEB = Client(
    client_id="web",
    client_name="Web shop",
    token_endpoint_auth_method="none",
    secret_hash="",
    jwks={},
    redirect_uris=(CALLBACK,),
    post_logout_redirect_uris=("https://app.example.com/bye",),
    grant_types=("authorization_code",),
    scopes=("openid", "profile"),
    id_token_signed_response_alg="RS256",
    require_pkce=True,
    consent="ask",
    introspect="own",
    audiences=(),
    disabled=False,
    epoch=0,
    created_at=START,
)


@dataclass(frozen=True)
class AuthPlane:
    """Stubs of the services, and what the services run on."""

    auth: auth_pb2_grpc.AuthServiceStub
    users: admin_grpc.UserAdminServiceStub
    tokens: token_pb2_grpc.TokenServiceStub
    clients: client_admin_pb2_grpc.ClientAdminServiceStub
    keys: key_admin_pb2_grpc.KeyAdminServiceStub
    clock: ManualClock
    log: LogCapture

    def create_ada(self) -> admin_pb2.User:
        claims = struct(email="Ada@Example.com", name="Ada Lovelace", address={"country": "GB"})
        return self.users.CreateUser(admin_pb2.CreateUserRequest(username="ada", password=PASSWORD, claims=claims)).user

    def log_in(self, previous: str = "") -> auth_pb2.LoginResponse:
        return self.auth.Login(
            auth_pb2.LoginRequest(username="ADA", password=PASSWORD, previous_session_handle=previous)
        )

    def tokens_for(self, handle: str, **parameters: str) -> token_pb2.Tokens:
        """What the client gets once the user has agreed."""
        decision = auth_pb2.CONSENT_DECISION_GRANTED
        answer = self.authorize(handle, parameters=REQUEST | parameters, consent_decision=decision)
        redemption = token_pb2.RedeemCodeRequest(
            code=answer.response.parameters[0].value,
            redirect_uri=CALLBACK,
            code_verifier=VERIFIER,
            client=token_pb2.ClientAuthentication(client_id="web"),
        )
        return self.tokens.RedeemCode(redemption).tokens

    def authorize(self, handle: str = "", **fields: Any) -> auth_pb2.AuthorizeResponse:
        return self.auth.Authorize(auth_pb2.AuthorizeRequest(session_handle=handle, **{"parameters": REQUEST} | fields))


def told(answer: Answer) -> Answer:
    """An answer without what it rests on and what it has invalidated."""
    bare = type(answer)()
    bare.CopyFrom(answer)
    for name in {"basis", "store_version", "invalidated"}.intersection(bare.DESCRIPTOR.fields_by_name):
        bare.ClearField(name)
    return bare


@contextmanager
def auth_plane(access: StoreAccess) -> Iterator[AuthPlane]:
    """Serves until the context ends."""
    log, registry = LogCapture(), CollectorRegistry()
    clock = cast(ManualClock, access.caches.clock)
    logger = structlog.wrap_logger(structlog.PrintLogger(), processors=[log])
    runtime = make_runtime(clock, os.urandom, registry, logger)
    settings = AuthSettings(issuer="https://id.example.com", secret="s" * 32, auth_port=0)
    access.store.insert_client(WEB)
    tokens = TokenSettings(issuer=settings.issuer, secret=settings.secret, token_port=0)
    with (
        auth_server(settings, access, runtime) as server,
        token_server(tokens, access, runtime) as token,
        sync_channel(f"127.0.0.1:{server.port}") as channel,
        sync_channel(f"127.0.0.1:{token.port}") as token_channel,
    ):
        yield AuthPlane(
            auth_pb2_grpc.AuthServiceStub(channel),
            admin_grpc.UserAdminServiceStub(channel),
            token_pb2_grpc.TokenServiceStub(token_channel),
            client_admin_pb2_grpc.ClientAdminServiceStub(token_channel),
            key_admin_pb2_grpc.KeyAdminServiceStub(token_channel),
            clock,
            log,
        )


def struct(**members: Any) -> Struct:
    message = Struct()
    message.update(members)
    return message


def failure(call: Callable[[], object]) -> RpcFailure:
    with pytest.raises(grpc.RpcError) as caught:
        call()
    return failure_of(caught.value)
