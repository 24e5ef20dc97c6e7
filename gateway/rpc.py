"""How the gateway calls a service: with a deadline, and under the request id that the caller was given."""

from collections.abc import Iterable
from functools import lru_cache
from typing import TypeVar

import grpc
import grpc.aio
from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message
from starlette.requests import Request

from authplane.auth.v1.auth_pb2 import LogoutRequest
from authplane.token.v1.token_pb2 import RevokeRequest
from gateway.arrivals import CLIENT_ADDRESS, DEADLINE
from gateway.room import Room
from shared.cache.caches import Caches
from shared.cache.recording import Basis
from shared.rpc import client_address
from shared.rpc.failure import failure_of
from shared.spans import Kind, current_span, span

Question = TypeVar("Question", bound=Message)
Answer = TypeVar("Answer", bound=Message)

_ESSENTIAL = (LogoutRequest, RevokeRequest)

REQUEST_ID = "authplane.request_id"
"""Key of the request id in the ASGI scope."""


class Rpc:
    """Makes one call for one HTTP request. It is not repeated here: the channel retries what may be retried.

    Args:
        room: Bounds the calls that are under way.
        caches: Told of what a call has invalidated, so that this gateway refuses it from then on.
    """

    def __init__(self, room: Room, caches: Caches) -> None:
        self._room = room
        self._caches = caches

    @property
    def newest_version(self) -> int:
        """The newest version of the store that this gateway has heard of; nothing older may answer a check."""
        return self._caches.view.newest

    async def __call__(
        self, method: "grpc.aio.UnaryUnaryMultiCallable[Question, Answer]", question: Question, request: Request
    ) -> Answer:
        """Asks a service, in what time the request has left.

        Raises:
            grpc.RpcError: It refused or failed; `gateway.problems` knows what that means in HTTP.
            Overloaded: Too many requests wait for the services.
            DeadlineExceeded: The request has no time left.
        """
        deadline, address = request.scope[DEADLINE], request.scope[CLIENT_ADDRESS]
        metadata: tuple[tuple[str, str], ...] = (
            ("x-request-id", request.scope[REQUEST_ID]),
            (client_address.CLIENT_ADDRESS, address),
        )
        deadline.check()
        try:
            with span(_name_of(question.DESCRIPTOR), Kind.CLIENT):
                if traceparent := current_span().traceparent:
                    metadata = (*metadata, ("traceparent", traceparent))
                with self._room.place(address, isinstance(question, _ESSENTIAL)):
                    answer = await method(question, timeout=deadline.remaining(), metadata=metadata)
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


@lru_cache(maxsize=64)
def _name_of(question: Descriptor) -> str:
    """The method that takes such a message, as spans are named; no two take the same."""
    services = question.file.services_by_name.values()
    methods = (method for service in services for method in service.methods)
    return next(f"{each.containing_service.full_name}/{each.name}" for each in methods if each.input_type == question)
