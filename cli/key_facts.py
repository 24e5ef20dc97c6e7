"""What the status page says of signing keys: never anything private."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from shared.clock import Clock
from shared.errors import AuthplaneError
from shared.records import SigningKey
from shared.store import KeyStore


def key_facts(store: KeyStore, clock: Clock) -> Mapping[str, Any]:
    """The keys by kid, newest first; JSON values. When the store does not answer it says so."""
    try:
        keys = store.list_signing_keys()
    except AuthplaneError:
        return {"unknown": "the store does not answer"}
    now, signing = clock.now(), set[str]()
    return {key.kid: _facts(key, now, signing) for key in keys}


def _facts(key: SigningKey, now: float, signing: set[str]) -> Mapping[str, Any]:
    signs = key.activates_at <= now and key.alg not in signing  # The newest of those that may.
    signing |= {key.alg} if signs else set()
    return {
        "alg": key.alg,
        "state": "signs" if signs else "verifies" if key.activates_at <= now else "waits",
        "activates": _time(key.activates_at),
        "retires": _time(key.retires_at) if key.retires_at < float("inf") else None,
    }


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
