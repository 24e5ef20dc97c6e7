"""Every method of the two services at a steady rate, by its ghz scenario, beside a method that does nothing."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

from authplane.auth.v1 import auth_pb2 as auth
from authplane.token.v1 import token_pb2 as token
from load.bench.clients import drive
from load.bench.driver import Job
from load.bench.floors import Floors
from load.bench.questions import CODE, REFRESH_TOKEN, Questions
from load.bench.subject import AUTH, TOKEN, Subject, reply
from load.figures import Figures, figures_of
from load.ghz import run_ghz, scenario_of

RPCS = 15
"""How many there are."""
_RATE = 200
_COSTLY_RATE = 10
_CALLERS = 8
_BATCH = 100
_MARGIN = 1.5
"""How many times as much as is needed of what works once: a busy plane refuses some, and ghz may send a few more."""


@dataclass(frozen=True)
class Call:
    """A method, and what it is asked.

    Attributes:
        questions: In turn; one more than are sent, where each works once.
        rate: Calls a second.
    """

    service: str
    method: str
    questions: Sequence[Message]
    rate: int = _RATE

    @property
    def path(self) -> str:
        """As gRPC has it."""
        return f"/{self.service}/{self.method}"


@dataclass(frozen=True)
class Timed:
    """What its answers took, and those of a method that answers as much and does nothing."""

    ours: Figures
    floor: Figures


def rpcs(subject: Subject, seconds: float) -> Iterator[Timed]:
    """Each method in turn.

    Raises:
        GhzFailed: There are no figures.
    """
    targets = {AUTH: subject.plane.auth_target, TOKEN: subject.plane.token_target}
    for call in _calls(subject, int(_MARGIN * _RATE * seconds) + 1):
        with ExitStack() as stack:
            first, *rest = call.questions
            floor = Floors(stack).rpc(call.path, reply(targets[call.service], call.path, first.SerializeToString()))
            messages = [MessageToDict(each) for each in rest or [first]]
            name = scenario_of(call.method)
            ours, noop = (
                figures_of(call.method, run_ghz(name, target, messages, call.rate, seconds))
                for target in (targets[call.service], floor)
            )
            yield Timed(ours, noop)


def _calls(subject: Subject, once: int) -> Iterator[Call]:
    ask, people = Questions(subject.people), subject.people
    sessions, access_tokens = people.session_handles, subject.access_tokens(_BATCH)
    users = [_user_of(subject, session) for session in sessions]
    codes, refresh_tokens, revoked = _spent(subject, ask, once)

    yield Call(AUTH, "Login", [ask.login_message()], _COSTLY_RATE)
    yield Call(AUTH, "Authorize", [ask.authorize_message(each) for each in sessions])
    yield Call(AUTH, "ValidateSession", [auth.ValidateSessionRequest(session_handle=each) for each in sessions])
    yield Call(AUTH, "GetUserInfo", [auth.GetUserInfoRequest(access_token=each) for each in access_tokens])
    yield Call(AUTH, "ListSessions", [auth.ListSessionsRequest(user_id=each) for each in users])
    yield Call(TOKEN, "RedeemCode", [ask.redeem_message(each) for each in codes])
    yield Call(TOKEN, "RefreshToken", [ask.refresh_message(each) for each in refresh_tokens])
    yield Call(TOKEN, "ClientCredentials", [ask.client_credentials_message()])
    yield Call(TOKEN, "Introspect", [token.IntrospectRequest(token=each) for each in access_tokens])
    yield Call(TOKEN, "BatchIntrospect", [token.BatchIntrospectRequest(tokens=access_tokens)])
    yield Call(TOKEN, "GetJwks", [token.GetJwksRequest()])
    yield Call(TOKEN, "SyncInvalidations", [token.SyncInvalidationsRequest(limit=_BATCH)])
    yield Call(TOKEN, "Revoke", [token.RevokeRequest(token=each, client=ask.client) for each in revoked])
    # Last, as others need the sessions. Who has ended one already is answered as well.
    yield Call(AUTH, "Logout", [auth.LogoutRequest(session_handle=each, confirmed=True) for each in sessions])
    yield Call(AUTH, "EndSessions", [auth.EndSessionsRequest(user_id=each) for each in users])


def _user_of(subject: Subject, session: str) -> str:
    question = auth.ValidateSessionRequest(session_handle=session).SerializeToString()
    answer = reply(subject.plane.auth_target, f"/{AUTH}/ValidateSession", question)
    return auth.ValidateSessionResponse.FromString(answer).session.user_id


def _spent(subject: Subject, ask: Questions, count: int) -> tuple[list[str], list[str], list[str]]:
    """Codes, refresh tokens and others to revoke: so many of each, that work once."""

    def found(address: str, path: str, questions: list[str], pattern: str) -> list[str]:
        made = drive(Job(address, path, questions, once=True, callers=_CALLERS, seconds=60.0, looked_for=pattern))
        return list(made.found)

    plane, asked = subject.plane, ask.authorize_rpc()
    enough = int(3 * _MARGIN * count)
    codes = found(plane.auth_target, f"/{AUTH}/Authorize", (asked * (enough // len(asked) + 1))[:enough], CODE)
    redeemed = ask.redeem_rpc(codes[count:])
    tokens = found(plane.token_target, f"/{TOKEN}/RedeemCode", redeemed, REFRESH_TOKEN)
    return codes[:count], tokens[:count], tokens[count:]
