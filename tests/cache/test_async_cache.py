"""A cache of answers on an event loop."""

import asyncio
from collections.abc import Callable, Coroutine

import pytest

from shared.cache.aio import Answer, AsyncCache
from shared.cache.decision import Decision
from tests.cache.scene import Scene, foreign, no, yes

TASKS = 32

pytestmark = pytest.mark.anyio

Ask = Callable[[], Coroutine[None, None, Answer[str]]]


class Service:
    """Answers when it is let go."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self.go = asyncio.Event()
        self.asked = 0

    def answering(self, decision: Decision[str], *, kept: bool = True) -> Ask:
        async def ask() -> Answer[str]:
            self.asked += 1
            stamp = foreign(self._scene.view.position) if kept else None
            await self.go.wait()
            return Answer(decision, stamp)

        return ask

    async def failing(self) -> Answer[str]:
        self.asked += 1
        await self.go.wait()
        raise ConnectionError("the service is gone")


@pytest.fixture
def anyio_backend() -> str:
    """The event loop that the gateway runs on."""
    return "asyncio"


def tasks(cache: AsyncCache[str], ask: Ask, count: int) -> list[asyncio.Task[str]]:
    return [asyncio.create_task(cache.get_or_ask("k", ask)) for _ in range(count)]


async def settle() -> None:
    """Lets every task go as far as it can."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_one_asks_for_all() -> None:
    """32 tasks, one question; later ones need none."""
    scene = Scene()
    cache, service = AsyncCache(scene.cache()), Service(scene)
    waiting = tasks(cache, service.answering(yes("a")), TASKS)
    await settle()
    service.go.set()
    assert await asyncio.gather(*waiting) == ["yes"] * TASKS
    assert await cache.get_or_ask("k", service.failing) == "yes"
    assert service.asked == 1


async def test_an_answer_that_was_overtaken_is_not_taken_by_those_who_waited() -> None:
    """They ask again; whoever had asked before the revocation gets what was said then."""
    scene = Scene()
    cache, service = AsyncCache(scene.cache()), Service(scene)
    leader = tasks(cache, service.answering(yes("a")), 1)
    await settle()
    others = tasks(cache, service.answering(no("a")), 3)
    await settle()
    scene.log.commit("a")
    scene.poll()
    service.go.set()
    assert await asyncio.gather(*leader, *others) == ["yes", "no", "no", "no"]


async def test_what_must_not_be_kept_is_asked_for_by_each() -> None:
    """It has no stamp."""
    scene = Scene()
    cache, service = AsyncCache(scene.cache()), Service(scene)
    waiting = tasks(cache, service.answering(yes("a"), kept=False), 3)
    await settle()
    service.go.set()
    assert await asyncio.gather(*waiting) == ["yes"] * 3
    assert service.asked == 3


@pytest.mark.parametrize("cancelled", [True, False])
async def test_whoever_waits_for_a_question_that_came_to_nothing_asks_anew(cancelled: bool) -> None:
    """It failed, or the client who was first went away."""
    scene = Scene()
    cache, service = AsyncCache(scene.cache()), Service(scene)
    leader = tasks(cache, service.failing, 1)[0]
    await settle()
    others = tasks(cache, service.answering(yes("a")), 2)
    await settle()
    if cancelled:
        leader.cancel()
    service.go.set()
    assert await asyncio.gather(*others) == ["yes"] * 2
    with pytest.raises(asyncio.CancelledError if cancelled else ConnectionError):
        await leader
    assert await cache.get_or_ask("k", service.failing) == "yes"


async def test_a_no_stands_against_a_late_yes() -> None:
    """Two ask at once after somebody's failure, and the one who asks a replica that lags is answered last."""
    scene = Scene()
    cache, gone, informed, lagging = AsyncCache(scene.cache()), Service(scene), Service(scene), Service(scene)
    failed = tasks(cache, gone.failing, 1)[0]
    await settle()
    told_no = tasks(cache, informed.answering(no("a")), 1)[0]
    told_yes = tasks(cache, lagging.answering(yes("a")), 1)[0]
    await settle()
    gone.go.set()
    await settle()
    informed.go.set()
    assert await told_no == "no"
    lagging.go.set()
    assert await told_yes == "yes"
    assert await cache.get_or_ask("k", lagging.failing) == "no"
    with pytest.raises(ConnectionError):
        await failed
