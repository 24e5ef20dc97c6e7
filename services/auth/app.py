"""Composition root of the auth service: a recipe."""

import argon2
from prometheus_client import Histogram

from authplane.auth.v1 import auth_pb2, auth_pb2_grpc, user_admin_pb2_grpc
from services.auth.authorize import Authorizer
from services.auth.consent import ConsentKeeper
from services.auth.create_user import UserCreator
from services.auth.disable_user import UserDisabler
from services.auth.enable_user import UserEnabler
from services.auth.end_sessions import SessionEnder
from services.auth.get_user import UserFinder
from services.auth.issue_code import CodeIssuer
from services.auth.list_sessions import SessionLister
from services.auth.list_users import UserLister
from services.auth.login import PasswordLogin
from services.auth.login_limits import LimitedLogin, LoginLimits
from services.auth.logout import Logout
from services.auth.passwords import PasswordHasher
from services.auth.servicer import AuthServicer, AuthUseCases
from services.auth.session_handles import SessionHandles
from services.auth.set_password import PasswordSetter
from services.auth.settings import AuthSettings
from services.auth.update_user import UserUpdater
from services.auth.user_admin_servicer import UserAdminServicer, UserUseCases
from services.auth.userinfo import UserInfo
from services.auth.validate_session import SessionValidator
from shared.errors import InvalidToken
from shared.handles import HandleCodec
from shared.overload.lane_limits import LaneName
from shared.overload.rate_limit import RateLimit
from shared.rpc.kept import KeptReplies
from shared.rpc.server import RpcServer, RpcService
from shared.runtime import Runtime
from shared.store.access import StoreAccess
from shared.telemetry.buckets import BUCKETS
from shared.tokens.access_token import AccessTokenVerifier
from shared.tokens.id_token import IdTokenHintVerifier
from shared.tokens.keyring import KeyRing
from shared.tokens.sealing import KeySealer


def auth_server(settings: AuthSettings, access: StoreAccess, runtime: Runtime) -> RpcServer:
    """The auth service on a store, ready to be entered."""
    store, caches = access.store, access.caches
    clock, random_bytes, events = runtime.clock, runtime.random_bytes, runtime.events.of("auth")
    codec = HandleCodec(settings.derived_keys("handles"))
    keyring = KeyRing(store, KeySealer(settings.derived_keys("key sealing")), clock)
    access_tokens = AccessTokenVerifier(keyring, settings.issuer, store, caches)
    hints = IdTokenHintVerifier(keyring, settings.issuer)

    argon2id = argon2.PasswordHasher(
        time_cost=settings.argon2_time_cost,
        memory_cost=settings.argon2_memory_kib,
        parallelism=settings.argon2_parallelism,
    )
    hashing = Histogram(
        "authplane_password_hash_seconds",
        "Seconds that one password hash took, to make or to check.",
        buckets=BUCKETS,
        registry=runtime.registry,
    )
    passwords = PasswordHasher(argon2id, random_bytes, hashing.time)
    handles = SessionHandles(codec, random_bytes)
    validator = SessionValidator(store, handles, clock)
    finder = UserFinder(store)

    use_cases = AuthUseCases(
        login=LimitedLogin(
            PasswordLogin(store, store, passwords, handles, clock, events, settings.session_ttl),
            _login_limits(settings, runtime),
        ),
        authorizer=Authorizer(
            store,
            store,
            validator,
            hints,
            ConsentKeeper(store, clock),
            CodeIssuer(store, codec, clock, random_bytes, settings.code_ttl),
            clock,
            settings.issuer,
        ),
        validator=validator,
        userinfo=UserInfo(store, access_tokens),
        logout=Logout(store, store, validator, hints, clock, events),
        lister=SessionLister(store, finder, clock),
        ender=SessionEnder(store, finder, clock, events),
        access=access,
    )
    user_use_cases = UserUseCases(
        creator=UserCreator(store, passwords, clock, random_bytes, events),
        finder=finder,
        lister=UserLister(store),
        updater=UserUpdater(store, finder, clock, events),
        password_setter=PasswordSetter(store, finder, passwords, clock, events),
        disabler=UserDisabler(store, finder, clock, events),
        enabler=UserEnabler(store, finder, events),
        access=access,
    )
    services = [
        RpcService(
            "authplane.auth.v1.AuthService",
            lambda server: auth_pb2_grpc.add_AuthServiceServicer_to_server(AuthServicer(use_cases), server),
            {
                "Login": LaneName.HASH,
                "ValidateSession": LaneName.MEMORY,
                "GetUserInfo": LaneName.MEMORY,
                "Logout": LaneName.REVOCATION,
                "EndSessions": LaneName.REVOCATION,
            },
            keepers={
                "ValidateSession": KeptReplies(
                    caches.make("session_replies"),
                    auth_pb2.ValidateSessionResponse,
                    clock,
                    is_no=lambda reply: not reply.active,
                ),
                "GetUserInfo": KeptReplies(
                    caches.make("userinfo_replies"), auth_pb2.GetUserInfoResponse, clock, refusal=InvalidToken
                ),
            },
        ),
        RpcService(
            "authplane.auth.v1.UserAdminService",
            lambda server: user_admin_pb2_grpc.add_UserAdminServiceServicer_to_server(
                UserAdminServicer(user_use_cases), server
            ),
            {"CreateUser": LaneName.HASH, "SetPassword": LaneName.HASH, "DisableUser": LaneName.REVOCATION},
        ),
    ]
    address = f"{settings.auth_host}:{settings.auth_port}"
    return RpcServer("auth", address, services, runtime, settings, checks=access.checks())


def _login_limits(settings: AuthSettings, runtime: Runtime) -> LoginLimits:
    def limit(name: str, times: int) -> RateLimit:
        return runtime.limit(name, times, settings.login_failures_seconds, "too many failed logins; try again later")

    return LoginLimits(
        limit("login_failures_per_user_and_address", settings.login_failures_per_user_and_address),
        limit("login_failures_per_address", settings.login_failures_per_address),
        limit("login_failures_per_user", settings.login_failures_per_user),
    )
