"""What every store must do. One protocol for each capability; a difference between two adapters is a bug.

All methods are safe to call from many threads, and each is atomic: a caller never sees half of what it does. Every
method may raise `Unavailable` or `DeadlineExceeded`; methods that add something may raise `StoreFull`, and then
nothing was added and nothing that lives was evicted. `now` is seconds since the epoch. What has expired at `now` must
be treated as absent, whether or not it was swept.

Whatever changes what a reader would be told of a user, session, family, token, client, consent or key must take the
next version of the store and log the tags of it (`shared.store.tags`), in the same step, and announce that once it is
durable and before the method returns. A session or family that begins, and a rotation, need not: nothing that was known
before is wrong then, or not so that it matters at once.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from shared.cache.log import Invalidation, News, Position
from shared.records import AuthorizationCode, Claims, Client, Family, Session, SigningKey, User
from shared.store.sweeping import SweepStore


class UserStore(Protocol):
    """Users, found by id or by login name."""

    def insert_user(self, user: User) -> None:
        """Must raise `UserExists` when user name or e-mail address is any user's user name or e-mail, in any case."""

    def find_user(self, user_id: str) -> User | None:
        """Must return disabled users too."""

    def find_user_by_login(self, login: str) -> User | None:
        """Must find by user name or e-mail address in any case, disabled users too."""

    def list_users(self, after: str, limit: int) -> Sequence[User]:
        """Must return at most `limit` users by ascending lower-case user name (by code point), those after `after`
        (exclusive).
        """

    def update_claims(self, user_id: str, claims: Claims, now: float) -> User:
        """Must replace all claims and set `updated_at`. Must raise `UserNotFound`, and `UserExists` as insert does."""

    def set_password(self, user_id: str, password_hash: str, now: float) -> int:
        """Must replace the hash, end the user's sessions and revoke their families, and return how many sessions were
        live. Must raise `UserNotFound`.
        """

    def upgrade_password_hash(self, user_id: str, password_hash: str, upgraded: str) -> bool:
        """Must replace the hash by another one of the same password if it still is `password_hash`, and return whether
        it did; must end nothing.
        """

    def disable_user(self, user_id: str, now: float) -> int:
        """Must disable the user, end their sessions and revoke their families, and return how many sessions were live.
        Must raise `UserNotFound`; must succeed when the user is disabled already.
        """

    def enable_user(self, user_id: str) -> None:
        """Must raise `UserNotFound`; must bring back nothing that was ended or revoked."""


@dataclass(frozen=True, slots=True)
class SessionStatus:
    """The least one may want to know of a live session."""

    user_id: str
    expires_at: float


class SessionStore(Protocol):
    """Login sessions."""

    def insert_session(self, session: Session, password_hash: str, previous_session_id: str) -> bool:
        """Must add the session only if its user exists, is enabled and still has `password_hash`, and return whether it
        did: a password may change, or a user be disabled, while it is being checked.

        `previous_session_id` is the session the browser held, or empty. If it is live it must end with this. When it is
        the same user's, its families must live on, as families of the new session; when it is another's, they must be
        revoked.
        """

    def find_session(self, session_id: str, now: float) -> Session | None:
        """Must return only a live session."""

    def check_session(self, session_id: str, now: float) -> SessionStatus | None:
        """Must return what `find_session` does, but only whose it is and how long it lasts: the cheapest question."""

    def list_sessions(self, user_id: str, now: float) -> Sequence[Session]:
        """Must return the user's live sessions, newest first."""

    def end_session(self, session_id: str, now: float) -> bool:
        """Must end the session and revoke its families; must return whether it was live."""

    def end_sessions_of_user(self, user_id: str, now: float) -> int:
        """Must end all the user's sessions and revoke all the user's families; must return how many sessions lived."""


@dataclass(frozen=True, slots=True)
class CodeRedemption:
    """A presented code and what shall come of it.

    Attributes:
        redirect_uri: Must equal the code's.
        code_challenge: The S256 challenge of the presented verifier, empty without one; must equal the code's.
        family_id: Id of the family to be created.
        token_hash: Digest of its first refresh token; empty when it gets none.
        lifetime: Seconds for which the family shall live, bounded by the code's `not_after`.
    """

    code_hash: str
    client_id: str
    redirect_uri: str
    code_challenge: str = field(repr=False)
    family_id: str
    token_hash: str
    lifetime: float
    now: float


class CodeStore(Protocol):
    """Authorization codes. A redeemed code must be kept until it expires, so that a replay is recognised."""

    def insert_code(self, code: AuthorizationCode) -> None:
        """Must add the code."""

    def redeem_code(self, redemption: CodeRedemption) -> Family:
        """Must consume the code and create its family in one step, exactly once however many try.

        Must raise `InvalidGrant` and change nothing when the code is unknown or expired, when client, redirect URI or
        challenge differ. Must raise `CodeAlreadyUsed` when all of it fits but the code was consumed before, after
        revoking the family that the first use created, even if the session has ended since: a later login may have
        taken the family over. Must raise `InvalidGrant` for a first use when the code's session has ended or its client
        is disabled, which may have happened while the client was authenticated.
        """


