"""What a warm plane answers from memory, and what it only signs."""

from collections.abc import Iterator
from functools import partial

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

from authplane.auth.v1.auth_pb2 import GetUserInfoRequest, ValidateSessionRequest
from authplane.token.v1.token_pb2 import BatchIntrospectRequest, IntrospectRequest
from load.bench.clients import drive, ghz, wrk
from load.bench.driver import Job
from load.bench.floors import Floors
from load.bench.lines import Line
from load.bench.measured import Measured
from load.bench.questions import Questions
from load.bench.subject import AUTH, TOKEN, Subject, again, reply
from load.ghz import scenario_of

MEMORY_PATHS = 9
"""How many there are."""
_CALLERS = 16
_BATCH = 100
_BATCH_CALLERS = 4
"""More would wait longer than a call may while the lane is full."""


def memory_paths(subject: Subject, floors: Floors) -> Iterator[Line]:
    """Each path beside its floor."""
    tokens = subject.access_tokens(_BATCH)
    yield from _single(subject, floors, tokens[0])
    yield _batch(subject, tokens)
    yield from _at_the_gateway(subject, floors, tokens[0])
    yield _client_credentials(subject, floors)


def _single(subject: Subject, floors: Floors, token: str) -> Iterator[Line]:
    plane, session = subject.plane, subject.people.session_handles[0]
    calls: list[tuple[str, str, int, Message]] = [
        (f"{TOKEN}/Introspect", plane.token_target, subject.token, IntrospectRequest(token=token)),
        (f"{AUTH}/ValidateSession", plane.auth_target, subject.auth, ValidateSessionRequest(session_handle=session)),
        (f"{AUTH}/GetUserInfo", plane.auth_target, subject.auth, GetUserInfoRequest(access_token=token)),
    ]
    for call, target, pid, message in calls:
        question, method = message.SerializeToString(), call.rpartition("/")[2]
        floor = floors.rpc(f"/{call}", reply(target, f"/{call}", question))
        yield Line(
            f"{method} RPC, warm",
            "no-op RPC, messages of the same size",
            0.85,
            partial(ghz, target, scenario_of(method), [MessageToDict(message)], _CALLERS),
            partial(ghz, floor, scenario_of(method), [MessageToDict(message)], _CALLERS),
            [pid],
            again=partial(again, target, f"/{call}", [question.hex()]),
        )


def _batch(subject: Subject, tokens: list[str]) -> Line:
    """Both by our own driver, which sends bytes: ghz takes two milliseconds to write a hundred tokens."""

    def asked(method: str, messages: list[Message], callers: int, seconds: float) -> Measured:
        questions = [message.SerializeToString().hex() for message in messages]
        return drive(Job(subject.plane.token_target, f"/{TOKEN}/{method}", questions, False, callers, seconds))

    single: list[Message] = [IntrospectRequest(token=token) for token in tokens]
    return Line(
        f"decisions by BatchIntrospect of {_BATCH}, warm",
        "Introspect RPC",
        20.0,
        partial(asked, "BatchIntrospect", [BatchIntrospectRequest(tokens=tokens)], _BATCH_CALLERS),
        partial(asked, "Introspect", single, _CALLERS),
        [subject.token],
        answers=_BATCH,
    )


def _at_the_gateway(subject: Subject, floors: Floors, token: str) -> Iterator[Line]:
    ask, target, method = Questions(subject.people), subject.plane.token_target, f"/{TOKEN}/Introspect"
    question = IntrospectRequest(token=token).SerializeToString()
    constant = floors.constant()
    hop = floors.call(floors.rpc(method, reply(target, method, question)), method, question)
    for name, request in (("introspect", ask.introspect(token)), ("userinfo", ask.userinfo(token))):
        for floor_name, address, share in (
            ("gateway that answers a constant", constant, 0.80),
            ("gateway and a no-op RPC", hop, 4.0),
        ):
            yield Line(
                f"{name} at the gateway, warm",
                floor_name,
                share,
                partial(wrk, subject.web, request, _CALLERS),
                partial(wrk, address, request, _CALLERS),
                [subject.gateway],
                again=partial(again, subject.web, "", [request.raw().hex()]),
            )


def _client_credentials(subject: Subject, floors: Floors) -> Line:
    ask, target, method = Questions(subject.people), subject.plane.token_target, f"/{TOKEN}/ClientCredentials"
    request, question = ask.client_credentials(), ask.client_credentials_message().SerializeToString()
    hop = floors.call(floors.rpc(method, reply(target, method, question), signatures=1), method, question)
    return Line(
        "client_credentials at the gateway",
        "gateway, a no-op RPC and one ES256 signature",
        0.75,
        partial(wrk, subject.web, request, _CALLERS),
        partial(wrk, hop, request, _CALLERS),
        sorted({subject.token, subject.gateway}),
        again=partial(again, subject.web, "", [request.raw().hex()]),
    )
