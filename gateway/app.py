"""Composition root of the gateway: a recipe."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from authplane.auth.v1.auth_pb2_grpc import AuthServiceStub
from authplane.token.v1.token_pb2_grpc import TokenServiceStub
from starlette.types import ASGIApp

from gateway import paths
from gateway.authorization import Authorization
from gateway.authorize import AuthorizationEndpoint
from gateway.connection import ConnectionLimits
from gateway.consent import ConsentPage
from gateway.cookies import Cookies
from gateway.cross_origin import CrossOrigin
from gateway.discovery import DiscoveryEndpoint
from gateway.endpoint import Endpoint
from gateway.html import Html
from gateway.introspect import IntrospectionEndpoint
from gateway.jwks import JwksEndpoint
from gateway.login import LoginPage
from gateway.logout import LogoutPage
from gateway.observation import HttpMetrics, Observed
from gateway.pages import Pages
from gateway.parameters import ParameterReader
from gateway.paths import Paths
from gateway.problems import bearer_challenge, oauth_json, problem_details
from gateway.revoke import RevocationEndpoint
from gateway.routes import not_found, route_of, router
from gateway.rpc import Rpc
from gateway.security_headers import SecurityHeaders
from gateway.server import GatewayServer
from gateway.settings import GatewaySettings
from gateway.tickets import Tickets
from gateway.token import TokenEndpoint
from gateway.userinfo import UserInfoEndpoint
from shared.rpc.channel import async_channel
from shared.runtime import Runtime
