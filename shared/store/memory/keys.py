"""Signing keys in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from shared.records import SigningKey
from shared.store.memory.state import State


class MemoryKeys:
    """`KeyStore` in memory."""

    def __init__(self, state: State) -> None:
        self._state = state

    def list_signing_keys(self) -> Sequence[SigningKey]:
        with self._state.lock:
            keys = list(self._state.keys.values())
        return sorted(keys, key=lambda key: key.created_at, reverse=True)

    def replace_signing_keys(self, added: Sequence[SigningKey], retired: Mapping[str, float]) -> None:
        with self._state.lock:
            for kid, retires_at in retired.items():
                self._state.keys[kid] = replace(self._state.keys[kid], retires_at=retires_at)
            self._state.keys.update({key.kid: key for key in added})
