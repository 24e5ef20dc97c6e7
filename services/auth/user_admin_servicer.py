"""`authplane.auth.v1.UserAdminService`: messages in, one use-case, messages out."""

from dataclasses import dataclass

import grpc

from authplane.auth.v1 import user_admin_pb2 as pb
from authplane.auth.v1 import user_admin_pb2_grpc
from services.auth import wire
from services.auth.create_user import UserCreator
from services.auth.disable_user import UserDisabler
from services.auth.enable_user import UserEnabler
from services.auth.get_user import UserFinder
from services.auth.list_users import UserLister
from services.auth.set_password import PasswordSetter
from services.auth.update_user import UserUpdater
from shared.store.access import StoreAccess


@dataclass(frozen=True, slots=True)
class UserUseCases:
    """What the service can do."""

    creator: UserCreator
    finder: UserFinder
    lister: UserLister
    updater: UserUpdater
    password_setter: PasswordSetter
    disabler: UserDisabler
    enabler: UserEnabler
    access: StoreAccess


class UserAdminServicer(user_admin_pb2_grpc.UserAdminServiceServicer):
    """Translates; errors go up to the boundary."""

    def __init__(self, use_cases: UserUseCases) -> None:
        self._do = use_cases

    def CreateUser(self, request: pb.CreateUserRequest, context: grpc.ServicerContext) -> pb.CreateUserResponse:
        user = self._do.creator.create(request.username, request.password, wire.claims(request.claims))
        return pb.CreateUserResponse(user=wire.user_message(user))

    def GetUser(self, request: pb.GetUserRequest, context: grpc.ServicerContext) -> pb.GetUserResponse:
        return pb.GetUserResponse(user=wire.user_message(self._do.finder.find(request.user)))

    def ListUsers(self, request: pb.ListUsersRequest, context: grpc.ServicerContext) -> pb.ListUsersResponse:
        page = self._do.lister.list(request.page_size, request.page_token)
        return pb.ListUsersResponse(users=map(wire.user_message, page.users), next_page_token=page.next_page_token)

    def UpdateUser(self, request: pb.UpdateUserRequest, context: grpc.ServicerContext) -> pb.UpdateUserResponse:
        user = self._do.updater.update(request.user, wire.claims(request.claims))
        return pb.UpdateUserResponse(user=wire.user_message(user), store_version=self._do.access.as_of())

    def SetPassword(self, request: pb.SetPasswordRequest, context: grpc.ServicerContext) -> pb.SetPasswordResponse:
        ended = self._do.password_setter.set(request.user, request.password)
        return pb.SetPasswordResponse(sessions_ended=ended, store_version=self._do.access.as_of())

    def DisableUser(self, request: pb.DisableUserRequest, context: grpc.ServicerContext) -> pb.DisableUserResponse:
        ended = self._do.disabler.disable(request.user)
        return pb.DisableUserResponse(sessions_ended=ended, store_version=self._do.access.as_of())

    def EnableUser(self, request: pb.EnableUserRequest, context: grpc.ServicerContext) -> pb.EnableUserResponse:
        self._do.enabler.enable(request.user)
        return pb.EnableUserResponse(store_version=self._do.access.as_of())
