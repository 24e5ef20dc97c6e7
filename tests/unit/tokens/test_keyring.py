"""The key ring: what it signs verifies, and nothing else does."""

import base64
import json
from collections.abc import Sequence

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey
from joserfc.jws import JWSRegistry

from shared.clock import ManualClock
from shared.records import SigningKey
from shared.tokens.keyring import MAX_TOKEN_BYTES, InvalidJwt, KeyRing
from shared.tokens.sealing import KeySealer, PrivateKey

SEALER = KeySealer([b"s" * 32])
EC = ECKey.generate_key("P-256")
NEXT_EC = ECKey.generate_key("P-256")
RSA = RSAKey.generate_key(2048)


class Keys:
    """A source of keys that a test can change."""

    def __init__(self, *keys: SigningKey) -> None:
        self.keys = list(keys)
        self.reads = 0

    def list_signing_keys(self) -> Sequence[SigningKey]:
        self.reads += 1
        return tuple(self.keys)


def record(key: PrivateKey, alg: str, activates_at: float = 0, retires_at: float = float("inf")) -> SigningKey:
    return SigningKey(key.thumbprint(), alg, SEALER.seal(key), 0, activates_at, retires_at)


def ring(*keys: SigningKey, clock: ManualClock | None = None) -> KeyRing:
    return KeyRing(Keys(*keys), SEALER, clock or ManualClock(1000))


RING = ring(record(EC, "ES256"), record(RSA, "RS256"))
TOKEN = RING.sign("ES256", "at+jwt", {"sub": "ada"})


def test_what_is_signed_verifies() -> None:
    """Both algorithms round trip, and `kid` is the RFC 7638 thumbprint."""
    assert RING.verify(TOKEN, "at+jwt") == {"sub": "ada"}
    assert RING.verify(RING.sign("RS256", "JWT", {"sub": "ada"}), "JWT") == {"sub": "ada"}
    assert {key["kid"] for key in RING.jwks()["keys"]} == {EC.thumbprint(), RSA.thumbprint()}


def test_the_key_set_has_no_private_part() -> None:
    """The JWKS tells public members only, with their use and algorithm."""
    for key in RING.jwks()["keys"]:
        assert key.keys().isdisjoint({"d", "p", "q", "dp", "dq", "qi"})
        assert (key["use"], key["alg"]) in {("sig", "ES256"), ("sig", "RS256")}


def test_another_type_is_refused() -> None:
    """Row 14: an access token is no ID token and the other way round (RFC 9068 section 4)."""
    with pytest.raises(InvalidJwt):
        RING.verify(TOKEN, "JWT")
    with pytest.raises(InvalidJwt):
        RING.verify(RING.sign("ES256", "JWT", {}), "at+jwt")


def forged(header: dict[str, object], key: object, alg: str) -> str:
    return jwt.encode(header, {"sub": "eve"}, key, algorithms=[alg])  # type: ignore[arg-type]  # Any key a forger has.


def unsigned(header: dict[str, object]) -> str:
    parts = (json.dumps(header).encode(), b'{"sub":"eve"}')
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts) + "."


KID = {"kid": EC.thumbprint(), "typ": "at+jwt"}
PUBLIC_PEM = EC.as_pem(private=False)


@pytest.mark.parametrize(
    "token",
    [
        pytest.param(unsigned({**KID, "alg": "none"}), id="alg none"),
        pytest.param(forged({**KID, "alg": "ES256"}, NEXT_EC, "ES256"), id="another key under a known kid"),
        pytest.param(forged({"typ": "at+jwt", "alg": "ES256"}, EC, "ES256"), id="no kid"),
        pytest.param(forged({**KID, "kid": "x", "alg": "ES256"}, EC, "ES256"), id="unknown kid"),
        pytest.param(
            forged({**KID, "alg": "ES256", "jwk": NEXT_EC.as_dict(private=False)}, NEXT_EC, "ES256"),
            id="row 15: a key brought along in the header",
        ),
        pytest.param(forged({**KID, "alg": "RS256"}, RSA, "RS256"), id="another algorithm than the key's"),
        pytest.param(
            forged({**KID, "alg": "HS256"}, OctKey.import_key(base64.b64encode(PUBLIC_PEM)), "HS256"),
            id="CVE-2024-37568: HS256 with the public key",
        ),
        pytest.param(
            TOKEN.replace(
                TOKEN.split(".")[0],
                base64.urlsafe_b64encode(json.dumps({**KID, "alg": "ES256", "crit": ["x"], "x": 1}).encode())
                .rstrip(b"=")
                .decode(),
            ),
            id="CVE-2025-59420: unknown crit",
        ),
        pytest.param("", id="empty"),
        pytest.param(base64.urlsafe_b64encode(b"[" * 9000).rstrip(b"=").decode() + ".e30.AAAA", id="nested deeply"),
        pytest.param("a.b.c", id="garbage"),
        pytest.param("é" + TOKEN, id="not ASCII"),
        pytest.param(TOKEN + "x" * MAX_TOKEN_BYTES, id="CVE-2025-61920: too long"),
        pytest.param(TOKEN[:-1], id="truncated"),
        pytest.param(TOKEN + "A", id="extended"),
        pytest.param(TOKEN + "=", id="padded"),
    ],
)
def test_forgeries_are_refused(token: str) -> None:
    """Rows 14 to 16: no forged or damaged token verifies."""
    with pytest.raises(InvalidJwt):
        RING.verify(token, "at+jwt")


