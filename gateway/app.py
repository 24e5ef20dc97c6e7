"""Composition root of the gateway: a recipe."""

import ipaddress
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from urllib.parse import urlsplit

from starlette.types import ASGIApp

from authplane.auth.v1.auth_pb2_grpc import AuthServiceStub
from authplane.token.v1.token_pb2_grpc import TokenServiceStub
from gateway import paths
from gateway.addresses import ClientAddresses
from gateway.arrivals import Arrivals
from gateway.assets import AssetEndpoint
from gateway.authorization import Authorization
from gateway.authorize import AuthorizationEndpoint
from gateway.channels import channels
from gateway.connection import ConnectionLimits, OpenConnections
from gateway.consent import ConsentPage
from gateway.cookies import Cookies
from gateway.cross_origin import CrossOrigin
from gateway.discovery import DiscoveryEndpoint
from gateway.endpoint import Endpoint, Handler
from gateway.html import Html
from gateway.http_metrics import HttpMetrics
from gateway.https import protection_of
from gateway.introspect import IntrospectionEndpoint
from gateway.jwks import JwksEndpoint
from gateway.kept import KeptAnswers, KeptResponse
from gateway.login import LoginPage
from gateway.logout import LogoutPage
from gateway.observation import Observed, RequestIds
from gateway.pages import Pages
from gateway.parameters import ParameterReader
from gateway.paths import Paths
from gateway.problems import ProblemForm, bearer_challenge, oauth_json, problem_details
from gateway.revoke import RevocationEndpoint
from gateway.room import Room, RoomMetrics
from gateway.routes import route_of, router
from gateway.rpc import Rpc
from gateway.security_headers import SecurityHeaders
from gateway.server import GatewayServer
from gateway.settings import GatewaySettings
from gateway.tickets import Tickets
from gateway.token import TokenEndpoint
from gateway.traces import traced
from gateway.userinfo import UserInfoEndpoint
from shared.cache.cache import Bounds, Cache
from shared.cache.caches import Caches
from shared.cache.view import View
from shared.clock import Clock
from shared.rpc.feed import AsyncRpcFeed
from shared.rpc.tls import CallerTls
from shared.runtime import Runtime

_UNREAD_BYTES = 1024 * 1024
_PIPELINED_REQUESTS = 16


def gateway_caches(settings: GatewaySettings, clock: Clock) -> Caches:
    """What a gateway keeps of the services' answers."""
    view = View(settings.cache_log_tags, settings.max_staleness_seconds, clock)
    bounds = Bounds(settings.cache_entries, settings.cache_bytes, settings.cache_seconds)
    return Caches(view, clock, bounds, settings.cache_no_seconds)


def gateway_server(settings: GatewaySettings, runtime: Runtime, caches: Caches) -> GatewayServer:
    """The gateway to the two services, ready to be entered.

    Raises:
        PageError: A template is broken or missing.
    """
    pages = Pages(settings.template_directory, Paths(settings.issuer))
    pages.verify()
    limits = ConnectionLimits(
        head_bytes=settings.max_header_bytes,
        head_fields=settings.max_header_fields,
        message_bytes=settings.max_header_bytes + settings.max_body_bytes + _UNREAD_BYTES,
        pipelined_requests=_PIPELINED_REQUESTS,
        request_seconds=settings.request_timeout_seconds,
    )
    connections = OpenConnections(settings.max_connections, runtime.registry)
    room = Room(settings.max_concurrent_requests, settings.address_share, RoomMetrics(runtime.registry))
    protection = protection_of(settings.tls_files)
    runtime.reloads.append(protection.reload)
    return GatewayServer(
        settings.gateway_host,
        settings.gateway_port,
        partial(_application, settings, runtime, caches, pages, HttpMetrics(runtime.registry, runtime.requests), room),
        limits,
        connections,
        settings.drain_seconds,
        settings.keep_alive_seconds,
        protection,
        runtime.shares_port,
    )


