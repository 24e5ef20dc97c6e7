"""Services that answer as a test tells them to, over real sockets, and remember what they were asked."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, NoReturn, TypeVar

import grpc
from google.protobuf.message import Message

from authplane.auth.v1 import auth_pb2, auth_pb2_grpc
from authplane.token.v1 import token_pb2, token_pb2_grpc
from services.token import wire
from shared.cache.view import View
from shared.errors import AuthplaneError
from shared.rpc.basis import position_of
from shared.rpc.status import status_of

Question = TypeVar("Question", bound=Message)


class Script:
    """What the services will answer, method by method, and what they were asked.

    Attributes:
        seconds: How long every answer takes.
        gate: Nothing is answered before it is set.
        meanwhile: Happens while a service answers.
    """

    def __init__(self) -> None:
        self._answers: dict[str, deque[Any]] = {}
        self.seconds = 0.0
        self.gate = threading.Event()
        self.gate.set()
        self.meanwhile: Callable[[], object] = lambda: None
        self.questions: list[tuple[str, Any]] = []
        self.metadata: list[dict[str, Any]] = []
        self.seconds_left: list[float] = []

    def answers(self, method: str, *answers: Message | AuthplaneError | grpc.StatusCode) -> None:
        """Sets what the method answers, one after the other; the last one stays."""
        self._answers[method] = deque(answers)

    def question(self, kind: type[Question]) -> Question:
        """The last question that was asked with this kind of message."""
        return next(question for _, question in reversed(self.questions) if isinstance(question, kind))

    def clear(self) -> None:
        """Forgets everything."""
        self.__init__()  # type: ignore[misc]

    def play(self, method: str, question: Message, context: grpc.ServicerContext) -> Any:
        self.questions.append((method, question))
        self.metadata.append(dict(context.invocation_metadata()))
        self.seconds_left.append(context.time_remaining())
        time.sleep(self.seconds)
        self.gate.wait(20)
        self.meanwhile()
        answers = self._answers[method]
        answer = answers.popleft() if len(answers) > 1 else answers[0]
        if isinstance(answer, AuthplaneError):
            context.abort_with_status(status_of(answer))
        if isinstance(answer, grpc.StatusCode):
            context.abort(answer, "internal: dsn=postgres://user:secret@db")
        return answer


def _scripted(base: type, script: Script, methods: Iterator[str]) -> Any:
    def play(method: str) -> Any:
        return lambda self, question, context: script.play(method, question, context)

    return type(f"Scripted{base.__name__}", (base,), {method: play(method) for method in methods})()


@contextmanager
def scripted_services(script: Script, log: View | None = None) -> Iterator[str]:
    """Both services on one port; gives the target.

    Args:
        log: What the token service knows of invalidations; without it there is nothing to follow, and the gateway asks
            for everything.
    """
    with ThreadPoolExecutor(4) as pool:
        server = grpc.server(pool)
        auth = auth_pb2.DESCRIPTOR.services_by_name["AuthService"].methods_by_name
        of_token = token_pb2.DESCRIPTOR.services_by_name["TokenService"].methods_by_name
        token = set(of_token) - {"SyncInvalidations", "WatchInvalidations"}
        auth_pb2_grpc.add_AuthServiceServicer_to_server(
            _scripted(auth_pb2_grpc.AuthServiceServicer, script, iter(auth)), server
        )
        tokens = _scripted(token_pb2_grpc.TokenServiceServicer, script, iter(token))
        tokens.WatchInvalidations = _unimplemented
        tokens.SyncInvalidations = _unimplemented if log is None else lambda question, context: _news(log, question)
        token_pb2_grpc.add_TokenServiceServicer_to_server(tokens, server)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        try:
            yield f"127.0.0.1:{port}"
        finally:
            server.stop(0).wait()


def _news(log: View, question: token_pb2.SyncInvalidationsRequest) -> token_pb2.SyncInvalidationsResponse:
    since = position_of(question.since) if question.HasField("since") else None
    return wire.sync_response(log.news(since, 1000))


def _unimplemented(question: Message, context: grpc.ServicerContext) -> NoReturn:
    # The generated method would raise, and gRPC log a traceback each time. One that is formatted in a thread while the
    # main thread parses Python breaks CPython 3.11's parser.
    context.abort(grpc.StatusCode.UNIMPLEMENTED, "not in this script")
