"""`min_store_version`: an answer at or past what the caller has seen, or none."""

from dataclasses import dataclass, field

import pytest

from shared.cache.log import BEGINNING, News
from shared.cache.recording import recording
from shared.cache.view import View
from shared.clock import ManualClock
from shared.errors import Unavailable
from shared.store.access import StoreAccess
from shared.store.memory import MemoryStore
from tests.contract.examples import NOW, client
from tests.stores import cached, memory_access


@dataclass
class Lagging:
    """A process whose feed was fresh a moment ago and brings nothing more; its store goes on."""

    clock: ManualClock = field(default_factory=lambda: ManualClock(NOW))
    store: MemoryStore = field(default_factory=MemoryStore)

    def access(self) -> StoreAccess:
        view = View(1000, 1.0, self.clock)
        view.follow(News(True, (), BEGINNING, True, 0.0), self.clock.monotonic())
        return cached(self.store, view, self.clock)


def test_what_is_kept_is_not_used_for_a_caller_who_has_seen_more() -> None:
    """The feed has not brought the change: with the version the store is asked, without it what is kept holds."""
    lagging = Lagging()
    access = lagging.access()
    lagging.store.insert_client(client("web"))
    assert access.store.find_client("web") is not None
    lagging.store.disable_client("web", NOW)
    before = access.store.find_client("web")
    assert before is not None
    assert not before.disabled
    with recording():
        access.reach(lagging.store.newest_version())
        after = access.store.find_client("web")
    assert after is not None
    assert after.disabled


def test_a_version_that_nobody_has_made_is_unavailable() -> None:
    """The store was restored since, or the caller made it up."""
    access = Lagging().access()
    with recording(), pytest.raises(Unavailable):
        access.reach(1)


def test_no_version_asks_for_nothing() -> None:
    """Nor does one that was applied long ago."""
    access = memory_access(ManualClock(NOW))
    access.store.insert_client(client("web"))
    with recording():
        access.reach(0)
        access.reach(1)
        assert access.store.find_client("web") is not None
        hits = {state.name: state.statistics.hits for state in access.caches.states()}
        assert access.store.find_client("web") is not None
        assert {state.name: state.statistics.hits for state in access.caches.states()}["clients"] == hits["clients"] + 1


def test_a_call_that_changed_nothing_is_told_the_stores_version() -> None:
    """What was ended by another process is refused as of a version that the caller can pass on."""
    lagging = Lagging()
    access = lagging.access()
    lagging.store.insert_client(client("web"))
    with recording():
        assert access.as_of() == 1
        access.store.disable_client("web", NOW)
        assert access.as_of() == 2
