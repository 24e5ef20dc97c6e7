"""`authplane.auth.v1.AuthService`: messages in, one use-case, messages out."""

from dataclasses import dataclass

import grpc

from authplane.auth.v1 import auth_pb2, auth_pb2_grpc
from services.auth import wire
from services.auth.authorize import Authorizer
from services.auth.end_sessions import SessionEnder
from services.auth.list_sessions import SessionLister
from services.auth.login_limits import LimitedLogin
from services.auth.logout import Logout
from services.auth.userinfo import UserInfo
from services.auth.validate_session import SessionValidator
from shared.cache.recording import current
from shared.errors import InvalidRequest
from shared.rpc.basis import basis_message
from shared.rpc.client_address import client_address
from shared.store.access import StoreAccess


@dataclass(frozen=True, slots=True)
class AuthUseCases:
    """What the service can do."""

    login: LimitedLogin
    authorizer: Authorizer
    validator: SessionValidator
    userinfo: UserInfo
    logout: Logout
    lister: SessionLister
    ender: SessionEnder
    access: StoreAccess


class AuthServicer(auth_pb2_grpc.AuthServiceServicer):
    """Translates; errors go up to the boundary."""

    def __init__(self, use_cases: AuthUseCases) -> None:
        self._do = use_cases

    def Login(self, request: auth_pb2.LoginRequest, context: grpc.ServicerContext) -> auth_pb2.LoginResponse:
        address = client_address(context)
        begun = self._do.login.log_in(request.username, request.password, request.previous_session_handle, address)
        return auth_pb2.LoginResponse(
            session_handle=begun.handle,
            session=wire.session_message(begun.session),
            store_version=current().store_version,
            invalidated=current().invalidated,
        )

    def Authorize(
        self, request: auth_pb2.AuthorizeRequest, context: grpc.ServicerContext
    ) -> auth_pb2.AuthorizeResponse:
        return wire.authorize_response(self._do.authorizer.authorize(wire.authorization_attempt(request)))

    def ValidateSession(
        self, request: auth_pb2.ValidateSessionRequest, context: grpc.ServicerContext
    ) -> auth_pb2.ValidateSessionResponse:
        self._do.access.reach(request.min_store_version)
        session = self._do.validator.validate(request.session_handle)
        return wire.validation_response(session, current().basis)

    def GetUserInfo(
        self, request: auth_pb2.GetUserInfoRequest, context: grpc.ServicerContext
    ) -> auth_pb2.GetUserInfoResponse:
        self._do.access.reach(request.min_store_version)
        claims = self._do.userinfo.claims(request.access_token)
        response = auth_pb2.GetUserInfoResponse(basis=basis_message(current().basis))
        response.claims.update(claims)
        return response

    def Logout(self, request: auth_pb2.LogoutRequest, context: grpc.ServicerContext) -> auth_pb2.LogoutResponse:
        outcome = self._do.logout.log_out(wire.logout_attempt(request))
        return wire.logout_response(outcome, self._do.access.as_of(), current().invalidated)

    def ListSessions(
        self, request: auth_pb2.ListSessionsRequest, context: grpc.ServicerContext
    ) -> auth_pb2.ListSessionsResponse:
        sessions = self._do.lister.list(request.user_id)
        return auth_pb2.ListSessionsResponse(sessions=map(wire.session_message, sessions))

    def EndSessions(
        self, request: auth_pb2.EndSessionsRequest, context: grpc.ServicerContext
    ) -> auth_pb2.EndSessionsResponse:
        ended = self._end(request)
        return auth_pb2.EndSessionsResponse(
            ended=ended, store_version=self._do.access.as_of(), invalidated=current().invalidated
        )

    def _end(self, request: auth_pb2.EndSessionsRequest) -> int:
        match request.WhichOneof("which"):
            case "session_id":
                return self._do.ender.end(request.session_id)
            case "user_id":
                return self._do.ender.end_all_of(request.user_id)
        raise InvalidRequest("name session_id or user_id")