def test_unknown_critical_headers_are_refused_even_when_signed() -> None:
    """Row 16: a token of ours with a critical header that we do not know is refused."""
    registry_free = forged({**KID, "alg": "ES256"}, EC, "ES256")
    assert RING.verify(registry_free, "at+jwt") == {"sub": "eve"}
    header = base64.urlsafe_b64encode(json.dumps({**KID, "alg": "ES256", "crit": ["exp"], "exp": 1}).encode())
    payload = TOKEN.split(".")[1]
    signing_input = header.rstrip(b"=").decode() + "." + payload
    signature = JWSRegistry.algorithms["ES256"].sign(signing_input.encode(), EC)
    token = signing_input + "." + base64.urlsafe_b64encode(signature).rstrip(b"=").decode()
    with pytest.raises(InvalidJwt):
        RING.verify(token, "at+jwt")


def test_every_character_of_the_signature_counts() -> None:
    """A token has one spelling: changing any character of the signature is refused, unused bits included."""
    head, _, signature = TOKEN.rpartition(".")
    for position in range(len(signature)):
        for other in "AQgw_":
            changed = signature[:position] + other + signature[position + 1 :]
            if changed != signature:
                with pytest.raises(InvalidJwt):
                    RING.verify(f"{head}.{changed}", "at+jwt")


def test_a_new_key_is_published_before_it_signs() -> None:
    """During the overlap the old key signs and both are published; then the new one signs and the old one goes."""
    clock = ManualClock(1000)
    keys = ring(record(NEXT_EC, "ES256", activates_at=1300), record(EC, "ES256", retires_at=1900), clock=clock)
    assert keys.signing_kids() == {EC.thumbprint()}
    assert len(keys.jwks()["keys"]) == 2
    old_token = keys.sign("ES256", "at+jwt", {})
    clock.advance(300)
    assert keys.signing_kids() == {NEXT_EC.thumbprint()}
    assert keys.verify(old_token, "at+jwt") == {}
    clock.advance(600)
    assert [key["kid"] for key in keys.jwks()["keys"]] == [NEXT_EC.thumbprint()]
    with pytest.raises(InvalidJwt):
        keys.verify(old_token, "at+jwt")


def test_keys_are_what_the_source_has() -> None:
    """A key that another process made is good as soon as the source has it, and one that was withdrawn is not."""
    source = Keys(record(EC, "ES256"))
    keys = KeyRing(source, SEALER, ManualClock(1000))
    assert keys.verify(TOKEN, "at+jwt") == {"sub": "ada"}
    source.keys = [record(NEXT_EC, "ES256")]
    assert keys.verify(ring(record(NEXT_EC, "ES256")).sign("ES256", "at+jwt", {}), "at+jwt") == {}
    with pytest.raises(InvalidJwt):
        keys.verify(TOKEN, "at+jwt")


def test_a_key_is_unsealed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """However often the source is asked, and whatever else changes there."""
    source, opened = Keys(record(EC, "ES256")), list[str]()
    unseal = KeySealer.open

    def noted(sealer: KeySealer, sealed: str) -> PrivateKey:
        opened.append(sealed)
        return unseal(sealer, sealed)

    monkeypatch.setattr(KeySealer, "open", noted)
    keys = KeyRing(source, SEALER, ManualClock(1000))
    for _ in range(10):
        keys.verify(TOKEN, "at+jwt")
    source.keys = [*source.keys, record(RSA, "RS256")]
    assert len(keys.jwks()["keys"]) == 2
    assert len(opened) == 2


def test_a_key_sealed_under_an_unknown_secret_is_an_error() -> None:
    """A lost secret is told at once and by name, not as a bad signature later."""
    with pytest.raises(ValueError, match="secret"):
        KeySealer([b"t" * 32]).open(SEALER.seal(EC))


def test_keys_sealed_under_the_previous_secret_open() -> None:
    """The secret can be replaced while keys sealed under the old one live."""
    assert KeySealer([b"t" * 32, b"s" * 32]).open(SEALER.seal(EC)).thumbprint() == EC.thumbprint()


def test_sealed_keys_tell_nothing() -> None:
    """Row 30: neither the sealed form nor the record's repr shows the private key."""
    private = str(EC.as_dict(private=True)["d"])
    stored = record(EC, "ES256")
    assert private not in stored.sealed
    assert stored.sealed not in repr(stored)
