"""Every state that a small plane can get into."""

import gc
from collections import deque
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

State = TypeVar("State", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Home(Generic[State]):
    """Somewhere the rule is at home.

    Attributes:
        start: The first state.
        steps: What may happen next, by name, and what comes of it.
        wrong: What is wrong with a state; nothing if all is well.
    """

    start: State
    steps: Callable[[State], Iterator[tuple[str, State]]]
    wrong: Callable[[State], str]


@dataclass(frozen=True, slots=True)
class Explored:
    """What came of exploring.

    Attributes:
        wrong: What is wrong with the first bad state that was found.
        trace: The shortest way to it.
    """

    states: int
    wrong: str = ""
    trace: tuple[str, ...] = ()


def explore(home: Home[State]) -> Explored:
    """Goes breadth first through all there is, until something is wrong."""
    gc.disable()  # States hold no cycles, and there are so many that looking for some takes most of the time.
    try:
        return _explore(home)
    finally:
        gc.enable()


def _explore(home: Home[State]) -> Explored:
    came_from: dict[State, tuple[State, str] | None] = {home.start: None}
    ahead = deque([home.start])
    while ahead:
        state = ahead.popleft()
        wrong = home.wrong(state)
        if wrong:
            return Explored(len(came_from), wrong, tuple(_way(came_from, state)))
        for step, following in home.steps(state):
            if following not in came_from:
                came_from[following] = (state, step)
                ahead.append(following)
    return Explored(len(came_from))


def _way(came_from: dict[State, tuple[State, str] | None], state: State) -> list[str]:
    steps: list[str] = []
    while (before := came_from[state]) is not None:
        state, step = before
        steps.append(step)
    return steps[::-1]
