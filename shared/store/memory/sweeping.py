"""Removal of what has expired, in memory."""

from shared.store.memory.state import State
from shared.store.sweeping import SweptTable

_AT_ONCE = 100
"""Rows that are removed under one lock: requests wait for it."""


class MemorySweeping:
    """`SweepStore` in memory."""

    def __init__(self, state: State) -> None:
        self._state = state

    def sweep(self, table: SweptTable, now: float, limit: int) -> int:
        swept = 0
        while swept < limit:
            wanted = min(limit - swept, _AT_ONCE)
            with self._state.lock:
                removed = self._remove(table, now, wanted)
            swept += removed
            if removed < wanted:
                break
        return swept

    def oldest_expired(self, table: SweptTable, now: float) -> float | None:
        state = self._state
        with state.lock:
            if table is SweptTable.KEYS:
                oldest = min((key.retires_at for key in state.keys.values()), default=None)
            elif table is SweptTable.INVALIDATIONS:
                oldest = state.recorded_at[0][1] if len(state.recorded_at) > 1 else None
            else:
                oldest = state.expiring[table].first_expiry()
        return oldest if oldest is not None and oldest <= now else None

    def current_time(self) -> float:
        return self._state.clock.now()

    def _remove(self, table: SweptTable, now: float, wanted: int) -> int:
        if table is SweptTable.KEYS:
            return self._remove_keys(now, wanted)
        if table is SweptTable.INVALIDATIONS:
            return self._forget_versions(now, wanted)
        return self._state.expiring[table].remove_expired(now, wanted)

    def _remove_keys(self, now: float, wanted: int) -> int:
        by_end = sorted(self._state.keys.values(), key=lambda key: key.retires_at)
        retired = [key.kid for key in by_end if key.retires_at <= now][:wanted]
        self._state.keys = {kid: key for kid, key in self._state.keys.items() if kid not in retired}
        return len(retired)

    def _forget_versions(self, now: float, wanted: int) -> int:
        state, before = self._state, len(self._state.log)
        while len(state.recorded_at) > 1 and state.recorded_at[0][1] <= now and before - len(state.log) < wanted:
            state.recorded_at.popleft()
            state.log.forget_oldest()
        return before - len(state.log)
