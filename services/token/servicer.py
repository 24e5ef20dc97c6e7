"""`authplane.token.v1.TokenService`: messages in, one use-case, messages out."""

from collections.abc import Callable
from dataclasses import dataclass

import grpc

from authplane.token.v1 import token_pb2, token_pb2_grpc
from services.token import wire
from services.token.client_credentials import ClientCredentialsGranter
from services.token.introspect import Introspector
from services.token.redeem_code import CodeRedeemer
from services.token.refresh_token import RefreshTokenRotator
from services.token.revoke import Revoker
from services.token.sync_invalidations import sync_invalidations
from services.token.watch_invalidations import InvalidationWatch, Subscriber
from shared.cache.recording import current
from shared.rpc.basis import basis_message, position_of
from shared.rpc.client_address import client_address
from shared.store.access import StoreAccess
from shared.tokens.keyring import KeyRing


@dataclass(frozen=True, slots=True)
class TokenUseCases:
    """What the service can do.

    Attributes:
        issued: Told the grant type of each token response.
    """

    redeemer: CodeRedeemer
    rotator: RefreshTokenRotator
    granter: ClientCredentialsGranter
    introspector: Introspector
    revoker: Revoker
    keyring: KeyRing
    access: StoreAccess
    watch: InvalidationWatch
    issued: Callable[[str], None]


class TokenServicer(token_pb2_grpc.TokenServiceServicer):
    """Translates; errors go up to the boundary."""

    def __init__(self, use_cases: TokenUseCases) -> None:
        self._do = use_cases

    def RedeemCode(
        self, request: token_pb2.RedeemCodeRequest, context: grpc.ServicerContext
    ) -> token_pb2.RedeemCodeResponse:
        client = wire.presented_client(request, client_address(context))
        tokens = self._do.redeemer.redeem(client, request.code, request.redirect_uri, request.code_verifier)
        self._do.issued("authorization_code")
        return token_pb2.RedeemCodeResponse(tokens=wire.tokens_message(tokens))

    def RefreshToken(
        self, request: token_pb2.RefreshTokenRequest, context: grpc.ServicerContext
    ) -> token_pb2.RefreshTokenResponse:
        client = wire.presented_client(request, client_address(context))
        tokens = self._do.rotator.rotate(client, request.refresh_token, request.scope)
        self._do.issued("refresh_token")
        return token_pb2.RefreshTokenResponse(tokens=wire.tokens_message(tokens))

    def ClientCredentials(
        self, request: token_pb2.ClientCredentialsRequest, context: grpc.ServicerContext
    ) -> token_pb2.ClientCredentialsResponse:
        tokens = self._do.granter.grant(wire.presented_client(request, client_address(context)), request.scope)
        self._do.issued("client_credentials")
        return token_pb2.ClientCredentialsResponse(tokens=wire.tokens_message(tokens))

    def Introspect(
        self, request: token_pb2.IntrospectRequest, context: grpc.ServicerContext
    ) -> token_pb2.IntrospectResponse:
        self._do.access.reach(request.min_store_version)
        (answer,) = self._do.introspector.introspect(
            wire.presented_caller(request, client_address(context)), [request.token]
        )
        return wire.introspection_message(answer)

    def BatchIntrospect(
        self, request: token_pb2.BatchIntrospectRequest, context: grpc.ServicerContext
    ) -> token_pb2.BatchIntrospectResponse:
        self._do.access.reach(request.min_store_version)
        answers = self._do.introspector.introspect(
            wire.presented_caller(request, client_address(context)), request.tokens
        )
        return token_pb2.BatchIntrospectResponse(responses=map(wire.introspection_message, answers))

    def Revoke(self, request: token_pb2.RevokeRequest, context: grpc.ServicerContext) -> token_pb2.RevokeResponse:
        self._do.revoker.revoke(wire.presented_caller(request, client_address(context)), request.token)
        return token_pb2.RevokeResponse(store_version=self._do.access.as_of(), invalidated=current().invalidated)

    def GetJwks(self, request: token_pb2.GetJwksRequest, context: grpc.ServicerContext) -> token_pb2.GetJwksResponse:
        jwks = self._do.keyring.jwks()
        response = token_pb2.GetJwksResponse(basis=basis_message(current().basis))
        response.jwks.update(jwks)
        return response

    def SyncInvalidations(
        self, request: token_pb2.SyncInvalidationsRequest, context: grpc.ServicerContext
    ) -> token_pb2.SyncInvalidationsResponse:
        since = position_of(request.since) if request.HasField("since") else None
        return wire.sync_response(sync_invalidations(self._do.access.caches.view, since, request.limit))

    def WatchInvalidations(  # type: ignore[override]  # grpcio calls a non-blocking method with a way to answer.
        self,
        request: token_pb2.WatchInvalidationsRequest,
        context: grpc.ServicerContext,
        send: Callable[[token_pb2.WatchInvalidationsResponse | None], None],
    ) -> None:
        subscriber = Subscriber(
            tell=lambda version: send(token_pb2.WatchInvalidationsResponse(version=version)), end=lambda: send(None)
        )
        if context.add_callback(lambda: self._do.watch.unsubscribe(subscriber)):
            self._do.watch.subscribe(subscriber)

    # No thread waits for the next event.
    WatchInvalidations.experimental_non_blocking = True  # type: ignore[attr-defined]  # grpcio reads it from functions.
