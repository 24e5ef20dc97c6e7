"""How the gateway calls a service: with a deadline, and under the request id that the caller was given."""

from typing import TypeVar

import grpc.aio
from google.protobuf.message import Message
from starlette.requests import Request

Question = TypeVar("Question", bound=Message)
Answer = TypeVar("Answer", bound=Message)

REQUEST_ID = "authplane.request_id"
"""Key of the request id in the ASGI scope."""


class Rpc:
    """Makes one call for one HTTP request. It is not repeated here: the channel retries what may be retried.

    Args:
        timeout_seconds: Deadline of every call.
    """

    def __init__(self, timeout_seconds: float) -> None:
        self._timeout_seconds = timeout_seconds

    async def __call__(
        self, method: "grpc.aio.UnaryUnaryMultiCallable[Question, Answer]", question: Question, request: Request
    ) -> Answer:
        """Asks a service.

        Raises:
            grpc.RpcError: It refused or failed; `gateway.problems` knows what that means in HTTP.
        """
        metadata = (("x-request-id", request.scope[REQUEST_ID]),)
        return await method(question, timeout=self._timeout_seconds, metadata=metadata)
