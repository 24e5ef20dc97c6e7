"""The store in memory, put together."""

from collections.abc import Sized

from shared.clock import Clock, SystemClock
from shared.store.contract import Announce
from shared.store.memory.clients import MemoryAssertions, MemoryClients, MemoryConsents
from shared.store.memory.codes import MemoryCodes
from shared.store.memory.families import MemoryAccessTokens, MemoryFamilies
from shared.store.memory.invalidations import MemoryInvalidations
from shared.store.memory.keys import MemoryKeys
from shared.store.memory.sessions import MemorySessions
from shared.store.memory.state import State
from shared.store.memory.sweeping import MemorySweeping
from shared.store.memory.users import MemoryUsers

DEFAULT_MAX_ROWS = 1_000_000


class MemoryStore(
    MemoryUsers,
    MemorySessions,
    MemoryCodes,
    MemoryFamilies,
    MemoryAccessTokens,
    MemoryClients,
    MemoryConsents,
    MemoryAssertions,
    MemoryKeys,
    MemoryInvalidations,
    MemorySweeping,
):
    """All capabilities of the store, in this process only.

    Args:
        max_rows: Bound on the rows of each table. At the bound new rows are refused with `StoreFull` once what has
            expired is gone; nothing that lives is ever evicted. A row takes about 1 kB.
        announce: Called with every change before its method returns; it must neither wait nor ask the store.
        clock: The store's own time, which only the sweeper asks for; the system's when none is given.
    """

    def __init__(
        self, max_rows: int = DEFAULT_MAX_ROWS, announce: Announce = lambda _: None, clock: Clock | None = None
    ) -> None:
        super().__init__(State(max_rows, clock or SystemClock(), announce))

    def sizes(self) -> dict[str, int]:
        """Rows by table and entries by index, for tests and the debug page."""
        with self._state.lock:
            return {name: len(part) for name, part in vars(self._state).items() if isinstance(part, Sized)}

    def close(self) -> None:
        """Nothing to release."""
