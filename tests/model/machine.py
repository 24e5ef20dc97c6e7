"""What a client does with what a user granted it; on the plane and in the model at once."""

from concurrent.futures import ThreadPoolExecutor

import grpc
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from authplane.auth.v1 import auth_pb2
from authplane.token.v1 import token_pb2
from tests.model import protocol
from tests.model.person import PICKS, REDIRECT_URI, Person
from tests.model.protocol import ModelAccessToken, ModelCode, ModelFamily
from tests.model.stubs import batches, s256

RACERS = 4


class Protocol(Person):
    """A person, and everything that can happen to what their client holds."""

    @initialize(offline=st.booleans(), again_after=st.sampled_from([None, 0.0, 11.0]))
    def begin(self, offline: bool, again_after: float | None) -> None:
        """Most histories are about tokens, so each begins with some."""
        self.login(good=True, replace=False, pick=0)
        self.authorize(pick=0, offline=offline)
        self.redeem(pick=0, good=True)
        self.refresh(pick=0, back=0)
        if again_after is not None:
            self.wait(again_after)
            self.refresh(pick=0, back=1)

    # Codes.

    @precondition(lambda self: self.model.sessions)
    @rule(pick=PICKS, offline=st.booleans())
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
    @rule(pick=PICKS, good=st.booleans())
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
    @rule(pick=PICKS)
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
        self.plane.seen["redeemed"] += 1
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
            self.plane.seen["replayed"] += 1
            code.family.revoked = True
        else:
            assert reason == "INVALID_GRANT"
            assert not good or self.now >= code.expires_at or not code.session.lives(self.now)

    # Tokens.

    def remember(self, family: ModelFamily, tokens: token_pb2.Tokens) -> None:
        end = min(self.now + protocol.ACCESS_TTL, family.expires_at)
        self.model.access_tokens.append(ModelAccessToken(tokens.access_token, family, float(int(end))))

    @precondition(lambda self: self.model.families)
    @rule(pick=PICKS, back=st.integers(0, 3))
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
            self.plane.seen["reused"] += convicted
            family.revoked = family.revoked or convicted
            return
        assert family.lives(self.now)
        if back == 0:
            self.plane.seen["rotated"] += 1
            family.tokens.append(tokens.refresh_token)
            family.rotated_at = self.now
        else:
            self.plane.seen["grace"] += 1
            assert in_grace
            assert tokens.refresh_token == family.tokens[-1]
        self.remember(family, tokens)

    @precondition(lambda self: any(f.lives(self.now) and len(f.tokens) > 1 for f in self.model.families))
    @rule(pick=PICKS, back=st.sampled_from([1, 1, 2]))
    def refresh_again(self, pick: int, back: int) -> None:
        rotated = [i for i, f in enumerate(self.model.families) if f.lives(self.now) and len(f.tokens) > 1]
        self.refresh(pick=rotated[pick % len(rotated)], back=back)

    @precondition(lambda self: any(family.lives(self.now) for family in self.model.families))
    @rule(pick=PICKS)
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
    @rule(pick=PICKS, back=st.integers(0, 2))
    def revoke_refresh_token(self, pick: int, back: int) -> None:
        family = self.model.families[pick % len(self.model.families)]
        token = family.tokens[max(len(family.tokens) - 1 - back, 0)]
        self.plane.seen["family revoked"] += family.lives(self.now)
        self.plane.token.Revoke(token_pb2.RevokeRequest(token=token, client=self.client))
        family.revoked = True

    @precondition(lambda self: self.model.access_tokens)
    @rule(pick=PICKS)
    def revoke_access_token(self, pick: int) -> None:
        token = self.model.access_tokens[pick % len(self.model.access_tokens)]
        self.plane.seen["access token revoked"] += token.lives(self.now)
        self.plane.token.Revoke(token_pb2.RevokeRequest(token=token.token, client=self.client))
        token.revoked = True

    # What must hold.

    @invariant()
    def sessions_agree(self) -> None:
        for session in self.model.sessions:
            request = auth_pb2.ValidateSessionRequest(session_handle=session.handle)
            assert self.plane.auth.ValidateSession(request).active == session.lives(self.now)
        listed = self.plane.auth.ListSessions(auth_pb2.ListSessionsRequest(user_id=self.user_id)).sessions
        assert len(listed) == sum(session.lives(self.now) for session in self.model.sessions)

    @invariant()
    def tokens_agree(self) -> None:
        held = {token.token: token.lives(self.now) for token in self.model.access_tokens}
        for family in self.model.families:
            held |= dict.fromkeys(family.tokens, False)
            held[family.tokens[-1]] = family.lives(self.now)
        for tokens in batches(list(held)):
            answers = self.plane.token.BatchIntrospect(token_pb2.BatchIntrospectRequest(tokens=tokens)).responses
            assert [answer.active for answer in answers] == [held[token] for token in tokens]

    @precondition(lambda self: self.model.access_tokens)
    @rule(pick=PICKS)
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
