"""The client for threads."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from itertools import cycle
from types import TracebackType
from typing import Self, TypeVar

import grpc

from authplane.auth.v1.auth_pb2_grpc import AuthServiceStub
from authplane.token.v1.token_pb2 import BatchIntrospectRequest, BatchIntrospectResponse, RevokeRequest
from authplane.token.v1.token_pb2_grpc import TokenServiceStub
from authplane_client.answers import Introspection, Session
from authplane_client.failures import error_of
from authplane_client.memory import Memory, digest
from authplane_client.options import Options
from shared.rpc.channel import sync_channel
from shared.rpc.failure import failure_of
from shared.rpc.feed import RpcFeed

Answer = TypeVar("Answer")
_DEFAULT = Options()
_MAX_BATCH = 100


class Client:
    """Asks authplane, and remembers what it said while that is known to hold. Safe to use from many threads.

    Args:
        token_target: Address of the token service, as gRPC names it: "token:50052", "dns:///token:50052".
        auth_target: Address of the auth service; needed for `validate_session` only.

    Raises:
        Unavailable: From every method: the service does not answer. What it would have said is not known; nothing is
            ever called active without an answer, or one that is younger than the bound.
        DeadlineExceeded: Likewise: not in time.
        Overloaded: Likewise: it is full; try again after `retry_after` seconds.
    """

    def __init__(self, token_target: str, auth_target: str = "", options: Options = _DEFAULT) -> None:
        self._options = options
        self._memory = Memory(options)
        self._stack = ExitStack()
        numbers, credentials = range(options.channels), options.credentials
        channels = [self._stack.enter_context(sync_channel(token_target, number, credentials)) for number in numbers]
        self._tokens = cycle([TokenServiceStub(channel) for channel in channels])
        if auth_target:
            channels = [sync_channel(auth_target, number, credentials) for number in numbers]
            self._auth = cycle([AuthServiceStub(self._stack.enter_context(channel)) for channel in channels])
        feed = RpcFeed(self._memory.view, next(self._tokens), self._memory.clock, options.poll_seconds)
        feed.start()
        self._stack.callback(feed.stop)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections; no thread is left. Harmless when called twice."""
        self._stack.close()

    def introspect(self, token: str, *, min_store_version: int = 0, timeout: float | None = None) -> Introspection:
        """Whether a token is active and what it allows (RFC 7662).

        Args:
            min_store_version: The answer is at or past this version of the store, such as `revoke` returns.
            timeout: Seconds; the option's unless given.
        """
        key = digest(token)
        found = self._memory.find(self._memory.introspections, key, min_store_version)
        if found is not None:
            return found.value
        question = self._memory.introspect_request(token, min_store_version)
        began = self._memory.clock.monotonic()
        told = self._call(lambda seconds: next(self._tokens).Introspect(question, timeout=seconds), timeout)
        return self._memory.keep_introspection(key, told, began)

    def batch_introspect(
        self, tokens: Sequence[str], *, min_store_version: int = 0, timeout: float | None = None
    ) -> list[Introspection]:
        """One answer for each token, in order. Only what is not known is asked for, a hundred tokens in a call."""
        answers: dict[str, Introspection] = {}
        for token in tokens:
            found = self._memory.find(self._memory.introspections, digest(token), min_store_version)
            if found is not None:
                answers[token] = found.value
        unknown = list(dict.fromkeys(token for token in tokens if token not in answers))
        for begin in range(0, len(unknown), _MAX_BATCH):
            some = unknown[begin : begin + _MAX_BATCH]
            at_least = self._memory.introspect_request("", min_store_version).min_store_version
            question = BatchIntrospectRequest(tokens=some, min_store_version=at_least)
            began = self._memory.clock.monotonic()
            told = self._call(partial(self._ask_many, question), timeout)
            for token, response in zip(some, told.responses, strict=True):
                answers[token] = self._memory.keep_introspection(digest(token), response, began)
        return [answers[token] for token in tokens]

    def validate_session(
        self, session_handle: str, *, min_store_version: int = 0, timeout: float | None = None
    ) -> Session | None:
        """The live session of a handle; none when it ended or expired, or the handle is forged.

        Raises:
            ValueError: This client was made without the address of the auth service.
        """
        if not hasattr(self, "_auth"):
            raise ValueError("validate_session needs auth_target")
        key = digest(session_handle)
        found = self._memory.find(self._memory.sessions, key, min_store_version)
        if found is not None:
            return found.value
        question = self._memory.validate_request(session_handle, min_store_version)
        began = self._memory.clock.monotonic()
        told = self._call(lambda seconds: next(self._auth).ValidateSession(question, timeout=seconds), timeout)
        return self._memory.keep_session(key, told, began)

    def revoke(self, token: str, *, timeout: float | None = None) -> int:
        """Revokes a refresh token with its family, or a single access token; refused here at once.

        Returns:
            The version of the store as of which it is refused, to be passed on as `min_store_version`.
        """
        question = RevokeRequest(token=token)
        told = self._call(lambda seconds: next(self._tokens).Revoke(question, timeout=seconds), timeout)
        self._memory.view.note(told.store_version, told.invalidated)
        return told.store_version

    def _ask_many(self, question: BatchIntrospectRequest, seconds: float) -> BatchIntrospectResponse:
        return next(self._tokens).BatchIntrospect(question, timeout=seconds)

    def _call(self, ask: Callable[[float], Answer], timeout: float | None) -> Answer:
        try:
            return ask(self._options.timeout if timeout is None else timeout)
        except grpc.RpcError as error:
            failure = failure_of(error)
            self._memory.note(failure)
            raise error_of(failure) from error
