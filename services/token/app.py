"""Composition root of the token service: a recipe."""

import math
from collections.abc import Iterator
from contextlib import contextmanager

from authplane.token.v1 import client_admin_pb2_grpc, key_admin_pb2_grpc, token_pb2, token_pb2_grpc
from services.token.administer_clients import ClientAdministrator
from services.token.authenticate_client import ClientAuthentication, ClientAuthenticator
from services.token.callers import CallerIdentifier
from services.token.client_admin_servicer import ClientAdminServicer
from services.token.client_assertion import ClientAssertionVerifier
from services.token.client_credentials import ClientCredentialsGranter
from services.token.client_limits import GuardedClients, MeasuredClients
from services.token.counted_rotations import CountedRotations
from services.token.introspect import Introspector
from services.token.issue import TokenIssuer, TokenLifetimes
from services.token.kept_batches import KeptBatches
from services.token.key_admin_servicer import KeyAdminServicer
from services.token.redeem_code import CodeRedeemer
from services.token.refresh_token import RefreshTokenRotator
from services.token.register_client import ClientRegistrar
from services.token.revoke import Revoker
from services.token.rotate_keys import KeyRotator, KeySchedule
from services.token.servicer import TokenServicer, TokenUseCases
from services.token.settings import TokenSettings
from services.token.sweeping import running_sweeper
from services.token.watch_invalidations import InvalidationWatch
from shared.background import BackgroundThread
from shared.handles import HandleCodec
from shared.overload.lane_limits import LaneName
from shared.overload.rate_limit import RateLimit
from shared.rpc.kept import KeptReplies
from shared.rpc.server import RpcServer, RpcService
from shared.runtime import Runtime
from shared.store.access import StoreAccess
from shared.telemetry.grants import GrantMetrics
from shared.telemetry.sweeper import SweeperCollector
from shared.tokens.access_token import AccessTokenVerifier
from shared.tokens.keyring import KeyRing
from shared.tokens.sealing import KeySealer

_BURST_SECONDS = 2.0


@contextmanager
def token_server(settings: TokenSettings, access: StoreAccess, runtime: Runtime) -> Iterator[RpcServer]:
    """The token service on a store, serving while the context is open. Makes the first signing keys if there are none.

    Raises:
        OSError: Its address cannot be had.
    """
    store, caches = access.store, access.caches
    clock, random_bytes, logger = runtime.clock, runtime.random_bytes, runtime.logger.bind(service="token")
    events = runtime.events.of("token")
    handles = HandleCodec(settings.derived_keys("handles"))
    sealer = KeySealer(settings.derived_keys("key sealing"))
    keyring = KeyRing(store, sealer, clock)
    longest_token = max(settings.access_token_ttl, settings.id_token_ttl)
    rotator = KeyRotator(store, sealer, KeySchedule(settings.key_overlap_seconds, longest_token), clock, events)
    rotator.ensure()

    endpoint = f"{settings.issuer}/auth/token"
    assertions = ClientAssertionVerifier(store, [settings.issuer, endpoint], clock)
    clients = _guarded(ClientAuthenticator(store, assertions), settings, runtime)
    callers = CallerIdentifier(clients)
    askers = _measured(clients, settings, runtime)
    verifier = AccessTokenVerifier(keyring, settings.issuer, store, caches)
    lifetimes = TokenLifetimes(settings.access_token_ttl, settings.id_token_ttl, settings.refresh_token_ttl)
    issuer = TokenIssuer(keyring, settings.issuer, store, clock, random_bytes, lifetimes)

    grants = GrantMetrics(runtime.registry)
    rotations = CountedRotations(store, grants.refreshed)
    watch = InvalidationWatch(caches.view)
    use_cases = TokenUseCases(
        redeemer=CodeRedeemer(askers, store, handles, issuer, lifetimes, clock, random_bytes, events),
        rotator=RefreshTokenRotator(askers, rotations, handles, issuer, settings.refresh_grace_seconds, clock, events),
        granter=ClientCredentialsGranter(askers, issuer),
        introspector=Introspector(callers, verifier, store, store, handles, settings.issuer, caches),
        revoker=Revoker(callers, verifier, store, store, handles, clock, events),
        keyring=keyring,
        access=access,
        watch=watch,
        issued=grants.issued,
    )
    registrar = ClientRegistrar(store, clock, random_bytes, events)
    client_admin = ClientAdminServicer(registrar, ClientAdministrator(store, clock, events), access)
    key_admin = KeyAdminServicer(store, keyring, rotator)
    introspections = KeptReplies(
        caches.make("introspection_replies"), token_pb2.IntrospectResponse, clock, is_no=lambda reply: not reply.active
    )
    services = [
        RpcService(
            "authplane.token.v1.TokenService",
            lambda server: token_pb2_grpc.add_TokenServiceServicer_to_server(TokenServicer(use_cases), server),
            {
                "Introspect": LaneName.MEMORY,
                "BatchIntrospect": LaneName.MEMORY,
                "GetJwks": LaneName.MEMORY,
                "SyncInvalidations": LaneName.MEMORY,
                "WatchInvalidations": LaneName.MEMORY,
                "Revoke": LaneName.REVOCATION,
            },
            background=frozenset({"SyncInvalidations", "WatchInvalidations"}),
            keepers={
                "Introspect": introspections,
                "BatchIntrospect": KeptBatches(introspections, clock),
                "GetJwks": KeptReplies(caches.make("key_set_replies"), token_pb2.GetJwksResponse, clock),
            },
        ),
        RpcService(
            "authplane.token.v1.ClientAdminService",
            lambda server: client_admin_pb2_grpc.add_ClientAdminServiceServicer_to_server(client_admin, server),
        ),
        RpcService(
            "authplane.token.v1.KeyAdminService",
            lambda server: key_admin_pb2_grpc.add_KeyAdminServiceServicer_to_server(key_admin, server),
        ),
    ]
    address = f"{settings.token_host}:{settings.token_port}"
    runtime.registry.register(SweeperCollector(access.sweeping.state))
    with (
        running_sweeper(settings, access.sweeping, access.pending, clock, random_bytes, logger),
        BackgroundThread("watch", watch.run, logger),
        RpcServer("token", address, services, runtime, settings, watch.close, access.checks()) as server,
    ):
        yield server


def _guarded(clients: ClientAuthentication, settings: TokenSettings, runtime: Runtime) -> ClientAuthentication:
    def limit(name: str, times: int) -> RateLimit:
        message = "client authentication has failed too often; try again later"
        return runtime.limit(name, times, settings.client_failures_seconds, message)

    return GuardedClients(
        clients,
        limit("client_failures_per_client_and_address", settings.client_failures_per_client_and_address),
        limit("client_failures_per_address", settings.client_failures_per_address),
    )


def _measured(clients: ClientAuthentication, settings: TokenSettings, runtime: Runtime) -> ClientAuthentication:
    burst = max(1, math.ceil(settings.client_requests_per_second * _BURST_SECONDS))
    message = "the client has asked for tokens too often; try again later"
    return MeasuredClients(clients, runtime.limit("client_requests_per_second", burst, _BURST_SECONDS, message))
