"""How the gateway calls a service: with a deadline, and under the request id that the caller was given."""

from collections.abc import Iterable
from typing import TypeVar

import grpc
import grpc.aio
from google.protobuf.message import Message
from starlette.requests import Request

from shared.cache.caches import Caches
from shared.cache.recording import Basis
from shared.rpc.failure import failure_of

Question = TypeVar("Question", bound=Message)
Answer = TypeVar("Answer", bound=Message)

REQUEST_ID = "authplane.request_id"
"""Key of the request id in the ASGI scope."""


class Rpc:
    """Makes one call for one HTTP request. It is not repeated here: the channel retries what may be retried.

    Args:
        timeout_seconds: Deadline of every call.
        caches: Told of what a call has invalidated, so that this gateway refuses it from then on.
    """

    def __init__(self, timeout_seconds: float, caches: Caches) -> None:
        self._timeout_seconds = timeout_seconds
        self._caches = caches

    @property
    def newest_version(self) -> int:
        """The newest version of the store that this gateway has heard of; nothing older may answer a check."""
        return self._caches.view.newest

    async def __call__(
        self, method: "grpc.aio.UnaryUnaryMultiCallable[Question, Answer]", question: Question, request: Request
    ) -> Answer:
        """Asks a service.

        Raises:
            grpc.RpcError: It refused or failed; `gateway.problems` knows what that means in HTTP.
        """
        metadata = (("x-request-id", request.scope[REQUEST_ID]),)
        try:
            answer = await method(question, timeout=self._timeout_seconds, metadata=metadata)
        except grpc.RpcError as error:
            failure = failure_of(error)
            self._note(failure.store_version, failure.invalidated)
            raise
        self._note(getattr(answer, "store_version", 0), getattr(answer, "invalidated", ()))
        return answer

    def _note(self, version: int, tags: Iterable[str]) -> None:
        if version:
            self._caches.view.note(version, tags)

    def basis_of_refusal(self) -> Basis:
        """What a refusal rests on, of which the service has told nothing: it stands until it may be thought over."""
        return Basis(self._caches.view.stamp(), (), self._caches.end_of_no())
