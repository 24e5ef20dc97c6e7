"""A plane that is measured, and what it is asked about."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import grpc

from load.bench.clients import ClientFailed, drive
from load.bench.driver import Job
from load.bench.measured import Measured
from load.bench.questions import ACCESS_TOKEN, CODE, Questions
from load.plane import Plane
from load.population import Population

AUTH = "authplane.auth.v1.AuthService"
TOKEN = "authplane.token.v1.TokenService"
_CALLERS = 8
_ATTEMPTS = 5


@dataclass(frozen=True)
class Subject:
    """Where it is.

    Attributes:
        auth, token, gateway: Process ids; the same where all are one process.
    """

    plane: Plane
    people: Population
    auth: int
    token: int
    gateway: int

    @property
    def web(self) -> str:
        """The gateway's "host:port"."""
        return self.plane.issuer.removeprefix("http://")

    def access_tokens(self, count: int) -> list[str]:
        """So many live ones of users.

        Raises:
            ClientFailed: They could not be had.
        """
        ask = Questions(self.people)
        asks = partial(Job, once=True, callers=_CALLERS, seconds=30.0)
        tokens = list[str]()
        for _ in range(_ATTEMPTS):  # A plane that shares its cores refuses some.
            missing = count - len(tokens)
            again = ask.authorize_rpc() * (missing // len(self.people.session_handles) + 1)
            codes = drive(asks(self.plane.auth_target, f"/{AUTH}/Authorize", again[:missing], looked_for=CODE)).found
            redeemed = asks(self.plane.token_target, f"/{TOKEN}/RedeemCode", ask.redeem_rpc(codes))
            tokens += drive(replace(redeemed, looked_for=ACCESS_TOKEN)).found
            if len(tokens) >= count:
                return tokens
        raise ClientFailed(f"only {len(tokens)} of {count} access tokens could be had")


def reply(target: str, method: str, question: bytes) -> bytes:
    """What a method answers, so that a floor can answer as much."""
    with grpc.insecure_channel(target, options=[("grpc.enable_http_proxy", 0)]) as channel:
        ask: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(method)
        return bytes(ask(question, timeout=10))


def again(address: str, method: str, questions: Sequence[str], rate: float, seconds: float) -> Measured:
    """Asks in an open loop."""
    return drive(Job(address, method, list(questions), once=False, callers=0, seconds=seconds, rate=rate))
