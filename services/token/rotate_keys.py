"""Signing keys are made and replaced here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from joserfc.jwk import ECKey, RSAKey

from shared.clock import Clock
from shared.errors import InvalidRequest
from shared.records import SigningKey
from shared.store import KeyStore
from shared.telemetry.events import SecurityEvents
from shared.tokens.keyring import ALGORITHMS
from shared.tokens.sealing import KeySealer, PrivateKey

_GENERATE: dict[str, Callable[[], PrivateKey]] = {
    "ES256": lambda: ECKey.generate_key("P-256"),
    "RS256": lambda: RSAKey.generate_key(2048),
}


@dataclass(frozen=True, slots=True)
class KeySchedule:
    """When keys begin and cease, in seconds.

    Attributes:
        overlap: How long a new key is published before it signs, so that every verifier has it by then.
        longest_token: Lifetime of the longest-lived token; a replaced key stays published as long after its last use.
    """

    overlap: float
    longest_token: float


class KeyRotator:
    """Makes signing keys, and replaces them without a moment in which a good token cannot be verified."""

    def __init__(
        self,
        keys: KeyStore,
        sealer: KeySealer,
        schedule: KeySchedule,
        clock: Clock,
        events: SecurityEvents,
    ) -> None:
        self._keys = keys
        self._sealer = sealer
        self._schedule = schedule
        self._clock = clock
        self._events = events

    def ensure(self) -> None:
        """Makes the first key of each algorithm that has none."""
        now = self._clock.now()
        present = {key.alg for key in self._keys.list_signing_keys() if key.retires_at > now}
        missing = [alg for alg in ALGORITHMS if alg not in present]
        self._keys.replace_signing_keys([self._make(alg, now) for alg in missing], {})

    def rotate(self, algs: Sequence[str], immediately: bool) -> list[SigningKey]:
        """Replaces the keys of the algorithms, or of all when none is named.

        With `immediately` the keys before them are withdrawn at once, and every token they signed is refused: that is
        for a key that leaked.

        Raises:
            InvalidRequest: An algorithm is unknown.
        """
        wanted = tuple(dict.fromkeys(algs)) or ALGORITHMS
        if not set(wanted) <= set(ALGORITHMS):
            raise InvalidRequest(f"algs may name {' and '.join(ALGORITHMS)}")
        now = self._clock.now()
        activates_at = now if immediately else now + self._schedule.overlap
        ceases_at = now if immediately else activates_at + self._schedule.longest_token
        added = [self._make(alg, activates_at) for alg in wanted]
        replaced = [key for key in self._keys.list_signing_keys() if key.alg in wanted]
        self._keys.replace_signing_keys(added, {key.kid: min(key.retires_at, ceases_at) for key in replaced})
        self._events.keys_rotated(kids=[key.kid for key in added], immediately=immediately)
        return added

    def _make(self, alg: str, activates_at: float) -> SigningKey:
        private = _GENERATE[alg]()
        return SigningKey(
            kid=private.thumbprint(),
            alg=alg,
            sealed=self._sealer.seal(private),
            created_at=self._clock.now(),
            activates_at=activates_at,
        )
