"""A plain model of the protocol: who may hold what, and until when. It knows no store, no keys and no threads."""

from dataclasses import dataclass, field

SESSION_TTL = 43_200.0
CODE_TTL = 60.0
ACCESS_TTL = 600.0
REFRESH_TTL = 30 * 86_400.0
GRACE = 10.0


@dataclass
class ModelSession:
    handle: str
    expires_at: float
    ended: bool = False

    def lives(self, now: float) -> bool:
        return not self.ended and now < self.expires_at


@dataclass
class ModelFamily:
    """All that came of one code. `tokens[-1]` is the live refresh token."""

    session: ModelSession
    expires_at: float
    tokens: list[str]
    rotated_at: float = float("-inf")
    revoked: bool = False

    def lives(self, now: float) -> bool:
        return not self.revoked and now < self.expires_at


@dataclass
class ModelCode:
    code: str
    verifier: str
    session: ModelSession
    offline: bool
    expires_at: float
    family: ModelFamily | None = None


@dataclass
class ModelAccessToken:
    token: str
    family: ModelFamily
    expires_at: float
    revoked: bool = False

    def lives(self, now: float) -> bool:
        return not self.revoked and now < self.expires_at and self.family.lives(now)


@dataclass
class Model:
    """The whole of it for one user and one client."""

    password: str
    disabled: bool = False
    sessions: list[ModelSession] = field(default_factory=list)
    codes: list[ModelCode] = field(default_factory=list)
    families: list[ModelFamily] = field(default_factory=list)
    access_tokens: list[ModelAccessToken] = field(default_factory=list)

    def end_session(self, session: ModelSession) -> None:
        session.ended = True
        for family in self.families:
            if family.session is session:
                family.revoked = True

    def end_everything(self) -> None:
        for session in self.sessions:
            session.ended = True
        for family in self.families:
            family.revoked = True

    def replace_session(self, previous: ModelSession, new: ModelSession) -> None:
        """A login in the same browser: what the old session gave lives on under the new one."""
        previous.ended = True
        for family in self.families:
            if family.session is previous:
                family.session = new
