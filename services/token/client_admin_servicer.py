"""`authplane.token.v1.ClientAdminService`."""

import grpc

from authplane.token.v1 import client_admin_pb2 as pb
from authplane.token.v1 import client_admin_pb2_grpc
from services.token import wire
from services.token.administer_clients import ClientAdministrator
from services.token.register_client import ClientRegistrar
from shared.store.access import StoreAccess


class ClientAdminServicer(client_admin_pb2_grpc.ClientAdminServiceServicer):
    """Translates; errors go up to the boundary."""

    def __init__(self, registrar: ClientRegistrar, administrator: ClientAdministrator, access: StoreAccess) -> None:
        self._registrar = registrar
        self._administrator = administrator
        self._access = access

    def CreateClient(self, request: pb.CreateClientRequest, context: grpc.ServicerContext) -> pb.CreateClientResponse:
        client, secret = self._registrar.register(wire.client_record(request.client), request.client_secret)
        return pb.CreateClientResponse(client=wire.client_message(client), client_secret=secret)

    def GetClient(self, request: pb.GetClientRequest, context: grpc.ServicerContext) -> pb.GetClientResponse:
        return pb.GetClientResponse(client=wire.client_message(self._administrator.get(request.client_id)))

    def ListClients(self, request: pb.ListClientsRequest, context: grpc.ServicerContext) -> pb.ListClientsResponse:
        page = self._administrator.page(request.page_token, request.page_size)
        return pb.ListClientsResponse(
            clients=[wire.client_message(client) for client in page.clients], next_page_token=page.next_page_token
        )

    def UpdateClient(self, request: pb.UpdateClientRequest, context: grpc.ServicerContext) -> pb.UpdateClientResponse:
        updated = self._administrator.update(wire.client_record(request.client))
        return pb.UpdateClientResponse(client=wire.client_message(updated), store_version=self._access.as_of())

    def RotateClientSecret(
        self, request: pb.RotateClientSecretRequest, context: grpc.ServicerContext
    ) -> pb.RotateClientSecretResponse:
        secret = self._registrar.rotate_secret(self._administrator.get(request.client_id))
        return pb.RotateClientSecretResponse(client_secret=secret, store_version=self._access.as_of())

    def DisableClient(
        self, request: pb.DisableClientRequest, context: grpc.ServicerContext
    ) -> pb.DisableClientResponse:
        self._administrator.disable(request.client_id)
        return pb.DisableClientResponse(store_version=self._access.as_of())

    def EnableClient(self, request: pb.EnableClientRequest, context: grpc.ServicerContext) -> pb.EnableClientResponse:
        self._administrator.enable(request.client_id)
        return pb.EnableClientResponse(store_version=self._access.as_of())
