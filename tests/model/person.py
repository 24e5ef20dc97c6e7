"""What one user does: log in, log out, change, and let time pass; on the plane and in the model at once."""

import itertools

import grpc
from google.protobuf.struct_pb2 import Struct
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from authplane.auth.v1 import auth_pb2, user_admin_pb2
from authplane.token.v1 import client_admin_pb2, token_pb2
from shared.rpc.failure import failure_of
from tests.model import protocol
from tests.model.protocol import Model, ModelSession
from tests.model.stubs import Plane

REDIRECT_URI = "http://127.0.0.1:9999/callback"
SECRET = "model-secret-at-least-32-characters-long"
PICKS = st.integers(0, 1_000_000)
"""Which of those there are; taken modulo their number."""

_names = itertools.count()


class Person(RuleBasedStateMachine):
    """A user of a client of their own."""

    def __init__(self, plane: Plane) -> None:
        super().__init__()
        self.plane = plane
        self.name = f"user{next(_names)}"
        self.model = Model(password="first password")
        claims = Struct()
        claims.update({"name": self.name})
        created = plane.users.CreateUser(
            user_admin_pb2.CreateUserRequest(username=self.name, password=self.model.password, claims=claims)
        )
        self.user_id = created.user.user_id
        client = client_admin_pb2.Client(
            client_id=self.name,
            redirect_uris=[REDIRECT_URI],
            grant_types=["authorization_code", "refresh_token"],
            scopes=["openid", "offline_access"],
            consent="skip",
        )
        plane.clients.CreateClient(client_admin_pb2.CreateClientRequest(client=client, client_secret=SECRET))
        self.client = token_pb2.ClientAuthentication(client_id=self.name, client_secret_basic=SECRET)

    @property
    def now(self) -> float:
        return self.plane.clock.now()

    def reason(self, error: grpc.RpcError) -> str:
        return str(failure_of(error).reason)

    # Sessions.

    @rule(good=st.booleans(), replace=st.booleans(), pick=PICKS)
    def login(self, good: bool, replace: bool, pick: int) -> None:
        previous = self.model.sessions[pick % len(self.model.sessions)] if replace and self.model.sessions else None
        request = auth_pb2.LoginRequest(
            username=self.name,
            password=self.model.password if good else "wrong password",
            previous_session_handle=previous.handle if previous else "",
        )
        try:
            response = self.plane.auth.Login(request)
        except grpc.RpcError as error:
            assert self.reason(error) == "CREDENTIALS_INVALID"
            assert self.model.disabled or not good
            return
        assert good
        assert not self.model.disabled
        session = ModelSession(response.session_handle, self.now + protocol.SESSION_TTL)
        if previous and previous.lives(self.now):
            self.model.replace_session(previous, session)
        self.model.sessions.append(session)

    @precondition(lambda self: self.model.sessions)
    @rule(pick=PICKS)
    def logout(self, pick: int) -> None:
        session = self.model.sessions[pick % len(self.model.sessions)]
        request = auth_pb2.LogoutRequest(session_handle=session.handle, confirmed=True)
        assert self.plane.auth.Logout(request).logged_out
        if session.lives(self.now):
            self.plane.seen["logged out"] += 1
            self.model.end_session(session)

    @precondition(lambda self: any(session.lives(self.now) for session in self.model.sessions))
    @rule(kind=st.sampled_from(["end", "disable", "password"]))
    def end_everything(self, kind: str) -> None:
        self.plane.seen[kind] += 1
        live = sum(session.lives(self.now) for session in self.model.sessions)
        if kind == "end":
            ended = self.plane.auth.EndSessions(auth_pb2.EndSessionsRequest(user_id=self.user_id)).ended
        elif kind == "disable":
            ended = self.plane.users.DisableUser(user_admin_pb2.DisableUserRequest(user=self.user_id)).sessions_ended
            self.model.disabled = True
        else:
            self.model.password = f"password {len(self.model.sessions)}"
            request = user_admin_pb2.SetPasswordRequest(user=self.user_id, password=self.model.password)
            ended = self.plane.users.SetPassword(request).sessions_ended
        assert ended == live
        self.model.end_everything()

    @precondition(lambda self: self.model.disabled)
    @rule()
    def enable(self) -> None:
        self.plane.users.EnableUser(user_admin_pb2.EnableUserRequest(user=self.user_id))
        self.model.disabled = False

    @rule(seconds=st.sampled_from([0.5, 0.5, 1.0, 1.0, 9.0, 9.0, 11.0, 11.0, 61.0, 601.0, 43_201.0, 31 * 86_400.0]))
    def wait(self, seconds: float) -> None:
        self.plane.clock.advance(seconds)
