"""Signing keys in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from shared.errors import StoreFull
from shared.records import SigningKey
from shared.store.memory.state import State
from shared.store.tags import KEYS


class MemoryKeys:
    """`KeyStore` in memory."""

    def __init__(self, state: State) -> None:
        self._state = state

    def list_signing_keys(self) -> Sequence[SigningKey]:
        with self._state.lock:
            keys = list(self._state.keys.values())
        return sorted(keys, key=lambda key: key.created_at, reverse=True)

    def replace_signing_keys(self, added: Sequence[SigningKey], retired: Mapping[str, float]) -> None:
        state = self._state
        with state.lock:
            known = state.keys.values()
            keys = {key.kid: replace(key, retires_at=retired.get(key.kid, key.retires_at)) for key in known}
            keys.update({key.kid: key for key in added})
            if len(keys) > state.max_rows:
                raise StoreFull(f"the store holds its maximum of {state.max_rows} signing keys")
            state.keys = keys
            state.invalidate(KEYS)
