"""Access tokens and ID token hints: what is read of them, and what is taken for neither."""

from typing import Any

import pytest

from shared.clock import ManualClock
from shared.errors import InvalidRequest, InvalidToken
from shared.records import Family
from shared.tokens.access_token import AccessToken, AccessTokenVerifier
from shared.tokens.id_token import IdTokenHint, IdTokenHintVerifier
from shared.tokens.keyring import KeyRing
from tests.contract.examples import NOW, client, granted
from tests.stores import memory_access
from tests.unit.tokens.test_keyring import EC, RSA, SEALER, Keys, record

ISSUER = "https://id.example"


class Fixture:
    """A family, a client, and a ring to sign with."""

    def __init__(self) -> None:
        self.clock = ManualClock(NOW)
        self.access = memory_access(self.clock)
        self.store = self.access.store
        self.store.insert_client(client())
        self.store.insert_client(client("machine", epoch=2))
        self.family: Family = granted(self.store)
        self.ring = KeyRing(Keys(record(EC, "ES256"), record(RSA, "RS256")), SEALER, self.clock)
        self.tokens = AccessTokenVerifier(self.ring, ISSUER, self.store, self.access.caches)
        self.hints = IdTokenHintVerifier(self.ring, ISSUER)

    def sign(self, typ: str = "at+jwt", **changes: Any) -> str:
        claims = {
            "iss": ISSUER,
            "aud": [ISSUER, "api"],
            "sub": self.family.user_id,
            "client_id": "web",
            "scope": "openid email",
            "iat": int(NOW),
            "exp": int(NOW) + 600,
            "jti": "the id",
            "auth_time": int(NOW) - 5,
            "family": self.family.family_id,
        }
        wanted = {name: value for name, value in {**claims, **changes}.items() if value is not None}
        return self.ring.sign("ES256", typ, wanted)

    def machine(self, **changes: Any) -> str:
        return self.sign(**{"family": None, "auth_time": None, "sub": "machine", "client_id": "machine", **changes})


@pytest.fixture
def plane() -> Fixture:
    return Fixture()


def test_a_users_token_is_read(plane: Fixture) -> None:
    """All that it says, and what its authorization requested."""
    assert plane.tokens.verify(plane.sign()) == AccessToken(
        jti="the id",
        sub=plane.family.user_id,
        user_id=plane.family.user_id,
        client_id="web",
        scopes=("openid", "email"),
        audience=(ISSUER, "api"),
        issued_at=int(NOW),
        expires_at=int(NOW) + 600,
        auth_time=int(NOW) - 5,
        family_id=plane.family.family_id,
        requested_claims={"id_token": {"email": None}},
    )


def test_a_clients_token_is_read(plane: Fixture) -> None:
    """It has no user, whatever its subject is called."""
    token = plane.tokens.verify(plane.machine(epoch=2, aud=ISSUER, sub=plane.family.user_id))
    assert (token.user_id, token.family_id, token.auth_time, token.requested_claims) == ("", "", 0, {})
    assert token.audience == (ISSUER,)


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://elsewhere.example"},
        {"iss": None},
        {"aud": "api"},
        {"aud": ["api"]},
        {"aud": None},
        {"aud": ISSUER + "/"},
        {"exp": int(NOW)},
        {"family": "unknown"},
        {"typ": "JWT"},
        {"typ": "logout+jwt"},
    ],
    ids=str,
)
def test_what_is_no_live_access_token_is_refused(plane: Fixture, changes: dict[str, Any]) -> None:
    """Row 14: RFC 9068 section 4, although we signed it ourselves."""
    with pytest.raises(InvalidToken):
        plane.tokens.verify(plane.sign(**changes))


@pytest.mark.parametrize("changes", [{"epoch": 1}, {"epoch": 3}, {"epoch": 2, "client_id": "unknown"}], ids=str)
def test_a_client_token_of_another_epoch_is_refused(plane: Fixture, changes: dict[str, Any]) -> None:
    """It was issued before the client was disabled, or the client is unknown."""
    with pytest.raises(InvalidToken):
        plane.tokens.verify(plane.machine(**changes))


def test_what_has_ended_is_refused(plane: Fixture) -> None:
    """Revoked singly, by its family, by its client; the last second counts, its end does not."""
    users, machines = plane.sign(), plane.machine(epoch=2, jti="another")
    plane.clock.advance(599.9)
    assert plane.tokens.verify(users).client_id == "web"
    plane.store.revoke_access_token("the id", NOW + 600, NOW)
    with pytest.raises(InvalidToken):
        plane.tokens.verify(users)
    sibling = plane.sign(jti="sibling")
    assert plane.tokens.verify(sibling).client_id == "web"
    plane.store.revoke_family(plane.family.family_id, NOW)
    with pytest.raises(InvalidToken):
        plane.tokens.verify(sibling)
    assert plane.tokens.verify(machines).client_id == "machine"
    plane.store.disable_client("machine", NOW)
    with pytest.raises(InvalidToken):
        plane.tokens.verify(plane.machine(epoch=3, jti="third"))
    plane.clock.advance(0.1)
    plane.store.enable_client("machine")
    with pytest.raises(InvalidToken):
        plane.tokens.verify(machines)


def test_a_hint_is_read_after_its_time(plane: Fixture) -> None:
    """OpenID Connect Core 3.1.2.1: an expired ID token is as good a hint; one may have no session."""
    hint = plane.sign("JWT", aud="web", exp=1, sid="the session")
    assert plane.hints.verify(hint) == IdTokenHint(plane.family.user_id, "web", "the session")
    assert plane.hints.verify(plane.sign("JWT", aud="web")).session_id == ""


@pytest.mark.parametrize("changes", [{"typ": "at+jwt"}, {"typ": "JWT", "iss": "https://elsewhere.example"}], ids=str)
def test_what_is_no_id_token_is_no_hint(plane: Fixture, changes: dict[str, Any]) -> None:
    """Row 14: an access token, or another issuer's, or garbage."""
    for hint in (plane.sign(**changes), "garbage", ""):
        with pytest.raises(InvalidRequest):
            plane.hints.verify(hint)
