"""At home above a second level that two services share: it may bring back anything that it was ever given."""

from collections.abc import Iterator
from typing import NamedTuple

from tests.cache.model.explore import Home
from tests.cache.model.rule import BOUND, Broken, View, has_ended, may_reuse, older


class State(NamedTuple):
    """A store, two services, and what the second level has been given.

    Attributes:
        since: Ticks since the subject was ended.
        reads: For each service, as of when a yes is good that it has seen and not yet told the second level.
        given: As of when each yes was decided that the second level was given.
        entries: For each service, as of when the yes was decided that it keeps.
    """

    log: str = ""
    since: int = 0
    views: tuple[View, View] = (View(), View())
    reads: tuple[str | None, str | None] = (None, None)
    given: frozenset[str] = frozenset()
    entries: tuple[str | None, str | None] = (None, None)


def _world(state: State) -> Iterator[tuple[str, State]]:
    one, two = state.views
    since = older(state.since) if has_ended(state.log) else 0
    yield "tick", state._replace(since=since, views=(one.older(), two.older()))
    if not has_ended(state.log):
        yield "the subject is ended", state._replace(log=state.log + "r")
    if "u" not in state.log:
        yield "something else is changed", state._replace(log=state.log + "u")


def _service(state: State, me: int, broken: Broken) -> Iterator[tuple[str, State]]:
    view, read, entry = state.views[me], state.reads[me], state.entries[me]
    name = f"service {me + 1} "
    yield name + "polls", state._replace(views=_with(state.views, me, view.follow(state.log, 0)))
    if view.floor < len(view.applied):
        risen = view._replace(floor=len(view.applied))
        yield name + "raises its floor", state._replace(views=_with(state.views, me, risen))
    if read is None and not has_ended(state.log):
        yield name + "reads yes", state._replace(reads=_with(state.reads, me, view.applied))
    if read is not None:
        as_of = view.applied if broken is Broken.SECOND_LEVEL_STAMPED_WHEN_PUT else read
        told = state._replace(reads=_with(state.reads, me, None), given=state.given | {as_of})
        yield name + "keeps yes and passes it on", told._replace(entries=_with(state.entries, me, read))
    for kept in state.given:
        if broken is Broken.SECOND_LEVEL_BELIEVED:
            yield name + "believes", state._replace(entries=_with(state.entries, me, view.applied))
        elif may_reuse(kept, view, broken):
            yield name + "finds yes", state._replace(entries=_with(state.entries, me, view.applied))
    if entry is not None and may_reuse(entry, view, broken):
        yield name + "says yes again", state._replace(entries=_with(state.entries, me, view.applied))


def _with(each: tuple, me: int, new: object) -> tuple:  # type: ignore[type-arg]  # Of whatever there are two.
    return (new, each[1]) if me == 0 else (each[0], new)


def second_level(broken: Broken) -> Home[State]:
    """Services that judge what the second level says, or do not in this way."""

    def steps(state: State) -> Iterator[tuple[str, State]]:
        yield from _world(state)
        for me in (0, 1):
            yield from _service(state, me, broken)

    def wrong(state: State) -> str:
        if not has_ended(state.log) or state.since < BOUND:
            return ""
        said = [
            entry is not None and may_reuse(entry, view, broken)
            for entry, view in zip(state.entries, state.views, strict=True)
        ]
        return "late yes" if any(said) else ""

    return Home(State(), steps, wrong)
