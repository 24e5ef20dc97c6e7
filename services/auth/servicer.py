"""`authplane.auth.v1.AuthService`: messages in, one use-case, messages out."""

from dataclasses import dataclass

import grpc

from authplane.auth.v1 import auth_pb2, auth_pb2_grpc
from services.auth import wire
from services.auth.authorize import Authorizer
from services.auth.end_sessions import SessionEnder
from services.auth.list_sessions import SessionLister
from services.auth.login import PasswordLogin
from services.auth.logout import Logout
from services.auth.userinfo import UserInfo
from services.auth.validate_session import SessionValidator
from shared.errors import InvalidRequest


@dataclass(frozen=True, slots=True)
class AuthUseCases:
    """What the service can do."""

    login: PasswordLogin
    authorizer: Authorizer
    validator: SessionValidator
    userinfo: UserInfo
    logout: Logout
    lister: SessionLister
    ender: SessionEnder


class AuthServicer(auth_pb2_grpc.AuthServiceServicer):
    """Translates; errors go up to the boundary."""

    def __init__(self, use_cases: AuthUseCases) -> None:
        self._do = use_cases

    def Login(self, request: auth_pb2.LoginRequest, context: grpc.ServicerContext) -> auth_pb2.LoginResponse:
        begun = self._do.login.log_in(request.username, request.password, request.previous_session_handle)
        return auth_pb2.LoginResponse(session_handle=begun.handle, session=wire.session_message(begun.session))

    def Authorize(
        self, request: auth_pb2.AuthorizeRequest, context: grpc.ServicerContext
    ) -> auth_pb2.AuthorizeResponse:
        return wire.authorize_response(self._do.authorizer.authorize(wire.authorization_attempt(request)))

    def ValidateSession(
        self, request: auth_pb2.ValidateSessionRequest, context: grpc.ServicerContext
    ) -> auth_pb2.ValidateSessionResponse:
        session = self._do.validator.validate(request.session_handle)
        if session is None:
            return auth_pb2.ValidateSessionResponse(active=False)
        return auth_pb2.ValidateSessionResponse(active=True, session=wire.session_message(session))

    def GetUserInfo(
        self, request: auth_pb2.GetUserInfoRequest, context: grpc.ServicerContext
    ) -> auth_pb2.GetUserInfoResponse:
        response = auth_pb2.GetUserInfoResponse()
        response.claims.update(self._do.userinfo.claims(request.access_token))
        return response

    def Logout(self, request: auth_pb2.LogoutRequest, context: grpc.ServicerContext) -> auth_pb2.LogoutResponse:
        return wire.logout_response(self._do.logout.log_out(wire.logout_attempt(request)))

    def ListSessions(
        self, request: auth_pb2.ListSessionsRequest, context: grpc.ServicerContext
    ) -> auth_pb2.ListSessionsResponse:
        sessions = self._do.lister.list(request.user_id)
        return auth_pb2.ListSessionsResponse(sessions=map(wire.session_message, sessions))

    def EndSessions(
        self, request: auth_pb2.EndSessionsRequest, context: grpc.ServicerContext
    ) -> auth_pb2.EndSessionsResponse:
        match request.WhichOneof("which"):
            case "session_id":
                return auth_pb2.EndSessionsResponse(ended=self._do.ender.end(request.session_id))
            case "user_id":
                return auth_pb2.EndSessionsResponse(ended=self._do.ender.end_all_of(request.user_id))
        raise InvalidRequest("name session_id or user_id")
