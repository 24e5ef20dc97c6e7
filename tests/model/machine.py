"""Everything that can happen to what one user and one client hold, on the plane and in the model at once."""

import itertools
from concurrent.futures import ThreadPoolExecutor

import grpc
from google.protobuf.struct_pb2 import Struct
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from authplane.auth.v1 import auth_pb2, user_admin_pb2
from authplane.token.v1 import client_admin_pb2, token_pb2
from shared.rpc.failure import failure_of
from tests.model import protocol
from tests.model.protocol import Model, ModelAccessToken, ModelCode, ModelFamily, ModelSession
from tests.model.stubs import Plane, batches, s256

REDIRECT_URI = "http://127.0.0.1:9999/callback"
SECRET = "model-secret-at-least-32-characters-long"
RACERS = 4
_names = itertools.count()
_picks = st.integers(0, 1_000_000)


class Protocol(RuleBasedStateMachine):
    """One user, one client, and everything that can happen to what they hold."""

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

    @rule(good=st.booleans(), replace=st.booleans(), pick=_picks)
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
    @rule(pick=_picks)
    def logout(self, pick: int) -> None:
        session = self.model.sessions[pick % len(self.model.sessions)]
        request = auth_pb2.LogoutRequest(session_handle=session.handle, confirmed=True)
        assert self.plane.auth.Logout(request).logged_out
        if session.lives(self.now):
            self.model.end_session(session)

    @rule()
    def end_all_sessions(self) -> None:
        ended = self.plane.auth.EndSessions(auth_pb2.EndSessionsRequest(user_id=self.user_id)).ended
        assert ended == sum(session.lives(self.now) for session in self.model.sessions)
        self.model.end_everything()

    # Codes.

    @precondition(lambda self: self.model.sessions)
    @rule(pick=_picks, offline=st.booleans())
    def authorize(self, pick: int, offline: bool) -> None:
        session = self.model.sessions[pick % len(self.model.sessions)]
        verifier = f"verifier-{len(self.model.codes):040d}"
        parameters = {
            "client_id": self.name,
            "redirect_uri": REDIRECT_URI,
            "response_type": "code",
            "scope": "openid offline_access" if offline else "openid",
            "code_challenge": s256(verifier),
            "code_challenge_method": "S256",
            "prompt": "none",
        }
        response = self.plane.auth.Authorize(
            auth_pb2.AuthorizeRequest(parameters=parameters, session_handle=session.handle)
        ).response
        answer = {parameter.name: parameter.value for parameter in response.parameters}
        if not session.lives(self.now):
            assert answer["error"] == "login_required"
            return
        self.model.codes.append(ModelCode(answer["code"], verifier, session, offline, self.now + protocol.CODE_TTL))

    @precondition(lambda self: self.model.codes)
    @rule(pick=_picks, good=st.booleans())
    def redeem(self, pick: int, good: bool) -> None:
        code = self.model.codes[pick % len(self.model.codes)]
        request = self.redemption(code, code.verifier if good else code.verifier + "x")
        try:
            tokens = self.plane.token.RedeemCode(request).tokens
        except grpc.RpcError as error:
            self.refused(code, good, self.reason(error))
            return
        assert good
        assert code.family is None
        assert code.session.lives(self.now)
        assert self.now < code.expires_at
        self.accept(code, tokens)

    @precondition(lambda self: any(code.family is None for code in self.model.codes))
    @rule(pick=_picks)
    def redeem_race(self, pick: int) -> None:
        fresh = [code for code in self.model.codes if code.family is None]
        code = fresh[pick % len(fresh)]
        lives = code.session.lives(self.now) and self.now < code.expires_at
        with ThreadPoolExecutor(RACERS) as racers:
            answers = list(racers.map(self.try_redeem, [code] * RACERS))
        winners = [answer for answer in answers if isinstance(answer, token_pb2.Tokens)]
        assert len(winners) == int(lives)
        if lives:
            self.accept(code, winners[0])
            assert code.family is not None
            code.family.revoked = True  # The others were valid replays.

    def try_redeem(self, code: ModelCode) -> token_pb2.Tokens | str:
        try:
            return self.plane.token.RedeemCode(self.redemption(code, code.verifier)).tokens
        except grpc.RpcError as error:
            return self.reason(error)

    def redemption(self, code: ModelCode, verifier: str) -> token_pb2.RedeemCodeRequest:
        return token_pb2.RedeemCodeRequest(
            code=code.code, redirect_uri=REDIRECT_URI, code_verifier=verifier, client=self.client
        )

    def accept(self, code: ModelCode, tokens: token_pb2.Tokens) -> None:
        end = self.now + protocol.REFRESH_TTL
        end = end if code.offline else min(end, code.session.expires_at)
        code.family = ModelFamily(code.session, end, [tokens.refresh_token])
        self.model.families.append(code.family)
        self.remember(code.family, tokens)

    def refused(self, code: ModelCode, good: bool, reason: str) -> None:
        replay = good and code.family is not None and self.now < code.expires_at
        if replay:
            assert code.family is not None
            assert reason == "CODE_ALREADY_USED"
            code.family.revoked = True
        else:
            assert reason == "INVALID_GRANT"
            assert not good or self.now >= code.expires_at or not code.session.lives(self.now)

    # Tokens.

    def remember(self, family: ModelFamily, tokens: token_pb2.Tokens) -> None:
        end = min(self.now + protocol.ACCESS_TTL, family.expires_at)
        self.model.access_tokens.append(ModelAccessToken(tokens.access_token, family, float(int(end))))

    @precondition(lambda self: self.model.families)
    @rule(pick=_picks, back=st.integers(0, 3))
    def refresh(self, pick: int, back: int) -> None:
        family = self.model.families[pick % len(self.model.families)]
        generation = max(len(family.tokens) - 1 - back, 0)
        back = len(family.tokens) - 1 - generation
        in_grace = back == 1 and self.now - family.rotated_at < protocol.GRACE
        request = token_pb2.RefreshTokenRequest(refresh_token=family.tokens[generation], client=self.client)
        try:
            tokens = self.plane.token.RefreshToken(request).tokens
        except grpc.RpcError as error:
            convicted = family.lives(self.now) and back > 0 and not in_grace
            assert self.reason(error) == ("REFRESH_TOKEN_REUSED" if convicted else "INVALID_GRANT")
            assert convicted or not family.lives(self.now)
            family.revoked = family.revoked or convicted
            return
        assert family.lives(self.now)
        if back == 0:
            family.tokens.append(tokens.refresh_token)
            family.rotated_at = self.now
        else:
            assert in_grace
            assert tokens.refresh_token == family.tokens[-1]
        self.remember(family, tokens)

    @precondition(lambda self: any(family.lives(self.now) for family in self.model.families))
    @rule(pick=_picks)
    def refresh_race(self, pick: int) -> None:
        alive = [family for family in self.model.families if family.lives(self.now)]
        family = alive[pick % len(alive)]
        request = token_pb2.RefreshTokenRequest(refresh_token=family.tokens[-1], client=self.client)
        with ThreadPoolExecutor(RACERS) as racers:
            answers = list(racers.map(self.plane.token.RefreshToken, [request] * RACERS))
        successors = {answer.tokens.refresh_token for answer in answers}
        assert len(successors) == 1
        family.tokens.append(successors.pop())
        family.rotated_at = self.now
        for answer in answers:
            self.remember(family, answer.tokens)

    @precondition(lambda self: self.model.families)
    @rule(pick=_picks, back=st.integers(0, 2))
    def revoke_refresh_token(self, pick: int, back: int) -> None:
        family = self.model.families[pick % len(self.model.families)]
        token = family.tokens[max(len(family.tokens) - 1 - back, 0)]
        self.plane.token.Revoke(token_pb2.RevokeRequest(token=token, client=self.client))
        family.revoked = True

    @precondition(lambda self: self.model.access_tokens)
    @rule(pick=_picks)
    def revoke_access_token(self, pick: int) -> None:
        token = self.model.access_tokens[pick % len(self.model.access_tokens)]
        self.plane.token.Revoke(token_pb2.RevokeRequest(token=token.token, client=self.client))
        token.revoked = True

    # The user, and time.

    @rule()
    def disable_user(self) -> None:
        self.plane.users.DisableUser(user_admin_pb2.DisableUserRequest(user=self.user_id))
        self.model.disabled = True
        self.model.end_everything()

    @rule()
    def enable_user(self) -> None:
        self.plane.users.EnableUser(user_admin_pb2.EnableUserRequest(user=self.user_id))
        self.model.disabled = False

    @rule(password=st.sampled_from(["first password", "second password"]))
    def set_password(self, password: str) -> None:
        self.plane.users.SetPassword(user_admin_pb2.SetPasswordRequest(user=self.user_id, password=password))
        self.model.password = password
        self.model.end_everything()

    @rule(seconds=st.sampled_from([0.5, 1.0, 9.0, 11.0, 61.0, 601.0, 43_201.0, 31 * 86_400.0]))
    def wait(self, seconds: float) -> None:
        self.plane.clock.advance(seconds)

    # What must hold.

    @rule()
    def check_sessions(self) -> None:
        for session in self.model.sessions:
            request = auth_pb2.ValidateSessionRequest(session_handle=session.handle)
            assert self.plane.auth.ValidateSession(request).active == session.lives(self.now)
        listed = self.plane.auth.ListSessions(auth_pb2.ListSessionsRequest(user_id=self.user_id)).sessions
        assert len(listed) == sum(session.lives(self.now) for session in self.model.sessions)

    @rule()
    def check_tokens(self) -> None:
        held = {token.token: token.lives(self.now) for token in self.model.access_tokens}
        for family in self.model.families:
            held |= dict.fromkeys(family.tokens, False)
            held[family.tokens[-1]] = family.lives(self.now)
        for tokens in batches(list(held)):
            answers = self.plane.token.BatchIntrospect(token_pb2.BatchIntrospectRequest(tokens=tokens)).responses
            assert [answer.active for answer in answers] == [held[token] for token in tokens]

    @precondition(lambda self: self.model.access_tokens)
    @rule(pick=_picks)
    def userinfo(self, pick: int) -> None:
        token = self.model.access_tokens[pick % len(self.model.access_tokens)]
        try:
            claims = self.plane.auth.GetUserInfo(auth_pb2.GetUserInfoRequest(access_token=token.token)).claims
        except grpc.RpcError as error:
            assert self.reason(error) == "INVALID_TOKEN"
            assert not token.lives(self.now)
            return
        assert claims["sub"] == self.user_id
        assert token.lives(self.now)
