"""`authplane.token.v1.KeyAdminService`."""

import grpc

from authplane.token.v1 import key_admin_pb2 as pb
from authplane.token.v1 import key_admin_pb2_grpc
from services.token import wire
from services.token.rotate_keys import KeyRotator
from shared.store import KeyStore
from shared.tokens.keyring import KeyRing


class KeyAdminServicer(key_admin_pb2_grpc.KeyAdminServiceServicer):
    """Translates; errors go up to the boundary."""

    def __init__(self, keys: KeyStore, keyring: KeyRing, rotator: KeyRotator) -> None:
        self._keys = keys
        self._keyring = keyring
        self._rotator = rotator

    def ListKeys(self, request: pb.ListKeysRequest, context: grpc.ServicerContext) -> pb.ListKeysResponse:
        signing = self._keyring.signing_kids()
        return pb.ListKeysResponse(keys=[wire.key_message(key, signing) for key in self._keys.list_signing_keys()])

    def RotateKeys(self, request: pb.RotateKeysRequest, context: grpc.ServicerContext) -> pb.RotateKeysResponse:
        added = self._rotator.rotate(request.algs, request.immediately)
        signing = self._keyring.signing_kids()
        return pb.RotateKeysResponse(keys=[wire.key_message(key, signing) for key in added])
