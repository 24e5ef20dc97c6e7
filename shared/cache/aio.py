"""A cache of another process's answers, on an event loop."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from shared.cache.cache import Cache
from shared.cache.decision import Decision
from shared.cache.view import Stamp

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Answer(Generic[Value]):
    """What another process has answered.

    Attributes:
        decision: The answer, and what it rests on.
        stamp: As of when that process decided; none for an answer that must not be kept.
    """

    decision: Decision[Value]
    stamp: Stamp | None


class AsyncCache(Generic[Value]):
    """Asks once for all tasks that want to know the same.

    Belongs to one event loop, which is what guards `_flights`.
    """

    def __init__(self, cache: Cache[Value]) -> None:
        self._cache = cache
        self._flights: dict[str, asyncio.Event] = {}

    async def get_or_ask(self, key: str, ask: Callable[[], Awaitable[Answer[Value]]]) -> Value:
        """The answer that is kept under this key, or else a new one.

        Whoever comes while it is being asked for waits, and takes the answer if the rule allows it by then.
        """
        found = self._cache.get(key)
        if found is not None:
            return found.value
        ahead = self._flights.get(key)
        if ahead is not None:
            await ahead.wait()
            found = self._cache.get(key)
            return found.value if found is not None else await self._ask(key, ask)
        landed = self._flights[key] = asyncio.Event()
        try:
            return await self._ask(key, ask)
        finally:
            del self._flights[key]
            landed.set()

    async def _ask(self, key: str, ask: Callable[[], Awaitable[Answer[Value]]]) -> Value:
        answer = await ask()
        if answer.stamp is not None:
            self._cache.put(key, answer.decision, answer.stamp)
        return answer.decision.value
