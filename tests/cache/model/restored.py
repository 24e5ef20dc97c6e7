"""At home on a store that is restored to an earlier state once, whose versions are then taken again."""

from collections.abc import Iterator
from typing import NamedTuple

from tests.cache.model.explore import Home
from tests.cache.model.rule import BOUND, Broken, View, has_ended, may_reuse, older

_LONGEST = 3


class State(NamedTuple):
    """A store, a service, and one decision about the subject.

    Attributes:
        restored: Whether that has happened.
        since: Ticks since the subject was ended, in the history that counts.
        poll: Ticks since a poll began that is under way, and what it has read.
        read: As of when a yes is good that is under way.
        entry: As of when the yes was decided that is kept.
    """

    log: str = ""
    restored: bool = False
    since: int = 0
    view: View = View()
    poll: tuple[int, str] | None = None
    read: str | None = None
    entry: str | None = None


def _world(state: State) -> Iterator[tuple[str, State]]:
    since = older(state.since) if has_ended(state.log) else 0
    poll = state.poll and (older(state.poll[0]), state.poll[1])
    yield "tick", state._replace(since=since, view=state.view.older(), poll=poll)
    if len(state.log) < _LONGEST:
        end, other = ("R", "U") if state.restored else ("r", "u")
        if not has_ended(state.log):
            yield "the subject is ended", state._replace(log=state.log + end, since=0)
        yield "something else is changed", state._replace(log=state.log + other)
    if not state.restored:
        for length in range(len(state.log)):
            log = state.log[:length]
            yield (
                f"restored to version {length}",
                state._replace(log=log, restored=True, since=state.since if has_ended(log) else 0),
            )


def _feed(state: State, broken: Broken) -> Iterator[tuple[str, State]]:
    view = state.view
    if state.poll is None:
        yield "poll reads", state._replace(poll=(0, state.log))
        return
    age, log = state.poll
    known = len(view.applied)
    if log.startswith(view.applied):
        view = view.follow(log, age)
    elif broken is Broken.FEED_TAKES_ANY_HISTORY:
        view = view.follow(view.applied + log[known:], age)
    else:
        view = View(log, 0, age)
    yield "poll ends", state._replace(view=view, poll=None)


def _cache(state: State, broken: Broken) -> Iterator[tuple[str, State]]:
    if state.read is None and not has_ended(state.log):
        yield "read sees yes", state._replace(read=state.view.applied)
    if state.read is not None:
        yield "yes is kept", state._replace(read=None, entry=state.read)
    if state.entry is not None and may_reuse(state.entry, state.view, broken):
        yield "yes is said again", state._replace(entry=state.view.applied)


def restored(broken: Broken) -> Home[State]:
    """A service that notices what happened to its store, or does not in this way."""

    def steps(state: State) -> Iterator[tuple[str, State]]:
        yield from _world(state)
        yield from _feed(state, broken)
        yield from _cache(state, broken)

    def wrong(state: State) -> str:
        late = has_ended(state.log) and state.since >= BOUND
        return "late yes" if late and state.entry is not None and may_reuse(state.entry, state.view, broken) else ""

    return Home(State(), steps, wrong)
