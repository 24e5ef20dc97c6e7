"""A full batch over a real socket, with tokens as long as they really are."""

import grpc
import pytest

from authplane.token.v1 import token_pb2, token_pb2_grpc
from cli.dev.plane import DevPlane
from shared.errors import Reason
from shared.rpc.failure import failure_of
from tests.refusals.flow import Flow

FULL = 100


def test_a_full_batch_fits(plane: DevPlane) -> None:
    """100 users' access tokens go into one message and are answered in order."""
    flow = Flow(plane)
    tokens = [flow.tokens()["access_token"], "garbage", *[flow.machine_token()] * (FULL - 2)]
    tokens = [tokens[0]] * 50 + tokens[1:51]
    with grpc.insecure_channel(plane.token_target) as channel:
        stub = token_pb2_grpc.TokenServiceStub(channel)
        responses = stub.BatchIntrospect(token_pb2.BatchIntrospectRequest(tokens=tokens)).responses
        assert [response.active for response in responses] == [True] * 50 + [False] + [True] * 49
        with pytest.raises(grpc.RpcError) as failure:
            stub.BatchIntrospect(token_pb2.BatchIntrospectRequest(tokens=["x"] * (FULL + 1)))
        assert failure_of(failure.value).reason is Reason.INVALID_REQUEST
        with pytest.raises(grpc.RpcError) as known:
            stub.BatchIntrospect(token_pb2.BatchIntrospectRequest(tokens=[tokens[0]] * (FULL + 1)))
        assert failure_of(known.value).reason is Reason.INVALID_REQUEST
    flow.close()