@dataclass(frozen=True, slots=True)
class Rotation:
    """A presented refresh token and its successor.

    Attributes:
        generation: That of the presented token.
        scopes: What the new access token shall allow; must be a subset of the family's.
        successor_hash: Digest of the token of the next generation.
        grace: Seconds after a rotation in which the rotated token gets the same successor again.
    """

    family_id: str
    token_hash: str
    generation: int
    client_id: str
    scopes: tuple[str, ...]
    successor_hash: str
    grace: float
    now: float


class Rotated(NamedTuple):
    """What has become of a family.

    Attributes:
        is_repeat: Whether it was rotated before, and this is the same answer once more.
    """

    family: Family
    is_repeat: bool = False


class FamilyStore(Protocol):
    """Families and their refresh tokens."""

    def find_family(self, family_id: str, now: float) -> Family | None:
        """Must return only a live family: neither expired nor revoked."""

    def find_refresh_token(self, family_id: str, token_hash: str, now: float) -> Family | None:
        """Must return the family only if it is live and this is its newest token."""

    def rotate_refresh_token(self, rotation: Rotation) -> Rotated:
        """Must replace the newest token of the family by its successor in one step, and return the family, whose
        `token_hash` is the live token's.

        The token just before the newest, presented less than `grace` seconds after it was rotated, must give the
        family unchanged: its `token_hash` is then the one that was stored by the first caller.

        Must raise, checked in this order: `InvalidGrant`, and change nothing, when the family is unknown, expired,
        revoked or another client's; `InvalidScope` likewise when `scopes` go beyond the family's; `InvalidGrant`
        likewise when the token is unknown and not of an earlier generation than the newest; `RefreshTokenReused`, after
        revoking the family, when the token was rotated and the grace is over or its successor was rotated too. The
        caller has verified that the token is genuine, so any other token of an earlier generation was rotated.
        """

    def revoke_family(self, family_id: str, now: float) -> bool:
        """Must revoke the family; must return whether it was live."""


class AccessTokenStore(Protocol):
    """Access tokens that were revoked one by one."""

    def revoke_access_token(self, jti: str, expires_at: float, now: float) -> None:
        """Must remember the revocation at least until `expires_at`."""

    def is_access_token_revoked(self, jti: str) -> bool:
        """Must be true from the moment that `revoke_access_token` returned until the token has expired."""


class ClientStore(Protocol):
    """Registered clients."""

    def insert_client(self, client: Client) -> None:
        """Must raise `ClientExists`."""

    def find_client(self, client_id: str) -> Client | None:
        """Must return disabled clients too."""

    def list_clients(self, after: str, limit: int) -> Sequence[Client]:
        """Must return at most `limit` clients by ascending client id (by code point), those after `after`
        (exclusive).
        """

    def update_client(self, client: Client) -> Client:
        """Must replace the settings, but keep `secret_hash`, `disabled`, `epoch` and `created_at`; must return what is
        stored. Must raise `ClientNotFound`.
        """

    def set_client_secret(self, client_id: str, secret_hash: str) -> None:
        """Must raise `ClientNotFound`."""

    def disable_client(self, client_id: str, now: float) -> None:
        """Must disable the client, raise its epoch by one, revoke its families and forget its codes. Must raise
        `ClientNotFound`; must change nothing when the client is disabled already.
        """

    def enable_client(self, client_id: str) -> None:
        """Must raise `ClientNotFound`; must bring back nothing that was revoked."""


class ConsentStore(Protocol):
    """What users allowed clients."""

    def find_consent(self, user_id: str, client_id: str) -> frozenset[str]:
        """Must return the scopes that the user granted the client; empty when none."""

    def grant_consent(self, user_id: str, client_id: str, scopes: frozenset[str], now: float) -> None:
        """Must add the scopes to those granted before."""


class AssertionStore(Protocol):
    """Client assertions that were used (RFC 7523 section 3)."""

    def use_assertion(self, client_id: str, jti: str, expires_at: float, now: float) -> bool:
        """Must return true exactly once for each client and `jti` until `expires_at`, however many try."""


class KeyStore(Protocol):
    """Signing keys."""

    def list_signing_keys(self) -> Sequence[SigningKey]:
        """Must return all keys, newest first, retired ones too until they are swept."""

    def replace_signing_keys(self, added: Sequence[SigningKey], retired: Mapping[str, float]) -> None:
        """Must add keys and set `retires_at` of others (by `kid`) in one step; must ignore a `kid` that is gone."""


Announce = Callable[[Invalidation], None]
"""Called with every change that a store made, once it is durable."""


class InvalidationStore(Protocol):
    """The log of what ceased to hold."""

    def record_invalidations(self, tags: Collection[str]) -> None:
        """Must log the tags as one version, and announce them: for what needs no step of its own."""

    def read_invalidations(self, since: Position | None, limit: int) -> News:
        """Must return what follows `since`, at most `limit` versions, in order and without a gap. Must restart without
        `since`, or when that is no place in the log any more.
        """

    def newest_version(self) -> int:
        """Must return a version at or past that of every change whose method has returned, in whatever process."""


class Store(
    UserStore,
    SessionStore,
    CodeStore,
    FamilyStore,
    AccessTokenStore,
    ClientStore,
    ConsentStore,
    AssertionStore,
    KeyStore,
    InvalidationStore,
    SweepStore,
    Protocol,
):
    """All capabilities together."""

    def close(self) -> None:
        """Must release what the store holds; must be harmless when called twice."""