@asynccontextmanager
async def _application(
    settings: GatewaySettings, runtime: Runtime, caches: Caches, pages: Pages, metrics: HttpMetrics, room: Room
) -> AsyncIterator[ASGIApp]:
    https = urlsplit(settings.issuer).scheme == "https"
    at = Paths(settings.issuer)
    html = Html(pages)
    reader = ParameterReader(settings.max_body_bytes, settings.max_fields)
    rpc = Rpc(room, caches)
    cookies = Cookies(https, runtime.random_bytes)
    tickets = Tickets(settings.derived_keys("gateway forms"), settings.ticket_ttl, runtime.clock)
    logger = runtime.logger.bind(service="gateway")

    def endpoint(form: ProblemForm, handlers: Mapping[str, Handler]) -> Endpoint:
        return Endpoint(handlers, form, logger)

    caller = CallerTls(settings.rpc_tls_ca, settings.rpc_tls_certificate, settings.rpc_tls_key).credentials()
    async with (
        channels(settings.auth_target, caller) as auth_channel,
        channels(settings.token_target, caller) as channel,
    ):
        auth, tokens = AuthServiceStub(auth_channel), TokenServiceStub(channel)
        kept: dict[str, Cache[KeptResponse]] = {
            at(paths.INTROSPECT): caches.make("introspections"),
            at(paths.USERINFO): caches.make("userinfos"),
            at(paths.JWKS): caches.make("key_sets"),
        }
        authorization = Authorization(auth, rpc, tickets, cookies, html, at)
        authorize = AuthorizationEndpoint(authorization, cookies, reader)
        login = LoginPage(auth, rpc, authorization, tickets, cookies, html, reader)
        consent = ConsentPage(authorization, tickets, cookies, html, reader)
        logout = LogoutPage(auth, rpc, tickets, cookies, html, reader)
        userinfo = UserInfoEndpoint(auth, rpc, reader)
        discovery = endpoint(problem_details, {"GET": DiscoveryEndpoint(settings.issuer).get})
        open_to_scripts = {
            at(paths.TOKEN): endpoint(oauth_json, {"POST": TokenEndpoint(tokens, rpc, reader).post}),
            at(paths.REVOKE): endpoint(oauth_json, {"POST": RevocationEndpoint(tokens, rpc, reader).post}),
            at(paths.USERINFO): endpoint(bearer_challenge, {"GET": userinfo.get, "POST": userinfo.post}),
            at(paths.JWKS): endpoint(problem_details, {"GET": JwksEndpoint(tokens, rpc).get}),
            **dict.fromkeys(at.well_known("openid-configuration"), discovery),
            **dict.fromkeys(at.well_known("oauth-authorization-server"), discovery),
        }
        endpoints = {
            **open_to_scripts,
            at(paths.INTROSPECT): endpoint(oauth_json, {"POST": IntrospectionEndpoint(tokens, rpc, reader).post}),
            at(paths.AUTHORIZE): endpoint(html.problem, {"GET": authorize.get, "POST": authorize.post}),
            at(paths.LOGIN): endpoint(html.problem, {"GET": login.get, "POST": login.post}),
            at(paths.CONSENT): endpoint(html.problem, {"GET": consent.get, "POST": consent.post}),
            at(paths.LOGOUT): endpoint(html.problem, {"GET": logout.get, "POST": logout.post}),
            at(paths.ASSETS): endpoint(problem_details, {"GET": AssetEndpoint(pages).get}),
        }
        for path, each in endpoints.items():
            metrics.expect(path, each.methods)
        routed = router(endpoints)
        secured = SecurityHeaders(CrossOrigin(routed, open_to_scripts), https)
        feed = AsyncRpcFeed(caches.view, tokens, runtime.clock, settings.feed_poll_seconds)
        feed.start()
        request_ids = RequestIds(runtime.random_bytes)
        addresses = ClientAddresses([ipaddress.ip_network(network) for network in settings.trusted_proxies])
        arrivals = Arrivals(secured, addresses, settings.request_deadline_seconds, runtime.clock)
        observed = Observed(arrivals, route_of, metrics, request_ids, runtime.clock)
        yield traced(KeptAnswers(observed, kept, metrics, request_ids, runtime.clock), runtime.tracer)
        await feed.stop()
