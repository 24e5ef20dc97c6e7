"""Stubs of a running plane whose clock the test holds."""

import base64
import hashlib
from collections import Counter
from collections.abc import Iterator

import grpc

from authplane.auth.v1 import auth_pb2_grpc, user_admin_pb2_grpc
from authplane.token.v1 import client_admin_pb2_grpc, token_pb2_grpc
from cli.dev.plane import DevPlane
from shared.clock import ManualClock


class Plane:
    """Stubs of a running plane whose clock the test holds."""

    def __init__(self, plane: DevPlane, clock: ManualClock) -> None:
        self.clock = clock
        self.seen: Counter[str] = Counter()
        auth, token = grpc.insecure_channel(plane.auth_target), grpc.insecure_channel(plane.token_target)
        self.channels = (auth, token)
        self.auth = auth_pb2_grpc.AuthServiceStub(auth)
        self.users = user_admin_pb2_grpc.UserAdminServiceStub(auth)
        self.token = token_pb2_grpc.TokenServiceStub(token)
        self.clients = client_admin_pb2_grpc.ClientAdminServiceStub(token)


def s256(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def batches(tokens: list[str]) -> Iterator[list[str]]:
    return (tokens[start : start + 100] for start in range(0, len(tokens), 100))
